"""What the user owns is kept once, never overwritten, found again, and never reached from outside its folder."""

import io
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest
from PIL import Image

from app.feed import Feed
from app.store import TASK
from components import layout_file
from pipelines.errors import BadInput
from pipelines.events import Made
from pipelines.spec import Photo, Region, Scene, Subject
from pipelines.tasks import Compare, Keep, Sample, Segment, Tune


def png(colour: str = "red", size: tuple[int, int] = (8, 6), mode: str = "RGB") -> bytes:
    paper = io.BytesIO()
    Image.new(mode, size, colour).save(paper, "PNG")
    return paper.getvalue()


def test_subjects_get_good_defaults(library):
    pip = library.add_subject("Pip", "robot")
    twin = library.add_subject("Pip", "duck")
    other = library.add_subject(trigger="<pip1>")
    assert (pip.trigger, twin.trigger) == ("<pip1>", "<pip2>")
    assert other.trigger not in ("<pip1>", "<pip2>") and other.name == "Subject 3" and other.noun == "thing"
    assert library.add_subject("Дом").trigger == "<дом1>"


def test_a_subject_changes_but_never_into_another(library):
    a, b = library.add_subject("A"), library.add_subject("B")
    assert library.change_subject(a.id, noun=" robot ", name="Pip").noun == "robot"
    with pytest.raises(BadInput, match="already stands for"):
        library.change_subject(b.id, trigger=a.trigger)
    with pytest.raises(BadInput, match="cannot be empty"):
        library.change_subject(b.id, name=" ")
    with pytest.raises(BadInput, match="has no id"):
        library.change_subject(b.id, id="x")


def test_a_style_is_the_whole_picture(library):
    """Its photos carry no masks, its noun follows until somebody says another; back again, both are there."""
    one = library.add_subject("Ink")
    shot = library.add_photo(one.id, png())
    library.set_mask(shot.id, png("white", mode="L"), accepted=True)
    assert library.subject(one.id).photos[0].mask
    style = library.change_subject(one.id, kind="style")
    assert (style.kind, style.noun, style.photos[0].mask) == ("style", "style", None)
    person = library.change_subject(one.id, kind="person")
    assert person.noun == "person" and person.photos[0].mask
    library.change_subject(one.id, noun="woman")
    assert library.change_subject(one.id, kind="object").noun == "woman"
    with pytest.raises(BadInput, match="object, person, style"):
        library.change_subject(one.id, kind="animal")
    with pytest.raises(BadInput, match="object, person, style"):
        library.add_subject(kind="animal")
    assert library.add_subject("Oil", kind="style").noun == "style"


def test_a_photo_is_kept_once_with_its_mask(library):
    subject = library.add_subject("Pip")
    shot = library.add_photo(subject.id, png(), "IMG_1.JPG", {"blur": 0.2})
    assert library.add_photo(subject.id, png()).id == shot.id and len(library.shots(subject.id)) == 1
    assert (shot.width, shot.height, shot.name, shot.facts) == (8, 6, "IMG_1.JPG", {"blur": 0.2})
    with pytest.raises(BadInput, match="9 by 6"):
        library.set_mask(shot.id, png("white", (9, 6), "L"), accepted=True)
    library.set_mask(shot.id, png("white", mode="L"), accepted=True)
    library.set_caption(shot.id, " a robot ")
    photo = library.subject(subject.id).photos[0]
    assert Path(photo.mask).read_bytes() == png("white", mode="L") and photo.caption == "a robot"
    library.discard_photo(shot.id)
    assert library.subject(subject.id).photos == ()
    assert library.add_photo(subject.id, png()).id == shot.id and library.shot(shot.id).accepted


def test_a_found_mask_is_proposed_but_never_replaces_what_a_person_did(library, tmp_path):
    """Who clicks while the mask is still being looked for keeps what was drawn, accepted or not, or the empty mask."""
    subject = library.add_subject("Pip")
    free, firm, drawn, bare = (library.add_photo(subject.id, png(one)) for one in ("red", "blue", "green", "grey"))
    library.set_mask(firm.id, png("white", mode="L"), accepted=True)
    library.set_mask(drawn.id, png("white", mode="L"), accepted=False)
    library.set_mask(bare.id, None, accepted=False)
    found = tmp_path / "found.png"
    found.write_bytes(png("black", mode="L"))
    for shot in (free, firm, drawn, bare):
        library.record("job", Segment(shot.image, out=str(found)), Made("mask", str(found)))
    free, firm, drawn, bare = (library.shot(one.id) for one in (free, firm, drawn, bare))
    assert Path(free.mask).read_bytes() == png("black", mode="L") and not free.accepted
    assert Path(firm.mask).read_bytes() == png("white", mode="L") and firm.accepted
    assert Path(drawn.mask).read_bytes() == png("white", mode="L") and not drawn.accepted
    assert bare.mask is None


