"""Layouts: what comes in is checked, what goes out is what came in, and a scene gets the regions that take part."""

import copy
import json

import numpy as np
import pytest
from PIL import Image

from components import layout, layout_file
from components.notations import own
from components.notations.sheet import Sheet
from pipelines.errors import BadInput


def region(number=1, **facts):
    return {"id": f"r{number}", "number": number, "box": [0.1, 0.2, 0.4, 0.5], "prompt": "a duck"} | facts


def page(*regions, aspect="1:1"):
    return layout.blank(aspect) | {"regions": list(regions)}


def disc(side=40):
    rows, columns = np.mgrid[:side, :side]
    return (rows - side / 2) ** 2 + (columns - side / 2) ** 2 < (side / 2.2) ** 2


def test_nothing_is_an_empty_layout():
    assert layout.check(None) == layout.blank()


def test_a_region_is_called_in_words_what_the_canvas_calls_it():
    assert [layout.label(n) for n in (1, 8, 9, 16, 17, 40)] == ["1", "8", "1b", "8b", "1c", "8e"]


def test_what_is_left_out_gets_its_usual_value():
    (one,) = layout.check(page(region()))["regions"]
    assert (one["kind"], one["strength"], one["stop"], one["subject"], one["hidden"]) == ("box", 1.0, 1.0, None, False)


def test_what_does_not_belong_is_left_behind():
    dirty = page(region(onclick="steal()", __proto__={}))
    (one,) = layout.check(dirty | {"evil": 1})["regions"]
    assert "onclick" not in one and "__proto__" not in one
    assert "evil" not in layout.check(dirty | {"evil": 1})


def test_checking_changes_nothing_that_was_given():
    given = page(region())
    before = copy.deepcopy(given)
    layout.check(given)
    assert given == before


HOSTILE = [
    [], "x", 3, {"regions": 3}, {"v": 1}, page() | {"v": 2}, page() | {"canvas": {"aspect": "9:1"}},
    page() | {"canvas": 1},    page() | {"rev": -1}, page() | {"rev": True}, page() | {"session": "../../x"},
    page(*[region(i + 1) for i in range(41)]), page(region(), region(2, id="r1")), page(region(), region(1, id="z")),
    page(3), page(region(box=None)), page(region(box=[0, 0, 1])), page(region(box=[0, 0, 0, 1])),
    page(region(box=[0.8, 0, 0.4, 1])), page(region(box=[float("nan"), 0, 1, 1])), page(region(box=["0", 0, 1, 1])),
    page(region(number=0)), page(region(id="<b>")), page(region(prompt="x" * 501)), page(region(prompt=7)),
    page(region(strength=2)), page(region(feather=0.5)), page(region(start=-0.1)), page(region(stop=float("inf"))),
    page(region(subject=5)), page(region(mask="x")), page(region(mask={"enc": "rle", "w": 2, "h": 2, "data": [5]})),
    page(region(mask={"enc": "rle", "w": 2, "h": 2, "data": [-1, 5]})),
    page(region(mask={"enc": "png", "w": 1, "h": 1})),
    page(region(mask={"enc": "rle", "w": 9999, "h": 9999, "data": [9999 * 9999]})),
    page(region(mask={"enc": "rle", "w": 2, "h": 2, "data": [0] * 99 + [4]})),
]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_value_is_refused_with_advice(value):
    with pytest.raises(BadInput) as refused:
        layout.check(value)
    assert refused.value.advice


@pytest.mark.parametrize("shape", [disc(), np.ones((3, 5), bool), np.zeros((4, 4), bool), np.eye(7, dtype=bool)])
def test_a_mask_comes_back_from_its_runs(shape):
    mask = layout_file.runs(shape)
    assert sum(mask["data"]) == shape.size
    assert (layout_file.cells(mask) == shape).all()


def test_a_layout_survives_its_file():
    before = layout.check(page(region(), region(2, mask=layout_file.runs(disc()), negative="fog"), aspect="3:2"))
    text = layout_file.to_text(before)
    assert "data:image/png" in text
    assert own.read(text) == Sheet(before)


def written(*regions):
    return json.dumps({"likeness": "layout", **page(*regions)})


