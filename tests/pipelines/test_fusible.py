"""What is said of files by their headers alone is what the fusions do with them."""

from itertools import combinations_with_replacement

import pytest

from pipelines import catalogue, fusible, voices
from pipelines.artefact import Header, told
from pipelines.errors import BadInput
from pipelines.events import Silent
from pipelines.fusing import Part
from pipelines.spec import Subject, use
from tests.pipelines.probes import stir

TOKEN = use("token")
KINDS = {
    "words": (TOKEN,),
    "two words": (use("token", vectors=2), use("lora", where="cross", rank=2)),
    "lora": (TOKEN, use("lora", where="cross", rank=2)),
    "keys": (TOKEN, use("lora", where="cross.kv", rank=2)),
    "custom": (TOKEN, use("key_value_delta")),
    "layered": (use("layered_token"), use("lora", where="cross", rank=2)),
    "whole": (TOKEN, use("weight_delta", where="cross.qo")),
    "shift": (TOKEN, use("spectral_shift", where="cross.kv")),
    "gate": (TOKEN, use("locked_rank_one", where="cross.k", learn=False), use("locked_rank_one")),
    "one gate": (TOKEN, use("locked_rank_one")),
    "mask": (TOKEN, use("feature_mask"), use("lora", where="cross", rank=2)),
}  # fmt: skip


TOM, REX = Subject("c1", "Tom", "cat", "<tom>"), Subject("d1", "Rex", "dog", "<rex>")


@pytest.fixture(scope="module")
def taught(tiny):
    """(kind, place) → a part: the first place is Tom's, the second Rex's."""
    found = {}
    for place, subject in enumerate((TOM, REX)):
        for kind, uses in KINDS.items():
            voice = stir(voices.build(tiny, uses, [subject]), place)
            edits = [{"name": one.name, "settings": dict(one.settings)} for one in uses]
            header = Header("r", {}, told([subject]), "tiny", tiny.hash, edits=edits)
            found[kind, place] = Part(subject.name, header, voice, 1.0)
    return found


@pytest.mark.parametrize("way", fusible.WAYS, ids=lambda way: way.name)
def test_a_fusion_takes_what_its_way_does_not_refuse(tiny, taught, way):
    fusion = catalogue.load("fusions", way.name)
    fusion = fusion(steps=2) if way.name == "gradient_fusion" else fusion()
    taken = 0
    for one, two in combinations_with_replacement(KINDS, 2):
        parts = [taught[one, 0], taught[two, 1]]
        refused = way.refuses({part.name: part.header for part in parts})
        try:
            fusion(parts, tiny, Silent())
        except BadInput as error:
            assert refused, f"{one} with {two}: {error}"
        else:
            assert not refused, f"{one} with {two} can be fused, yet it says: {refused}"
            taken += 1
    assert taken


def test_every_fusion_is_offered_once_with_words():
    assert sorted(way.name for way in fusible.WAYS) == list(catalogue.names("fusions"))
    assert all(way.title and way.says.endswith(".") and way.paper for way in fusible.WAYS)


def test_files_of_two_bases_or_one_word_are_no_pair(taught):
    tom = taught["lora", 0].header
    assert "One file alone" in str(fusible.unfit({"Tom": tom}))
    elsewhere = Header("r", {}, [], "SD 1.5", "other")
    assert "SD 1.5" in str(fusible.unfit({"Tom": tom, "Rex": elsewhere}))
    assert "both teach the word <tom>" in str(fusible.unfit({"Tom": tom, "Tim": tom}))
    assert all(refused for _, refused in fusible.offers({"Tom": tom, "Tim": tom}))
