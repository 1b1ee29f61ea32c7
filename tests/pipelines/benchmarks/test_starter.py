"""The starter's bench reads in pictures what is in them: renders as their own captions say, and not as others do."""

import pytest

from pipelines import toybox
from pipelines.benchmarks import starter
from pipelines.benchmarks.parts import STARTER

pytestmark = pytest.mark.skipif(not (STARTER / "judges").is_dir(), reason="assets/starter is not in this checkout")


def share(right: list) -> float:
    said = [one for one in right if one is not None]
    return sum(said) / len(said)


def test_what_one_thing_is_and_where_and_how_is_read():
    scenes = [toybox.draw(k, "validation", count=1) for k in range(20)]
    seen = starter._renders(scenes)
    own, others = starter._told(seen, scenes), starter._told(seen, scenes[1:] + scenes[:1])
    for name in (*starter.READ, "style"):
        assert share(own[name]) >= 0.8 > share(others[name]), name
    assert own["colour"].count(None) == sum(scene.style in toybox.GREY_STYLES for scene in scenes)
    assert own["pattern"].count(None) == sum(scene.things[0].pattern == "plain" for scene in scenes)


def test_two_things_and_their_sides_are_read():
    drawn = [toybox.draw(k, "validation", count=2) for k in range(40)]
    scenes = [one for one in drawn if one.relation == "beside" and len({thing.noun for thing in one.things}) == 2][:12]
    seen = starter._renders(scenes)
    there, sides = starter._placed(seen, scenes)
    assert share(there) >= 0.8 and share(sides) >= 0.8
    there, sides = starter._placed(seen.flip(3), scenes)
    assert share(there) >= 0.7 and share(sides) <= 0.2, "in a mirror, left is right"
    there, sides = starter._placed(seen, scenes[1:] + scenes[:1])
    assert share(there) <= 0.2 and share(sides) <= 0.2
