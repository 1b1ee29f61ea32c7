"""The bench of regions: its boxes lie in the picture and apart, its scenes say what was asked, bleeding is seen."""

from itertools import combinations

import pytest
import torch

from pipelines import catalogue, toybox
from pipelines.benchmarks import regions
from pipelines.benchmarks.parts import Parts
from pipelines.benchmarks.regions import LAYOUTS, PAIRS, TRIPLES, _scenes, bleed, one_pass, placed
from pipelines.spec import Region


def test_subjects_are_of_the_toybox_and_differ():
    assert len(PAIRS) == 8 and len(TRIPLES) == 4
    for group in PAIRS + TRIPLES:
        assert len(set(group)) == len(group) and set(group) <= set(toybox.NOUNS)


@pytest.mark.parametrize("count", LAYOUTS)
def test_boxes_lie_in_the_picture_and_hardly_touch(count):
    assert len(LAYOUTS[count]) == 4
    for boxes in LAYOUTS[count]:
        assert len(boxes) == count
        assert all(x >= 0 and y >= 0 and x + w <= 1 and y + h <= 1 for x, y, w, h in boxes)
        for (ax, ay, aw, ah), (bx, by, bw, bh) in combinations(boxes, 2):
            shared = max(0, min(ax + aw, bx + bw) - max(ax, bx)) * max(0, min(ay + ah, by + bh) - max(ay, by))
            assert shared < 0.1 * min(aw * ah, bw * bh)


def test_scenes_say_what_was_asked():
    regions = [Region(box, f"a <{n}1> {n}", artefact=n) for n, box in zip(PAIRS[0], LAYOUTS[2][0], strict=True)]
    ((nouns, plain),) = _scenes("plain", PAIRS[0], regions, "on grass", 3)
    assert nouns == PAIRS[0] and not plain.regions and len(plain.artefacts) == 2
    assert plain.prompt == "a photo of a <robot1> robot and a <duck1> duck on grass" and plain.seed == 3
    ((_, routed),) = _scenes("region_blend", PAIRS[0], regions, "on grass", 3)
    assert routed.how in catalogue.hows() and routed.regions == tuple(regions) and not routed.artefacts
    singles = list(_scenes("alone", PAIRS[0], regions, "on grass", 3))
    assert [one for one, _ in singles] == [("robot",), ("duck",)] and all(len(s.regions) == 1 for _, s in singles)


def test_bleeding_is_another_subject_in_the_box():
    subjects = torch.eye(3)
    assert not bleed(torch.tensor([0.9, 0.1, 0.2]), subjects, 0)
    assert bleed(torch.tensor([0.4, 0.1, 0.5]), subjects, 0)


def test_where_a_thing_is_found_is_set_beside_its_box():
    cover = torch.zeros(6, 6)
    assert placed(cover, (0.0, 0.0, 0.5, 0.5)) == (0.0, False)
    cover[1:3, :3] = 0.9
    cover[5, 5] = 0.4  # not sure enough
    overlap, centred = placed(cover, (0.0, 0.0, 0.5, 0.5))
    assert overlap == pytest.approx(6 / 9) and centred
    overlap, centred = placed(cover, (0.5, 0.0, 0.5, 1.0))
    assert overlap == 0 and not centred
    overlap, centred = placed(cover, (1 / 3, 1 / 6, 1 / 2, 1 / 2))
    assert overlap == pytest.approx(2 / (6 + 9 - 2)) and not centred


def test_what_is_hoped_for_is_held_against_the_best_way_of_one_pass(monkeypatch, tmp_path):
    assert {"region_route", "layout_forward"} <= set(one_pass())
    assert not {"region_blend", "layout_backward", "saliency_fusion"} & set(one_pass()), "they ask more than once"
    right = {"plain": 1, "layout_forward": 4, "region_blend": 5, "alone": 5}  # of five pictures

    def part(self, name, make):
        held = [True] * right.get(name.rsplit("-", 1)[1], 2)
        return {one: held + [False] * (5 - len(held)) for one in regions.TOLD}

    monkeypatch.setattr(Parts, "part", part)
    figures = {one.name: one for one in regions.run(Parts(tmp_path, say=lambda words: None), quick=False)}
    asked = {name for name, one in figures.items() if one.target is not None}
    assert asked == {f"layout_forward_{what}" for what in ("success", *regions.HOPED)}
    assert figures["layout_forward_success"].ok and figures["layout_forward_success"].target == 0.4
