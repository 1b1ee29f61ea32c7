"""What other pages hand to Compose arrives whole, and what cannot come is said."""

import shutil
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save_file

from app import composing, handover
from app.composing import Draft
from app.lineage import Lineage
from app.pages.library import lacking
from components import layout, layout_file
from pipelines.errors import BadInput
from pipelines.events import Made
from pipelines.spec import Region, Scene
from pipelines.tasks import Sample
from tests.tuned import tuned


def test_a_tuned_file_handed_over_gets_a_box_once(library, pip):
    draft = handover.handed({"artefact": pip.id}, Draft(layout.blank()), library)
    (one,) = draft.layout["regions"]
    assert one["subject"] == pip.id and "robot" in one["prompt"]
    assert handover.handed({"artefact": pip.id}, draft, library) == draft


def taught_words(*made):
    """A prompt that names whom these files know."""
    return " and ".join(f"{one.trigger} {one.noun}" for thing in made for one in thing.task.subjects)


def back(scene, library):
    draft = handover.handed({"scene": asdict(scene)}, Draft(layout.blank()), library)
    return draft, composing.scene(draft, library, "starter")


def test_a_tuned_file_of_the_whole_picture_comes_back_as_a_region_over_all_of_it(library, pip):
    scene = Scene(f"{taught_words(pip)} on a beach", artefacts=((pip.path, 1.0),), seed=3)
    draft, again = back(scene, library)
    (one,) = draft.layout["regions"]
    assert (one["subject"], one["box"], one["prompt"]) == (pip.id, [0, 0, 1, 1], "")
    (region,) = again.regions
    assert (region.artefact, region.prompt, region.box) == (pip.path, scene.prompt, (0, 0, 1, 1))
    assert replace(again, regions=(), artefacts=scene.artefacts) == scene
    other = replace(draft, prompt=f"{taught_words(pip)} in the snow")
    assert composing.scene(other, library, "starter").regions[0].prompt == other.prompt, "new words are heard"
    assert back(again, library)[0].layout == draft.layout, "and so it comes back again"


def test_several_files_of_the_whole_picture_all_come_back(library, pip):
    rex = tuned(library, library.add_subject("Rex", "dog"))
    words = taught_words(pip, rex)
    boxed = (Region((0.5, 0, 0.5, 1), "a red ball"),)
    for scene in (
        Scene(words, artefacts=((pip.path, 1.0), (rex.path, 0.6)), seed=3),
        Scene(words, artefacts=((pip.path, 0.7),), seed=3),
        Scene(words, artefacts=((pip.path, 1.0),), regions=boxed, seed=3),
        Scene(words, artefacts=((pip.path, 1.0),), regions=(replace(boxed[0], artefact=pip.path),), seed=3),
    ):
        draft, again = back(scene, library)
        assert replace(again, artefacts=()) == replace(scene, artefacts=())
        assert dict(again.artefacts) == dict(scene.artefacts)
        assert composing.sent(draft.layout, library, "starter") == [f"r{n}" for n, _ in enumerate(scene.regions, 1)]


def test_a_file_of_two_subjects_comes_back_with_both(library, pip):
    rex = library.add_subject("Rex", "dog")
    both = tuned(library, pip.task.subjects[0], library.subject(rex.id))
    pair, keys = both.task.subjects, [f"{both.id}.{one.id}" for one in both.task.subjects]
    spread = Scene(taught_words(both), artefacts=((both.path, 1.0),), seed=3)
    draft, again = back(spread, library)
    assert sorted(one["subject"] for one in draft.layout["regions"]) == sorted(keys) and again == spread
    halves = ((0.0, 0.0, 0.5, 1.0), (0.5, 0.0, 0.5, 1.0))
    regions = tuple(Region(box, one.trigger, artefact=both.path) for one, box in zip(pair, halves, strict=True))
    placed = Scene("friends", regions=regions, artefacts=((both.path, 1.0),), seed=3)
    draft, again = back(placed, library)
    assert [one["subject"] for one in draft.layout["regions"]] == keys and again == placed


