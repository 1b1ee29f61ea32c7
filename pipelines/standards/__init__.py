"""The judges of the literature, read from a folder of theirs: CLIP, DINO, faces, OWL with SAM, Inception, LPIPS. For
photos and real bases.

    folder/clip/        openai/clip-vit-base-patch32 (or L/14): config.json, model.safetensors and the tokenizer's files
    folder/clip-336/    openai/clip-vit-large-patch14-336, the same files; for CMMD
    folder/dino/        model.safetensors of timm/vit_small_patch16_224.dino; facebookresearch's names are the same
    folder/face/        arcface.safetensors: the tensors of model_ir_se50.pth, or of another IR network of ArcFace;
                        pnet, rnet and onet.safetensors: those of facenet-pytorch's MTCNN
    folder/owl/         google/owlv2-base-patch16-ensemble, the same files as CLIP's; for masks sam.safetensors or
                        a published sam_vit_*.pth beside them
    folder/inception/   model.safetensors: the tensors of pt_inception-2015-12-05-6726825d.pth
    folder/lpips/       alexnet.safetensors: torchvision's, its `features` are enough; lins.safetensors: LPIPS v0.1's

Of both CLIPs the published pytorch_model.bin does, too: its makers gave out nothing else. Each is optional; a score
that asks one which is not there is left out. What each needs is written down in `pipelines.panel`.
"""

from collections.abc import Sequence
from pathlib import Path

from torch import Tensor

from pipelines.errors import BadInput, MissingWeights
from pipelines.standards.clip import Clip, LargeClip
from pipelines.standards.dino import Dino
from pipelines.standards.face import Face
from pipelines.standards.inception import Inception
from pipelines.standards.lpips import Lpips
from pipelines.standards.owl import Owl

KINDS = {"clip": Clip, "clip-336": LargeClip, "dino": Dino, "face": Face, "owl": Owl, "inception": Inception,
         "lpips": Lpips}  # fmt: skip


class Standards:
    """Answers as `pipelines.eyes.Eyes` does, as far as there are judges for it; on the CPU, in float32. None of them
    reads toys.

    Attributes:
        name: every judge with its weights' fingerprint; part of every number they give.
        recipes: by method, what looks at a picture and what is done to the picture first. who: by method, the judge's
            name.
    """

    def __init__(self, folder: str | Path):
        """Find out who is there; weights are read when they are first asked.

        Raises:
            BadInput: when there is nobody at all.
        """
        self.folder = Path(folder)
        self._there = [kind(self.folder / place) for place, kind in KINDS.items() if kind.is_in(self.folder / place)]
        if not self._there:
            raise BadInput(
                f"There is no judge in {self.folder.name}.", f"It needs a folder {', '.join(KINDS)}, or some of them."
            )
        self.name = " ".join(judge.name for judge in self._there)
        self.recipes = {what: words for judge in self._there for what, words in judge.recipes.items()}
        self.who = {what: judge.name for judge in self._there for what in judge.recipes}

    def pictures(self, pixels: Tensor) -> Tensor:
        return self._ask("pictures", pixels)

    def sentences(self, texts: Sequence[str]) -> Tensor:
        return self._ask("sentences", texts)

    def likeness(self, pixels: Tensor) -> Tensor:
        return self._ask("likeness", pixels)

    def identity(self, pixels: Tensor) -> Tensor:
        return self._ask("identity", pixels)

    def read(self, pixels: Tensor) -> dict[str, Tensor]:
        return self._ask("read", pixels)

    def faces(self, pixels: Tensor) -> list[Tensor]:
        return self._ask("faces", pixels)

    def seen(self, pixels: Tensor, things: Sequence[str]) -> Tensor:
        return self._ask("seen", pixels, things)

    def finds(self, noun: str) -> bool:
        """Whether `cover` can be asked for a class: whatever has a name."""
        return bool(noun)

    def cover(self, pixels: Tensor, noun: str) -> Tensor:
        return self._ask("cover", pixels, noun)

    def likeness_within(self, pixels: Tensor, masks: Tensor) -> Tensor:
        return self._ask("likeness_within", pixels, masks)

    def pictures_within(self, pixels: Tensor, masks: Tensor) -> Tensor:
        return self._ask("pictures_within", pixels, masks)

    def features(self, pixels: Tensor) -> Tensor:
        return self._ask("features", pixels)

    def classes(self, pixels: Tensor) -> Tensor:
        return self._ask("classes", pixels)

    def layers(self, pixels: Tensor) -> list[Tensor]:
        return self._ask("layers", pixels)

    def gist(self, pixels: Tensor) -> Tensor:
        return self._ask("gist", pixels)

    def _ask(self, what: str, *about):
        for judge in self._there:
            if what in judge.recipes:
                return getattr(judge, what)(*about)
        place = next((place for place, kind in KINDS.items() if what in kind.GIVES), "")
        advice = f"Put its files into {self.folder / place}." if place else "The starter's judges can, for toys."
        raise MissingWeights(f"No judge in {self.folder.name} can tell the {what} of a picture.", advice)
