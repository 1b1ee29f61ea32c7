"""The judges of pictures: frozen, small, taught by the toybox; every number about a picture comes through this door.

`pictures` and `sentences` meet in one space (CLIP's place), `likeness` learnt without words (DINO's place), `identity`
tells one subject from another of its class (ArcFace's place), and `read` names what a toy picture shows. For scores of
many pictures, `features` and `classes` stand in Inception's place, `layers` in LPIPS's, `gist` in the large CLIP's.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor, nn

from pipelines.device import machine
from pipelines.doors import open_doors
from pipelines.errors import BadInput, MissingWeights
from pipelines.weights import read_weights

open_doors()

from transformers import CLIPTextModel, CLIPTokenizer  # noqa: E402

from pipelines.starter import likeness, oracles, readers, text  # noqa: E402
from pipelines.starter.tower import fit  # noqa: E402

STARTER = Path(__file__).parent.parent / "assets" / "starter"
FILES = ("contrastive", "oracles", "likeness")
CHUNK = 64
"""Pictures looked at together."""
SEEN = f"pixels from 0 to 1, filled up to a square with edge colours, {likeness.SIDE} pixels, bilinear, antialiased"
READ = SEEN.replace(str(likeness.SIDE), str(oracles.SIDE))
PLACES = f"{oracles.SIDE // 16} x {oracles.SIDE // 16}"
RECIPES = {
    "pictures": f"CLIP's place: the starter's contrastive judge, unit vectors of 128; {SEEN}.",
    "sentences": f"Its text half: lower case, at most {text.LENGTH} tokens, unit vectors of 128.",
    "likeness": f"DINO's place: the starter's self-supervised judge, centred unit vectors of 256; {SEEN}.",
    "identity": f"ArcFace's place: the identity head of the starter's oracles, unit vectors of 128; {READ}.",
    "read": f"Read by the starter's oracles; {READ}.",
    "features": f"Inception's place: the starter's self-supervised judge before it is centred, 256 numbers; {SEEN}.",
    "classes": f"Inception's place: shares of the 24 classes that the starter's oracles read; {READ}.",
    "layers": f"LPIPS's place: three stages of the starter's self-supervised judge, unit length in each cell; {SEEN}.",
    "cover": f"Found by the starter's oracles, on a grid of {PLACES}; {READ}.",
    "likeness_within": f"DINO's place: the self-supervised judge, weighed by the mask in 4 x 4 places; {SEEN}.",
    "pictures_within": f"CLIP's place: the contrastive judge, weighed by the mask in 4 x 4 places; {SEEN}.",
    "gist": f"The place of CLIP ViT-L/14-336: the starter's contrastive judge, unit vectors of 128; {SEEN}.",
}
"""What the starter's judges are and what they do to a picture, by the name of the method that asks them."""


