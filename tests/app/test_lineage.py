"""A made thing tells its story from photos to picture, and says when a file of it is gone."""

import io

import pytest
from PIL import Image

from app.lineage import Lineage
from pipelines.events import Made
from pipelines.spec import Region, Scene
from pipelines.tasks import Sample, Tune


def png(colour="red", mode="RGB"):
    paper = io.BytesIO()
    Image.new(mode, (16, 16), colour).save(paper, "PNG")
    return paper.getvalue()


@pytest.fixture
def story(library):
    pip = library.add_subject("Pip", "robot")
    for n, colour in enumerate(("red", "green")):
        shot = library.add_photo(pip.id, png(colour), f"{n}.png")
        library.set_mask(shot.id, png(255 - n, "L"), accepted=True)
    pip = library.subject(pip.id)
    tune = Tune((pip,), "dreambooth_lora", library.new_path("artefact"))
    library.files.inside(tune.out).write_bytes(b"weights")
    artefact = library.record(None, tune, Made("artefact", tune.out, {"seconds": 60.0, "best_step": 400}))["id"]
    scene = Scene("<pip> robot", seed=41, regions=(Region((0, 0, 1, 1), artefact=tune.out),))
    sample = Sample(scene, library.new_path("picture"))
    Image.new("RGB", (8, 8)).save(sample.out)
    picture = library.record(None, sample, Made("picture", sample.out, {"likeness": 0.8, "seconds": 1.5}))["id"]
    return Lineage(library), artefact, picture, tune.out


def test_a_picture_names_photos_masks_file_and_layout(story):
    lineage, _, picture, out = story
    sheet = lineage.sheet(picture)
    assert [link.title for link in sheet.lineage] == ["2 photos", "2 masks", "1 tuned file", "Layout", "This picture"]
    assert sheet.complete and sheet.prompt == "<pip> robot" and sheet.scores == (("likeness", 0.8),)
    assert "step 400" in sheet.lineage[2].words and "seed 41" in sheet.lineage[-1].words
    assert dict(sheet.facts)["Base"] == "Starter · toybox"
    scene = sheet.hand["scene"]
    assert scene["seed"] == 41 and scene["regions"][0]["artefact"] == out, "with the files where they lie"


def test_a_damaged_photo_is_left_out_of_the_story(story, library):
    lineage, _, picture, _ = story
    photo = library.files.inside(library.shots(library.subjects()[0].id)[0].image)
    photo.write_bytes(photo.read_bytes().replace(b"IDAT", b"ID\0T"))
    assert len(lineage.sheet(picture).lineage[0].images) == 1


def test_a_picture_says_the_words_of_its_regions_and_how_they_were_composed(story, library):
    lineage, _, picture, _ = story
    assert lineage.sheet(picture).way == "Each region hears its own words"
    halves = (Region((0, 0, 0.5, 1), "a duck", "fog"), Region((0.5, 0, 0.5, 1), "a hat"))
    for how, said in (("layout_backward", "Layout-Control, backward, Push 12"), ("long_gone", "long gone")):
        scene = Scene("friends", regions=halves, how=how, knobs={"rate": 12} if how == "layout_backward" else {})
        task = Sample(scene, library.new_path("picture"))
        library.files.inside(task.out).write_bytes(b"pixels")
        sheet = lineage.sheet(library.record(None, task, Made("picture", task.out, {}))["id"])
        assert sheet.regions == (("a duck", "fog"), ("a hat", "")) and sheet.way == said
    plain = Sample(Scene("alone"), library.new_path("picture"))
    library.files.inside(plain.out).write_bytes(b"pixels")
    sheet = lineage.sheet(library.record(None, plain, Made("picture", plain.out, {}))["id"])
    assert sheet.regions == () and sheet.way == ""


def test_a_missing_file_is_told(story, library):
    lineage, _, picture, out = story
    library.files.inside(out).unlink()
    assert lineage.sheet(picture).complete is False


def test_a_tuned_file_leads_on_to_compose(story):
    lineage, artefact, _, _ = story
    sheet = lineage.sheet(artefact)
    assert sheet.hand == {"artefact": artefact} and sheet.prompt.endswith("on Pip") and sheet.complete
    assert dict(sheet.facts)["Step kept"] == "400"


def test_what_is_in_the_bin_says_so(story, library):
    lineage, _, picture, _ = story
    library.discard([picture])
    assert lineage.sheet(picture).binned
