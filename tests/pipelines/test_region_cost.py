"""What the usual way to compose regions says it costs is what `bench regions_speed` measured."""

import pytest

from pipelines.hows.region_route import RegionRoute

WORDS = {1: 1.08, 2: 1.10, 4: 1.14, 8: 1.24}
FILES = {1: 1.14, 2: 1.26, 4: 1.40, 8: 1.67}
"""Times of a plain prediction, on two cores, by number of regions: words alone, and a tuned file each."""


@pytest.mark.parametrize("count", WORDS)
def test_the_forecast_is_what_was_measured(count):
    assert RegionRoute().cost(count) == pytest.approx(WORDS[count], rel=0.02)
    assert RegionRoute().cost(count, count) == pytest.approx(FILES[count], rel=0.04)
