"""The judges of pictures: frozen, small, taught by the toybox; every number about a picture comes through this door.

`pictures` and `sentences` meet in one space (CLIP's place), `likeness` learnt without words (DINO's place), `identity`
tells one subject from another of its class (ArcFace's place), and `read` names what a toy picture shows.
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


class Eyes:
    """The frozen judges. Everything takes pixels (B, 3, H, W) float 0..1 of any size, and answers on the CPU in
    float32.

    Attributes:
        name: which judges these are; part of every number they give.
    """

    WORDS = readers.WORDS
    """What the K probabilities of each entry of `read` stand for, in order."""

    def __init__(self, judge: text.Judge, tokenizer: CLIPTokenizer, others: Sequence[nn.Module], name: str):
        self.name, self._tokenizer, self._device = name, tokenizer, torch.device(machine().device)
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