def test_two_who_were_taught_side_by_side_come_with_words_against_the_line_between(library, pip):
    """SVDiff's negative prompts; others have none, and words that were there stay."""
    rex, blank = library.add_subject("Rex", "dog"), Draft(layout.blank())
    pair = pip.task.subjects[0], library.subject(rex.id)
    mixed, plain = (tuned(library, *pair, recipe=recipe) for recipe in ("svdiff", "mix_of_show"))
    alone = tuned(library, pair[1], recipe="svdiff")

    def negative(made, draft=blank):
        return handover.handed({"artefact": made.id}, draft, library).negative

    assert negative(mixed) == "a robot and a dog, a dog and a robot"
    assert negative(plain) == "" and negative(alone) == ""
    assert negative(mixed, replace(blank, negative="fog")) == "fog"


def test_a_subject_over_the_whole_picture_needs_its_words(library, pip):
    bare = {"id": "r1", "number": 1, "prompt": "", "box": [0, 0, 1, 1]}
    page = layout.check(layout.blank() | {"regions": [bare | {"subject": pip.id}]})
    with pytest.raises(BadInput, match="nothing to make"):
        composing.scene(Draft(page), library, "starter")
    (region,) = composing.scene(Draft(page, "x" * 900), library, "starter").regions
    assert len(region.prompt) == 900
    with pytest.raises(BadInput, match="Region 1 has no words"):
        composing.scene(Draft(layout.check(layout.blank() | {"regions": [bare]})), library, "starter")


@pytest.mark.parametrize("place", ["", "/before/it/was/moved/"])
def test_files_are_found_by_name(library, pip, place):
    """A picture tells the names of its files, an older one where they lay then."""
    mask = library.settings.room("masks") / "drawn.png"
    Image.fromarray(np.eye(8, dtype=np.uint8) * 255).save(mask)
    file = Path(pip.path).name
    scene = Scene(
        f"{taught_words(pip)} on a beach", artefacts=((place + file, 1.0),),
        regions=(Region((0.5, 0, 0.5, 1), taught_words(pip), artefact=place + file, mask=f"{place}drawn.png"),),
    )  # fmt: skip
    hand = {"scene": asdict(scene), "base": "starter"}
    assert handover.otherwise(hand, library, "starter") is None
    draft = handover.handed(hand, Draft(layout.blank()), library)
    assert {one["subject"] for one in draft.layout["regions"]} == {pip.id}
    assert draft.layout["regions"][-1]["mask"]["data"] == layout_file.shape_of(str(mask), scene.regions[0].box)["data"]


def test_what_makes_another_picture_here_is_said(library, pip):
    scene = asdict(Scene("x", artefacts=((pip.path, 1.0),)))
    assert handover.otherwise({"scene": scene, "base": "starter"}, library, "starter") is None
    assert handover.otherwise({"scene": scene}, library, "starter") is None
    said = handover.otherwise({"scene": scene, "base": "/models/SD 1.5"}, library, "starter")
    assert said.message == "This picture was made on SD 1.5, and Starter · toybox is in use." and said.advice
    gone = asdict(Scene("x", artefacts=(("/elsewhere/rex.safetensors", 1.0),)))
    assert "not in the library: rex.safetensors" in handover.otherwise({"scene": gone}, library, "starter").message


def test_a_drawn_shape_that_is_gone_is_said_to_be_its_box(library):
    shape = Region((0.5, 0, 0.5, 1), "a duck", mask="/elsewhere/gone.png")
    hand = {"scene": asdict(Scene("x", regions=(Region((0, 0, 0.5, 1), "a cat"), shape)))}
    said = handover.otherwise(hand, library, "starter")
    assert said.message == "The drawn shape of region 2 is not here, and its box is taken." and said.advice
    (_, box) = handover.handed(hand, Draft(layout.blank()), library).layout["regions"]
    assert box["mask"] is None and box["box"] == [0.5, 0, 0.5, 1]


def test_a_picture_that_is_made_again_without_a_region_says_which(library, pip, tmp_path):
    mask = tmp_path / "m.png"
    regions = (Region((0, 0, 0.5, 1), "a", artefact=pip.path), Region((0.5, 0, 0.5, 1), "b", mask=str(mask)))
    mask.write_bytes(b"there")
    assert lacking(Scene("x", regions=regions)) == ""
    mask.unlink()
    assert lacking(Scene("x", regions=regions)).startswith("Region 2: a file is gone")
    Path(pip.path).write_bytes(b"torn")
    assert lacking(Scene("x", regions=regions)).startswith("Region 1, Region 2: ")


