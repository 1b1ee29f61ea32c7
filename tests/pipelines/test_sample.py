import dataclasses
import json
from pathlib import Path

import pytest
import torch
from PIL import Image

from app import provenance
from pipelines import sample, voices
from pipelines.artefact import Header, save, told
from pipelines.backbone import Backbone
from pipelines.denoise import guided
from pipelines.errors import BadInput, OutOfMemory, Stopped, UnknownToken
from pipelines.events import Made, Preview, Progress, Silent, Warned
from pipelines.masks import to_png
from pipelines.spec import Region, Scene, use
from pipelines.tasks import Sample
from tests.pipelines.probes import stir, weights

LEFT, RIGHT, ALL = (0.0, 0.0, 0.5, 1.0), (0.5, 0.0, 0.5, 1.0), (0.0, 0.0, 1.0, 1.0)
STEPS = 3


@pytest.fixture
def at_hand(tiny, monkeypatch):
    """The tiny model is the one that is loaded."""
    monkeypatch.setattr(Backbone, "at_hand", classmethod(lambda cls, base: tiny))


@pytest.fixture
def teach(tiny, tmp_path):
    """Writes a tuned file that knows a subject, and gives its path."""

    def taught(subject, seed=1, where="attention", backbone=tiny):
        uses = [use("lora", where=where), use("token")]
        voice = stir(voices.build(backbone, uses, [subject]), seed)
        edits = [{"name": one.name, "settings": dict(one.settings)} for one in uses]
        path = tmp_path / f"{subject.name}.safetensors"
        header = Header("dreambooth_lora", {}, told([subject]), "tiny", backbone.hash, edits=edits)
        save(path, voice.parameters(), header)
        return str(path)

    return taught


def made(tiny, warned=None, **scene):
    scene = sample.settled(Scene(**{"steps": STEPS, **scene}), tiny, lambda *said: (warned or []).append(said))
    return sample.make(scene, tiny, sample.gather(scene, tiny, lambda *said: None))


def warnings(report):
    return [event.message for event in report.events if isinstance(event, Warned)]


@pytest.mark.usefixtures("at_hand")
def test_a_picture_and_what_is_said_of_it(tiny, cat, teach, tmp_path):
    out, report, artefact = tmp_path / "a.png", Silent(), teach(cat)
    scene = Scene("a <tom> cat", "b", artefacts=((artefact, 0.8),), seed=5, steps=STEPS)
    before = weights(tiny)
    result = sample.run(Sample(scene, str(out), "tiny"), report)
    assert all(torch.equal(value, before[key]) for key, value in weights(tiny).items())
    with Image.open(out) as picture:
        size, notes = picture.size, picture.info
    assert size == (64, 64) and json.dumps(result)
    assert [e.step for e in report.events if isinstance(e, Preview)] == [1, 2, 3]
    assert [e.step for e in report.events if isinstance(e, Progress)] == [1, 2, 3]
    facts = next(e.facts for e in report.events if isinstance(e, Made))
    assert facts["subjects"] == ["c1"] and facts["seconds"] > 0 and facts["sampler"] == result["sampler"]
    origin = provenance.read(out)
    named = dataclasses.replace(scene, artefacts=((Path(artefact).name, 0.8),))
    assert origin.source == "likeness" and origin.scene == json.loads(json.dumps(dataclasses.asdict(named)))
    assert str(tmp_path) not in "".join(map(str, notes.values())), "it tells no folder of this computer"
    foreign = provenance.parameters(notes["parameters"])
    assert (foreign.prompt, foreign.negative, foreign.seed, foreign.steps) == ("a <tom> cat", "b", 5, STEPS)
    assert (foreign.scale, foreign.width, foreign.base) == (5.0, 64, "tiny")


@pytest.mark.usefixtures("at_hand")
def test_the_same_task_makes_the_same_file(tmp_path):
    scene = Scene("a cat", seed=3, steps=STEPS)
    for name in ("a", "b"):
        sample.run(Sample(scene, str(tmp_path / f"{name}.png"), "tiny", previews=name == "a"), Silent())
    sample.run(Sample(dataclasses.replace(scene, seed=4), str(tmp_path / "c.png"), "tiny"), Silent())
    one, two, other = ((tmp_path / f"{name}.png").read_bytes() for name in "abc")
    assert one == two != other


@pytest.mark.usefixtures("at_hand")
def test_a_stop_leaves_the_last_preview_and_no_file(tiny, tmp_path):
    class Hasty(Silent):
        def stop(self):
            return len([e for e in self.events if isinstance(e, Preview)]) == 2

    report = Hasty()
    with pytest.raises(Stopped, match="step 2 of 9"):
        sample.run(Sample(Scene("a cat", steps=9), str(tmp_path / "a.png"), "tiny"), report)
    assert isinstance(report.events[-1], Preview) and not list(tmp_path.iterdir())


