"""What of a finished picture stays when a part of it is made anew: the cells, and the pixels to the bit."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from pipelines import masks
from pipelines.backbone import Backbone
from pipelines.errors import BadInput, EmptyMask
from pipelines.spec import Scene
from pipelines.tasks import Keep


@dataclass(frozen=True)
class Kept:
    """A finished picture of a scene's size, and where it is made anew.

    Fields:
        pixels: (1, 3, H, W), 0 to 1. clean: (1, C, h, w), its latents. anew: (h, w) bool, the cells to make anew: all
            that the changed area touches.
    """

    pixels: Tensor
    clean: Tensor
    anew: Tensor

    def laid(self, fresh: Tensor) -> Tensor:
        """The finished pixels, to the bit, round the new ones of `fresh` (1, 3, H, W), which fade in over half a cell
        inside the new cells."""
        high, wide = self.pixels.shape[-2:]
        new = F.interpolate(self.anew[None, None].float(), (high, wide), mode="nearest")
        reach = high // self.anew.shape[0] // 2
        padded = F.pad(new, (reach,) * 4, mode="replicate")
        share = (2 * F.avg_pool2d(padded, 2 * reach + 1, stride=1) - 1).clamp(0, 1) * new
        return torch.where(share > 0, torch.lerp(self.pixels.to(fresh), fresh, share), self.pixels.to(fresh))


def kept(keep: Keep, scene: Scene, backbone: Backbone) -> Kept:
    """Read what a task keeps, for a scene that is settled.

    Raises:
        BadInput: when the finished picture is gone or of another size, or nothing is to be made anew.
    """
    try:
        with Image.open(keep.picture) as picture:
            drawn = np.asarray(picture.convert("RGB"))
    except FileNotFoundError:
        raise BadInput("The picture to keep is not there any more.", "Make the whole picture.") from None
    except (UnidentifiedImageError, OSError, SyntaxError):
        raise BadInput("The picture to keep cannot be read.", "Make the whole picture.") from None
    if drawn.shape[:2] != (scene.height, scene.width):
        size = f"{drawn.shape[1]} × {drawn.shape[0]}"
        what = f"The picture to keep is {size} pixels large; this one is to be {scene.width} × {scene.height}."
        raise BadInput(what, "Make the whole picture, or go back to its shape.")
    pixels = torch.from_numpy(drawn.copy()).permute(2, 0, 1)[None].float() / 255
    clean = backbone.posterior(pixels)[:, 0]
    changed = torch.from_numpy(masks.from_png(keep.anew)).float()
    anew = F.adaptive_max_pool2d(changed[None], clean.shape[-2:])[0].bool().to(clean.device)
    if not anew.any():
        raise EmptyMask("Nothing is to be made anew.", "Move or change a region first.")
    return Kept(pixels.to(clean.device), clean, anew)
