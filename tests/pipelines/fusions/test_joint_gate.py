import pytest
import torch
import torch.nn.functional as F

from pipelines import corpus, voices
from pipelines.artefact import Header, told
from pipelines.errors import BadInput
from pipelines.events import Silent
from pipelines.fusing import Part
from pipelines.fusions.joint_gate import JointGate
from pipelines.spec import use

PERFUSION = use("token"), use("locked_rank_one", where="cross.k", learn=False), use("locked_rank_one", where="cross.v")


def part(backbone, subject, seed, weight=1.0):
    """A file as training leaves it: directions that have moved, measured anew, and other outputs."""
    voice, chance = voices.build(backbone, PERFUSION, [subject]), torch.Generator().manual_seed(seed)
    gates = [m for key, m in voice.modules.items() if key.startswith("locked")]
    with torch.no_grad():
        gates[0].aim.directions.add_(torch.randn(1, 32, generator=chance) * 0.5)
        for module in gates:
            module.output.normal_(generator=chance)
    gates[0].aim._measure()
    for module in voice.modules.values():
        module.eval()
    edits = [{"name": one.name, "settings": dict(one.settings)} for one in PERFUSION]
    return Part(subject.name, Header("r", {}, told([subject]), "tiny", "", edits=edits), voice, weight)


def joined(backbone, parts, subjects):
    fused = JointGate()(parts, backbone, Silent())
    voice = voices.build(backbone, fused.edits, subjects, fresh=False)
    with torch.no_grad():
        for name, parameter in voice.parameters().items():
            parameter.copy_(fused.tensors[name])
    for module in voice.modules.values():
        module.eval()
    return voice


@torch.no_grad()
def test_it_is_the_papers_formula_for_several_subjects(tiny, cat, dog):
    parts = [part(tiny, cat, 1), part(tiny, dog, 2)]
    voice = joined(tiny, parts, [cat, dog])
    assert voice.words() == {"<tom>": 1, "<rex>": 1} and set(voice.nouns()) == set()
    e = torch.randn(1, 12, 32, generator=torch.Generator().manual_seed(3))
    moment = corpus.moment(corpus.rows(corpus.captions(), tiny.encode, tiny.ids, first=0))
    inverse = torch.linalg.inv(moment)
    for key in (key for key in voice.modules if key.startswith("locked")):
        module = voice.modules[key]
        alone = [one.voice.modules[key] for one in parts]
        i = torch.cat([one.aim.directions for one in alone]).double()
        o = torch.cat([one.output for one in alone])
        gram = i @ inverse @ i.T
        project = e.double() @ inverse @ i.T @ torch.linalg.inv(gram) @ i
        s = (e.double() @ inverse @ i.T / gram.diagonal()).float()
        w = module.layer.weight
        wanted = F.linear(e - project.float(), w) + ((s - 0.7) / 0.15).sigmoid() @ o
        torch.testing.assert_close(module(e, F.linear(e, w)), wanted, rtol=1e-3, atol=1e-3)
        chained = alone[1](e, alone[0](e, F.linear(e, w)))
        assert (chained - wanted).abs().max() > 0.01, "speaking one after the other is something else"


@torch.no_grad()
def test_a_weight_moves_outputs_towards_the_base(tiny, cat, dog):
    voice = joined(tiny, [part(tiny, cat, 1, weight=0.0), part(tiny, dog, 2)], [cat, dog])
    for key in (key for key in voice.modules if key.startswith("locked")):
        module = voice.modules[key]
        usual = F.linear(module.aim.directions, module.layer.weight)
        torch.testing.assert_close(module.output[0], usual[0])
        assert not torch.allclose(module.output[1], usual[1])


def test_other_files_are_refused_by_name(tiny, cat, dog):
    good = part(tiny, cat, 1)
    voice = voices.build(tiny, [use("token"), use("lora")], [dog])
    with pytest.raises(BadInput, match="Rex holds lora"):
        JointGate()([good, Part("Rex", good.header, voice, 1.0)], tiny, Silent())
    words = voices.build(tiny, [use("token")], [dog])
    with pytest.raises(BadInput, match="Rex has no gates"):
        JointGate()([good, Part("Rex", good.header, words, 1.0)], tiny, Silent())