@pytest.mark.usefixtures("at_hand")
@pytest.mark.parametrize("where", ["card", "computer"])
def test_a_full_memory_is_said_in_words(tiny, tmp_path, monkeypatch, where):
    def full(latents):
        if where == "computer":
            torch.empty(2**60, dtype=torch.uint8)
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(tiny, "to_pixels", full)
    with pytest.raises(OutOfMemory, match=f"{where}.* full"):
        sample.run(Sample(Scene("a cat", steps=1), str(tmp_path / "a.png"), "tiny", previews=False), Silent())


@pytest.mark.parametrize("scale", [1.0, 5.0])
def test_one_region_over_everything_is_the_plain_picture(tiny, tiny_xl, cat, teach, scale):
    for model in (tiny, tiny_xl):
        numbers = {"prompt": "a dog", "scale": scale, "negative": "x"}
        routed = made(model, regions=(Region(ALL, "a dog"),), **numbers)
        assert torch.equal(routed, made(model, **numbers))
    for where in ("cross", "attention"):
        artefact = teach(cat, where=where)
        plain = made(tiny, prompt="a <tom>", artefacts=((artefact, 1.0),), scale=scale)
        routed = made(tiny, prompt="b", regions=(Region(ALL, "a <tom>", artefact=artefact),), scale=scale)
        assert torch.equal(routed, plain)
        assert not torch.equal(made(tiny, prompt="a cat", scale=scale), plain)


