"""A data folder that was really moved: its walls, pictures and jobs are there, and new files go where it lies now."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from app import comparing, wall_index
from app.comparing import Draft
from app.jobs import Jobs, append
from app.library import Library
from app.migrations import migrate
from app.relocation import HOME, follow
from app.store import Store
from app.takes import Takes
from app.walls import Walls
from pipelines.events import Made
from pipelines.spec import Region, Scene
from pipelines.tasks import Sample
from tests.app.test_library import png
from tests.app.test_walls import cell, taught


def opened(settings) -> Library:
    """A data folder as a start opens it."""
    store = Store(settings.database)
    migrate(store)
    follow(store, settings.data.resolve())
    return Library(store, settings)


@pytest.fixture(params=[True, False], ids=["remembered", "told by what was made"])
def moved(request, settings, tmp_path):
    """A library with a picture, a wall and a run that waits, before and after it was moved into "Фото" beside."""
    before = opened(settings)
    pip = before.add_subject("Pip", "robot", "<pip>")
    before.add_photo(pip.id, png())
    out, jobs = before.new_path("picture"), Jobs(before.store)
    Image.new("RGB", (8, 8)).save(out)
    mask = str(settings.room("masks") / "m.png")
    scene = Scene(f"{settings.data}s in the words", regions=(Region((0, 0, 1, 1), "a duck", mask=mask),))
    job = jobs.submit(Sample(scene, out, str(tmp_path / "elsewhere" / "base")), "A picture")
    before.record(job, jobs.get(job).task, Made("picture", out))
    with before.store.transaction() as db:
        append(db, job, Made("picture", out, {"regions": []}))
        db.execute("UPDATE job SET state = 'finished', result = ?", (json.dumps({"out": out}),))
    Takes(before, jobs).add([job])
    task = comparing.plan(Draft((pip.id,), ("svdiff",), True, "{}", seeds=1), before, "starter")
    wall = Walls(before).add(task, jobs.submit(task, "Wall"))
    cell(wall, pip.id, "svdiff", wall.task.prompts[0], 0, 0.5, 0.3)
    taught(wall, pip.id, "svdiff")
    if not request.param:
        with before.store.transaction() as db:
            db.execute("DELETE FROM draft WHERE name = ?", (HOME,))
    before.store.close()
    shutil.move(settings.data, tmp_path / "Фото")
    after = opened(replace(settings, data=tmp_path / "Фото"))
    yield after, job
    after.store.close()


def test_everything_in_it_is_found_and_nothing_is_written_where_it_was(moved, tmp_path):
    library, job = moved
    jobs, (wall,) = Jobs(library.store), Walls(library).all()
    assert wall.path.parent == library.settings.room("walls") and wall_index.of(wall.task).catch_up().made.sum() == 1
    again = jobs.get(wall.jobs[0]).task
    assert again == wall.task and Path(again.out) == wall.path
    assert all(Path(photo.image).is_file() for one in again.subjects for photo in one.photos)
    (picture,) = library.things("picture")
    shown, _ = Takes(library, jobs).picture(job)
    assert shown == picture.path == jobs.latest(job, "made").path == jobs.get(job).result["out"]
    assert Path(shown).is_file()
    here, scene = str(library.settings.data), picture.task.scene
    assert scene.regions[0].mask == f"{here}/masks/m.png"
    assert scene.prompt == f"{tmp_path}/datas in the words", "another name that begins alike is no path in it"
    assert picture.task.base == str(tmp_path / "elsewhere" / "base")
    assert not (tmp_path / "data").exists()


def test_a_second_start_and_a_folder_inside_the_old_place_change_nothing_more(moved, tmp_path):
    library, _ = moved
    before = [tuple(row) for row in library.store.rows("SELECT task FROM job")]
    follow(library.store, library.settings.data.resolve())
    assert [tuple(row) for row in library.store.rows("SELECT task FROM job")] == before
    deeper = library.settings.data / "inside"
    for _ in range(2):
        follow(library.store, deeper)
    assert Walls(library).all()[0].path.parent == deeper / "walls"
