"""Behind Compose: drafts survive, scenes say what was drawn, hand-overs arrive, takes stand where their jobs stand."""

import json
import time
from dataclasses import asdict, replace
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from PIL import Image

from app import composing, handover, pointing
from app.bases import fits
from app.composing import MOST_SEED, Draft
from app.jobs import append
from app.takes import KEPT, Takes
from components import layout, layout_file
from pipelines.errors import BadInput
from pipelines.events import Made, Preview, Progress
from pipelines.spec import Region, Scene
from pipelines.tasks import Sample
from tests.tuned import tuned


def box(number=1, **facts):
    return {"id": f"r{number}", "number": number, "box": [0.1, 0.2, 0.3, 0.4], "prompt": "a duck"} | facts


def drawn(*regions, aspect="1:1"):
    return layout.check(layout.blank(aspect) | {"regions": list(regions)})


def test_a_draft_survives_the_library(library):
    draft = Draft(drawn(box()), "on a beach", "fog", 7, 30, 6.5, 3, False)
    library.keep_draft("compose", asdict(draft))
    assert composing.recalled(library.draft("compose")) == draft


@pytest.mark.parametrize("saved", [None, {}, {"layout": 3}, {"unknown": 1}, "x", {"layout": {"v": 99, "regions": []}}])
def test_a_damaged_draft_is_an_empty_one(saved):
    assert composing.recalled(saved) == Draft(layout.blank())


def test_a_tuned_file_can_be_placed(library, pip):
    (choice,) = composing.choices(library)
    assert (choice["key"], choice["name"], choice["noun"]) == (pip.id, "Pip", "robot")
    assert choice["trigger"] == "<pip>" or choice["trigger"].startswith("<pip")
    assert choice["photo"].startswith("gradio_api/file=")
    assert composing.files(library)[pip.id] == pip.path


def test_a_tuned_file_is_spoken_to_by_the_words_it_was_taught(library, pip):
    (before,) = composing.choices(library)
    library.change_subject(pip.subjects[0], trigger="<new>", noun="dog", name="Pippa")
    (choice,) = composing.choices(library)
    assert choice == before | {"name": "Pippa"}
    placed = handover.handed({"artefact": pip.id}, Draft(layout.blank()), library).layout["regions"]
    assert placed[0]["prompt"] == f"{before['trigger']} robot"


def test_the_scene_says_what_was_drawn(library, pip):
    shape = layout_file.runs(np.eye(9, dtype=bool) | np.eye(9, dtype=bool)[::-1])
    draft = Draft(drawn(box(1, subject=pip.id), box(2, mask=shape), box(3, hidden=True)), "friends", seed=5, steps=8)
    scene = composing.scene(draft, library, "starter")
    assert (scene.prompt, scene.seed, scene.steps, scene.width) == ("friends", 5, 8, 0)
    first, second = scene.regions
    assert first.artefact == pip.path and first.box == (0.1, 0.2, 0.3, 0.4)
    assert second.mask and library.files.inside(second.mask).is_file()


@pytest.mark.parametrize(
    "draft, words",
    [(Draft(layout.blank()), "nothing to make"), (Draft(drawn(box(prompt=" "))), "Region 1 has no words"),
     (Draft(drawn(box(subject="gone"))), "not here any more"), (Draft(layout.blank(), "a duck", seed=2**31), "seed")],
)  # fmt: skip
def test_a_draft_that_says_too_little_is_refused_with_advice(library, draft, words):
    with pytest.raises(BadInput, match=words) as refused:
        composing.scene(draft, library, "starter")
    assert refused.value.advice


@pytest.mark.parametrize(
    "aspect, side, size",
    [("1:1", 512, (0, 0)), ("3:2", 128, (192, 128)), ("2:3", 512, (512, 768)), ("3:2", 1024, (1280, 832))],
)
def test_the_frame_fits_the_base(aspect, side, size):
    assert composing.frame(aspect, side) == size


def test_a_scene_becomes_the_draft_it_came_from(library, pip):
    shape = layout_file.runs(np.eye(40, dtype=bool) | np.eye(40, dtype=bool)[::-1])
    first = box(1, subject=pip.id, strength=0.5, feather=0.1)
    draft = Draft(drawn(first, box(2, mask=shape), aspect="3:2"), "friends", "fog", 5, 8, 3.0)
    scene = composing.scene(draft, library, "starter")
    back = handover.handed({"scene": asdict(scene)}, Draft(layout.blank()), library)
    again = composing.scene(back, library, "starter")
    assert replace(again, regions=()) == replace(scene, regions=())
    assert replace(again.regions[0]) == scene.regions[0]
    before, after = (np.asarray(Image.open(s.regions[1].mask)) > 0 for s in (scene, again))
    assert (before ^ after).mean() < 0.01


