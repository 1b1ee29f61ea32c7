import pytest
import torch

from pipelines import voices
from pipelines.objectives.denoise import Denoise
from pipelines.objectives.disentangle import Disentangle, alike
from pipelines.spec import use
from tests.pipelines.probes import stir
from tests.pipelines.steps import examples, glimpse, shot


@pytest.fixture
def seen(tiny, tmp_path):
    subject = shot(tmp_path)
    edits = [use("token", start="rare", learn=False), use("feature_mask"), use("lora")]
    with tiny.adapted({"a": stir(voices.build(tiny, edits, [subject]))}) as stage:
        yield glimpse(tiny, examples(tiny, subject), stage)


def adapter(seen):
    return seen.stage.voices["a"].modules["feature_mask/text"]


def photos(seen):
    return torch.stack([one.posterior[0] for one in seen.examples])


def test_with_nothing_said_beside_the_words_it_is_plain_denoising(seen):
    """What is left is LoRA-DreamBooth's loss, with the same noise and time step."""
    module = adapter(seen)
    with torch.no_grad():
        module.mask.fill_(-1e4)
        for layer in (module.first, module.second):
            layer.weight.zero_(), layer.bias.zero_()
    assert not seen.stage.aside(photos(seen)).any()
    assert torch.equal(Disentangle(contrast=0.0)(seen), Denoise()(seen))


def test_what_the_photo_says_is_learnt_with_the_denoising(seen):
    Disentangle(contrast=0.0)(seen).backward()
    assert all(p.grad.abs().sum() > 0 for p in adapter(seen).parameters())
    lora = [p for key, p in seen.stage.voices["a"].parameters().items() if key.startswith("lora/")]
    assert any(p.grad.abs().sum() > 0 for p in lora)


def test_the_contrast_drives_word_and_photo_apart(seen):
    """Only the adapter moves, and the cosine falls with every step."""
    text = seen.words.text.detach().requires_grad_()
    optimiser = torch.optim.SGD(adapter(seen).parameters(), lr=0.1)
    values = []
    for _ in range(20):
        optimiser.zero_grad()
        value = alike(text, seen.stage.aside(photos(seen)))
        value.backward()
        optimiser.step()
        values.append(float(value.detach()))
    assert text.grad is None
    assert all(after < before for before, after in zip(values, values[1:], strict=False)) and values[-1] < values[0]


def test_the_terms_add_up(seen):
    apart = Disentangle(contrast=0.0)(seen)
    cosine = alike(seen.words.text, seen.stage.aside(photos(seen)))
    torch.testing.assert_close(Disentangle(contrast=0.5)(seen), apart + 0.5 * cosine)
