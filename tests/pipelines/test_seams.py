import pytest
import torch

from pipelines import seams, voices
from pipelines.backbone import Backbone
from pipelines.conditioning import Place
from pipelines.device import Machine
from pipelines.spec import Region, use
from tests.pipelines.probes import ask, stir, weights


def outside(backbone) -> tuple:
    """What can be seen of a network from outside: names, classes, processors, hooks."""
    hooks = [len(module._forward_hooks) for part in backbone.parts.values() for module in part.modules()]
    return repr(backbone.unet), [type(s.attention.processor) for s in seams.sites(backbone.unet)], hooks


def test_sites_come_down_mid_up(tiny):
    sites = seams.sites(tiny.unet)
    cross = [s for s in sites if s.kind == "cross"]
    assert [s.index for s in cross] == list(range(len(cross)))
    blocks = [s.name.split(".")[1] for s in cross]
    assert blocks == sorted(blocks, key=["down_blocks", "mid_block", "up_blocks"].index)
    assert len(sites) == 2 * len(cross) == 14


def test_a_visit_without_guests_changes_nothing(tiny, tiny_xl):
    for backbone in (tiny, tiny_xl):
        before = ask(backbone)
        with backbone.adapted() as stage:
            assert torch.equal(ask(backbone, stage=stage), before)


def test_an_operation_that_only_proceeds_changes_nothing(tiny):
    before = ask(tiny)
    with tiny.adapted(ops=[lambda call, proceed: proceed(call)] * 2):
        assert torch.equal(ask(tiny), before)


def test_the_first_operation_is_the_outermost(tiny):
    heard = []

    def say(name):
        def op(call, proceed):
            heard.append(name)
            return proceed(call)

        return op

    with tiny.adapted(ops=[say("outer"), say("inner")]):
        ask(tiny)
    assert heard == ["outer", "inner"] * 14


def test_everything_comes_off_even_after_an_exception(tiny, cat):
    before, kept = ask(tiny), weights(tiny)
    shape = outside(tiny)
    voice = stir(voices.build(tiny, [use("lora"), use("token")], [cat]))
    loud = [lambda call, proceed: proceed(call) * 2]
    with pytest.raises(ZeroDivisionError), tiny.adapted({"a": voice}, loud) as stage:
        assert not torch.equal(ask(tiny, stage=stage), before)
        raise ZeroDivisionError
    assert torch.equal(ask(tiny), before)
    assert all(torch.equal(value, weights(tiny)[name]) for name, value in kept.items())
    assert outside(tiny) == shape


def test_silence_is_the_base_and_strength_scales(tiny, cat):
    before = ask(tiny)
    voice = stir(voices.build(tiny, [use("lora")], [cat]), amount=0.05)
    with tiny.adapted({"a": voice}) as stage:
        full = ask(tiny, stage=stage)
        with stage.speaking({}):
            assert torch.equal(ask(tiny, stage=stage), before)
        with stage.speaking({"a": 0.0}):
            assert torch.equal(ask(tiny, stage=stage), before)
        with stage.speaking({"a": 0.5}):
            half = ask(tiny, stage=stage)
        assert torch.equal(ask(tiny, stage=stage), full)
    assert 0 < (half - before).norm() < (full - before).norm()


def test_two_voices_at_once_are_not_one(tiny, cat, dog):
    one = stir(voices.build(tiny, [use("lora")], [cat]), 1, 0.05)
    two = stir(voices.build(tiny, [use("lora")], [dog]), 2, 0.05)
    with tiny.adapted({"one": one}) as stage:
        alone = ask(tiny, stage=stage)
    with tiny.adapted({"one": one, "two": two}) as stage:
        both = ask(tiny, stage=stage)
        with stage.speaking({"one": 1.0}):
            assert torch.equal(ask(tiny, stage=stage), alone)
    assert not torch.equal(both, alone)


