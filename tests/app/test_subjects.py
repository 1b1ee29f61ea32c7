"""The Subjects page's desk: photos in, masks proposed by a real worker, drawn, kept, cropped, put away, taken back."""

import io
import time
import tomllib
import zipfile
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageFilter

from app.bases import Bases
from app.dialects import bundled, default_name, spoken
from app.intake import closer
from app.jobs import Jobs
from app.packing import DIALECTS
from app.subjects import MOST_REMOVED, Subjects
from app.supervisor import Supervisor
from app.tuning import choices, plan, why_not
from pipelines import catalogue, masks
from pipelines.errors import BadInput
from pipelines.tasks import Segment


@pytest.fixture
def desk(library, jobs) -> Subjects:
    return Subjects(library, jobs)


@pytest.fixture
def upload(settings):
    """Put a picture where uploads go: (path, name), as the page sends it."""

    def put(picture, name: str) -> tuple[str, str]:
        path = settings.room("temp") / f"{len(list(settings.room('temp').iterdir()))}-{Path(name).name}"
        if isinstance(picture, bytes):
            path.write_bytes(picture)
        else:
            Image.fromarray(picture).save(path)
        return str(path), name

    return put


def ball(colour=(220, 70, 40), at=(150, 110)) -> np.ndarray:
    pixels = np.full((240, 320, 3), (70, 110, 80), np.uint8)
    y, x = np.mgrid[:240, :320]
    pixels[np.hypot(x - at[0], y - at[1]) < 60] = colour
    return pixels


def test_dropped_photos_become_a_subject_with_good_defaults(desk, jobs, upload):
    files = (upload(skimage.data.chelsea(), "Chelsea 1.jpg"), upload(skimage.data.coffee(), "Chelsea 2.png"))
    made = desk.make(files)
    told = desk.open(made["subject"])
    assert told["subject"]["name"] == "Chelsea" and told["subject"]["trigger"] == "<chelsea1>"
    assert [p["busy"] for p in told["photos"]] == [True, True] and told["photos"][0]["width"] == 451
    assert told["photos"][0]["caption"] == "a photo of <chelsea1> thing" and told["photos"][0]["written"]
    asked = [job.task for job in jobs.list() if isinstance(job.task, Segment)]
    assert len(asked) == 2 and all(job.lane == "quick" for job in jobs.list())
    (card,) = desk.now()["subjects"]
    assert card["dots"] == ["", ""] and card["count"] == 2 and card["busy"] and len(card["sheet"]) == 2


def test_what_is_no_photo_is_named_and_the_rest_goes_in(desk, upload):
    made = desk.make((upload(b"hello", "notes.jpg"), upload(skimage.data.chelsea(), "cat.png")))
    assert made["refused"][0]["error"] == "notes.jpg is not a photo."
    assert len(desk.open(made["subject"])["photos"]) == 1
    with pytest.raises(BadInput, match="notes.jpg"):
        desk.make((upload(b"hello", "notes.jpg"),))
    assert len(desk.now()["subjects"]) == 1


def test_a_broken_mask_is_named_and_its_photo_goes_in_without_it(desk, jobs, upload):
    files = (upload(ball(), "a.png"), upload(ball((40, 70, 220)), "b.png"), upload(b"\x89PNG", "masks/b.png"))
    made = desk.make(files)
    assert [one["error"] for one in made["refused"]] == ["The mask of b.png is damaged: its header cannot be read."]
    assert len(desk.open(made["subject"])["photos"]) == 2 and len(jobs.list()) == 2, "both masks are looked for"
    with pytest.raises(BadInput, match="The mask of b.png"):
        desk.add(made["subject"], files[2:])
    assert desk.add(made["subject"], (upload(ball(), "c.png"), upload(b"", "masks/c.png")))["refused"]


def test_only_uploads_may_be_read(desk, tmp_path):
    Image.fromarray(ball()).save(tmp_path / "secret.png")
    for path in (
        str(tmp_path / "secret.png"),
        "/etc/passwd",
        str(desk.library.settings.room("temp") / "../../secret.png"),
    ):
        with pytest.raises(BadInput):
            desk.make(((path, "x.png"),))


