"""Layouts of other programs: what their documentation shows is read as it says, what is written is read back, and what
cannot be written or read is told in words."""

import time
from contextlib import suppress

import numpy as np
import pytest

from components import layout, layout_file, notations
from pipelines.errors import BadInput


def page(*boxes, aspect="1:1", **facts):
    regions = [{"id": f"r{n}", "number": n, "box": list(box), "prompt": f"thing {n}"} | facts
               for n, box in enumerate(boxes, 1)]  # fmt: skip
    return layout.check(layout.blank(aspect) | {"regions": regions})


def boxes(sheet):
    return [one["box"] for one in sheet.layout["regions"]]


def said(sheet, what="prompt"):
    return [one[what] for one in sheet.layout["regions"]]


HALVES = page([0.0, 0.0, 0.5, 1.0], [0.5, 0.0, 0.5, 1.0])
FREE = page([0.125, 0.25, 0.5, 0.5], [0.25, 0.0, 0.75, 0.75])


# ---- what the programs' own documentation shows
def test_swarm_as_documented():
    text = "a photo of a cat/dog mix <region:0,0,1,0.5,1> a photo of a cat <region:0,0.5,1,0.5,1> a photo of a dog"
    sheet = notations.read(text)
    assert sheet.prompt == "a photo of a cat/dog mix" and said(sheet) == ["a photo of a cat", "a photo of a dog"]
    assert boxes(sheet) == [[0, 0, 1, 0.5], [0, 0.5, 1, 0.5]] and said(sheet, "strength") == [1, 1]
    sheet = notations.read("x <region:0,0,0.5,1> a <pip> cat <region:background> clouds")
    assert boxes(sheet) == [[0, 0, 0.5, 1]] and said(sheet) == ["a <pip> cat"] and sheet.prompt == "x, clouds"
    sheet = notations.read("x <object:0,0,1,0.5,0.1,0.5> a cat <lora:cats:0.8>")
    assert said(sheet, "strength") == [0.1] and said(sheet) == ["a cat"]
    assert any("lora" in note for note in sheet.notes) and any("object" in note for note in sheet.notes)


def test_mix_of_show_as_in_its_script():
    text = (
        "context_prompt: two girls and a boy are standing near a forest\nneg_context_prompt: lowres\n"
        "sketch_condition: None\nprompt_rewrite: [a <hina1> <hina2>, standing near a forest]-*-[lowres]-*-"
        "[12, 36, 1024, 600]|[a <tezuka1> <tezuka2>]-*-[]-*-[18, 696, 1024, 1180]|"
        "[a boy]-*-[]-*-[142, 1259, 1024, 1956]\n"
    )
    sheet = notations.read(text)
    assert sheet.prompt.startswith("two girls") and sheet.negative == "lowres" and "1984 × 1024" in sheet.notes[0]
    assert sheet.layout["canvas"]["aspect"] == "3:2"
    assert boxes(sheet)[0] == pytest.approx([36 / 1984, 12 / 1024, 564 / 1984, 1012 / 1024])
    assert said(sheet)[1] == "a <tezuka1> <tezuka2>" and said(sheet, "negative") == ["lowres", "", ""]
    assert boxes(notations.read("[a]-*-[]-*-[]")) == [[0, 0, 1, 1]]


