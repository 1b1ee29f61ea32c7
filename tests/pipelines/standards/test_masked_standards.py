"""Masks of photos: found by words, drawn by SAM; and what is inside them, whatever lies around."""

import math
from pathlib import Path

import pytest
import torch

from pipelines.errors import BadInput
from pipelines.judging import Case, Judges
from pipelines.metrics.masked_likeness import MaskedLikeness
from pipelines.spec import Subject
from pipelines.standards import Standards
from pipelines.standards import owl as owls_module
from pipelines.standards.fitting import within
from pipelines.standards.owl import Owl

CAN = Subject("c", "Can", "can", "<can>")


def pasted(background: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A cut-out (3, 90, 120) on noise of its own, and where it is (90, 120)."""
    noise = lambda seed, *size: torch.rand(*size, generator=torch.Generator().manual_seed(seed))  # noqa: E731
    mask = torch.zeros(90, 120)
    mask[20:70, 40:70] = 1
    mask[20:30, 40:50] = 0
    thing = noise(0, 3, 90, 120)
    return thing * mask + noise(background, 3, 90, 120) * (1 - mask), mask


@pytest.mark.parametrize("whole, part", [("likeness", "likeness_within"), ("pictures", "pictures_within")])
def test_a_cut_out_pasted_elsewhere_is_the_same_inside_its_mask_and_not_as_a_whole(standards, whole, part):
    pixels, masks = (torch.stack(one) for one in zip(*(pasted(seed) for seed in (1, 2)), strict=True))
    inside = getattr(standards, part)(pixels, masks)
    assert torch.equal(inside[0], inside[1])
    outside = getattr(standards, whole)(pixels)
    assert not torch.allclose(outside[0], outside[1], atol=1e-3)
    moved = torch.roll(pixels[:1], (9, -21), (2, 3)), torch.roll(masks[:1], (9, -21), (1, 2))
    assert torch.allclose(getattr(standards, part)(*moved), inside[:1], atol=1e-5), "wherever it stands"
    assert "white outside" in standards.recipes[part] and "float32" in standards.recipes[part]


def test_what_is_cut_out_is_never_stretched():
    pixels, mask = pasted(1)
    square, empty = within(torch.stack([pixels] * 2), torch.stack([mask, torch.zeros(90, 120)]))
    assert square.shape == (3, 50, 50) and empty.shape == (3, 1, 1) and empty.min() == 1
    assert torch.equal(square[:, 10:, 10:40], pixels[:, 30:70, 40:70]), "30 wide, 50 high, 10 of white on each side"
    assert square[:, :, :10].min() == 1 and square[:, :10, 10:20].min() == 1


@pytest.mark.parametrize("kind", ["owlv2", "owlvit"])
def test_boxes_lie_where_the_picture_has_them(owls, kind):
    """Untaught, every box is about the lower right corner of its patch, as OWL begins: of the filled square, or of the
    squashed picture."""
    judge = Owl(owls[kind])
    pixels = torch.rand(2, 3, 90, 120, generator=torch.Generator().manual_seed(3))
    (sure, boxes), _ = judge._boxes(pixels, ["can", "dog", "cat"])
    assert sure.shape == (16, 3) and boxes.shape == (16, 4)
    wide, high = (120, 120) if kind == "owlv2" else (120, 90)
    grid = torch.tensor([[x * wide / 4, y * high / 4] for y in range(1, 5) for x in range(1, 5)])
    half = torch.tensor([wide / 8, high / 8])
    whole = torch.cat([grid - half, grid + half], 1)
    assert torch.allclose(boxes, torch.minimum(whole, torch.tensor([120.0, 90.0] * 2)), atol=0.1), "cut off at its edge"
    seen = judge.seen(pixels, ["can", "dog"])
    assert seen.shape == (2, 2) and torch.allclose(seen[0], sure[:, :2].amax(0), atol=1e-5)
    assert "cover" not in judge.recipes or kind == "owlv2"


def test_the_outline_is_sams_inside_the_surest_box_or_nothing(owls, monkeypatch):
    judge = Standards(owls["owlv2"].parent)
    pixels = torch.rand(2, 3, 90, 120, generator=torch.Generator().manual_seed(3))
    monkeypatch.setattr(owls_module, "SURE", 0.0)
    masks = judge.cover(pixels, "can")
    assert masks.shape == (2, 90, 120) and set(masks.unique().tolist()) <= {0.0, 1.0} and masks.any()
    monkeypatch.setattr(owls_module, "SURE", 1.1)
    assert not judge.cover(pixels, "can").any()
    assert "sam-" in judge.name and "a photo of a NOUN" in judge.recipes["cover"]


def test_a_box_in_what_fills_the_picture_up_shows_nothing(owls):
    """The picture is 120 wide and 30 high; boxes about the corners of 4 x 4 patches mostly lie below it."""
    judge = Owl(owls["owlv2"])
    pixels = torch.rand(1, 3, 30, 120, generator=torch.Generator().manual_seed(3))
    ((sure, boxes),) = judge._boxes(pixels, ["can"])
    assert (boxes >= 0).all() and (boxes <= torch.tensor([120.0, 30, 120, 30])).all()
    assert (boxes[:, 2:] >= boxes[:, :2]).all(), "never inverted"
    inside = (boxes[:, 2:] - boxes[:, :2]).amin(1) >= 1
    assert inside.tolist() == [True] * 4 + [False] * 12 and (sure[:, 0] > 0).tolist() == inside.tolist()


def test_a_large_file_of_sam_is_not_read_to_tell_its_name(owls, tmp_path):
    for one in owls["owlv2"].iterdir():
        if one.name != "sam.safetensors":
            (tmp_path / one.name).write_bytes(one.read_bytes())
    (tmp_path / "sam_vit_b_01ec64.pth").write_bytes(b"of another checksum")
    judge = Owl(tmp_path)
    assert judge.name.endswith(" sam-ec2df6273261"), "the only one that is opened under this name"
    with pytest.raises(BadInput, match="not one of the files its makers published"):
        judge._sam  # noqa: B018


class Finder:
    """Judges that find a thing where a picture's first pixel is light, and see in it its second pixel."""

    name, recipes = "table", {}

    def finds(self, noun):
        return noun == "can"

    def cover(self, pixels, noun):
        return pixels[:, 0, :1, :1].expand(-1, 2, 2)

    def likeness_within(self, pixels, masks):
        return torch.stack([pixels[:, 0, 0, 1], torch.ones(len(pixels))], 1)


def test_photos_in_which_nothing_is_found_are_left_out_and_without_any_nothing_is_said():
    pixels = torch.tensor([[1.0, 0.5], [0.0, 9.0], [0.9, 0.25]])[:, None, None].expand(3, 3, 1, 2)
    assert MaskedLikeness(Case(CAN, pixels, Finder()))(pixels[:2], [""] * 2)[0] == pytest.approx(1.1875)
    assert math.isnan(MaskedLikeness(Case(CAN, pixels, Finder()))(pixels[:2], [""] * 2)[1])
    for case in (Case(CAN, pixels[1:2], Finder()), Case(Subject("d", "d", "dog", "<d>"), pixels, Finder())):
        assert math.isnan(MaskedLikeness(case)(pixels[:1], [""])[0])


def test_things_listed_with_a_prompt_are_looked_for_by_name(owls):
    judge = Standards(owls["owlv2"].parent)
    pixels = torch.rand(3, 3, 90, 120, generator=torch.Generator().manual_seed(3))
    case = Case(CAN, pixels, judge, listed={"a can and a dog": ("dog", "hat"), "a cup": ("cup",)})
    told = Judges(case, ("grounded",))(pixels, ["a can and a dog", "nothing listed", "a cup"])
    assert told[0]["grounded"] == pytest.approx(float(judge.seen(pixels[:1], ["dog", "hat"]).mean()), abs=1e-4)
    assert told[1] == {} and told[2]["grounded"] != told[0]["grounded"]


def test_what_is_no_owl_is_refused(owls, tmp_path):
    home = tmp_path / "owl"
    home.mkdir()
    for file in Path(owls["owlvit"]).iterdir():
        (home / file.name).write_bytes(file.read_bytes())
    (home / "config.json").write_text('{"model_type": "clip"}')
    with pytest.raises(BadInput, match="no OWL"):
        Standards(tmp_path)
