"""Behind fusing on Compose: whose files a scene names, which ways fit them, and the scene with the one file in it."""

from pathlib import Path

import pytest

from app import composing, fusing, handover
from app.composing import Draft
from components import layout
from pipelines import artefact
from pipelines.artefact import Header, told
from pipelines.errors import BadInput
from pipelines.events import Made
from pipelines.tasks import Fuse
from tests.tuned import PERFUSION, headed, tuned


def drawn(*subjects, **facts):
    boxes = [
        {"id": f"r{k}", "number": k, "box": [0.1 * k, 0.1, 0.3, 0.4], "prompt": "a toy", "subject": one} | facts
        for k, one in enumerate(subjects, 1)
    ]
    return layout.check(layout.blank() | {"regions": boxes})


@pytest.fixture
def people(library):
    return library.add_subject("Pip", "robot"), library.add_subject("Dot", "duck")


@pytest.fixture
def pair(library, people):
    """A tuned file of each."""
    return tuple(tuned(library, one) for one in people)


def fused(library, people, files) -> str:
    """The one file, as the worker would leave it; gives its id in the library."""
    task = Fuse(tuple((one.path, 1.0) for one in files), library.new_path("artefact"), "gradient_fusion")
    headed(task.out, Header("gradient_fusion", {}, told(people), "starter", "hash of starter"))
    facts = {"subjects": [one.id for one in people], "seconds": 12.0}
    return library.record(None, task, Made("artefact", task.out, facts))["id"]


def test_the_files_of_the_regions_in_sight_are_named_once(library, pair):
    pip, dot = (one.id for one in pair)
    named = fusing.sources(drawn(pip, dot, pip, None), library)
    assert [(one["key"], one["name"], one["number"]) for one in named] == [(pip, "Pip", 1), (dot, "Dot", 2)]
    assert fusing.sources(drawn(pip, hidden=True), library) == []


def test_ways_that_fit_come_first_and_the_others_say_why(library, pair, people):
    pip, dot = (one.id for one in pair)
    ways = fusing.offers(fusing.sources(drawn(pip, dot), library), library)
    assert [one["name"] for one in ways if not one["why"]] == ["gradient_fusion", "weighted_sum"]
    assert {one["name"]: one["why"] for one in ways}["joint_gate"].startswith("Pip’s file holds lora.")
    assert all(one["seconds"] is None for one in ways)
    fused(library, people, pair)
    (known,) = [one for one in fusing.offers(fusing.sources(drawn(pip, dot), library), library) if one["seconds"]]
    assert (known["name"], known["seconds"]) == ("gradient_fusion", 12.0)
    assert fusing.offers(fusing.sources(drawn(pip), library), library) == []


def test_the_task_holds_files_weights_and_their_base(library, pair):
    pip, dot = pair
    task = fusing.task({"way": "weighted_sum", "weights": {dot.id: 0.7}}, drawn(pip.id, dot.id), library)
    assert task.artefacts == ((pip.path, 1.0), (dot.path, 0.7))
    assert (task.fusion, task.base, Path(task.out).suffix) == ("weighted_sum", "starter", ".safetensors")
    assert fusing.title(drawn(pip.id, dot.id), library) == "Pip and Dot in one file"


def test_what_cannot_become_one_says_why(library, people, pair):
    pip, dot = (one.id for one in pair)
    with pytest.raises(BadInput, match="no two tuned files"):
        fusing.task({"way": "weighted_sum"}, drawn(pip, pip), library)
    with pytest.raises(BadInput, match="not known"):
        fusing.task({"way": "gone"}, drawn(pip, dot), library)
    with pytest.raises(BadInput, match="goes from 0 to 1.5"):
        fusing.task({"way": "weighted_sum", "weights": {pip: 9.0}}, drawn(pip, dot), library)
    gated = tuned(library, people[1], edits=PERFUSION, recipe="perfusion").id
    with pytest.raises(BadInput, match="Dot’s file holds locked rank one"):
        fusing.task({"way": "gradient_fusion"}, drawn(pip, gated), library)
    elsewhere = tuned(library, people[1], base="/models/sd15").id
    with pytest.raises(BadInput, match="Dot’s file was taught on /models/sd15, Pip’s file on starter"):
        fusing.task({"way": "weighted_sum"}, drawn(pip, elsewhere), library)
    Path(library.thing(dot).path).write_bytes(b"torn")
    with pytest.raises(BadInput, match="Dot’s file cannot be read"):
        fusing.task({"way": "weighted_sum"}, drawn(pip, dot), library)
    assert all(
        "cannot be read" in one["why"] for one in fusing.offers(fusing.sources(drawn(pip, dot), library), library)
    )


def test_the_one_file_takes_over_the_regions_and_speaks_in_the_whole_picture(library, people, pair):
    both = fused(library, people, pair)
    assert library.thing(both).title == "Pip and Dot in one file"
    before = Draft(drawn(pair[0].id, pair[1].id, None))
    after = handover.handed({"artefact": both}, before, library)
    keys = [one["subject"] for one in after.layout["regions"]]
    assert keys == [f"{both}.{people[0].id}", f"{both}.{people[1].id}", None] and after.layout["rev"] > 0
    assert handover.handed({"artefact": both}, after, library) == after
    scene = composing.scene(after, library, "starter")
    path = library.thing(both).path
    assert [one.artefact for one in scene.regions] == [path, path, None] and scene.artefacts == ((path, 1.0),)
    assert composing.scene(before, library, "starter").artefacts == ()
    (named,) = fusing.sources(after.layout, library)
    assert named["name"] == "Pip and Dot"
    alone = Draft(drawn(keys[0], keys[0]))
    assert composing.scene(alone, library, "starter").artefacts == (), "two regions of one subject stay apart"


def test_whom_the_one_file_brings_anew_gets_a_box(library, people, pair):
    both = fused(library, people, pair)
    after = handover.handed({"artefact": both}, Draft(drawn(pair[1].id)), library).layout["regions"]
    assert [one["subject"] for one in after] == [f"{both}.{people[1].id}", f"{both}.{people[0].id}"]
    assert after[1]["prompt"].endswith("robot") and len({one["id"] for one in after}) == 2


def test_headers_are_read_as_they_are_written(library, people):
    made = tuned(library, people[0])
    assert artefact.read_header(made.path).people()[0].name == "Pip"
