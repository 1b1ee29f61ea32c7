"""Faces: found by MTCNN, set upright by five points, told apart by ArcFace."""

from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
import torch
from safetensors import safe_open
from torch import Tensor
from torch.nn import functional as F

from pipelines.errors import BadInput
from pipelines.standards.arcface import SIDE, ArcFace, alignment
from pipelines.standards.judge import Judge
from pipelines.standards.mtcnn import LEAST, SURE, Mtcnn, Points, Proposals, Refined
from pipelines.weights import read_weights

NETS = {"pnet": Proposals, "rnet": Refined, "onet": Points}


class Face(Judge):
    """Unit vectors of every face of a picture."""

    GIVES = ("faces",)
    PLACE = "face"

    def __init__(self, folder: Path):
        super().__init__(folder)
        with safe_open(self.weights, "pt") as file, torch.device("meta"):
            weights = {name: torch.empty(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
            try:
                title = ArcFace.of(weights).title
            except (KeyError, ValueError, IndexError) as error:
                advice = "Take those of an IR or IR-SE network, as in model_ir_se50.pth."
                raise BadInput("The weights in face/arcface.safetensors are no ArcFace.", advice) from error
        self.name = f"arcface-{title.lower()}@{self.mark}"
        sure = ", ".join(f"{one:g}" for one in SURE)
        self.recipes = {
            "faces": f"Faces by MTCNN ({sure} sure, from {LEAST} pixels), turned and scaled by five points to {SIDE} "
            f"pixels, bilinear; ArcFace {title}, (x - 127.5) / 127.5, RGB, float32, unit length."
        }

    @torch.no_grad()
    def faces(self, pixels: Tensor) -> list[Tensor]:
        """Of each of pixels (B, 3, H, W), 0 to 1, the faces in it, (F, D), the surest first; F may be 0."""
        found = []
        for part in self.parts(pixels, lambda x: (x * 255).round().clamp(0, 255)):
            upright = [_aligned(one, self._finder(one)) for one in part.cpu()]
            seen = torch.cat(upright).to(self.device)
            vectors = F.normalize(self._model(seen), dim=1).float().cpu() if len(seen) else seen.new_zeros(0, 1).cpu()
            found += vectors.split([len(one) for one in upright])
        return found

    @cached_property
    def _finder(self) -> Mtcnn:
        weights = {name: read_weights(self.folder / f"{name}.safetensors") for name in NETS}
        # On the processor: what scales its windows, adaptive pooling, is not there for all sizes on Apple's GPU.
        return Mtcnn(*(self.ready(kind(), weights[name]).cpu() for name, kind in NETS.items()))

    @cached_property
    def _model(self) -> ArcFace:
        weights = self.read()
        return self.ready(ArcFace.of(weights), weights)


def _aligned(picture: Tensor, points: Tensor) -> Tensor:
    """The faces with five points (F, 5, 2) each of a picture (3, H, W) from 0 to 255: (F, 3, 112, 112), -1 to 1."""
    image = picture.byte().permute(1, 2, 0).contiguous().cpu().numpy()
    upright = [cv2.warpAffine(image, alignment(one), (SIDE, SIDE)) for one in points.double().numpy()]
    faces = np.array(upright, dtype=np.float32).reshape(-1, SIDE, SIDE, 3)
    return (torch.from_numpy(faces).permute(0, 3, 1, 2) - 127.5) / 127.5
