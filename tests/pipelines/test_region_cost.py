"""What ways to compose regions say they cost is what was measured; the usual way's by `bench regions_speed`."""

import pytest

from pipelines import catalogue
from pipelines.hows.region_route import RegionRoute

WORDS = {1: 1.08, 2: 1.10, 4: 1.14, 8: 1.24}
FILES = {1: 1.14, 2: 1.26, 4: 1.40, 8: 1.67}
"""Times of a plain prediction, on two cores, by number of regions: words alone, and a tuned file each."""


@pytest.mark.parametrize("count", WORDS)
def test_the_forecast_is_what_was_measured(count):
    assert RegionRoute().cost(count) == pytest.approx(WORDS[count], rel=0.02)
    assert RegionRoute().cost(count, count) == pytest.approx(FILES[count], rel=0.04)


EACH = {
    ("layout_forward", ()): (0.97, 1.24, 1.03, 1.51),
    ("layout_backward", (("until", 1.0),)): (5.26, 7.52, 5.58, 8.93),
    ("spatial_inversion", (("until", 1.0),)): (5.61, 6.82, 5.68, 9.26),
    ("cones_layout", (("until", 1.0),)): (2.16, 2.60, 2.23, 3.08),
}
"""Times of a plain step, where the way is at work: two regions with words, with a tuned file each, and four so."""


@pytest.mark.parametrize(("way", "measured"), EACH.items(), ids=[name for name, _ in EACH])
def test_so_is_that_of_each_other_way(way, measured):
    name, knobs = way
    how = catalogue.how(name).with_knobs(dict(knobs))
    said = [how.cost(count, files) for count in (2, 4) for files in (0, count)]
    assert said == pytest.approx(measured, rel=0.12)