def test_masks_and_captions_that_come_along_are_taken_over(desk, jobs, upload):
    mask = np.zeros((240, 320), np.uint8)
    mask[50:170, 90:210] = 255
    made = desk.make((upload(ball(), "a.png"), upload(mask, "a-masklabel.png"), upload(b"[trigger] on grass", "a.txt")))
    (photo,) = desk.open(made["subject"])["photos"]
    assert (masks.from_runs(photo["runs"], photo["w"], photo["h"]) == (mask > 0)).all() and not photo["accepted"]
    assert photo["caption"] == "<subject1> on grass" and not photo["written"] and not jobs.list()


def test_a_photo_with_transparency_that_comes_again_leaves_its_mask_alone(desk, upload):
    seen = np.dstack([ball(), np.full((240, 320), 255, np.uint8)])
    seen[:50, :, 3] = 0
    made = desk.make((upload(seen, "a.png"),))["subject"]
    (photo,) = desk.open(made)["photos"]
    assert photo["runs"], "transparency is a proposal"
    grid = np.zeros((240, 320), bool)
    grid[60:160, 90:210] = True
    desk.keep(photo["id"], (320, 240, masks.runs(grid)), 0, True, False)
    desk.add(made, (upload(seen, "a.png"), upload(ball((40, 60, 230)), "b.png")))
    first, _ = desk.library.shots(made)
    assert first.accepted and (np.asarray(Image.open(first.mask)) == grid * 255).all()


def test_a_drawn_mask_is_kept_at_the_photo_s_size_and_accepted(desk, upload):
    made = desk.make((upload(skimage.data.astronaut(), "a.png"),))
    (photo,) = desk.open(made["subject"])["photos"]
    grid = np.zeros((512, 512), bool)
    grid[100:300, 150:350] = True
    kept = desk.keep(photo["id"], (512, 512, masks.runs(grid)), 0, True, False)["kept"]
    assert desk.open(made["subject"])["photos"][0]["kept"] == kept != photo["kept"]
    (shot,) = desk.library.shots(made["subject"])
    assert shot.accepted and (np.asarray(Image.open(shot.mask)) == grid * 255).all()
    desk.keep(photo["id"], (512, 512, masks.runs(grid)), 8, True, False)
    soft = np.asarray(Image.open(desk.library.shots(made["subject"])[0].mask))
    assert 20 < soft[200, 150] < 235 and soft[200, 250] == 255
    desk.keep(photo["id"], None, 0, False, False)
    assert desk.library.shots(made["subject"])[0].mask is None


def test_an_untouched_mask_keeps_its_fine_edge(desk, upload):
    photo = np.full((900, 1200, 3), 90, np.uint8)
    photo[::2] = 120
    fine = np.zeros((900, 1200), np.uint8)
    fine[100:701, 100:901:3] = 255
    made = desk.make((upload(photo, "a.png"), upload(fine, "a-masklabel.png")))
    (told,) = desk.open(made["subject"])["photos"]
    desk.keep(told["id"], (told["w"], told["h"], told["runs"]), 0, True, True)
    (shot,) = desk.library.shots(made["subject"])
    assert shot.accepted and (np.asarray(Image.open(shot.mask)) == fine).all()


def test_a_photo_is_cropped_closer_with_its_mask_and_can_be_put_back(desk, upload):
    mask = np.zeros((1000, 1500), np.uint8)
    mask[400:500, 700:820] = 255
    made = desk.make((upload(np.random.default_rng(0).integers(0, 255, (1000, 1500, 3), np.uint8), "far.png"),
                      upload(mask, "far-masklabel.png")))  # fmt: skip
    (before,) = desk.open(made["subject"])["photos"]
    after = desk.mend(made["subject"], (before["id"],), "crop")["photo"]
    (photo,) = desk.open(made["subject"])["photos"]
    assert photo["id"] == after and photo["width"] < 260 and photo["height"] < 260
    assert masks.from_runs(photo["runs"], photo["w"], photo["h"]).mean() > 0.2
    desk.restore(before["id"])
    assert len(desk.open(made["subject"])["photos"]) == 2


