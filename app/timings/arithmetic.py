"""What times add up to: quantiles, rates, and what one way costs beside another."""

import math
from collections.abc import Sequence
from statistics import median


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of all lie, on the line between the two nearest ranks, as NumPy has it.

    Raises:
        ValueError: when there are no values, or the share is no share.
    """
    if not values or not 0 <= share <= 1:
        raise ValueError(f"no quantile {share:g} of {len(values)} values")
    ranked = sorted(values)
    place = share * (len(ranked) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ranked) - 1)
    return ranked[low] + (place - low) * (ranked[high] - ranked[low])


def rate(stamps: Sequence[float]) -> float:
    """How many came in a second, from their times in milliseconds; 0 for fewer than two."""
    if len(stamps) < 2 or stamps[-1] <= stamps[0]:
        return 0.0
    return 1000 * (len(stamps) - 1) / (stamps[-1] - stamps[0])


def cost(dear: Sequence[float], cheap: Sequence[float]) -> float:
    """How much more, in percent, the one takes than the other: the ratio of their medians. Below 0 where it is less."""
    return 100 * (median(dear) / median(cheap) - 1)
