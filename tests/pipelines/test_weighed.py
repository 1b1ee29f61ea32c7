"""What the loss weighs can be looked at: bright inside the mask, as dark as the background's weight outside."""

import numpy as np
import pytest
import torch
from PIL import Image

from pipelines import weighed
from pipelines.examples import Example
from pipelines.spec import Phase, Plan, use


def plan(*objectives):
    return Plan((Phase(1, 0.1, objectives=objectives),))


def test_a_cell_is_as_bright_as_it_counts(tmp_path):
    mask = torch.zeros(64, 64)
    mask[:, :32], mask[:, 32:36] = 1, 1  # four columns of eight pixels, and half a cell
    photo, out = Example("", torch.ones(3, 64, 64), {"<a>": mask}), tmp_path / "a.safetensors"
    ((path, facts),) = weighed.write([photo], plan(use("masked_denoise", background=0.25)), 8, out)
    row = np.asarray(Image.open(path).convert("L"))[32, 4::8] / 255
    expected = [weighed.DIM + (1 - weighed.DIM) * w for w in (1, 1, 1, 1, 0.5, 0.25, 0.25, 0.25)]
    assert np.abs(row - expected).max() < 0.02
    assert facts == {"photo": 0, "counts": pytest.approx((4 + 0.25) / 5.25, abs=1e-3)}


def test_without_a_masked_loss_or_a_mask_there_is_nothing_to_show(tmp_path):
    bare, marked = (Example("", torch.ones(3, 16, 16), m) for m in ({}, {"<a>": torch.ones(16, 16)}))
    assert not list(weighed.write([marked], plan(use("denoise")), 8, tmp_path / "a"))
    found = list(weighed.write([bare, marked], plan(use("masked_denoise")), 8, tmp_path / "a"))
    assert [facts["photo"] for _, facts in found] == [1]