def test_closer_stays_inside_the_photo():
    for box in ((0, 0, 10, 10), (90, 70, 100, 80), (40, 30, 60, 50), (0, 0, 100, 80)):
        x0, y0, x1, y1 = closer(box, (100, 80))
        assert 0 <= x0 <= box[0] and 0 <= y0 <= box[1] and box[2] <= x1 <= 100 and box[3] <= y1 <= 80


def test_photos_and_subjects_are_put_away_and_taken_back(desk, upload):
    made = desk.make((upload(ball(), "a.png"), upload(ball((40, 70, 220)), "b.png")))
    first = desk.open(made["subject"])["photos"][0]["id"]
    desk.discard(first)
    assert len(desk.open(made["subject"])["photos"]) == 1
    (gone,) = desk.now()["removed"]
    assert (gone["kind"], gone["id"], gone["subject"]) == ("photo", first, made["subject"]) and gone["thumb"]
    desk.restore(first)
    assert desk.now()["removed"] == []
    assert desk.open(made["subject"])["photos"][0]["id"] == first
    desk.put_away(made["subject"])
    assert not desk.now()["subjects"]
    desk.discard(first)
    gone = desk.now()["removed"]
    assert [(one["kind"], one["id"]) for one in gone] == [("subject", made["subject"])], "its photos come with it"
    desk.restore(first)
    desk.take_back(made["subject"])
    assert desk.now()["subjects"][0]["id"] == made["subject"]


def test_of_much_that_was_removed_the_latest_is_listed_and_the_rest_counted(desk, upload):
    made = desk.make((upload(ball(), "a.png"), upload(ball((40, 70, 220)), "b.png")))
    for number in range(MOST_REMOVED):
        desk.put_away(desk.library.add_subject(f"s{number}").id)
    photo = desk.open(made["subject"])["photos"][0]["id"]
    desk.discard(photo)
    told = desk.now()
    assert told["removed"][0]["id"] == photo and told["removed"][1]["name"] == f"s{MOST_REMOVED - 1}"
    assert (len(told["removed"]), told["away"]) == (MOST_REMOVED, MOST_REMOVED + 1)
    assert len(desk.now(told["away"])["removed"]) == MOST_REMOVED + 1, "to whoever asks for the rest"


def test_a_lost_picture_leaves_the_gallery_standing(desk, upload):
    made = desk.make((upload(ball(), "a.png"), upload(ball((40, 70, 220)), "b.png")))
    gone, here = desk.library.shots(made["subject"])
    desk.discard(gone.id)
    for shot in (gone, here):
        Path(shot.image).unlink()
    told = desk.now()
    assert [(one["id"], one["thumb"]) for one in told["removed"]] == [(gone.id, "")]
    assert told["subjects"][0]["sheet"] == [] and told["subjects"][0]["count"] == 1


def test_a_subject_with_a_damaged_photo_opens_so_that_it_can_be_removed(desk, upload):
    files = (upload(ball(), "a.png"), upload(ball((40, 70, 220)), "b.png"), upload(ball(), "masks/b.png"))
    made = desk.make(files)["subject"]
    damaged, lost = desk.library.shots(made)
    Path(damaged.image).write_bytes(Path(damaged.image).read_bytes().replace(b"IDAT", b"ID\0T"))
    Path(lost.image).unlink()
    Path(lost.mask).unlink()
    assert desk.now()["subjects"][0]["sheet"] == []
    bases = Bases(desk.library)
    assert choices(desk.library, bases)[0].images == ()
    photos = desk.open(made)["photos"]
    assert [one["url"] for one in photos] == ["", ""] and photos[1]["runs"] is None
    desk.discard(photos[0]["id"])
    assert len(desk.open(made)["photos"]) == 1


def test_a_mask_taken_away_stays_away_when_a_thing_becomes_a_person(desk, jobs, upload):
    made = desk.make((upload(ball(), "a.png"), upload(np.eye(240, 320, dtype=np.uint8) * 255, "a-masklabel.png")))
    desk.keep(desk.open(made["subject"])["photos"][0]["id"], None, 0, False, False)
    desk.change(made["subject"], "kind", "person")
    assert not jobs.list() and desk.library.subject(made["subject"]).kind == "person"


