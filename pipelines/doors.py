"""Makes torchvision importable where its compiled operators do not fit the torch beside it.

A CPU build of torch next to a CUDA build of torchvision leaves `torchvision::nms` and `torchvision::qnms` without
schemas, and then torchvision, transformers and peft cannot be imported. Behind this door the libraries draw no progress
bars of their own either: what there is to tell, the pipelines tell. Importing this module imports nothing heavy.
"""

import importlib.util
from pathlib import Path

_kept: list = []


def open_doors() -> bool:
    """Register the two missing operators, once, only when the real ones cannot be loaded.

    Call before the first import of torchvision, transformers, diffusers or peft.

    Returns:
        True when this call or an earlier one had to register them; False when torchvision's own operators work or
        torchvision is not installed.
    """
    import torch
    from huggingface_hub.utils import disable_progress_bars

    disable_progress_bars()  # transformers looks at this when it is imported
    spec = importlib.util.find_spec("torchvision")
    if _kept or spec is None or spec.origin is None or _own_operators_load(torch, Path(spec.origin).parent):
        return bool(_kept)
    library = torch.library.Library("torchvision", "DEF")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.impl("nms", _nms, "CompositeExplicitAutograd")
    _kept.append(library)
    extension = importlib.import_module("torchvision.extension")
    extension._has_ops = lambda: True  # torchvision.ops.nms asks this before it calls the operator
    return True


def _own_operators_load(torch, folder: Path) -> bool:
    for path in [p for p in folder.glob("_C*") if p.suffix in (".so", ".pyd", ".dylib")]:
        try:
            torch.ops.load_library(str(path))
        except OSError:
            continue
    return hasattr(torch.ops.torchvision, "nms")


def _nms(boxes, scores, threshold):
    """Greedy non-maximum suppression: boxes (N, 4) as x0 y0 x1 y1, scores (N,) → kept indices, best first."""
    import torch

    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    left, kept = scores.argsort(descending=True, stable=True), []
    while left.numel():
        best, left = left[0], left[1:]
        kept.append(best)
        low = torch.maximum(boxes[best, :2], boxes[left, :2])
        high = torch.minimum(boxes[best, 2:], boxes[left, 2:])
        shared = (high - low).clamp(min=0).prod(dim=1)
        left = left[shared / (area[best] + area[left] - shared) <= threshold]
    return torch.stack(kept) if kept else torch.empty(0, dtype=torch.long, device=boxes.device)
