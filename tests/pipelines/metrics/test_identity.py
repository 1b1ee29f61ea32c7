import math

import torch

from pipelines import toybox
from pipelines.judging import Case
from pipelines.metrics.identity import Identity
from pipelines.others import AMONG, others
from pipelines.spec import Subject


def shots(seed, count):
    scenes = toybox.shoot(toybox.subject("robot", seed, "validation"), count, seed)
    pixels = torch.stack([torch.from_numpy(toybox.render(scene, 96).pixels) for scene in scenes])
    return pixels.permute(0, 3, 1, 2).float() / 255


def test_it_finds_the_photos_own_subject_and_rejects_another(eyes):
    metric = Identity(Case(Subject("r", "Pip", "robot", "<pip>"), shots(12, 1), eyes))
    assert metric.gallery.shape[0] == AMONG
    assert metric(shots(12, 1), [""]) == [1.0]
    assert metric(shots(1003, 1), [""]) == [0.0]
    assert others(eyes, "robot") is others(eyes, "robot")


def test_a_class_that_the_toybox_lacks_is_not_scored(eyes):
    metric = Identity(Case(Subject("p", "Ada", "platypus", "<ada>"), shots(12, 1), eyes))
    assert math.isnan(metric(shots(12, 1), [""])[0])