def test_a_mask_that_was_not_found_is_looked_for_again_as_another_kind(desk, jobs, upload):
    made = desk.make((upload(ball(), "a.png"),))["subject"]
    (first,) = jobs.list()
    jobs.cancel(first.id)
    desk.change(made, "kind", "person")
    assert [job.state for job in jobs.list()].count("queued") == 1


def test_notes_say_what_to_mend_and_the_button_mends_it(desk, upload):
    cat = skimage.data.chelsea()
    blurred = np.asarray(Image.fromarray(skimage.data.coffee()).filter(ImageFilter.GaussianBlur(8)))
    lying = Image.fromarray(skimage.data.rocket()).transpose(Image.Transpose.ROTATE_90)
    exif, file = Image.Exif(), io.BytesIO()
    exif[0x0112] = 6
    lying.save(file, "JPEG", exif=exif)
    made = desk.make((upload(cat, "1.png"), upload(blurred, "2.png"), upload(cat[2:, 3:], "3.png"),
                      upload(file.getvalue(), "4.jpg")))  # fmt: skip
    notes = {note["key"].split("-")[0]: note for note in desk.open(made["subject"])["notes"]}
    assert {"same", "blurred", "turned", "noun", "base"} == set(notes)
    turned = notes["turned"]
    assert turned["fix"] == "Show it" and desk.mend(made["subject"], tuple(turned["photos"]), turned["deed"]) == {
        "photo": desk.open(made["subject"])["photos"][3]["id"]
    }
    assert "toy world" in notes["base"]["said"] and "A larger base learns the likeness" in notes["base"]["why"]
    assert notes["base"]["fix"] == "See the models" and notes["base"]["deed"] == "models"
    desk.mend(made["subject"], tuple(notes["same"]["photos"]), notes["same"]["deed"])
    desk.change(made["subject"], "noun", "cat")
    left = desk.open(made["subject"])
    assert len(left["photos"]) == 3 and not {"same", "noun"} & {note["key"].split("-")[0] for note in left["notes"]}


def test_a_style_teaches_style_boost(desk, jobs, upload):
    """Said to be a style, photos get no masks and the recipe for styles takes them; said to be a thing, masks are
    looked for."""
    made = desk.make((upload(skimage.data.coffee(), "1.png"),), "style")
    subject, boost = desk.library.subject(made["subject"]), catalogue.recipe("style_boost")()
    assert not [job for job in jobs.list() if isinstance(job.task, Segment)]
    assert desk.open(subject.id)["subject"]["kind"] == "style" and why_not(boost, [subject], "starter") is None
    (task,) = plan(
        desk.library,
        [subject],
        ["style_boost"],
        {"recipe": "style_boost", "knobs": {}, "kept": {}},
        "starter",
        1,
        (),
        0,
    )
    assert task.subjects[0].kind == "style" and task.subjects[0].noun == "style"
    desk.change(subject.id, "kind", "object")
    assert why_not(boost, [desk.library.subject(subject.id)], "starter").brief == "styles only"
    assert [job.task.photo for job in jobs.list() if isinstance(job.task, Segment)] == [subject.photos[0].image]


def test_names_come_from_files_unless_a_camera_gave_them():
    assert (
        default_name(["rex 1.jpg", "rex 2.jpg"]) == "Rex"
        and default_name(["old_mug-03.png", "old_mug-04.png"]) == "Old mug"
    )
    assert default_name(["IMG_2001.jpg", "IMG_2002.jpg"]) == default_name(["00.jpg", "01.jpg"]) == ""
    assert default_name(["PXL_20230101.jpg"]) == default_name(["cat.jpg", "dog.jpg"]) == default_name([]) == ""


def test_the_dialects_of_other_trainers_are_told_apart():
    files = [
        "a/x.jpg",
        "a/x-masklabel.png",
        "a/x-condlabel.png",
        "a/x.txt",
        "img/y.png",
        "mask/y.png",
        "C:\\shots\\z.jpg",
    ]
    found = bundled((Path(name), name) for name in files)
    assert [b.name for b in found] == ["x.jpg", "y.png", "z.jpg"]
    assert found[0].mask == Path("a/x-masklabel.png") and found[0].caption == Path("a/x.txt")
    assert found[1].mask == Path("mask/y.png") and found[2].mask is None


