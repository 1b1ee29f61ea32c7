"""What the buttons of the Library do to one thing."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from app.pages.library import do
from pipelines.errors import BadInput
from pipelines.events import Made
from pipelines.spec import Region, Scene
from pipelines.tasks import Sample


@pytest.fixture
def house(library, jobs):
    return SimpleNamespace(library=library, jobs=jobs)


@pytest.fixture
def picture(library):
    scene = Scene("a duck on grass", seed=41, steps=7, scale=3.5, regions=(Region((0, 0, 0.5, 1), "a cat"),))
    task = Sample(scene, library.new_path("picture"), "/models/SD 1.5")
    library.files.inside(task.out).write_bytes(b"pixels")
    return library.thing(library.record(None, task, Made("picture", task.out))["id"])


def test_made_again_all_is_the_same_and_varied_all_but_the_seed(house, picture):
    assert do(house, "again", picture.id, "") == do(house, "vary", picture.id, "") == ""
    again, varied = house.jobs.list()
    assert again.title == varied.title == picture.title
    assert len({picture.task.out, again.task.out, varied.task.out}) == 3, "each is kept beside the first"
    assert replace(again.task, out=picture.task.out) == picture.task
    seed = varied.task.scene.seed
    assert seed != 41 and varied.task == replace(
        picture.task, scene=replace(picture.task.scene, seed=seed), out=varied.task.out
    )


def test_a_region_that_will_be_missing_is_told(house, library):
    scene = Scene("x", regions=(Region((0, 0, 1, 1), "a robot", artefact="/nowhere.safetensors"),))
    task = Sample(scene, library.new_path("picture"))
    library.files.inside(task.out).write_bytes(b"pixels")
    made = library.record(None, task, Made("picture", task.out))["id"]
    assert do(house, "again", made, "").startswith("Region 1: a file is gone")


def test_a_tuned_file_is_renamed_but_not_made_again_from_here(house, library, pip):
    do(house, "rename", pip.id, "Pip, the best so far")
    assert library.thing(pip.id).title == "Pip, the best so far"
    for deed in ("again", "vary"):
        with pytest.raises(BadInput, match="Only pictures"):
            do(house, deed, pip.id, "")
    assert house.jobs.list() == []


def test_stars_and_the_bin(house, library, picture):
    do(house, "star", picture.id, "")
    assert library.thing(picture.id).starred
    do(house, "unstar", picture.id, "")
    assert not library.thing(picture.id).starred
    do(house, "bin", picture.id, "")
    assert library.things("picture") == []
    do(house, "restore", picture.id, "")
    assert [one.id for one in library.things("picture")] == [picture.id]
    with pytest.raises(BadInput):
        do(house, "again", "nothing", "")