def test_what_is_made_is_found_with_how(library):
    out = library.new_path("artefact")
    Path(out).write_bytes(b"12345")
    task = Tune((Subject("pip", "Pip", "robot", "<pip1>"),), "dreambooth_lora", out)
    thing = library.record("job1", task, Made("artefact", out, {"seconds": 3}))["id"]
    assert library.record("job1", task, Made("checkpoint", f"{out}.part")) == {}
    assert library.record("job1", task, Made("artefact", out, {"seconds": 4})) == {"id": thing}
    kept = library.thing(thing)
    assert (kept.task, kept.bytes, kept.subjects, kept.facts) == (task, 5, ("pip",), {"seconds": 4})
    assert kept.title == "DreamBooth-LoRA on Pip"
    assert [one.id for one in library.things("artefact", subject="pip")] == [thing]
    assert library.things("artefact", subject="dot") == library.things("picture") == []


def test_what_a_job_made_is_found_however_much_came_later(library):
    def made(job: str, subjects: tuple = ()) -> str:
        task = Tune(subjects, "dreambooth_lora", library.new_path("artefact"))
        Path(task.out).write_bytes(b"1")
        return library.record(job, task, Made("artefact", task.out, {}))["id"]

    pip, dot = (Subject(name, name, "toy", f"<{name}>") for name in ("pip", "dot"))
    first = [made("early", (pip,)), made("early", (pip, dot))]
    later = [made("late", (dot,)) for _ in range(210)]
    assert [one.id for one in library.made_by("early")] == first[::-1] and library.made_by("nobody") == []
    assert library.runs() == {"pip": 2, "dot": 211}
    library.discard([first[0], *later])
    assert [one.id for one in library.made_by("early")] == first[1:] and library.runs() == {"pip": 1, "dot": 1}


def test_things_put_away_come_back_until_they_are_swept(library):
    out = library.new_path("picture")
    Path(out).write_bytes(b"1")
    thing = library.record(None, Sample(Scene("beach"), out), Made("picture", out))["id"]
    library.star(thing, True)
    library.discard([thing])
    assert library.things("picture") == []
    library.sweep(older_than=time.time() - 60)
    library.discard([thing], back=True)
    assert [one.starred for one in library.things("picture")] == [True]
    library.discard([thing])
    library.sweep(older_than=time.time() + 60)
    assert not Path(out).exists()
    with pytest.raises(BadInput):
        library.thing(thing)


def run(library, jobs) -> tuple[str, Tune, list[Path]]:
    """A tuning job, and what its worker leaves beside the file that is to be: `checkpoint.place`, `weighed.write`."""
    task = Tune((Subject("pip", "Pip", "robot", "<pip1>"),), "dreambooth_lora", library.new_path("artefact"))
    unfinished = Path(task.out).with_suffix(".unfinished.safetensors")
    weighed = Path(task.out).with_name(f"{Path(task.out).stem}-samples") / "weighed-00.webp"
    weighed.parent.mkdir()
    for file in (unfinished, weighed):
        file.write_bytes(b"x")
    return jobs.submit(task, "run"), task, [unfinished, weighed]


def test_what_a_run_left_beside_its_file_goes_with_it_from_the_bin(library, jobs):
    job, task, _ = run(library, jobs)
    jobs.cancel(job)
    Path(task.out).write_bytes(b"1")
    thing = library.record(job, task, Made("artefact", task.out))["id"]
    library.discard([thing])
    assert library.empty_bin(time.time() + 1) == 1
    assert not list(library.settings.room("artefacts").iterdir())


@pytest.mark.parametrize("made", [True, False])
def test_a_run_taken_off_the_list_takes_its_checkpoint_along(library, jobs, made):
    (job, task, left), (_, _, other) = run(library, jobs), run(library, jobs)
    again = jobs.submit(task, "the same file")
    if made:
        Path(task.out).write_bytes(b"1")
        library.record(job, task, Made("artefact", task.out))
    feed = Feed(jobs, library)
    for one in (job, again):
        assert all(file.is_file() for file in left)
        jobs.cancel(one)
        assert feed.act("remove", one, "") == {"ok": True}
    assert [file.is_file() for file in left] == [False, made], "samples belong to the tuned file"
    assert all(file.is_file() for file in other)


