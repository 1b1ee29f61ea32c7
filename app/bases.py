"""Which base models there are: the starter that came along, those the user pointed to, and those that can be fetched.

Looks at folders and file headers only; nothing is loaded here.
"""

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path

from app.files import size
from app.library import Library
from app.settings import ROOT
from app.typed_path import typed_path
from pipelines.artefact import fingerprint
from pipelines.errors import BadInput, StudioError
from pipelines.original import header, original

STARTER = ROOT / "assets" / "starter"
OPENRAIL = "https://huggingface.co/spaces/CompVis/stable-diffusion-license"
OPENRAIL_XL = "https://huggingface.co/stabilityai/stable-diffusion-xl-base-1.0/blob/main/LICENSE.md"


@dataclass(frozen=True)
class Base:
    """One base model. `base` is what a task carries ("starter", or a path); `bytes` its size on disk, or to be fetched;
    `here` whether it can be used now; `own` marks one the user pointed to; `source` is the repository it comes from."""

    id: str
    name: str
    base: str
    words: str
    bytes: int
    licence: str
    licence_url: str = ""
    here: bool = False
    own: bool = False
    source: str = ""


class Bases:
    """The list of bases, and which one is used unless a page says otherwise."""

    def __init__(self, library: Library):
        self.library, self.models = library, library.settings.room("checkpoints").resolve()

    def all(self) -> list[Base]:
        """The starter, the well-known ones, then the user's own."""
        return [self._starter(), *(self._known(one) for one in KNOWN), *self._own()]

    def get(self, base: str) -> Base:
        """One base by id.

        Raises:
            BadInput: when there is none of that id.
        """
        for one in self.all():
            if one.id == base:
                return one
        raise BadInput("This base model is not on the list.", "Choose another one on the Models page.")

    def used(self) -> Base:
        """The base that pages use; the starter until another was chosen, and again when that one has gone."""
        wanted = self.wanted()
        return wanted if wanted.here else self._starter()

    def wanted(self) -> Base:
        """The base that was chosen, whether it is there or not; the starter where none was, or it was forgotten."""
        wanted = self.library.draft("base", "starter")
        return next((one for one in self.all() if one.id == wanted), self._starter())

    def use(self, base: str) -> None:
        """Choose the base that pages use.

        Raises:
            BadInput: when it is not there.
        """
        if not self.get(base).here:
            raise BadInput(f"{self.get(base).name} is not on this computer.", "Get it first.")
        self.library.keep_draft("base", base)

    def add(self, path: str) -> Base:
        """Point to a diffusers folder or a single .safetensors file somewhere on this computer; it stays where it is.

        Raises:
            BadInput: when there is no Stable Diffusion model at that place, or the path is not followed.
        """
        place = typed_path(path, self.library.settings)
        found = look(place)
        paths = [one for one in self.library.draft("own bases", []) if one != str(place)]
        self.library.keep_draft("own bases", [*paths, str(place)])
        return found

    def forget(self, base: str) -> None:
        """Take one of the user's own off the list; its files are not touched."""
        place = self.get(base).base
        self.library.keep_draft("own bases", [one for one in self.library.draft("own bases", []) if one != place])

    def _starter(self) -> Base:
        here = (STARTER / "model_index.json").exists()
        words = "A small rendered world of toys, 128 px. Learns in minutes without a graphics card."
        return Base("starter", "Starter", "starter", words, size(STARTER), "Apache-2.0", here=here)

    def _known(self, one: Base) -> Base:
        place = self.models / one.id
        here = (place / "complete.json").exists()  # written last, when every file is there and checked
        return replace(one, base=str(place), here=here, bytes=size(place) if here else one.bytes)

    def _own(self) -> list[Base]:
        found = []
        for path in self.library.draft("own bases", []):
            try:
                found.append(look(Path(path)))
            except (StudioError, OSError) as error:  # every page asks for this list, so none of them may break it
                words = str(error) if isinstance(error, StudioError) else f"It cannot be read ({error.strerror})."
                found.append(Base(_id(Path(path)), Path(path).name, path, words, 0, "", own=True))
        return found


