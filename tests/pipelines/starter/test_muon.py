"""The direction that Muon steps in: what its five Newton-Schulz steps would give, and nearly orthogonal."""

import pytest
import torch

from pipelines.starter.muon import COEFFICIENTS, orthogonal


@pytest.mark.parametrize("shape", [(24, 216), (216, 24), (32, 32)])
def test_the_direction_is_that_of_the_steps_taken_one_by_one(shape):
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    a, b, c = COEFFICIENTS
    x = matrix.double() / matrix.norm()
    for _ in range(5):
        x = a * x + b * x @ x.T @ x + c * x @ x.T @ x @ x.T @ x
    assert (orthogonal(matrix) - x).abs().max() < 1e-4


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_all_directions_count_alike_whatever_the_size_of_the_gradient(scale):
    matrix = scale * torch.randn(24, 216, generator=torch.Generator().manual_seed(1))
    values = torch.linalg.svdvals(orthogonal(matrix))
    assert values.min() > 0.6 and values.max() < 1.3