def test_the_way_regions_are_composed_goes_into_the_scene_and_back(library):
    draft = Draft(drawn(box()), "friends", how="layout_backward", knobs={"rate": 12.0})
    scene = composing.scene(draft, library, "starter")
    assert (scene.how, scene.knobs) == ("layout_backward", {"rate": 12.0})
    back = handover.handed({"scene": asdict(scene)}, Draft(layout.blank()), library)
    assert (back.how, back.knobs) == (draft.how, draft.knobs)
    gone = handover.handed({"scene": asdict(scene) | {"how": "gone"}}, Draft(layout.blank()), library)
    assert gone.how == "region_route" and not gone.knobs
    with pytest.raises(BadInput, match="Push"):
        composing.scene(replace(draft, knobs={"rate": "much"}), library, "starter")


def test_the_way_says_what_of_a_card_it_makes_no_use_of():
    page = layout.blank()
    assert composing.unused(Draft(page)) == {}
    assert set(composing.unused(Draft(page, how="layout_backward"))) == {"negative", "feather"}
    assert composing.unused(Draft(page, how="layout_backward", knobs={"route": True})) == {}
    assert composing.unused(Draft(page, how="layout_backward", knobs={"rate": "much"})) == {}


def test_a_dearer_way_does_not_spoil_the_pace(library):
    scene = Scene("a duck", steps=20, regions=(Region((0, 0, 1, 1), "a duck"),) * 3, how="region_blend")
    task = Sample(scene, library.new_path("picture"))
    with open(task.out, "wb") as file:
        file.write(b"picture")
    library.record(None, task, Made("picture", task.out, {"seconds": 16.0}))
    assert composing.cost(scene) == 4 and composing.cost(Scene("a duck", how="region_blend")) == 1
    assert composing.pace(library, "starter") == pytest.approx(0.2)


def test_a_picture_of_knobs_that_are_no_more_does_not_shut_the_page(library):
    for knobs, seconds in (({"gone": 1}, 50.0), ({}, 9.0)):
        regions = (Region((0, 0, 1, 1), "a duck"),) * 2
        scene = Scene("a duck", steps=3, regions=regions, how="region_blend", knobs=knobs)
        task = Sample(scene, library.new_path("picture"))
        with open(task.out, "wb") as file:
            file.write(b"picture")
        library.record(None, task, Made("picture", task.out, {"seconds": seconds}))
    assert composing.pace(library, "starter") == pytest.approx(1.0)


@pytest.mark.parametrize("mask", ["/gone.png", f"/{'x' * 300}/gone.png", "no\0path"])
def test_a_mask_that_is_gone_leaves_its_box(library, mask):
    scene = Scene("x", regions=(Region((0.1, 0.1, 0.5, 0.5), "a duck", artefact="/gone", mask=mask),))
    (one,) = handover.from_scene(scene, Draft(layout.blank()), library).layout["regions"]
    assert one["kind"] == "box" and one["subject"] is None


def test_the_pace_comes_from_pictures_made_here(library):
    assert composing.pace(library, "starter") is None
    for seconds in (2.0, 4.0, 6.0):
        task = Sample(Scene("a duck", steps=20), library.new_path("picture"))
        with open(task.out, "wb") as file:
            file.write(b"picture")
        library.record(None, task, Made("picture", task.out, {"seconds": seconds}))
    assert composing.pace(library, "starter") == 0.2
    assert composing.pace(library, "sdxl") is None