def test_regional_prompter_as_documented():
    plain = "green hair twintail BREAK\nred blouse BREAK\nblue skirt\n\nDivide mode : Vertical\nDivide Ratio : 3,1,1\n"
    sheet = notations.read(plain)
    assert said(sheet) == ["green hair twintail", "red blouse", "blue skirt"]
    assert boxes(sheet) == [[0, 0, 1, 0.6], [0, 0.6, 1, 0.2], [0, 0.8, 1, 0.2]]
    grid = (
        "(blue sky:1.2) ADDCOL\ngreen hair twintail ADDCOL\n(aquarium:1.3) ADDROW\n(messy desk:1.2) ADDCOL\n"
        "orange dress\n\nDivide mode : Horizontal\nDivide Ratio : 1,2,1,1;2,4,6\n"
    )
    third = 1 / 3
    wanted = [[0, 0, 0.5, third], [0.5, 0, 0.25, third], [0.75, 0, 0.25, third], [0, third, 0.4, 2 / 3],
              [0.4, third, 0.6, 2 / 3]]  # fmt: skip
    assert np.allclose(boxes(notations.read(grid)), wanted)
    assert boxes(notations.read(grid)) == boxes(
        notations.read(grid.replace("ADDCOL", "BREAK").replace("ADDROW", "BREAK"))
    )
    common = notations.read("fantasy ADDCOMM\nsky ADDROW\ncastle ADDROW\nstalls ADDCOL\ngirls ADDCOL\nstalls")
    assert common.prompt == "fantasy" and said(common)[0] == "fantasy, sky" and len(boxes(common)) == 5
    assert np.allclose(boxes(common)[3], [third, 2 / 3, third, third])
    based = notations.read("a girl ADDBASE\nred hair BREAK\ngreen dress\nDivide Ratio: 1,1\nBase Ratio: 0.2,0.5")
    assert based.prompt == "a girl" and said(based, "strength") == [0.8, 0.5]


# ---- there and back
@pytest.mark.parametrize("kind", notations.NOTATIONS)
@pytest.mark.parametrize("drawn", [HALVES, page([0.0, 0.0, 1.0, 0.25], [0.0, 0.25, 0.5, 0.75], [0.5, 0.25, 0.5, 0.75]),
                                   page([0.0, 0.0, 1.0, 1.0])], ids=["halves", "grid", "whole"])  # fmt: skip
def test_what_is_written_is_read_back(kind, drawn):
    _, text, lost = notations.write(kind, drawn, "two friends", "fog")
    sheet = notations.read(text)
    assert sheet.layout["regions"] == drawn["regions"] and not lost and not sheet.notes
    if kind != "likeness":
        assert (sheet.prompt, sheet.negative) == ("two friends", "fog")
        again = notations.write(kind, sheet.layout, sheet.prompt, sheet.negative)[1]
        assert again == text, "and written again letter by letter"


@pytest.mark.parametrize("kind", ["likeness", "mix_of_show", "swarm"])
def test_free_boxes_are_read_back(kind):
    assert notations.read(notations.write(kind, FREE)[1]).layout["regions"] == FREE["regions"]