def test_sweeping_keeps_every_file_in_use(library):
    subject = library.add_subject("Pip")
    kept, gone = (library.add_photo(subject.id, png(colour)) for colour in ("red", "blue"))
    library.discard_photo(gone.id)
    library.sweep(older_than=time.time() + 60)
    assert Path(kept.image).exists() and not Path(gone.image).exists()


def test_sweeping_keeps_what_anything_made_any_job_or_draft_names(library, jobs):
    """The drawn shape of a region, the place a picture was made anew in, and the photos of a run."""
    room = library.settings.room("masks")
    shape, fresh, waiting, drawn, nobody = (layout_file.kept(Image.new("L", (4, n)), room) for n in range(4, 9))
    photo = Photo(library.files.keep("photos", png("red"), ".png"), library.files.keep("masks", png("white"), ".png"))
    photo = Photo(*(str(library.files.inside(one)) for one in (photo.image, photo.mask)))
    out = library.new_path("picture")
    Path(out).write_bytes(b"1")
    scene = Scene("beach", regions=(Region((0, 0, 1, 1), "a duck", mask=shape),))
    library.record(None, Sample(scene, out, keep=Keep(out, fresh)), Made("picture", out))
    jobs.submit(Sample(replace(scene, regions=(Region((0, 0, 1, 1), "a duck", mask=waiting),)), "x.png"), "later")
    wall = Compare((Subject("a", "Pip", "robot", "<pip>", (photo,)),), (("svdiff", {}),), ("{}",), (0,), "walls/x")
    library.keep_draft("wall/x", {"task": TASK.dump_python(wall, mode="json"), "drawn": drawn})
    library.sweep(older_than=time.time() + 60)
    kept = (shape, fresh, waiting, drawn, photo.image, photo.mask)
    assert all(Path(one).is_file() for one in kept) and not Path(nobody).exists()


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "photos/../../secret", f"/x/{'a' * 300}/z/a.png", "a\0b"])
def test_nothing_outside_is_reached(library, path):
    with pytest.raises(BadInput):
        library.files.url(path)


def test_a_link_that_leads_outside_is_not_followed(library, tmp_path):
    (tmp_path / "secret").write_text("x")
    (library.settings.room("photos") / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(BadInput):
        library.files.inside("photos/link")


def test_thumbs_are_made_once(library):
    shot = library.add_photo(library.add_subject("Pip").id, png(size=(900, 600)))
    small = library.files.thumb(shot.image)
    with Image.open(small) as picture:
        assert picture.size == (320, 213)
    before = Path(small).stat().st_mtime_ns
    assert library.files.thumb(shot.image) == small and Path(small).stat().st_mtime_ns == before


def test_a_promised_thumb_is_made_when_its_own_address_is_asked_for_and_no_other(library):
    shot, room = library.add_photo(library.add_subject("Pip").id, png(size=(900, 600))), library.settings.room("thumbs")
    address, _, of = library.files.promised(shot.image).partition("?of=")
    stranger = library.settings.data.parent / "stranger.png"
    stranger.write_bytes(png())
    for asked, what in [
        (address.rpartition("/")[0] + "/0.webp", of), (address, "photos/none.png"), (address, str(stranger)),
        (address, "a\0b"),
    ]:  # fmt: skip
        library.files.fulfil("/" + unquote(asked), what)
    assert not list(room.iterdir())
    library.files.fulfil("/" + unquote(address), of)
    with Image.open(*room.iterdir()) as picture:
        assert picture.format == "WEBP" and picture.size == (320, 213)
    Path(shot.image).write_bytes(png(size=(90, 60)))
    assert library.files.promised(shot.image).partition("?of=")[0] != address, "a picture that changed has another"


@pytest.mark.parametrize("why", ["cut short", "no picture", "enormous"])
def test_a_damaged_picture_has_no_thumb_and_does_no_harm(library, monkeypatch, why):
    path, whole = library.settings.room("pictures") / "damaged.png", png(size=(900, 600))
    path.write_bytes({"cut short": whole[:200], "no picture": b"pixels"}.get(why, whole))
    if why == "enormous":
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    assert library.files.seen(path) == ""
    address, _, of = library.files.promised(path).partition("?of=")
    library.files.fulfil("/" + unquote(address), of)
    assert not list(library.settings.room("thumbs").iterdir())


def test_drafts_survive(library):
    library.keep_draft("layout", {"regions": [1, 2]})
    library.keep_draft("layout", {"regions": [3]})
    assert library.draft("layout") == {"regions": [3]} and library.draft("other", []) == []
