"""What changed in a layout since a picture was made of it, and where the picture is then made anew."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components import layout, layout_file
from pipelines.errors import BadInput

MARGIN = 0.03  # round a region, as a share of the picture's width: shadows and hats reach over its edge


def one_redone(now: Mapping[str, Any], before: Mapping[str, Any], region: str) -> dict[str, Any]:
    """The layout of a picture in which one region is made anew: as it was, but for that region, which is as it is now,
    or gone where it is hidden or not there any more."""
    fresh = _shown(now, region)
    regions = [one for one in before["regions"] if one["id"] != region]
    if fresh:
        taken = {one["number"] for one in regions}
        free = next(n for n in range(1, len(taken) + 3) if n not in taken | {fresh["number"]})
        regions = [one | {"number": free} if one["number"] == fresh["number"] else one for one in regions]
        later = {one["id"] for one in _after(now["regions"], region)}
        place = next((k for k, one in enumerate(regions) if one["id"] in later), len(regions))
        regions.insert(place, fresh)
    return layout.check({**before, "regions": regions})


def anew(now: Mapping[str, Any], before: Mapping[str, Any], region: str, folder: Path) -> str:
    """A mask picture, white where a region was and where it is now.

    Raises:
        BadInput: when the picture has another shape, or the region is neither there nor was.
    """
    if now["canvas"] != before["canvas"]:
        raise BadInput("The picture has another shape now.", "Make the whole picture.")
    places = [found for drawn in (before, now) if (found := _shown(drawn, region))]
    if not places:
        raise BadInput("This region is not in the picture.", "Choose another one.")
    return layout_file.kept(layout_file.area(places, now["canvas"]["aspect"], MARGIN), folder)


def _shown(drawn: Mapping[str, Any], region: str) -> dict[str, Any] | None:
    return next((one for one in drawn["regions"] if one["id"] == region and not one["hidden"]), None)


def _after(regions: list, region: str) -> list:
    ids = [one["id"] for one in regions]
    return regions[ids.index(region) + 1 :]
