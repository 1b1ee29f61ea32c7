"""What Apple's GPU lacks, float64 above all: tensors without numbers that say they lie there."""

import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx.experimental.symbolic_shapes import ShapeEnv
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

from pipelines import corpus
from pipelines.device import precise
from pipelines.edits.locked_rank_one import duals
from pipelines.edits.spectral_shift import factors
from pipelines.fusions.closed_form_merge import distinct, merged
from pipelines.fusions.gradient_fusion import Sums


class Apple(TorchDispatchMode):
    """Refuses, as Metal does, to hold float64, and to tell rows apart."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func is torch.ops.aten.unique_dim.default and args[0].device.type == "mps":
            raise NotImplementedError("The operator 'aten::unique_dim' is not implemented for the MPS device.")
        out = func(*args, **(kwargs or {}))
        for one in tree_flatten(out)[0]:
            if isinstance(one, torch.Tensor) and one.device.type == "mps" and one.dtype == torch.float64:
                raise TypeError("Cannot convert a MPS Tensor to float64 dtype")
        return out


@pytest.fixture
def apple():
    with FakeTensorMode(shape_env=ShapeEnv(), allow_non_fake_inputs=True), Apple(), torch.no_grad():
        yield lambda *shape: torch.empty(*shape, device="mps")


def test_the_stand_in_refuses(apple):
    with pytest.raises(TypeError):
        apple(2, 3).double()
    with pytest.raises(NotImplementedError):
        apple(2, 3).unique(dim=0)


def test_singular_values_come_back_to_the_device(apple):
    layer = nn.Module()
    layer.weight = apple(4, 6)
    assert [part.device.type for part in factors(layer)] == ["mps"] * 3
    assert {part.dtype for part in factors(layer)} == {torch.float32}


def test_captions_are_weighed_and_files_merged(apple):
    held = corpus.moment(apple(20, 6))
    said = precise(apple(3, 6))
    change = merged(precise(apple(3, 5)).T, said, torch.linalg.solve(held, said.T).T)
    assert change.shape == (5, 6) and change.dtype == torch.float64
    assert distinct(apple(4, 6)).device.type == "mps"


def test_directions_are_measured(apple):
    found = duals(apple(2, 6), corpus.moment(apple(20, 6)))
    assert found.shape == (2, 6) and found.dtype == torch.float32


def test_files_are_fused(apple):
    sums = Sums.of([(apple(2, 6), apple(5, 2)), (apple(2, 6), apple(5, 2))])
    sums.add(0, apple(10, 6))
    sums.add(1, apple(10, 6))
    down, up = sums.solved(1e-3)
    assert (down.shape, up.shape) == ((4, 6), (5, 4))


def test_numbers_stay_where_float64_is():
    one = torch.rand(3, dtype=torch.float16)
    assert precise(one).dtype == torch.float64 and torch.equal(precise(one).half(), one)