def test_takes_stand_where_their_jobs_stand(library, jobs):
    takes, out = Takes(library, jobs), library.new_path("picture")
    first = jobs.submit(Sample(Scene("a duck", seed=7, steps=20), out), "A duck")
    takes.add([first])
    rev, (take,) = takes.look({})
    assert (take.state, take.seed, take.total, take.image) == ("waiting", 7, 20, "")
    with jobs.store.transaction() as db:
        db.execute("UPDATE job SET state = 'running', worker = 'w' WHERE id = ?", (first,))
        append(db, first, Progress(3, 20))
        append(
            db,
            first,
            Preview(3, 20, "iVBORw0KGgo=", maps=({"number": 2, "image": "iVBORw0KGgo=", "now": "iVBORw0KGgp="},)),
        )
    later, (take,) = takes.look({})
    assert later != rev and (take.state, take.step) == ("running", 3)
    assert take.image.startswith("data:image/png;base64,")
    assert [(one["number"], one["image"][:22], one["now"][-4:]) for one in take.maps] == [
        (2, "data:image/png;base64,", "Ggp=")
    ]
    assert takes.look({first: take.frame})[1][0].image == ""
    with jobs.store.transaction() as db:
        db.execute("UPDATE job SET state = 'cancelled' WHERE id = ?", (first,))
    _, (take,) = takes.look({})
    assert take.state == "stopped" and take.image, "the last frame is kept"
    assert takes.picture(first) is None
    for fault, mend in (("BadInput", ""), ("MissingWeights", ""), ("MissingModel", "Models")):
        with jobs.store.transaction() as db:
            told = "state = 'failed', message = 'It did not work.', runs = runs + 1"
            db.execute(f"UPDATE job SET {told}, fault = ? WHERE id = ?", (fault, first))
        _, (take,) = takes.look({})
        assert (take.message, take.mend) == ("It did not work.", mend)


def test_a_frame_that_comes_after_its_step_is_news(library, jobs):
    takes = Takes(library, jobs)
    job = jobs.submit(Sample(Scene("a duck", steps=20), library.new_path("picture")), "A duck")
    takes.add([job])
    with jobs.store.transaction() as db:
        db.execute("UPDATE job SET state = 'running', worker = 'w' WHERE id = ?", (job,))
        append(db, job, Progress(1, 20))
    early, (take,) = takes.look({})
    assert take.step == 1 and not take.image
    with jobs.store.transaction() as db:
        append(db, job, Preview(1, 20, "iVBORw0KGgo="))
    later, (take,) = takes.look({})
    assert take.step == 1 and take.image and later != early


def test_two_windows_that_press_at_once_lose_no_take(library, jobs, monkeypatch):
    takes, keep = Takes(library, jobs), library.keep_draft

    def slowly(*said):
        time.sleep(0.05)
        keep(*said)

    monkeypatch.setattr(library, "keep_draft", slowly)
    windows = [Thread(target=takes.add, args=([job], drawn(box()))) for job in ("one", "two", "three")]
    for window in windows:
        window.start()
    for window in windows:
        window.join()
    assert sorted(takes.ids()) == ["one", "three", "two"]
    assert all(takes.drawn(job) for job in ("one", "two", "three"))


def test_only_the_newest_takes_are_remembered(library, jobs):
    takes = Takes(library, jobs)
    for number in range(KEPT + 3):
        takes.add([jobs.submit(Sample(Scene("a duck", seed=number), "x.png"), "A duck")])
    seeds = [take.seed for take in takes.look({})[1]]
    assert seeds == list(range(KEPT + 2, 2, -1))


def test_a_batch_is_a_take_for_each_seed_in_turn(library, jobs, pip):
    takes, hidden = Takes(library, jobs), box(2, hidden=True)
    draft = Draft(drawn(box(subject=pip.id), hidden), prompt="a beach", seed=MOST_SEED - 1, steps=9, takes=3)
    begun = takes.begin(draft, "starter")
    assert [jobs.get(one).task.scene.seed for one in begun] == [MOST_SEED - 1, MOST_SEED, 0]
    assert [(one.job, one.state) for one in takes.look({})[1]] == [(one, "waiting") for one in reversed(begun)]
    first, *others = [jobs.get(one).task for one in begun]
    assert all(replace(one.scene, seed=first.scene.seed) == first.scene for one in others), "but for the seed the same"
    assert len({one.out for one in (first, *others)}) == 3
    assert first.maps and [one.name for one in first.subjects] == ["Pip"]
    assert all(takes.drawn(one) == (draft.layout, ["r1"]) for one in begun)
    (plain,) = takes.begin(Draft(layout.blank(), prompt="a beach"), "starter")
    assert not jobs.get(plain).task.maps and takes.ids() == [plain, *reversed(begun)]


def test_stopping_stops_what_is_not_done(library, jobs):
    takes = Takes(library, jobs)
    takes.add([jobs.submit(Sample(Scene("a duck"), "x.png"), "A duck") for _ in range(2)])
    takes.stop()
    assert {take.state for take in takes.look({})[1]} == {"stopped"}


