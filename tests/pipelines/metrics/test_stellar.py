import math
from dataclasses import replace

import pytest
import torch

from pipelines import toybox
from pipelines.eyes import Eyes
from pipelines.gate import passes, pooled
from pipelines.judging import Case
from pipelines.metrics.attribute_preservation import AttributePreservation
from pipelines.metrics.objects import Objects
from pipelines.metrics.relation import Relation, sides
from pipelines.set_metrics.gated_identity import GatedIdentity
from pipelines.set_metrics.gated_text import GatedText
from pipelines.set_metrics.identity_stability import IdentityStability
from pipelines.spec import Subject
from tests.pipelines.metrics.shots import drawn, moved

ROBOT = Subject("r", "Pip", "robot", "<pip>")
WHO = toybox.subject("robot", 12, "validation")


@pytest.fixture(scope="module")
def case():
    return Case(ROBOT, drawn(toybox.shoot(WHO, 3, 12)), Eyes.load())


def test_the_gate_is_strict_and_its_deviation_is_that_of_a_sample():
    made, given = torch.tensor([0.22, 0.215, 0.24]), torch.tensor([0.19, 0.20, 0.21])
    assert passes(made, given).tolist() == [True, False, True]
    assert pooled(torch.stack([torch.tensor([0.5, 0.6, 0.4]), made, given], 1)) == pytest.approx(0.30)


class Known:
    """Judges that answer from a table; a picture is its row's number, a sentence stands at (1, 0, 0)."""

    name, recipes = "table", {}

    def __init__(self, seen, who):
        self.seen, self.who = torch.tensor(seen), torch.tensor(who)

    def pictures(self, pixels):
        return torch.stack([self.seen[pixels[:, 0, 0, 0].long()], torch.zeros(len(pixels))], 1)

    def sentences(self, texts):
        return torch.stack([torch.tensor([float(one) for one in texts]), torch.zeros(len(texts))], 1)

    def identity(self, pixels):
        return self.who[pixels[:, 0, 0, 0].long()]


def test_closed_gates_earn_nothing(cat):
    """Rows 0 and 1 are photos, 2 and 3 pictures. Prompts of length 1 and 2: what the photos score is 0.2 and 0.4, so a
    picture must score 0.2828 more than that; the second does not."""
    eyes = Known([0.1, 0.3, 0.6, 0.3], [[0.8, 0.6], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    pixels = torch.arange(4.0)[:, None, None, None].expand(4, 3, 2, 2)
    case = Case(cat, pixels[:2], eyes)
    assert GatedText(case)(pixels[2:], ["1", "2"]) == pytest.approx(0.6 / 2)
    assert GatedIdentity(case)(pixels[2:], ["1", "2"]) == pytest.approx((0.8 + 0.0) / 2 / 2)
    assert IdentityStability(case)(pixels[2:], ["1", "2"]) == pytest.approx(0.0)
    first = replace(case, photos=pixels[:1])
    assert IdentityStability(first)(pixels[2:], ["1", "2"]) == pytest.approx((0.8 + 0.6) / 2)
    assert math.isnan(GatedText(case)(pixels[2:3], ["1"]))


def test_what_the_subject_has_by_nature_is_kept_by_true_pictures_and_lost_by_another(case):
    metric = AttributePreservation(case)
    read = {name: words[metric.own[name]] for name, words in Eyes.WORDS.items() if name in metric.own}
    look = toybox.shoot(WHO, 1, 0)[0].things[0].look
    assert read == {"colour": look.colour, "pattern": look.pattern}
    other = toybox.subject("robot", 41, "validation")  # of another colour and another pattern
    own, lost = (metric(drawn(toybox.shoot(one, 3, 60)), ["a robot"] * 3) for one in (WHO, other))
    assert sum(own) > sum(lost) + 1
    one = drawn(toybox.shoot(other, 1, 60))
    assert metric(one, [f"a {look.colour} robot"])[0] >= 0 and math.isnan(AttributePreservation(
        replace(case, subject=replace(ROBOT, noun="platypus")))(one, ["a platypus"])[0])  # fmt: skip


@pytest.fixture(scope="module")
def pair():
    """(2, 3, S, S): a robot left of a duck, and the other way round."""
    robot, duck = (toybox.shoot(toybox.subject(noun, k, "validation"), 1, 90, ("grass",))[0]
                   for noun, k in (("robot", 12), ("duck", 5)))  # fmt: skip
    scenes = []
    for left, right in ((robot, duck), (duck, robot)):
        things = replace(left.things[0], at=(-0.45, 0.0)), replace(right.things[0], at=(0.45, 0.0))
        scenes.append(moved(replace(robot, things=things, light="day", weather="clear"), 0.97, (0.0, 0.0)))
    return drawn(scenes)


def test_things_named_beside_the_subject_are_looked_for(case, pair):
    metric = Objects(case)
    seen = metric(pair[[0, 0, 0]], ["a robot and a duck", "a robot and a castle", "a robot in a flower field"])
    assert seen[0] > seen[1] + 0.02 and seen[1] < 0.1 and math.isnan(seen[2])
    scene = toybox.shoot(WHO, 1, 3, ("studio",))[0]
    hat = replace(scene, things=(replace(scene.things[0], accessory="top hat"),))
    bare, dressed = metric(drawn([scene, hat]), ["a robot wearing a top hat"] * 2)
    assert dressed > bare + 0.1


@pytest.mark.parametrize("prompt, wanted", [
    ("a red robot on the left and a duck on the right on grass", ("robot", "duck")),
    ("a robot wearing a crown to the left of a blue duck", ("robot", "duck")),
    ("a duck to the right of a robot", ("robot", "duck")),
    ("a robot and a duck", None), ("a robot behind a duck", None), ("a robot to the left of a robot", None),
    ("a robot to the left of a house of cards", None),
])  # fmt: skip
def test_sides_are_understood(prompt, wanted):
    if "house" in prompt and "house" in toybox.NOUNS:
        wanted = ("robot", "house")
    assert sides(prompt) == wanted


def test_captions_say_sides_that_are_true():
    for seed in range(60):
        scene = toybox.draw(seed, "validation", count=2)
        nouns = [thing.noun for thing in sorted(scene.things, key=lambda thing: thing.at[0])]
        if scene.relation == "beside" and len(set(nouns)) == 2:
            assert sides(toybox.caption(scene, full=True)) == tuple(nouns), toybox.caption(scene, full=True)


def test_an_order_is_read_and_a_missing_thing_fails(case, pair):
    asked = ["a robot to the left of a duck"] * 2
    metric = Relation(case)
    told = metric(pair, asked)
    assert told == [1.0, 0.0] and metric(pair, ["a duck to the left of a robot"] * 2)[0] == 0.0
    alone = metric(drawn(toybox.shoot(WHO, 1, 60, ("grass",))), asked[:1])
    assert alone == [0.0] and math.isnan(metric(pair[:1], ["a robot"])[0])