KNOWN = (
    Base("sd15", "Stable Diffusion 1.5", "", "Photos and most published methods, 512 px.", 2_130_000_000,
         "CreativeML OpenRAIL-M", OPENRAIL, source="stable-diffusion-v1-5/stable-diffusion-v1-5"),
    Base("sdxl", "Stable Diffusion XL", "", "Sharper and larger, 1024 px. Wants a graphics card with 10 GB.",
         6_940_000_000, "CreativeML OpenRAIL++-M", OPENRAIL_XL, source="stabilityai/stable-diffusion-xl-base-1.0"),
)  # fmt: skip


def look(place: Path) -> Base:
    """Say what a folder or file holds, from its index or header alone.

    Raises:
        BadInput: when it is not a Stable Diffusion 1, 2 or XL model in safetensors.
    """
    if not place.exists():
        raise BadInput(
            f"There is no {place.name} at that place.", "Check the path; it is one on the computer the studio runs on."
        )
    kind = _folder(place) if place.is_dir() else _file(place)
    words = f"{kind}, read from where it is."
    return Base(_id(place), place.stem if place.is_file() else place.name, str(place), words, size(place), "its own",
                here=True, own=True)  # fmt: skip


def check_base(base: str) -> None:
    """Refuse, before anything long begins, a base that is no model; see `look`."""
    if base != "starter":
        look(Path(base).expanduser())


def fits(taught: str, base: str) -> bool:
    """Whether what was taught on one base can be heard on another: their layers have the same widths. True where that
    cannot be told."""
    if taught == base:
        return True
    one, other = _widths(taught), _widths(base)
    return one is None or other is None or one == other


def alias(base: str) -> str:
    """A base under a name that tells nothing of where it lies: what pages are told, which guests see, too."""
    return base if base == "starter" else _id(Path(base))


def weights(base: str) -> str:
    """A mark that tells the networks of two bases apart, the one that tuned files are kept with; empty where there are
    no weights, or they cannot be read."""
    place = STARTER if base == "starter" else Path(base)
    try:
        files = [place] if place.is_file() else [*(place / "unet").glob("*.safetensors")]
        return fingerprint(files) if files else ""
    except (OSError, ValueError, OverflowError, MemoryError):  # the last two: a header that lies about its length
        return ""


def _widths(base: str) -> tuple[int, int] | None:
    """Channels of a network's first layer, and numbers of a word it listens to; None where its files do not say."""
    place = STARTER if base == "starter" else Path(base)
    try:
        if place.is_dir():
            told = json.loads((place / "unet" / "config.json").read_text("utf-8"))
            heard = told["cross_attention_dim"]
            return int(told["block_out_channels"][0]), int(heard[0] if isinstance(heard, list) else heard)
        layers = header(place)
        key = next(name for name in layers if name.endswith("attn2.to_k.weight"))
        return layers["model.diffusion_model.input_blocks.0.0.weight"]["shape"][0], layers[key]["shape"][1]
    except (OSError, ValueError, KeyError, TypeError, IndexError, StopIteration, StudioError):
        return None


def _folder(place: Path) -> str:
    index = place / "model_index.json"
    if not index.is_file():
        advice = "A diffusers folder has one beside its unet and vae folders. Or choose a single .safetensors file."
        raise BadInput(f"{place.name} holds no model_index.json.", advice)
    try:
        parts = json.loads(index.read_text("utf-8"))
        if not isinstance(parts, dict):
            raise ValueError("no object")
    except (ValueError, RecursionError, OSError):
        raise BadInput(f"The model_index.json of {place.name} cannot be read.", "Fetch the model again.") from None
    if parts.get("requires_aesthetics_score"):
        raise BadInput(f"{place.name} is made to refine the pictures of another model.", "Choose that model itself.")
    if "unet" not in parts or "text_encoder" not in parts:
        raise BadInput(f"{place.name} is a {parts.get('_class_name', 'model')} without a UNet.",
                       "Stable Diffusion 1, 2 and XL can be used, and models tuned from them.")  # fmt: skip
    if not any((place / "unet").glob("*.safetensors")):
        advice = "Other weight files can run code; get safetensors."
        raise BadInput(f"{place.name} has no weights in safetensors.", advice)
    return "Stable Diffusion XL" if "text_encoder_2" in parts else "Stable Diffusion 1"


def _file(place: Path) -> str:
    if place.suffix != ".safetensors":
        raise BadInput(f"{place.name} is not a .safetensors file.", "Other weight files can run code; get safetensors.")
    return original(place).name


def _id(place: Path) -> str:
    """A name for rows that depends on the place alone."""
    return f"own-{hashlib.sha256(str(place).encode()).hexdigest()[:10]}"
