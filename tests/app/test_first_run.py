"""Four steps on the real library and queue: sample, outline, task to learn, task to make."""

import io

import numpy as np
import pytest
from PIL import Image

from app.first_run import FirstRun
from pipelines.errors import BadInput
from tests.tuned import tuned


@pytest.fixture
def first(library, jobs):
    return FirstRun(library, jobs)


def test_it_is_needed_until_something_is_there(first):
    assert first.needed()
    first.pick("Pip")
    assert not first.needed()


def test_it_offers_whoever_came_along_and_places(first):
    people, places = first.offer()
    assert [one.name for one in people] == ["Comet", "Dot", "Juno", "Pip"]
    assert len(places) == 4 and all(one.image.startswith("gradio_api/file=") for one in places)
    assert all(photo.startswith("gradio_api/file=") for one in people for photo in one.photos)


def test_picking_twice_is_one_subject(first, library):
    assert first.pick("Pip") == first.pick("Pip") and len(library.subjects()) == 1
    with pytest.raises(BadInput):
        first.pick("Nobody")


def test_outlines_are_shown_when_found_and_accepted_together(first, library):
    subject = first.pick("Dot")
    assert first.look(subject)["mask"] == "" and first.look(subject)["photo"]
    for shot in library.shots(subject):
        assert first.look(subject)["mask"] == "", "who says that it looks right says so of all photos"
        paper = io.BytesIO()
        Image.new("L", (shot.width, shot.height), 255).save(paper, "PNG")
        library.set_mask(shot.id, paper.getvalue(), accepted=False)
    assert first.look(subject)["mask"] and not first.look(subject)["missing"]
    first.accept(subject)
    assert all(shot.accepted for shot in library.shots(subject))


def test_a_run_cut_short_goes_on_as_the_same_job(first, jobs):
    job = first.teach(first.pick("Pip"))
    with jobs.store.transaction() as db:
        db.execute("UPDATE job SET state = 'lost' WHERE id = ?", (job,))
    assert first.carry(job) == job and jobs.get(job).state == "queued"
    with pytest.raises(BadInput):
        first.carry(job)


def test_the_picture_asks_for_whom_the_file_was_taught(first, library, jobs):
    subject = first.pick("Pip")
    word = library.subject(subject).trigger
    tuned(library, library.subject(subject))
    library.change_subject(subject, trigger="<new>")
    assert word in jobs.get(first.make(subject, "snow")).task.scene.prompt


def test_own_photos_are_one_subject_that_more_may_join_and_that_is_told_of_as_it_is_now(first, library, jobs):
    room = library.settings.room("temp")

    def files(*names):
        for number, name in enumerate(names, 1):
            colours = np.random.default_rng(len(name) + number).integers(0, 255, (80, 120, 3), np.uint8)
            Image.fromarray(colours).save(room / name)
        return tuple((str(room / name), name) for name in names)

    (room / "words.png").write_text("no picture")
    told = first.take((*files("rex 1.png"), (str(room / "words.png"), "words.png")))
    someone = told["someone"]
    assert (someone["count"], someone["words"], len(someone["photos"])) == (1, "", 1) and len(told["refused"]) == 1
    assert "a real thing comes out as a toy" in someone["hint"]
    more = first.take(files("rex 12.png", "rex 123.png"), someone["key"])["someone"]
    assert more["key"] == someone["key"] and more["count"] == 3 and len(library.subjects()) == 1
    assert first.call(more["key"], "dog").words == "dog"
    seen = first.look(more["key"])
    assert seen["size"] == (120, 80) and seen["seeking"] and seen["someone"]["words"] == "dog"
    for job in jobs.list():
        jobs.cancel(job.id)
    seen = first.look(more["key"])
    assert not seen["seeking"] and not seen["mask"] and seen["missing"] == 3, "nothing was found, and nobody looks"
    with pytest.raises(BadInput):
        first.take(((str(room / "words.png"), "words.png"),))
    first.subjects.put_away(more["key"])
    for deed in (first.look, first.accept, first.teach):
        with pytest.raises(BadInput, match="removed"):
            deed(more["key"])
