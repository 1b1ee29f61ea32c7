import math
from dataclasses import replace

from pipelines import toybox
from pipelines.eyes import Eyes
from pipelines.judging import Case
from pipelines.metrics.place_leakage import PlaceLeakage
from pipelines.metrics.position_leakage import PositionLeakage
from pipelines.spec import Subject
from tests.pipelines.metrics.shots import drawn, moved

ROBOT = Subject("r", "Pip", "robot", "<pip>")
SCENES = toybox.shoot(toybox.subject("robot", 12, "validation"), 3, 12, ("beach", "moon", "kitchen"))


def test_a_place_leaks_only_where_the_prompt_names_one_that_no_photo_shows():
    metric = PlaceLeakage(Case(ROBOT, drawn(SCENES), Eyes.load()))
    assert metric.shown == {"beach", "moon", "kitchen"}
    kept, obeyed = SCENES[0], replace(SCENES[0], place="desert")
    told = metric(drawn([kept, obeyed, kept, kept]), ["a robot in a desert"] * 2 + ["a robot on the moon", "a robot"])
    assert told[:2] == [1.0, 0.0] and all(map(math.isnan, told[2:]))


def test_the_spot_is_where_the_photos_had_it():
    left = [moved(scene, 0.45, (-0.9, 0.0)) for scene in SCENES]
    metric = PositionLeakage(Case(ROBOT, drawn(left), Eyes.load()))
    fresh = toybox.shoot(toybox.subject("robot", 12, "validation"), 2, 77, ("grass", "snow"))
    there, elsewhere = ([moved(scene, 0.45, (side, 0.0)) for scene in fresh] for side in (-0.9, 0.9))
    assert metric(drawn([*there, *elsewhere]), [""] * 4) == [1.0, 1.0, 0.0, 0.0]
    nobody = PositionLeakage(Case(replace(ROBOT, noun="platypus"), drawn(left), Eyes.load()))
    assert all(map(math.isnan, nobody(drawn(there), [""] * 2)))