class Eyes:
    """The frozen judges. Everything takes pixels (B, 3, H, W) float 0..1 of any size, and answers on the CPU in
    float32.

    Attributes:
        name: which judges these are; part of every number they give.
        recipes: by method, for those whose weights are there, a sentence on what looks at a picture and what is done
            to the picture first. who: by method, the judge's name.
    """

    recipes = RECIPES

    WORDS = readers.WORDS
    """What the K probabilities of each entry of `read` stand for, in order."""

    def __init__(self, judge: text.Judge, tokenizer: CLIPTokenizer, others: Sequence[nn.Module], name: str):
        self.name, self._tokenizer, self._device = name, tokenizer, torch.device(machine().device)
        self.who = dict.fromkeys(self.recipes, name)
        frozen = [part.requires_grad_(False).eval().to(self._device) for part in (judge, *others)]
        self._judge, self._oracles, self._likeness = frozen

    @classmethod
    def load(cls, judges: str = "starter") -> "Eyes":
        """The judges that came along, or those in a folder laid out like assets/starter; loaded once.

        Raises:
            MissingWeights: when one of them is not there. BadInput: when a file holds something else.
        """
        return _loaded(STARTER if judges == "starter" else Path(judges))

    def pictures(self, pixels: Tensor) -> Tensor:
        """Unit vectors (B, 128) of what pictures show, in the space of `sentences`."""
        return self._over(self._judge.image, pixels, text.SIDE)

    @torch.no_grad()
    def sentences(self, texts: Sequence[str]) -> Tensor:
        """Unit vectors (B, 128) of what sentences say, in the space of `pictures`."""
        ids = self._tokenizer(
            list(texts), padding="longest", truncation=True, max_length=text.LENGTH, return_tensors="pt"
        ).input_ids
        return self._judge.text(ids.to(self._device)).cpu()

    def likeness(self, pixels: Tensor) -> Tensor:
        """Unit vectors (B, 256): the more two pictures look alike, the larger their product."""
        return self._over(self._likeness, pixels, likeness.SIDE)

    def identity(self, pixels: Tensor) -> Tensor:
        """Unit vectors (B, 128) of who a picture shows; for pictures of one subject, or a part cut out round it."""
        return self._over(self._oracles.who, pixels, oracles.SIDE)

    @torch.no_grad()
    def read(self, pixels: Tensor) -> dict[str, Tensor]:
        """Probabilities (B, K) by the names of `WORDS`, and of several things where each is: see `Reader.read`."""
        parts = [self._oracles.read(part) for part in self._fitted(pixels, oracles.SIDE)]
        return {name: torch.cat([part[name].cpu() for part in parts]) for name in parts[0]}

    def features(self, pixels: Tensor) -> Tensor:
        """(B, 256): what pictures show, of no particular length, for distances between many and many."""
        return self._over(self._likeness.tower, pixels, likeness.SIDE)

    def classes(self, pixels: Tensor) -> Tensor:
        """Probabilities (B, 24) of what pictures show."""
        return self.read(pixels)["noun"]

    def finds(self, noun: str) -> bool:
        """Whether `cover` can be asked for a class: those of the toybox."""
        return noun in self.WORDS["noun"]

    @torch.no_grad()
    def cover(self, pixels: Tensor, noun: str) -> Tensor:
        """(B, 6, 6): how surely each place of pictures shows a class of the toybox."""
        k = self.WORDS["noun"].index(noun)
        return torch.cat([self._oracles.cover(part)[:, k].cpu() for part in self._fitted(pixels, oracles.SIDE)])

    def likeness_within(self, pixels: Tensor, masks: Tensor) -> Tensor:
        """`likeness` of what is inside masks (B, h, w), 0 to 1, of any size."""
        return self._within(self._likeness, pixels, masks)

    def pictures_within(self, pixels: Tensor, masks: Tensor) -> Tensor:
        """`pictures` of what is inside masks (B, h, w), 0 to 1, of any size."""
        return self._within(self._judge, pixels, masks)

    @torch.no_grad()
    def _within(self, judge, pixels: Tensor, masks: Tensor) -> Tensor:
        shares = nn.functional.adaptive_avg_pool2d(masks, likeness.SIDE // 16).to(self._device).split(CHUNK)
        parts = zip(self._fitted(pixels, likeness.SIDE), shares, strict=True)
        return torch.cat([judge.within(part, share).cpu() for part, share in parts])

    def gist(self, pixels: Tensor) -> Tensor:
        """Unit vectors (B, 128) of what whole pictures are about."""
        return self.pictures(pixels)

    @torch.no_grad()
    def layers(self, pixels: Tensor) -> list[Tensor]:
        """Stages (B, C, h, w) so scaled that a perceptual distance is the sum over stages of the mean over cells of
        squared differences (LPIPS with all weights one, arXiv 1801.03924, eq. 1)."""
        stages = [self._likeness.tower.steps(part) for part in self._fitted(pixels, likeness.SIDE)]
        return [nn.functional.normalize(torch.cat(one).cpu(), dim=1) for one in zip(*stages, strict=True)]

    @torch.no_grad()
    def _over(self, judge, pixels: Tensor, side: int) -> Tensor:
        return torch.cat([judge(part).cpu() for part in self._fitted(pixels, side)])

    def _fitted(self, pixels: Tensor, side: int):
        if pixels.ndim != 4 or pixels.shape[1] != 3 or not len(pixels):
            raise BadInput(f"Pictures of shape {tuple(pixels.shape)} cannot be judged.", "Give (B, 3, H, W).")
        for part in pixels.split(CHUNK):
            yield fit(part.to(self._device, torch.float32), side)


@lru_cache(maxsize=1)
def _loaded(folder: Path) -> Eyes:
    files = {name: folder / "judges" / f"{name}.safetensors" for name in FILES}
    text_half = folder / "text_encoder" / "config.json", folder / "tokenizer" / "tokenizer_config.json"
    for path in (*files.values(), *text_half):
        if not path.is_file():
            raise MissingWeights(
                f"The judges of pictures lack {path.relative_to(folder)}.",
                "They belong to the starter: bring assets/starter back, or train it with python -m pipelines.starter.",
            )
    tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer", local_files_only=True)
    judge = text.Judge(tokenizer)
    judge.words = CLIPTextModel.from_pretrained(folder / "text_encoder", local_files_only=True, dtype=torch.float32)
    others = (oracles.Oracles(), likeness.Likeness())
    mark = hashlib.sha256()
    for module, (name, path) in zip((judge, *others), files.items(), strict=True):
        weights = read_weights(path)
        mark.update(path.read_bytes())
        if name == "contrastive":
            weights |= {f"words.{key}": value for key, value in judge.words.state_dict().items()}
        try:
            module.load_state_dict(weights)
        except RuntimeError as error:
            raise BadInput(f"{path.name} does not hold that judge.", "Bring assets/starter back.") from error
    return Eyes(judge, tokenizer, others, f"starter-{mark.hexdigest()[:12]}")