def test_a_removed_job_is_no_take(library, jobs):
    takes = Takes(library, jobs)
    job = jobs.submit(Sample(Scene("a duck"), "x.png"), "A duck")
    takes.add([job, "never-was"])
    takes.stop()
    jobs.remove(job)
    assert takes.look({})[1] == []


def narrow(folder, **unet):
    """A base's folder, as far as its widths go."""
    (folder / "unet").mkdir(parents=True)
    (folder / "unet" / "config.json").write_text(json.dumps({"block_out_channels": [320, 640], **unet}))
    return str(folder)


def test_whom_this_base_cannot_hear_takes_no_part_and_the_rest_is_made(library, pip, tmp_path):
    other = narrow(tmp_path / "SD 1.5", cross_attention_dim=768)
    rex = tuned(library, library.add_subject("Rex", "dog"), base=other)
    page = drawn(box(1, subject=pip.id), box(2, subject=rex.id))
    (why,) = composing.left_out(page, library, "starter").values()
    assert why.message == "Rex in region 2 was taught on SD 1.5, and Starter · toybox has other layers."
    assert "Tune Rex again" in why.advice
    scene = composing.scene(Draft(page), library, "starter")
    assert [one.artefact for one in scene.regions] == [pip.path]
    assert [one for one in composing.left_out(page, library, other)] == ["r1"], "on Rex's base it is Pip who cannot"
    with pytest.raises(BadInput, match="Rex in region 2"):
        composing.scene(Draft(drawn(box(2, subject=rex.id))), library, "starter")


@pytest.mark.parametrize("spoil", [lambda file: file.write_bytes(b"torn"), lambda file: file.unlink()])
def test_whose_file_cannot_be_read_takes_no_part_and_the_rest_is_made(library, pip, spoil):
    rex = tuned(library, library.add_subject("Rex", "dog"))
    page = drawn(box(1, subject=pip.id), box(2, subject=rex.id))
    assert composing.left_out(page, library, "starter") == {} and composing.readable(rex.path)
    spoil(Path(rex.path))
    (why,) = composing.left_out(page, library, "starter").values()
    assert "region 2" in why.message and why.advice
    assert [one.artefact for one in composing.scene(Draft(page), library, "starter").regions] == [pip.path]


def test_a_shape_with_nothing_inside_takes_no_part_and_the_rest_is_made(library):
    empty = {"enc": "rle", "w": 4, "h": 4, "data": [16]}
    page = drawn(box(1), box(2, mask=empty))
    (why,) = composing.left_out(page, library, "starter").values()
    assert "shape of region 2" in why.message and why.advice
    assert len(composing.scene(Draft(page), library, "starter").regions) == 1


def test_a_base_of_the_same_widths_or_of_unknown_ones_is_tried(library, tmp_path):
    one, two = (narrow(tmp_path / name, cross_attention_dim=768) for name in ("one", "two"))
    wide = narrow(tmp_path / "xl", cross_attention_dim=[2048, 2048])
    assert fits(one, two) and not fits(one, wide) and not fits("starter", one)
    assert fits(one, str(tmp_path / "gone")) and fits(str(tmp_path / "gone"), "starter")
    key = "model.diffusion_model.input_blocks."
    shapes = {f"{key}0.0.weight": [320, 4, 3, 3], f"{key}1.1.t.attn2.to_k.weight": [320, 768]}
    top = {name: {"shape": shape, "data_offsets": [0, 0]} for name, shape in shapes.items()}
    text = json.dumps(top).encode()
    (tmp_path / "one.safetensors").write_bytes(len(text).to_bytes(8, "little") + text)
    assert fits(one, str(tmp_path / "one.safetensors")) and not fits(wide, str(tmp_path / "one.safetensors"))


def test_a_found_thing_is_cut_down_to_its_box():
    inside = np.zeros((10, 20), bool)
    inside[2:6, 5:15] = True
    inside[2, 5] = False
    mask = layout_file.runs(inside)
    found, cut = pointing.tight(mask["data"], 20, 10)
    assert found == [0.25, 0.2, 0.5, 0.4]
    assert (layout_file.cells(cut) == inside[2:6, 5:15]).all()
    with pytest.raises(BadInput):
        pointing.tight([200], 20, 10)
