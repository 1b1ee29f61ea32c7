import math

import pytest
import torch
from diffusers import UNet2DConditionModel

from pipelines import anatomy, corpus, voices
from pipelines.conditioning import Conditioning
from pipelines.edits.locked_rank_one import LockedRankOne
from pipelines.seams import Lesson
from pipelines.spec import Subject, use
from tests.pipelines.edits.test_spectral_shift import SD15
from tests.pipelines.probes import stir

LOCK = use("locked_rank_one", where="cross.k", learn=False)
VALUE = use("locked_rank_one", where="cross.v")


@pytest.fixture
def rex() -> Subject:
    return Subject("k", "K", "dog", "<k>")


def taught(backbone, *subjects, seed=0):
    """A voice whose outputs and directions are no longer the noun's."""
    voice = voices.build(backbone, [LOCK, VALUE], subjects, seed)
    aim = next(m.aim for m in voice.modules.values())
    chance = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        aim.directions.add_(torch.randn(aim.directions.shape, generator=chance) * 0.3)
        for module in voice.modules.values():
            module.output.normal_(generator=chance)
    aim._measure()
    return voice, aim


def answer(module, e):
    return module(e, torch.nn.functional.linear(e, module.layer.weight)).detach()


@pytest.mark.parametrize(("mode", "shut", "open_"), [("train", 5.53e-4, 0.924), ("eval", 9.32e-3, 0.881)])
def test_the_gate_is_shut_away_from_the_subject_and_open_at_it(tiny, cat, mode, shut, open_):
    voice, aim = taught(tiny, cat)
    chance = torch.Generator().manual_seed(3)
    e = torch.randn(1, 20, 32, generator=chance)
    inverse = torch.linalg.inv(aim.moment).float()
    i = aim.directions[0]
    norm = i @ inverse @ i
    away = e - (e @ inverse @ i / norm)[..., None] * i
    for module in voice.modules.values():
        getattr(module, mode)()
        w, o = module.layer.weight, module.output[0]
        moved = (answer(module, away) - away @ w.T).norm(dim=-1)
        torch.testing.assert_close(moved, torch.full_like(moved, shut) * o.norm(), rtol=5e-3, atol=1e-4)
        torch.testing.assert_close(answer(module, i[None, None])[0, 0], open_ * o, rtol=2e-3, atol=1e-4)


def test_closeness_is_measured_as_captions_spread(tiny, cat):
    """What is at right angles to the direction in the plain sense is not left alone."""
    voice, aim = taught(tiny, cat)
    i, e = aim.directions[0], torch.randn(20, 32, generator=torch.Generator().manual_seed(3))
    plain = e - (e @ i / i.square().sum())[:, None] * i
    s, _ = aim.near(plain[None])
    assert s.abs().max() > 0.1


def test_keys_are_locked_to_the_noun(tiny, cat):
    """At the noun's own place the key is the noun's, through the open gate, whatever the values learn."""
    voice = voices.build(tiny, [LOCK, VALUE], [cat])
    noun = corpus.slots(["cat"], tiny.encode, tiny.ids)
    keys = [module for key, module in voice.modules.items() if key.endswith("to_k")]
    values = [module for key, module in voice.modules.items() if key.endswith("to_v")]
    assert len(keys) == len(values) == 7
    opened = 1 / (1 + math.exp(-2.5))
    for module in keys:
        assert not module.output.requires_grad
        torch.testing.assert_close(answer(module, noun[None])[0], opened * noun @ module.layer.weight.T)
    before = [module.output.clone() for module in keys]
    with tiny.adapted({"a": voice}) as stage:
        words = tiny.encode(["a cat"], stage)
        x = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
        tiny.predict(x, torch.tensor([500]), words).square().mean().backward()
    assert all(module.output.grad is None for module in keys)
    assert all(module.output.grad.abs().sum() > 0 for module in values)
    assert all(torch.equal(module.output, old) for module, old in zip(keys, before, strict=True))


def test_two_subjects_are_projected_on_together(tiny, cat, rex):
    """Π is the projection in the captions' metric: idempotent, the Gram form, and not the sum of two projections."""
    _, aim = taught(tiny, cat, rex)
    with torch.no_grad():
        aim.directions[1] = aim.directions[0] + 0.3 * aim.directions[1]
    aim._measure()
    e = torch.randn(1, 30, 32, generator=torch.Generator().manual_seed(5))
    i, inverse = aim.directions.double(), torch.linalg.inv(aim.moment)

    def project(x):
        return (aim.near(x.float())[1] @ aim.directions).double()

    gram = e.double() @ inverse @ i.T @ torch.linalg.inv(i @ inverse @ i.T) @ i
    torch.testing.assert_close(project(e), gram, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(project(project(e)), project(e), rtol=1e-3, atol=1e-3)
    alone = (aim.near(e)[0] @ aim.directions).double()
    assert (alone - gram).norm() > 0.1 * gram.norm()


def test_two_subjects_of_one_noun_start_as_that_noun(tiny, cat):
    twin = Subject("c2", "Tim", "cat", "<tim>")
    voice = voices.build(tiny, [VALUE], [cat, twin])
    aim = next(iter(voice.modules.values())).aim
    e = torch.randn(1, 4, 32, generator=torch.Generator().manual_seed(5))
    one = next(iter(voices.build(tiny, [VALUE], [cat]).modules.values())).aim
    torch.testing.assert_close(aim.near(e)[1] @ aim.directions, one.near(e)[1] @ one.directions, rtol=1e-3, atol=1e-4)


def test_directions_follow_what_is_said(tiny, cat):
    voice = voices.build(tiny, [use("token"), LOCK, VALUE], [cat])
    stir(voices.Voice({k: m for k, m in voice.modules.items() if k.startswith("token")}), amount=1.0)
    aim = voice.modules[next(k for k in voice.modules if k.endswith("to_k"))].aim
    before = aim.directions.clone()
    with torch.no_grad(), tiny.adapted({"a": voice}) as stage:
        words = tiny.encode(["a photo of <tom>", "<tom> b", "a dog"], stage)
    said = (words.text[0, words.spans[0]["<tom>"][0]] + words.text[1, 1]) / 2
    voice.heed(words)
    torch.testing.assert_close(aim.directions[0], 0.99 * before[0] + 0.01 * said)
    inverse = torch.linalg.inv(aim.moment)
    i = aim.directions.double()
    torch.testing.assert_close(aim.duals.double(), i @ inverse / (i @ inverse * i).sum(), rtol=1e-4, atol=1e-5)
    voice.heed(Conditioning(words.text[2:], spans=({},)))
    torch.testing.assert_close(aim.directions[0], 0.99 * before[0] + 0.01 * said)


def test_its_file_is_about_a_hundred_kilobytes_on_stable_diffusion(tiny, cat):
    """Layers of Stable Diffusion's shapes, directions of its text encoder's width, and the word itself."""
    with torch.device("meta"):
        unet = UNet2DConditionModel(**SD15)
    lesson = Lesson((cat,), tiny.ids, torch.Generator(), 7, tiny.encode, fresh=False)
    count = 768
    for where, learn in (("cross.k", False), ("cross.v", True)):
        edit = LockedRankOne(where, learn)
        for layer in anatomy.layers({"unet": unet}, where).values():
            module = edit.build(torch.nn.Linear(layer.in_features, layer.out_features, bias=False), lesson)
            count += sum(p.numel() for p in module.parameters())
    assert count == 2 * 12_480 + 3 * 768
    assert count * 4 < 110_000