def test_columns_of_rows_and_many_regions_and_strengths_are_read_back():
    tall = page([0.0, 0.0, 0.25, 1.0], [0.25, 0.0, 0.75, 0.2], [0.25, 0.2, 0.75, 0.8])
    text = notations.write("regional_prompter", tall, "x")[1]
    assert "Vertical" in text and np.allclose(boxes(notations.read(text)), boxes_of(tall))
    faint = page([0.0, 0.0, 0.5, 1.0], [0.5, 0.0, 0.5, 1.0], strength=0.75, negative="fog")
    for kind, kept in (("swarm", "strength"), ("regional_prompter", "strength"), ("mix_of_show", "negative"),
                       ("regional_prompter", "negative")):  # fmt: skip
        sheet = notations.read(notations.write(kind, faint, "x")[1])
        assert said(sheet, kept) == [faint["regions"][0][kept]] * 2
    forty = page(*[[(k % 8) / 8, (k // 8) / 5, 1 / 8, 1 / 5] for k in range(40)])
    for kind in notations.NOTATIONS:
        assert np.allclose(boxes(notations.read(notations.write(kind, forty, "x")[1])), boxes_of(forty), atol=1e-3)


def boxes_of(drawn):
    return [one["box"] for one in drawn["regions"]]


def test_what_a_notation_cannot_hold_is_told():
    mask = layout_file.runs(np.eye(5, dtype=bool))
    rich = page([0.0, 0.0, 1.0, 1.0], subject="pip", feather=0.1, stop=0.5, strength=0.5, negative="fog", mask=mask)
    assert notations.write("likeness", rich)[2] == ()
    assert notations.read(notations.write("likeness", rich)[1]).layout == rich
    lost = {kind: notations.write(kind, rich, "x")[2] for kind in ("swarm", "mix_of_show", "regional_prompter")}
    for told in lost.values():
        assert {"subjects", "drawn shapes (their boxes are)", "soft edges", "beginnings and ends"} <= set(told)
    assert "strengths" in lost["mix_of_show"] and "strengths" not in lost["swarm"]
    assert "words to keep out" in lost["swarm"] and "words to keep out" not in lost["mix_of_show"]


# ---- what is refused
@pytest.mark.parametrize("text, words", [
    ("", "not a layout"), ("a cat on a mat", "not a layout"), ("x" * 5_000_000, "not a layout"),
    ("<region:0,0,1> a", "3 numbers"), ("<region:0,0,a,1> a", "not a number"), ("<region:2,0,1,1> a", "outside"),
    ("<region:0,0,nan,1> a", "not a number"), ("<region:background> a", "no region"),
    ("<region:0,0,1,1> a" * 41, "41 regions"), ("<region:0,0,1,1,1,1> a", "6 numbers"),
    ("[a]-*-[0,0,1,1]", "2 parts"), ("[a]-*-[]-*-[__import__('os')]", "rectangle of region 1"),
    ("[a]-*-[]-*-[5, 5, 5, 5]", "outside"), ("size: big\nprompt_rewrite: [a]-*-[]-*-[]", "size is"),
    ("a BREAK b\nDivide mode: Mask", "divided by “mask”"), ("a BREAK b\nDivide Ratio: 1,-1", "not above 0"),
    ("a BREAK b\nDivide Ratio: 1,x", "not a number"), ("a ADDBASE b BREAK c\nBase Ratio: 2", "base ratio"),
    ("a BREAK b BREAK c\nNegative prompt: x BREAK y", "2 negative prompts"), ("{", "not a layout"),
    ("a BREAK b\nDivide Ratio: 1,1e400", "not above 0 and below"), ("a BREAK b\nDivide Ratio: 1,inf", "not above 0"),
    (f"[a]-*-[]-*-[0,0,{'9' * 5000},1]", "rectangle of region 1"),
], ids=range(23))  # fmt: skip
def test_what_cannot_be_read_says_what_and_what_to_do(text, words):
    with pytest.raises(BadInput, match=words) as refused:
        notations.read(text)
    assert refused.value.advice


@pytest.mark.parametrize("kind, drawn, words", [
    ("regional_prompter", FREE, "leave gaps or overlap"), ("mix_of_show", page([0, 0, 1, 1], prompt="a | b"), "hold"),
    ("regional_prompter", page([0, 0, 1, 1], prompt="a BREAK b"), "keyword"),
    ("swarm", page([0, 0, 1, 1], prompt="<region:0,0,1,1> a"), "region themselves"), ("gone", HALVES, "no notation"),
    ("swarm", {"regions": 3}, "not a layout"),
])  # fmt: skip
def test_what_cannot_be_written_says_so(kind, drawn, words):
    with pytest.raises(BadInput, match=words) as refused:
        notations.write(kind, drawn, "x")
    assert refused.value.advice


@pytest.mark.parametrize("text", [
    "\n" * 90_000, "a ADDCOL b" + "\n" * 90_000, "[a]-*-[b]-*-[]" + "\n" * 90_000, "\n" * 4_000_000,
    "<region:0,0,1,1> a" + "<a[" * 30_000, " ADDBASE" * 11_000 + " a ADDCOL b",
], ids=range(6))  # fmt: skip
def test_a_file_made_to_be_slow_is_not(text):
    began = time.process_time()
    with suppress(BadInput):
        notations.read(text)
    assert time.process_time() - began < 2


def test_boxes_over_the_edge_are_cut_and_told():
    sheet = notations.read("<region:0.5,0.5,1,1,2> a")
    assert boxes(sheet) == [[0.5, 0.5, 0.5, 0.5]] and said(sheet, "strength") == [1]
    assert any("cut" in note for note in sheet.notes) and any("strength" in note for note in sheet.notes)
    sheet = notations.read("<region:2,0,1,1> a <region:0,0,1,1> b")
    assert said(sheet) == ["b"] and sheet.layout["regions"][0]["number"] == 2
    assert sheet.notes == ("Region 1 lies outside the picture and was left out.",)
    uneven = notations.read("a ADDCOL b ADDROW c\nDivide Ratio: 1,1;1,1,1,1")
    assert uneven.notes and len(boxes(uneven)) == 3
