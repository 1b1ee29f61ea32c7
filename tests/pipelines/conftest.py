import pytest
import torch

from pipelines.backbone import Backbone
from pipelines.spec import Subject

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny() -> Backbone:
    """A tiny Stable Diffusion of the real classes. Shared: whoever leaves it changed fails somebody else's test."""
    return Backbone.tiny(0)


@pytest.fixture(scope="session")
def tiny_xl() -> Backbone:
    return Backbone.tiny(0, "sdxl", "v_prediction")


@pytest.fixture
def cat() -> Subject:
    return Subject("c1", "Tom", "cat", "<tom>")


@pytest.fixture
def dog() -> Subject:
    return Subject("d1", "Rex", "dog", "<rex>")
