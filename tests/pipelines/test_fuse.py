from pathlib import Path

import pytest
import torch

from pipelines import artefact, catalogue, fuse, voices
from pipelines.artefact import Header, told
from pipelines.backbone import Backbone
from pipelines.errors import BadInput
from pipelines.events import Made, Silent
from pipelines.fusing import Part
from pipelines.spec import use
from pipelines.tasks import Fuse
from tests.pipelines.probes import ask, stir

TOKEN = use("token")
LORA = use("lora", where="attention", rank=2), TOKEN
FITTING = {
    "closed_form_merge": (use("token"), use("key_value_delta")),
    "joint_gate": (use("token"), use("locked_rank_one", where="cross.k", learn=False), use("locked_rank_one")),
}
"""Edits that a fusion is made for, where it is not made for LoRA."""


@pytest.fixture(autouse=True)
def at_hand(tiny, monkeypatch):
    """The tiny model is the one that is loaded."""
    monkeypatch.setattr(Backbone, "at_hand", classmethod(lambda cls, base: tiny))


@pytest.fixture
def teach(tiny, tmp_path):
    """Writes a tuned file of some edits, and gives its path."""

    def taught(subject, uses=LORA, seed=1, base_hash=tiny.hash):
        voice = stir(voices.build(tiny, uses, [subject]), seed)
        edits = [{"name": one.name, "settings": dict(one.settings)} for one in uses]
        path = tmp_path / f"{subject.name}-{seed}.safetensors"
        artefact.save(path, voice.parameters(), Header("r", {}, told([subject]), "tiny", base_hash, edits=edits))
        return str(path)

    return taught


def fused(parts, tmp_path, fusion="weighted_sum", report=None):
    out = str(tmp_path / "both.safetensors")
    fuse.run(Fuse(tuple(parts), out, fusion, "tiny"), report or Silent())
    return out


def spoken(tiny, speaking, prompt="a <tom> and a <rex>"):
    """What the network answers while the files of {path: strength} speak."""
    cast = {path: voices.load(path, tiny)[1] for path in speaking}
    with tiny.adapted(cast) as stage, stage.speaking(dict(speaking)):
        return ask(tiny, prompt, stage)


@pytest.mark.parametrize("one, two", [
    (LORA, LORA),
    (LORA, (use("lora", where="cross", rank=3, alpha=6), use("token"))),
    (LORA, (use("token", vectors=2),)),
    ((use("weight_delta", where="cross.kv"), use("token")), (use("weight_delta", where="attention"), use("token"))),
    ((use("key_value_delta"), TOKEN), (use("key_value_delta"), use("weight_delta", where="cross.qo"), TOKEN)),
    ((use("token", vectors=3),), (use("token"),)),
    ((use("layered_token"),), (use("lora", where="text.attention"), use("layered_token"))),
])  # fmt: skip
def test_the_sum_is_both_files_speaking(tiny, cat, dog, teach, tmp_path, one, two):
    paths = {teach(cat, one): 0.7, teach(dog, two, 2): 1.3}
    both = spoken(tiny, {fused(paths.items(), tmp_path): 1.0})
    torch.testing.assert_close(both, spoken(tiny, paths), rtol=1e-4, atol=1e-5)
    assert not torch.allclose(both, spoken(tiny, dict.fromkeys(paths, 1.0)), atol=1e-4) or all(
        use.name.endswith("token") for use in (*one, *two)
    )


def test_what_is_said_of_the_file(cat, dog, teach, tmp_path):
    paths, report = [(teach(cat), 1.0), (teach(dog, seed=2), 0.5)], Silent()
    header = artefact.read_header(fused(paths, tmp_path, report=report))
    assert [one["name"] for one in header.subjects] == ["Tom", "Rex"]
    assert header.parents == ["Tom-1.safetensors", "Rex-2.safetensors"] and header.knobs == {"weights": [1.0, 0.5]}
    made = report.events[-1]
    assert isinstance(made, Made) and made.what == "artefact" and made.facts["subjects"] == ["c1", "d1"]


def test_files_of_one_name_in_two_folders_are_two(tiny, cat, dog, teach, tmp_path):
    """As `tune --out cat/tuned.safetensors` and `--out dog/tuned.safetensors` leave them."""
    apart = {}
    for subject, seed in ((cat, 1), (dog, 2)):
        path = tmp_path / subject.name / "tuned.safetensors"
        path.parent.mkdir()
        apart[str(Path(teach(subject, seed=seed)).rename(path))] = 1.0
    out = fused(apart.items(), tmp_path)
    assert artefact.read_header(out).parents == ["tuned.safetensors"] * 2
    torch.testing.assert_close(spoken(tiny, {out: 1.0}), spoken(tiny, apart), rtol=1e-4, atol=1e-5)


def test_what_cannot_be_fused_names_the_file(tiny, cat, dog, teach, tmp_path):
    tom = teach(cat)
    with pytest.raises(BadInput, match="both teach the word <tom>"):
        fused([(tom, 1), (teach(cat, seed=3), 1)], tmp_path)
    with pytest.raises(BadInput, match="Rex-2.safetensors was taught on"):
        fused([(tom, 1), (teach(dog, seed=2, base_hash="other"), 1)], tmp_path)
    with pytest.raises(BadInput, match="twice"):
        fused([(tom, 1), (tom, 1)], tmp_path)
    with pytest.raises(BadInput, match="two or more"):
        fused([(tom, 1)], tmp_path)
    with pytest.raises(BadInput, match="different kinds"):
        fused([(tom, 1), (teach(dog, (use("layered_token"),), 2), 1)], tmp_path)


@pytest.mark.parametrize("name", catalogue.names("fusions"))
def test_every_fusion_answers_with_a_file_that_speaks(tiny, cat, dog, teach, tmp_path, name):
    uses = FITTING.get(name, LORA)
    paths = [(teach(cat, uses), 1.0), (teach(dog, uses, 2), 1.0)]
    before = ask(tiny)
    parts = [Part(path, *voices.load(path, tiny), weight) for path, weight in paths]
    answer = catalogue.load("fusions", name)()(parts, tiny, Silent())
    assert answer.edits and all(value.isfinite().all() for value in answer.tensors.values())
    out = fused(paths, tmp_path, name)
    header, voice = voices.load(out, tiny)
    assert set(voice.words()) == {"<tom>", "<rex>"}
    assert not torch.equal(spoken(tiny, {out: 1.0}), spoken(tiny, {paths[0][0]: 1.0, paths[1][0]: 0.0}))
    assert torch.equal(ask(tiny), before)