def test_guidance_in_one_pass_is_the_textbook_formula(tiny):
    scene = sample.settled(Scene("a cat", "b", scale=3.0, steps=STEPS), tiny, lambda *said: None)
    x = sample.noise(tiny, [1])
    with sample.performing(scene, tiny, sample.Cast()) as (at, _):
        at = dataclasses.replace(at, t=500)
        t = torch.tensor([500])
        plain, words = (tiny.predict(x, t, tiny.encode([said])) for said in ("b", "a cat"))
        torch.testing.assert_close(guided(x, at), plain + 3 * (words - plain), rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(guided(x, at.told()), words, rtol=1e-4, atol=1e-5)


def test_two_subjects_each_in_its_half(tiny, cat, dog, teach):
    one, two = Region(LEFT, "a <tom>", artefact=teach(cat, 1)), Region(RIGHT, "a <rex>", artefact=teach(dog, 2))
    both = made(tiny, prompt="a <tom> and a <rex>", regions=(one, two))
    assert both.isfinite().all()
    swapped = dataclasses.replace(one, box=RIGHT), dataclasses.replace(two, box=LEFT)
    assert not torch.equal(both, made(tiny, prompt="a <tom> and a <rex>", regions=swapped))


def test_a_region_has_its_own_negative_words(tiny):
    plain = made(tiny, prompt="a", negative="b", regions=(Region(LEFT, "a cat"),))
    assert torch.equal(made(tiny, prompt="a", negative="b", regions=(Region(LEFT, "a cat", "b"),)), plain)
    assert not torch.equal(made(tiny, prompt="a", negative="b", regions=(Region(LEFT, "a cat", "c"),)), plain)


def test_a_region_speaks_in_its_share_of_the_run(tiny):
    plain = made(tiny, prompt="a")
    never = made(tiny, prompt="a", regions=(Region(LEFT, "a cat", start=1.0),))
    early = made(tiny, prompt="a", regions=(Region(LEFT, "a cat", stop=0.5),))
    whole = made(tiny, prompt="a", regions=(Region(LEFT, "a cat"),))
    assert torch.equal(never, plain)
    assert not torch.equal(early, plain) and not torch.equal(early, whole)


def test_a_region_that_says_nothing_is_left_out_by_its_number(tiny, tmp_path):
    empty = tmp_path / "m.png"
    empty.write_bytes(to_png(torch.zeros(8, 8).bool().numpy()))
    regions = (Region(LEFT, " "), Region((0.3, 0.3, 0.01, 0.01), "a"), Region(ALL, "a", mask=str(empty)),
               Region((1.5, 0.0, 0.2, 0.2), "a"), Region(RIGHT, "a cat"))  # fmt: skip
    told = []
    rest = made(tiny, told, prompt="a", regions=regions)
    settled = sample.settled(Scene("a", regions=regions), tiny, lambda what, advice: told.append(what))
    assert [line[:8] for line in told] == ["Region 1", "Region 2", "Region 3", "Region 4"]
    assert len(settled.regions) == 5
    assert torch.equal(rest, made(tiny, prompt="a", regions=regions[-1:]))


@pytest.mark.usefixtures("at_hand")
def test_a_region_that_cannot_take_part_says_why_and_the_rest_is_made(tiny, tiny_xl, cat, dog, teach, tmp_path):
    """A file that vanished after the press, one of another base, a word nobody taught, a mask that is no picture."""
    broken, one = tmp_path / "m.png", Region(LEFT, "a <tom>", artefact=teach(cat))
    broken.write_bytes(b"no picture")
    faults = {
        "There is no file gone": Region(RIGHT, "b", artefact=str(tmp_path / "gone.safetensors")),
        "Rex.safetensors was taught on": Region(RIGHT, "a <rex>", artefact=teach(dog, backbone=tiny_xl)),
        "Nobody taught it the word <pip>": Region(RIGHT, "a <pip>"),
        "The mask": Region(RIGHT, "a", mask=str(broken)),
        "Nobody taught it the word <dot>": Region(RIGHT, "a", "a <dot>"),
    }
    for how in ("region_route", "layout_forward"):
        wanted = Scene("a", regions=(one,), steps=1, how=how)
        sample.run(Sample(wanted, str(tmp_path / "a.png"), "tiny", previews=False), Silent())
        for words, fault in faults.items():
            scene, report = dataclasses.replace(wanted, regions=(fault, one)), Silent()
            sample.run(Sample(scene, str(tmp_path / "b.png"), "tiny", previews=False), report)
            assert seen(tmp_path / "b.png") == seen(tmp_path / "a.png"), words
            (said,) = warnings(report)
            assert said.startswith("Region 1 was left out. ") and words in said
            (facts,) = [e.facts for e in report.events if isinstance(e, Made)]
            told = {row["number"]: row for row in facts["regions"]}
            assert told[1]["why"] == said and told[1]["advice"] and told[2]["room"] > 0


def seen(path):
    with Image.open(path) as picture:
        return picture.tobytes()


@pytest.mark.usefixtures("at_hand")
def test_words_that_were_not_read_are_told_with_the_picture(tmp_path):
    long, report = "y" * 74 + " behind", Silent()
    scene = Scene(long, regions=(Region(LEFT, "a"), Region(RIGHT, long)), steps=1)
    sample.run(Sample(scene, str(tmp_path / "a.png"), "tiny", previews=False), report)
    (facts,) = [e.facts for e in report.events if isinstance(e, Made)]
    assert [len(facts["unread"]), *(len(one["unread"]) for one in facts["regions"])] == [1, 0, 1]
    assert warnings(report) == [*facts["unread"], f"Region 2: {facts['regions'][1]['unread'][0]}"]
    assert "“behind” was not read" in facts["unread"][0]


@pytest.mark.usefixtures("at_hand")
def test_a_file_of_two_that_vanished_leaves_both_their_regions_out(tmp_path):
    gone = str(tmp_path / "gone.safetensors")
    both = (Region(LEFT, "a <tom>", artefact=gone), Region(RIGHT, "a <rex>", artefact=gone))
    report, scene = Silent(), Scene("a", regions=both, artefacts=((gone, 1.0),), steps=1)
    sample.run(Sample(scene, str(tmp_path / "a.png"), "tiny", previews=False), report)
    assert len(warnings(report)) == 2
    with pytest.raises(BadInput, match="Region 1 was left out. There is no file gone"):
        alone = dataclasses.replace(scene, prompt=" ")
        sample.run(Sample(alone, str(tmp_path / "b.png"), "tiny", previews=False), Silent())
    with pytest.raises(BadInput, match="There is no file gone"):
        whole = dataclasses.replace(scene, regions=())
        sample.run(Sample(whole, str(tmp_path / "b.png"), "tiny", previews=False), Silent())


def test_words_to_keep_out_that_nobody_taught_matter_only_where_they_are_heard(tiny, cat, teach):
    """At CFG scale 1 nobody asks for them; the picture's own are a region's where it has none."""
    told, tom = [], Region(LEFT, "a <tom>", artefact=teach(cat))
    made(tiny, prompt="a", regions=(Region(RIGHT, "b", "<dot>"),), scale=1.0)
    scene = Scene("a", "a <tom>", regions=(Region(RIGHT, "b"), tom), how="layout_forward")
    assert sample.prepared(scene, tiny, lambda *said: told.append(said), {})[1] == {} and not told
    lost = sample.prepared(dataclasses.replace(scene, how="region_route"), tiny, lambda *said: None, {})[1]
    assert set(lost) == {1} and "<tom>" in lost[1].message


def test_a_word_of_the_prompt_that_nobody_taught_ends_it(tiny):
    with pytest.raises(UnknownToken, match="The prompt: Nobody taught"):
        made(tiny, prompt="a <pip>")


def test_an_artefact_of_a_sibling_base_is_used_with_a_word(tiny, cat, teach):
    other, told = Backbone.tiny(1), []
    scene = Scene("a <tom>", artefacts=((teach(cat, backbone=other), 1.0),))
    cast = sample.gather(scene, tiny, lambda what, advice: told.append(what))
    assert len(cast.voices) == 1 and "Tom.safetensors was taught on" in told[0]


def test_sides_that_the_base_cannot_make_are_rounded(tiny):
    told = []
    scene = sample.settled(Scene("a", width=100, height=48), tiny, lambda what, advice: told.append(what))
    assert (scene.width, scene.height) == (96, 48) and "96 × 48" in told[0]
    assert sample.make(dataclasses.replace(scene, steps=1), tiny).shape == (1, 4, 6, 12)
