"""A moved region alone is made anew: where it was and where it is, with everybody else as they are in the picture."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from app import composing, redoing
from app.composing import Draft
from app.jobs import append
from app.takes import Takes
from components import layout, layout_file
from pipelines.errors import BadInput
from pipelines.events import Made
from pipelines.spec import Scene
from pipelines.tasks import Sample


def box(name, number, place, **facts):
    return {"id": name, "number": number, "box": place, "prompt": "a duck"} | facts


def drawn(*regions, aspect="1:1"):
    return layout.check(layout.blank(aspect) | {"regions": list(regions)})


LEFT, RIGHT, TOP = [0.0, 0.5, 0.25, 0.25], [0.75, 0.5, 0.25, 0.25], [0.4, 0.0, 0.2, 0.2]
BEFORE = drawn(box("a", 1, LEFT), box("b", 2, TOP))


def white(path):
    return np.asarray(Image.open(path)) > 127


def test_a_move_makes_both_places_new_and_nothing_else(tmp_path):
    now = drawn(box("a", 1, RIGHT), box("b", 2, [0.4, 0.1, 0.2, 0.2]))
    new = white(redoing.anew(now, BEFORE, "a", tmp_path))
    edge = round(redoing.MARGIN * 512)
    wanted = np.zeros((512, 512), bool)
    wanted[256 - edge : 384 + edge, : 128 + edge] = wanted[256 - edge : 384 + edge, 384 - edge :] = True
    assert (new ^ wanted).mean() < 0.002
    assert redoing.one_redone(now, BEFORE, "a")["regions"] == drawn(box("a", 1, RIGHT), box("b", 2, TOP))["regions"]


@pytest.mark.parametrize("gone", [drawn(box("b", 2, TOP)), drawn(box("a", 1, RIGHT, hidden=True), box("b", 2, TOP))])
def test_a_region_that_is_gone_leaves_its_old_place_to_be_filled(tmp_path, gone):
    new = white(redoing.anew(gone, BEFORE, "a", tmp_path))
    assert new[300, 50] and not new[300, 450]
    assert [one["id"] for one in redoing.one_redone(gone, BEFORE, "a")["regions"]] == ["b"]


def test_a_new_region_comes_in_its_order_and_with_a_number_of_its_own(tmp_path):
    now = drawn(box("c", 2, RIGHT), box("a", 1, LEFT))
    one = redoing.one_redone(now, BEFORE, "c")["regions"]
    assert [(r["id"], r["number"]) for r in one] == [("c", 2), ("a", 1), ("b", 3)]
    new = white(redoing.anew(now, BEFORE, "c", tmp_path))
    assert new[300, 450] and not new[300, 50]


def test_drawn_shapes_and_soft_edges_are_followed(tmp_path):
    shape = layout_file.runs(np.tril(np.ones((64, 64), bool)))
    now = drawn(box("a", 1, [0.0, 0.0, 1.0, 1.0], mask=shape, feather=0.1))
    new = white(redoing.anew(now, now, "a", tmp_path))
    assert new[400, 100] and new[256, 256 + 50] and not new[100, 400]


@pytest.mark.parametrize("now, region", [(drawn(box("a", 1, LEFT), aspect="3:2"), "a"), (BEFORE, "z")])
def test_what_cannot_be_redone_says_so(tmp_path, now, region):
    with pytest.raises(BadInput) as refused:
        redoing.anew(now, BEFORE, region, tmp_path)
    assert refused.value.advice


@pytest.fixture
def finished(library, jobs):
    """A take that is done, and the takes."""
    takes = Takes(library, jobs)
    task = Sample(Scene("a duck"), library.new_path("picture"))
    job = jobs.submit(task, "A duck")
    takes.add([job], BEFORE, ["a", "b"])
    Image.new("RGB", (128, 128)).save(task.out)
    with jobs.store.transaction() as db:
        db.execute("UPDATE job SET state = 'finished' WHERE id = ?", (job,))
    return takes, job


def test_the_draft_and_what_is_kept(library, finished):
    takes, job = finished
    draft = Draft(drawn(box("a", 1, RIGHT), box("b", 2, LEFT)), "friends")
    made, before = takes.finished(job), takes.drawn(job)[0]
    one, keep = composing.redone(draft, "starter", "a", made, before, library)
    assert keep.picture == made.out and white(keep.anew).any()
    assert [r.box for r in composing.scene(one, library, "starter").regions] == [tuple(RIGHT), tuple(TOP)]
    for base, task, old, words in (("other", made, before, "another base"), ("starter", None, before, "not there"),
                                   ("starter", replace(made, out="/gone.png"), before, "not there"),
                                   ("starter", made, None, "not there")):  # fmt: skip
        with pytest.raises(BadInput, match=words):
            composing.redone(draft, base, "a", task, old, library)


def test_a_take_remembers_its_layout_while_it_is_a_take(library, jobs, finished):
    takes, job = finished
    assert takes.drawn(job) == (BEFORE, ["a", "b"]) and takes.drawn("never") is None
    takes.add([jobs.submit(Sample(Scene("x"), f"{k}.png"), "x") for k in range(12)])
    assert takes.drawn(job) is None and job not in library.draft("takes-drawn", {})


def test_what_was_found_is_told_by_the_regions_of_the_layout(library, jobs, finished):
    takes, job = finished
    one = {"room": 0.06, "inside": 0.5, "own": None, "subject": "", "others": {}}
    facts = [{"number": 1, **one}, {"number": 2, **one}]
    with jobs.store.transaction() as db:
        append(db, job, Made("picture", takes.finished(job).out, {"regions": facts}))
    assert set(takes.seen(job)) == {"a", "b"} and takes.seen(job)["a"]["inside"] == 0.5
    _, (take,) = takes.look({})
    assert [(one["number"], one["box"]) for one in take.places] == [(1, LEFT), (2, TOP)]


def test_regions_that_cannot_speak_are_left_out_and_the_rest_is_made(library):
    regions = [box("a", 1, LEFT), box("b", 2, TOP, prompt=" "), box("c", 3, RIGHT, subject="gone")]
    page = drawn(*regions, box("d", 4, RIGHT, prompt="", hidden=True))
    out = composing.left_out(page, library, "starter")
    assert set(out) == {"b", "c"} and "Region 2 has no words" in str(out["b"]) and "not here any more" in str(out["c"])
    assert composing.sent(page, library, "starter") == ["a"]
    assert [one.box for one in composing.scene(Draft(page), library, "starter").regions] == [tuple(LEFT)]
    assert composing.scene(Draft(drawn(*regions[1:]), "a beach"), library, "starter").regions == ()
