import pytest
import torch

from pipelines import seams, voices
from pipelines.artefact import Header, told
from pipelines.errors import BadInput, Stopped
from pipelines.events import Measure, Silent
from pipelines.fusing import Part
from pipelines.fusions.gradient_fusion import GradientFusion, Sums
from pipelines.spec import Subject, use
from tests.pipelines.probes import stir

CAT, DOG = Subject("c1", "Tom", "cat", "<tom>"), Subject("d1", "Rex", "dog", "<rex>")
LAYERED = (use("layered_token"), use("lora", where="text.attention", rank=2), use("lora", where="attention", rank=2))


def part(backbone, subject, seed, uses=LAYERED, weight=1.0):
    voice = stir(voices.build(backbone, uses, [subject], seed), seed)
    edits = [{"name": one.name, "settings": dict(one.settings)} for one in uses]
    header = Header("x", {}, told([subject]), backbone.name, backbone.hash, edits=edits)
    return Part(f"{subject.id}.safetensors", header, voice, weight)


def fused_of(backbone, parts, subjects):
    report = Silent()
    fused = GradientFusion(steps=2)(parts, backbone, report)
    voice = voices.build(backbone, fused.edits, subjects)
    with torch.no_grad():
        for name, parameter in voice.parameters().items():
            parameter.copy_(fused.tensors[name])
    (measured,) = (event.values for event in report.events if isinstance(event, Measure))
    return voice, measured


@pytest.fixture(scope="module")
def both(tiny):
    parts = [part(tiny, CAT, 1), part(tiny, DOG, 2)]
    return parts, *fused_of(tiny, parts, [CAT, DOG])


def test_the_sums_give_ridge_regression():
    """Against the stacked activations themselves: the same solution, and the same errors."""
    chance = torch.Generator().manual_seed(0)
    drawn = lambda *shape: torch.randn(*shape, generator=chance, dtype=torch.float64)  # noqa: E731
    changes, seen = [(drawn(2, 10), drawn(6, 2)) for _ in range(3)], [drawn(20, 10) for _ in range(3)]
    sums = Sums.of(changes)
    for i, x in enumerate(seen):
        sums.add(i, x[:5])
        sums.add(i, x[5:])
    down, up = sums.solved(0.01)
    x, y = torch.cat(seen), torch.cat([x @ (up @ down).T for x, (down, up) in zip(seen, changes, strict=True)])
    strength = (0.01 * (x.T @ x).trace() / 10).sqrt()
    wanted = torch.linalg.lstsq(torch.cat([x, strength * torch.eye(10)]), torch.cat([y, torch.zeros(10, 6)])).solution.T
    torch.testing.assert_close(up @ down, wanted)
    for change in (wanted, sums.averaged(), 0 * wanted):
        assert sums.error(change) == pytest.approx(float((x @ change.T - y).square().mean()), rel=1e-9)
    exact, ours = (sums.error(up @ down) for down, up in map(sums.solved, (1e-12, GradientFusion().ridge)))
    assert ours <= 1.03 * exact < sums.error(sums.averaged()), "as near as can be, all but for the ridge"


def test_it_is_nearer_to_each_than_the_mean_on_every_layer(tiny, both):
    measured = both[2]
    assert measured["layers"] == len(seams.layers(tiny.parts, "attention+text.attention"))
    assert measured["worse_layers"] == 0
    assert 1.2 * measured["error"] < measured["error_averaged"] < measured["error_base"]


def test_what_listens_to_words_hears_each_exactly_as_before(tiny, both):
    """Keys and values of the fused model, asked about a subject's words, answer what its own LoRA does there."""
    parts, voice, _ = both
    site = next(s for s in seams.sites(tiny.unet) if s.kind == "cross" and s.index == 3)
    for one in parts:
        (subject,) = one.header.people()
        with tiny.adapted({"fused": voice}) as stage, torch.no_grad():
            words = tiny.encode([f"photo of a {subject.trigger}"], stage)
            heard = words.text[:, 3, list(words.spans[0][subject.trigger])]
            said = site.attention.to_k(heard)
        own = seams.Voice({key: m for key, m in one.voice.modules.items() if ".to_k" in key})
        with tiny.adapted({"own": own}), torch.no_grad():
            wanted = site.attention.to_k(heard)
        plain = site.attention.to_k(heard)
        assert (said - wanted).square().mean() < 1e-4 * (plain - wanted).square().mean()


def test_one_alone_stays_what_it_was(tiny):
    """Nothing has to be balanced, so in every layer the fused file does what the file does, all but for the ridge."""
    _, measured = fused_of(tiny, [part(tiny, CAT, 1)], [CAT])
    assert measured["error"] < 1e-2 * measured["error_base"]


def test_one_file_knows_both(tiny, both):
    parts, voice, _ = both
    with tiny.adapted({"both": voice}) as stage:
        assert tiny.encode(["<tom> cat and <rex> dog"], stage).text.shape[1] == 7
    kept = {name.rpartition("/")[2]: rows for name, rows in voice.parameters().items() if "vectors" in name}
    for k, one in enumerate(parts):
        (rows,) = (rows for name, rows in one.voice.parameters().items() if "vectors" in name)
        assert torch.equal(kept[f"vectors.{k}"], rows)


def test_other_files_are_refused_by_name(tiny):
    other = part(tiny, DOG, 2, (use("layered_token"), use("weight_delta", where="cross")))
    with pytest.raises(BadInput, match="d1.*weight delta"):
        GradientFusion()([part(tiny, CAT, 1), other], tiny, Silent())
    plain = part(tiny, DOG, 2, (use("token"), use("lora")))
    with pytest.raises(BadInput, match="d1.*words of another kind"):
        GradientFusion()([part(tiny, CAT, 1), plain], tiny, Silent())


def test_it_stops_when_asked(tiny):
    report = Silent()
    report.stop = lambda: True
    with pytest.raises(Stopped):
        GradientFusion()([part(tiny, CAT, 1), part(tiny, DOG, 2)], tiny, report)
