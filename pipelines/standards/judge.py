"""What the judges of the literature have in common: a folder, a fingerprint, and many pictures a few at a time."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor, nn

from pipelines.artefact import fingerprint
from pipelines.device import machine
from pipelines.errors import BadInput
from pipelines.panel import SEATS
from pipelines.weights import read_weights

CHUNK = 16
"""Pictures looked at together."""


class Judge:
    """One judge of a folder; its weights are read when it is first asked.

    Attributes:
        GIVES: the methods of `Eyes` that it stands in for. PLACE: its folder, one of `panel.SEATS`, which tells what
            must be there.
        name: which it is, with the fingerprint of its weights. recipes: by method, what it is and how it looks.
    """

    GIVES: ClassVar[tuple[str, ...]]
    PLACE: ClassVar[str]

    def __init__(self, folder: Path):
        self.folder, self.device = folder, torch.device(machine().device)
        self.seat = SEATS[self.PLACE]
        self.weights = self.seat.weights(folder)
        files = self.weights, *(folder / name for name in self.seat.files[1:] if name.endswith(".safetensors"))
        safe = self.weights.suffix == ".safetensors"  # else it is that one pickle, or it is not read
        self.mark = (fingerprint(files) if safe else self.seat.pickled)[:12]

    @classmethod
    def is_in(cls, folder: Path) -> bool:
        """Whether all its files are there."""
        return SEATS[cls.PLACE].taken(folder)

    def read(self) -> dict[str, Tensor]:
        """Its weights, the first file of them.

        Raises:
            BadInput: when they are damaged, or a pickle of another checksum.
        """
        return read_weights(self.weights, (self.seat.pickled,))

    def ready(self, model: nn.Module, weights: dict[str, Tensor]) -> nn.Module:
        """The model with its weights, frozen, where the machine computes. Names too many do not matter.

        Raises:
            BadInput: when the weights are those of something else.
        """
        try:
            found = model.load_state_dict(weights, strict=False)
        except RuntimeError as error:
            raise BadInput(f"The weights in {self.folder.name} do not fit that judge.", "Fetch them again.") from error
        lacking = [name for name in found.missing_keys if not name.endswith("num_batches_tracked")]
        if lacking:
            raise BadInput(f"The weights in {self.folder.name} lack {lacking[0]}.", "Fetch them again.")
        return model.requires_grad_(False).eval().to(self.device)

    @torch.no_grad()
    def over(
        self, pixels: Tensor | list[Tensor], prepare: Callable[..., Tensor], look: Callable[[Tensor], Tensor]
    ) -> Tensor:
        """What the model sees of pixels (B, 3, H, W), or of B pictures of several sizes; on the CPU."""
        return torch.cat([look(part).float().cpu() for part in self.parts(pixels, prepare)])

    def parts(self, pixels: Tensor | list[Tensor], prepare: Callable[..., Tensor]) -> Iterator[Tensor]:
        """The pictures as the model takes them, a few at a time."""
        if isinstance(pixels, list):
            for k in range(0, len(pixels), CHUNK):
                yield prepare(pixels[k : k + CHUNK]).to(self.device)
            return
        if pixels.ndim != 4 or pixels.shape[1] != 3 or not len(pixels):
            raise BadInput(f"Pictures of shape {tuple(pixels.shape)} cannot be judged.", "Give (B, 3, H, W).")
        for part in pixels.split(CHUNK):
            yield prepare(part).to(self.device)