def test_a_folder_called_mask_may_hold_photos(desk, upload):
    """Masks are told by their looks: black and white, soft at the edges, or flat colours; whatever is in it, photos of
    a mask, in colour or grey, are photos."""
    soft = np.clip(np.hypot(*np.mgrid[-60:60, -80:80]) * 40 - 1600, 0, 255).astype(np.uint8)
    cat = skimage.data.chelsea()[:120, :160]
    grey = cat.mean(axis=2).astype(np.uint8)
    white = np.full((120, 160, 3), 255, np.uint8)
    white[40:80, 50:110] = cat[:40, :60]
    labels = np.zeros((120, 160, 3), np.uint8)
    labels[40:80, 50:110] = (128, 0, 0)
    room = ["mask/a.png", "mask/b.png", "mask/c.png"]
    made = desk.make(tuple(upload(one, name) for one, name in zip((cat, grey, white), room, strict=True)))
    assert len(desk.open(made["subject"])["photos"]) == 3 and made["refused"] == []
    for mask in (soft, labels, labels[..., 0] * 2 - labels[..., 0]):
        made = desk.make((upload(cat, "img/d.png"), upload(mask, "mask/d.png")))
        (photo,) = desk.open(made["subject"])["photos"]
        assert photo["runs"] is not None and not photo["busy"]


def test_sidecars_of_one_name_in_two_folders_stay_apart():
    files = ["a/01.png", "a/01.txt", "b/01.png", "b/01.txt", "mask/b/01.png"]
    found = bundled((Path(name), name) for name in files)
    assert [(str(b.photo), str(b.caption)) for b in found] == [("a/01.png", "a/01.txt"), ("b/01.png", "b/01.txt")]
    assert found[1].mask == Path("mask/b/01.png")
    assert spoken(["x/10_sks old dog/1.png"]) == ("sks", "old dog") and spoken(["10_sks/1.png"]) == ("sks", "")
    assert spoken(["shots/1.png", "10_sks dog.png"]) == ("", "")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_is_saved_for_other_trainers_comes_back_the_same(desk, upload, tmp_path, dialect):
    mask = np.zeros((240, 320), np.uint8)
    mask[50:170, 90:210] = 255
    cat = skimage.data.chelsea()
    made = desk.make((upload(cat[:240, :320], "old pot.png"), upload(mask, "old pot-masklabel.png"),
                      upload(cat[60:, 100:], "more/old pot.png")))["subject"]  # fmt: skip
    desk.change(made, "noun", "pot")
    desk.caption(desk.open(made)["photos"][0]["id"], "the pot, “glazed”")
    told = desk.pack(made, dialect)
    path = desk.library.settings.room("exports") / told["name"]
    assert told["address"].endswith(told["name"]) and path.is_file()
    with zipfile.ZipFile(path) as folder:
        files = [(folder.read(name), name) for name in folder.namelist()]
    assert all(name.startswith("Old-pot-") for _, name in files)
    if dialect == "kohya":
        plain = tomllib.loads(next(data for data, name in files if name.endswith(".toml")).decode())
        (subset,) = plain["datasets"][0]["subsets"]
        assert {f"Old-pot-kohya/{subset[k]}" for k in ("image_dir", "conditioning_data_dir")} <= {
            name.rpartition("/")[0] for _, name in files
        }
    again = desk.make(tuple(upload(data, name) for data, name in files if not name.endswith(".toml")))
    assert not again["refused"]
    was, now = (desk.library.shots(one) for one in (made, again["subject"]))
    assert len(was) == len(now) and now[0].caption == was[0].caption == "the pot, “glazed”"
    for one, other in zip(was, now, strict=True):
        assert (np.asarray(Image.open(one.image)) == np.asarray(Image.open(other.image))).all()
    assert (np.asarray(Image.open(now[0].mask)) == mask).all() and not now[0].accepted
    if dialect == "kohya":
        subject = desk.open(again["subject"])["subject"]
        assert (subject["trigger"], subject["noun"]) == ("oldpot1", "pot")


def test_only_known_forms_of_what_is_there_are_saved(desk, upload):
    made = desk.make((upload(ball(), "a.png"),))["subject"]
    with pytest.raises(BadInput, match="onetrainer"):
        desk.pack(made, "excel")
    desk.discard(desk.open(made)["photos"][0]["id"])
    with pytest.raises(BadInput, match="no photos"):
        desk.pack(made, "alpha")