def test_two_bases_of_one_name_are_told_apart_by_their_weights(library, tmp_path):
    first, second = (tmp_path / where / "model" for where in ("a", "b"))
    hand = {"scene": asdict(Scene("x")), "base": str(first)}
    assert handover.otherwise(hand, library, str(second)) is None, "it may have been moved"
    nowhere = hand | {"base": str(tmp_path / ("x" * 300) / "model")}
    assert handover.otherwise(nowhere, library, str(second)) is None, "a place that cannot be looked at"
    for place, number in ((first, 1), (second, 2)):
        (place / "unet").mkdir(parents=True)
        network = {"a": np.full(3, number, np.float32)}
        save_file(network, place / "unet" / "diffusion_pytorch_model.safetensors")
    copy = tmp_path / "copy" / "model"
    shutil.copytree(first, copy)
    assert handover.otherwise(hand, library, str(copy)) is None, "the same, in another place"
    said = handover.otherwise(hand, library, str(second))
    assert said.message == f"This picture was made on {first}, and {second} is in use."
    assert handover.otherwise(hand, library, str(first)) is None
    library.settings = replace(library.settings, host="0.0.0.0")
    said = handover.otherwise(hand, library, str(second))
    assert said.message == "This picture was made on another model than the one in use.", "guests are told no paths"


def test_a_picture_of_the_library_is_known_by_its_own_base(library):
    task = Sample(Scene("x"), library.new_path("picture"), "/models/SD 1.5")
    library.files.inside(task.out).write_bytes(b"pixels")
    made = library.record(None, task, Made("picture", task.out, {}))["id"]
    said = handover.otherwise({"scene": asdict(task.scene), "picture": made}, library, "starter")
    assert said.message.startswith("This picture was made on SD 1.5")
    assert handover.otherwise({"scene": asdict(task.scene), "picture": "gone"}, library, "starter") is None
    assert "/models" not in str(asdict(Lineage(library).sheet(made))), "what pages are told, guests see"


def test_numbers_that_the_page_does_not_take_are_brought_in_and_said(library, pip):
    given = Scene("x", artefacts=((pip.path, 1.5),), seed=2**40 + 7, steps=150, scale=20.0)
    draft = handover.from_scene(given, Draft(layout.blank()), library)
    assert (draft.seed, draft.steps, draft.scale) == (7, 100, 15.0)
    assert [one["strength"] for one in draft.layout["regions"]] == [1.0]
    said = handover.otherwise({"scene": asdict(given), "base": "/models/SD 1.5"}, library, "starter")
    for words in (
        "SD 1.5",
        f"Seed {2**40 + 7} is 7 here.",
        "Steps 150 is 100",
        "CFG scale 20 is 15",
        "Strength 1.5 is 1",
    ):
        assert words in said.message
    region = Region((0, 0, 0.5, 1), "a duck", strength=1.4, feather=0.5)
    beyond = Scene("x", regions=(region,), artefacts=((pip.path, -0.5),))
    wide, one = handover.from_scene(beyond, Draft(layout.blank()), library).layout["regions"]
    assert (wide["strength"], one["strength"], one["feather"]) == (0.0, 1.0, 0.2)
    said = handover.otherwise({"scene": asdict(beyond)}, library, "starter").message
    for words in ("Strength -0.5 is 0", "Region 1’s strength 1.4 is 1", "Region 1’s soft edge 0.5 is 0.2"):
        assert words in said
    most = Scene("x", seed=composing.MOST_SEED, steps=100, scale=15.0)
    assert handover.otherwise({"scene": asdict(most)}, library, "starter") is None
    assert handover.from_scene(most, draft, library).seed == composing.MOST_SEED
    kept = asdict(replace(draft, seed=-1, steps=0, scale=0.5))
    back = composing.recalled(kept)
    assert (back.seed, back.steps, back.scale) == (composing.MOST_SEED, 1, 1.0), "a draft kept before heals"


@pytest.mark.parametrize("hand", [{"scene": {"prompt": 3}}, {"artefact": "gone"}, {"scene": {}}])
def test_a_hand_over_that_cannot_be_read_says_so(library, hand):
    with pytest.raises(BadInput):
        handover.handed(hand, Draft(layout.blank()), library)


@pytest.mark.parametrize("hand", [{}, {"scene": 3}, {"artefact": None}, {"other": 1}])
def test_a_hand_over_of_nothing_changes_nothing(library, hand):
    draft = Draft(layout.blank(), "as it was")
    assert handover.handed(hand, draft, library) == draft
