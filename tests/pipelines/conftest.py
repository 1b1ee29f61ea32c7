import pytest
import torch

from pipelines.backbone import Backbone
from pipelines.eyes import Eyes
from pipelines.spec import Subject
from pipelines.starter import likeness, oracles, text

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny() -> Backbone:
    """A tiny Stable Diffusion of the real classes. Shared: whoever leaves it changed fails somebody else's test."""
    return Backbone.tiny(0)


@pytest.fixture(scope="session")
def tiny_xl() -> Backbone:
    return Backbone.tiny(0, "sdxl", "v_prediction")


@pytest.fixture(scope="session")
def eyes(tiny) -> Eyes:
    """Judges of the real classes that learnt nothing: they tell pictures apart, but not what is in them."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        tokenizer = tiny.readers[0].tokenizer
        others = (oracles.Oracles(), likeness.Likeness())
        return Eyes(text.Judge(tokenizer), tokenizer, others, "untaught")


@pytest.fixture
def cat() -> Subject:
    return Subject("c1", "Tom", "cat", "<tom>")


@pytest.fixture
def dog() -> Subject:
    return Subject("d1", "Rex", "dog", "<rex>")