def test_captions_and_masks_find_the_photos_that_are_here(desk, upload):
    made = desk.make((upload(ball(), "a.png"), upload(ball((40, 60, 230)), "b.png")))["subject"]
    mask = np.zeros((240, 320), np.uint8)
    mask[:50] = 255
    answer = desk.add(made, (upload(b"[trigger] at noon", "a.caption"), upload(mask, "masks/b.png")))
    assert answer["beside"] == 2 and answer["photo"] is None
    first, second = desk.library.shots(made)
    assert first.caption == "<subject1> at noon" and (np.asarray(Image.open(second.mask)) == mask).all()
    with pytest.raises(BadInput, match="belongs"):
        desk.add(made, (upload(b"hello", "c.txt"),))


def test_a_segmenter_is_used_once_its_file_is_here(desk, upload, jobs):
    made = desk.make((upload(ball(), "a.png"),))
    told = desk.open(made["subject"])
    here = {one["id"]: one["here"] for one in told["segmenters"]}
    assert told["segmenter"] == "starter" and here["grabcut"] and not here["mobile_sam"]
    with pytest.raises(BadInput, match="MobileSAM"):
        desk.use("mobile_sam")
    with pytest.raises(BadInput):
        desk.use("nothing")
    file = desk.library.settings.room("checkpoints") / "mobile_sam" / "mobile_sam.pt"
    file.parent.mkdir()
    file.write_bytes(b"weights")
    assert desk.use("mobile_sam")["segmenter"] == "mobile_sam"
    desk.add(made["subject"], (upload(ball((30, 60, 220)), "b.png"),))
    asked = [job.task for job in jobs.list()][-1]
    assert asked.segmenter == "mobile_sam" and asked.checkpoint == str(file.resolve())
    file.unlink()
    assert desk.open(made["subject"])["segmenter"] == "starter"


def test_the_samples_are_offered_until_they_are_taken(desk):
    offered = desk.now()["samples"]
    assert [one["name"] for one in offered] == ["Comet", "Dot", "Juno", "Pip"]
    assert all(one["noun"] and len(one["photos"]) >= 4 for one in offered)
    told = desk.open(desk.take_sample("Pip")["subject"])
    assert told["subject"]["noun"] == "robot" and told["subject"]["trigger"] == "<pip>" and len(told["photos"]) == 4
    assert not told["notes"], "the starter knows its own world, so nothing is to be said"
    assert "Pip" not in [one["name"] for one in desk.now()["samples"]]
    with pytest.raises(BadInput):
        desk.take_sample("Nobody")


@pytest.mark.slow
def test_a_worker_proposes_masks_and_answers_clicks(library, settings, store, upload):
    with Supervisor(settings, store, door="tests.app.segment_door") as supervisor:
        supervisor.start()
        desk = Subjects(library, Jobs(store, supervisor.ring))
        made = desk.make((upload(ball(), "ball 1.png"), upload(ball((40, 60, 230), (180, 130)), "ball 2.png")))
        give_up = time.monotonic() + 90
        while any(p["busy"] for p in desk.open(made["subject"])["photos"]) and time.monotonic() < give_up:
            time.sleep(0.2)
        photos = desk.open(made["subject"])["photos"]
        for photo, at in zip(photos, ((150, 110), (180, 130)), strict=True):
            y, x = np.mgrid[:240, :320]
            true = np.hypot(x - at[0], y - at[1]) < 60
            mask = masks.from_runs(photo["runs"], photo["w"], photo["h"])
            assert (mask & true).sum() / (mask | true).sum() > 0.85 and not photo["accepted"]
        desk.ready(photos[0]["id"])
        answer = desk.find(photos[0]["id"], ((150.0, 110.0, 1),), None, False)
        assert answer["readings"][0]["score"] > 0.5 and answer["seconds"] < 5
        things = [masks.from_runs(one["runs"], one["w"], one["h"]) for one in desk.things(photos[1]["id"])["things"]]
        assert max((one & true).sum() / (one | true).sum() for one in things) > 0.8
        assert np.sum(things, axis=0).max() == 1, "no pixel belongs to two things"