def test_a_box_over_an_edge_is_cut_there_and_one_outside_left_out(tmp_path):
    half = layout_file.runs(np.arange(12).reshape(3, 4) % 4 < 2)
    boxes = {1: [-0.25, 0.5, 0.5, 1.0], 2: [1.2, 0, 0.3, 0.3], 3: [0.5, 0.5, 0.5005, 0.5], 9: [0, -1, 1, 1.5]}
    regions = [region(number, box=box, mask=half if number == 1 else None) for number, box in boxes.items()]
    sheet = own.read(written(*regions))
    first, third, ninth = sheet.layout["regions"]
    assert first["box"] == [0, 0.5, 0.25, 0.5] and third["box"] == boxes[3] and ninth["box"] == [0, 0, 1, 0.5]
    assert not layout_file.cells(first["mask"]).any() and first["mask"]["w"] == 2, "its left half is what was inside"
    assert sheet.notes == (
        "Region 1 reached outside the picture and was cut there.",
        "Region 2 lies outside the picture and was left out.",
        "Region 1b reached outside the picture and was cut there.",
    )
    (kept,) = own.read(
        written(region(1, box=[-0.25, 0.5, 0.5, 1.0], mask=layout_file.runs(np.ones((3, 4), bool))))
    ).layout["regions"]
    assert layout_file.cells(kept["mask"]).shape == (2, 2) and layout_file.cells(kept["mask"]).all()
    for outside in ([[1.0, 0, 0.5, 0.5]], [[0, -2, 1, 1], [2, 2, 1, 1]]):
        with pytest.raises(BadInput, match="All regions"):
            own.read(written(*(region(k, box=box) for k, box in enumerate(outside, 1))))
    for odd in (
        [0.1, 0.1, -0.2, 0.2],
        [float("nan"), 0, 1, 1],
        [0, 0, float("inf"), 1],
        [0, 0, 10**400, 1],
        ["0", 0, 1, 1],
        3,
    ):
        with pytest.raises(BadInput, match="[Rr]egion 2"):
            own.read(written(region(), region(2, box=odd)))
    torn = {"enc": "rle", "w": 9999, "h": 9999, "data": [3]}
    with pytest.raises(BadInput):
        own.read(written(region(box=[-0.1, 0, 0.5, 0.5], mask=torn)))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "[" * 9000, '{"likeness": "layout"}', '{"likeness": "layout", "regions": 1}',
             json.dumps({"likeness": "layout", **page(region(mask="data:image/png;base64,####"))}),
             json.dumps({"likeness": "layout", **page(region(mask="data:image/png;base64,aGVsbG8="))})],
)  # fmt: skip
def test_a_file_that_is_no_layout_is_refused(text):
    with pytest.raises(BadInput):
        own.read(text)


def test_the_scene_gets_the_regions_that_take_part(tmp_path):
    drawn = region(2, mask=layout_file.runs(disc()), subject="pip", strength=0.5)
    value = page(region(), drawn, region(3, hidden=True), aspect="3:2")
    first, second = layout_file.to_regions(value, {"pip": "/files/pip.safetensors"}, tmp_path)
    assert first.box == (0.1, 0.2, 0.4, 0.5) and first.mask is None and first.artefact is None
    assert second.artefact == "/files/pip.safetensors" and second.strength == 0.5
    picture = np.asarray(Image.open(second.mask))
    assert picture.shape == (341, 512)
    rows, columns = np.nonzero(picture)
    box = [columns.min() / 512, rows.min() / 341, (columns.max() + 1) / 512, (rows.max() + 1) / 341]
    assert np.allclose(box, [0.1, 0.2, 0.5, 0.7], atol=0.03)
    filled = (picture > 0).sum() / (0.4 * 512 * 0.5 * 341)
    assert abs(filled - disc().mean()) < 0.02


def test_the_same_shape_is_written_once(tmp_path):
    value = page(region(mask=layout_file.runs(disc())))
    paths = {layout_file.to_regions(value, {}, tmp_path)[0].mask for _ in range(3)}
    assert len(paths) == 1 and len(list(tmp_path.iterdir())) == 1


def test_a_subject_that_is_gone_is_named(tmp_path):
    with pytest.raises(BadInput, match="region 1"):
        layout_file.to_regions(page(region(subject="gone")), {}, tmp_path)


@pytest.mark.parametrize("aspect, size", [("1:1", (512, 512)), ("3:2", (512, 341)), ("2:3", (341, 512))])
def test_the_frame_has_its_shape(aspect, size):
    assert layout_file.frame(aspect, 512) == size


@pytest.mark.parametrize("template", layout.TEMPLATES, ids=lambda t: t["name"])
def test_every_template_is_a_layout(template):
    layout.check(page(*[region(i + 1, box=box) for i, box in enumerate(template["boxes"])]))
