"""What has to come out before any score is believed: true pictures of a subject, of a half-sister, of its class, of
something else, and the training photos pasted, all judged by the judges that came along."""

from statistics import fmean

import pytest
import torch

from pipelines import catalogue, toybox
from pipelines.eyes import Eyes
from pipelines.judging import Case, SetJudges
from pipelines.spec import Subject
from tests.pipelines.metrics.shots import drawn, masks

CAST = (("robot", 0, "teapot"), ("cat", 1, "castle"))
SHOTS, SCORES = (
    3,
    ("likeness", "likeness_clip", "identity", "identity_cosine", "copy", "place_leakage", "prompt_following"),
)


def _shoot(who, seed, places, count=SHOTS):
    return toybox.shoot(who, count, seed, places)


def _rows(noun: str, individual: int, stranger: str) -> dict[str, dict[str, float]]:
    who = toybox.subject(noun, individual, "validation")
    photographed = toybox.shoot(who, SHOTS, individual)
    elsewhere = tuple(place for place in toybox.PLACES if place not in {scene.place for scene in photographed})
    other = toybox.subject(noun, 40, "validation")
    half = toybox.ToySubject(noun, tuple((a + b) / 2 for a, b in zip(who.identity, other.identity, strict=True)))
    groups = [_shoot(toybox.subject(noun, 50 + k, "validation"), 50 + k, elsewhere, 1) for k in range(SHOTS)]
    scenes = {
        "true": _shoot(who, 100, elsewhere),
        "half": _shoot(half, 100, elsewhere),
        "class": [scene for group in groups for scene in group],
        "shuffled": _shoot(toybox.subject(stranger, individual, "validation"), 100, elsewhere),
        "pasted": photographed,
    }
    case = Case(Subject("s", "Sue", noun, "<sue>"), drawn(photographed), Eyes.load(), masks(photographed))
    single, many = {name: catalogue.load("metrics", name)(case) for name in SCORES}, SetJudges(case)
    asked = [toybox.caption(scene) for scene in scenes["true"]]
    pixels, rows = {name: drawn(shown) for name, shown in scenes.items()}, {}
    for name, shown in pixels.items():
        rows[name] = {score: fmean(metric(shown, asked)) for score, metric in single.items()}
        rows[name] |= many(shown, ["a prompt"] * SHOTS, pixels["true"])
    return rows


@pytest.fixture(scope="module")
def rows() -> list[dict[str, dict[str, float]]]:
    torch.set_num_threads(1)
    return [_rows(*one) for one in CAST]


def mean(rows, row, score):
    return fmean(one[row][score] for one in rows)


@pytest.mark.parametrize("score", ["likeness", "likeness_clip", "identity", "identity_cosine"])
def test_likeness_falls_from_true_pictures_to_anybody(rows, score):
    true, half, kind, shuffled = (mean(rows, row, score) for row in ("true", "half", "class", "shuffled"))
    assert true > max(half, kind, shuffled) + 0.1
    assert mean(rows, "pasted", score) >= true - 0.05


def test_only_pasting_is_caught_as_a_copy(rows):
    assert all(one["pasted"]["copy"] > 0.999 for one in rows)
    assert all(one[row]["copy"] < 0.95 for one in rows for row in ("true", "half", "class", "shuffled"))


def test_pasting_brings_the_place_along_and_true_pictures_do_not(rows):
    assert mean(rows, "pasted", "place_leakage") > 0.9 and mean(rows, "true", "place_leakage") < 0.1
    assert mean(rows, "pasted", "prompt_following") < mean(rows, "true", "prompt_following") - 0.1


@pytest.mark.parametrize("score", ["fid", "kid", "cmmd"])
def test_sets_are_nearest_themselves(rows, score):
    others = (mean(rows, row, score) for row in ("half", "class", "shuffled", "pasted"))
    assert mean(rows, "true", score) < min(others)


def test_pictures_of_the_class_that_became_the_subject_have_drifted(rows):
    assert mean(rows, "true", "prior_preservation") > mean(rows, "class", "prior_preservation") + 0.1
