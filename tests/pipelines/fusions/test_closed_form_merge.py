import pytest
import torch

from pipelines import anatomy, corpus, voices
from pipelines.artefact import Header, told
from pipelines.errors import BadInput
from pipelines.events import Silent
from pipelines.fusing import Part
from pipelines.fusions.closed_form_merge import ClosedFormMerge, distinct, merged
from pipelines.seams import Voice
from pipelines.spec import use
from tests.pipelines.probes import stir

CUSTOM = use("token"), use("key_value_delta")


def part(backbone, subject, uses=CUSTOM, seed=0, weight=1.0):
    voice = stir(voices.build(backbone, uses, [subject]), seed)
    edits = [{"name": one.name, "settings": dict(one.settings)} for one in uses]
    header = Header("r", {}, told([subject]), backbone.name, backbone.hash, edits=edits)
    return Part(subject.name, header, voice, weight)


def test_constraints_hold_exactly_and_captions_move_least():
    """W·Cᵀ = V to rounding; no other solution of the constraints moves C_reg less; the change has rank s."""
    chance = torch.Generator().manual_seed(0)
    wide, high, s = 48, 20, 6
    scales = torch.logspace(0, 2, wide, dtype=torch.float64)
    regular = torch.randn(500, wide, generator=chance, dtype=torch.float64) * scales
    said = torch.randn(s, wide, generator=chance, dtype=torch.float64) * scales
    wanted = torch.randn(high, s, generator=chance, dtype=torch.float64)
    held = regular.T @ regular
    change = merged(wanted, said, torch.linalg.solve(held, said.T).T)
    assert (change @ said.T - wanted).abs().max() < 1e-8
    assert torch.linalg.matrix_rank(change) == s
    moved = (change @ regular.T).norm()
    plain = wanted @ torch.linalg.pinv(said.T)
    assert (plain @ said.T - wanted).abs().max() < 1e-8
    assert moved < 0.7 * (plain @ regular.T).norm()
    free = torch.randn(high, wide, generator=chance, dtype=torch.float64)
    free -= free @ said.T @ torch.linalg.inv(said @ said.T) @ said
    for amount in (1e-3, -1e-3):
        assert ((change + amount * free) @ regular.T).norm() > moved


def test_the_same_states_are_held_once():
    """Said twice they would be two constraints that no inverse tells apart."""
    rows = torch.tensor([[1.0, 2.0], [3.0, 4.0], [1.0, 2.0]])
    assert sorted(distinct(rows).tolist()) == [[1.0, 2.0], [3.0, 4.0]]


def test_each_subject_is_said_as_its_own_file_says_it(tiny, cat, dog):
    """In every layer, at each position of its phrases, the merged file answers what the subject's own file does."""
    parts = [part(tiny, cat, seed=1), part(tiny, dog, seed=2, weight=0.5)]
    fused = ClosedFormMerge()(parts, tiny, Silent())
    both = voices.build(tiny, fused.edits, [cat, dog])
    with torch.no_grad():
        for name, parameter in both.parameters().items():
            parameter.copy_(fused.tensors[name])
    with torch.no_grad(), tiny.adapted({"both": both, **{one.name: one.voice for one in parts}}) as stage:
        for one, trigger, noun in ((parts[0], "<tom>", "cat"), (parts[1], "<rex>", "dog")):
            text = {}
            for who in ("both", one.name):
                with stage.speaking({who: 1.0}):
                    text[who] = tiny.encode([f"{trigger} {noun}", f"photo of a {trigger} {noun}"], stage).text
            assert torch.equal(text["both"], text[one.name])
            begin = 1 + len(tiny.ids("photo of a"))
            spoken = torch.cat([text["both"][0, 1:6], text["both"][1, begin : begin + 5]])
            for layer in anatomy.layers(tiny.parts, "cross.kv").values():
                base = torch.nn.functional.linear(spoken, layer.weight)
                with stage.speaking({"both": 1.0}):
                    answer = layer(spoken[None])[0]
                with stage.speaking({one.name: one.weight}):
                    torch.testing.assert_close(answer, layer(spoken[None])[0], rtol=1e-4, atol=1e-4)
                assert (answer - base).abs().max() > 0.05


def test_captions_move_less_than_with_both_changes_added(tiny, cat, dog):
    parts = [part(tiny, cat, seed=1), part(tiny, dog, seed=2)]
    tensors = ClosedFormMerge()(parts, tiny, Silent()).tensors
    states = corpus.rows(corpus.captions(40), tiny.encode, tiny.ids)
    for key in parts[0].voice.modules:
        if key.startswith("key_value_delta"):
            added = sum(one.voice.modules[key].change.detach() for one in parts)
            assert (states @ tensors[f"{key}/change"].T).norm() < 0.9 * (states @ added.T).norm()


def test_files_that_change_more_are_refused_by_name(tiny, cat, dog):
    good, bad = part(tiny, cat), part(tiny, dog, (use("token"), use("lora")))
    with pytest.raises(BadInput, match="Rex holds lora"):
        ClosedFormMerge()([good, bad], tiny, Silent())
    wordless = Part("mute", good.header, Voice({k: m for k, m in good.voice.modules.items() if "token" not in k}), 1.0)
    with pytest.raises(BadInput, match="different kinds"):
        ClosedFormMerge()([good, wordless], tiny, Silent())