def test_a_place_speaks_there_and_nowhere_else(tiny, cat):
    """At a cross-attention's queries, the left half equals the voice alone and the right half the base, exactly."""
    voice = stir(voices.build(tiny, [use("lora", where="attention")], [cat]))
    left = Place(Region((0.0, 0.0, 0.5, 1.0)), 64, 64)
    site = next(s for s in seams.sites(tiny.unet) if s.kind == "cross")
    own = next(s for s in seams.sites(tiny.unet) if s.kind == "self")
    x = torch.randn(1, 64, 32, generator=torch.Generator().manual_seed(3))
    plain, plain_own = site.attention.to_q(x), own.attention.to_q(x)
    with tiny.adapted({"a": voice}) as stage:
        spoken = site.attention.to_q(x)
        with stage.speaking({"a": left}):
            mixed = site.attention.to_q(x).view(8, 8, -1)
            assert torch.equal(own.attention.to_q(x), plain_own)
            assert torch.equal(site.attention.to_k(x), site.attention.to_k(x))
    assert torch.equal(mixed[:, :4], spoken.view(8, 8, -1)[:, :4])
    assert torch.equal(mixed[:, 4:], plain.view(8, 8, -1)[:, 4:])
    assert not torch.equal(spoken, plain)


def test_in_half_precision_shares_are_worked_out_in_full():
    """Products of queries and keys that are more than it can hold, as in SD 2."""
    half = Backbone.tiny(0, host=Machine("cpu", "CPU", "float16", "whole", 1, 0))
    site, chance = next(one for one in seams.sites(half.unet) if one.kind == "cross"), torch.Generator().manual_seed(0)
    x = 2000 * torch.randn(1, 64, site.attention.to_q.in_features, generator=chance)
    words = 2000 * torch.randn(1, 9, 32, generator=chance)
    with torch.no_grad(), half.adapted() as stage, stage.recording() as maps:
        site.attention(x.half(), encoder_hidden_states=words.half())
    ((shares,),) = maps.values()
    assert shares.dtype == torch.float16 and shares.isfinite().all()
    torch.testing.assert_close(shares.float().sum(-1), torch.ones(shares.shape[:3]), atol=1e-2, rtol=0)


def test_recording_hears_every_attention_and_changes_nothing(tiny):
    before = ask(tiny)
    with tiny.adapted() as stage, stage.recording() as maps:
        assert torch.equal(ask(tiny, stage=stage), before)
    assert len(maps) == 14
    for name, (shares,) in maps.items():
        assert shares.shape[0] == 2 and shares.shape[-1] == (77 if "attn2" in name else shares.shape[-2])
        torch.testing.assert_close(shares.sum(-1), torch.ones(shares.shape[:-1]))


def test_remembering_changes_nothing_but_asks_once(tiny, cat):
    voice = stir(voices.build(tiny, [use("lora")], [cat]))
    key = next(s for s in seams.sites(tiny.unet) if s.kind == "cross").attention.to_k
    x, t = torch.randn(2, 4, 8, 8), torch.tensor([300, 700])
    with tiny.adapted({"a": voice}) as stage, torch.no_grad():
        words = tiny.encode(["a", "b"], stage)
        once = tiny.predict(x, t, words)
        asked = []
        watch = key.register_forward_hook(lambda *seen: asked.append(1))
        with stage.remembering():
            assert torch.equal(tiny.predict(x, t, words), once)
            assert torch.equal(tiny.predict(x, t, words), once)
            with stage.speaking({}):
                assert not torch.equal(tiny.predict(x, t, words), once)
        watch.remove()
    assert len(asked) == 2  # once for the voice, once for the silence


def test_layers_have_the_counts_of_the_architecture(tiny, tiny_xl):
    assert len(seams.layers(tiny.parts, "cross.kv")) == 14
    assert len(seams.layers(tiny.parts, "cross")) == 28
    assert len(seams.layers(tiny.parts, "attention")) == 56
    assert set(seams.layers(tiny.parts, "words")) == {"text.embeddings.token_embedding"}
    assert len(seams.layers(tiny_xl.parts, "words")) == 2
    assert len(seams.layers(tiny_xl.parts, "text.attention")) == 2 * 3 * 4
    every = seams.layers(tiny.parts, "unet")
    counted = sum(p.numel() for layer in every.values() for p in layer.parameters())
    assert counted == sum(p.numel() for p in tiny.unet.parameters())
    both = seams.layers(tiny.parts, "cross.kv+text.attention")
    assert len(both) == 14 + 12
