"""What was seen in the regions of a finished picture, in words: who is where, what went wrong, what to do about it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from components.layout import label

BLEEDS, ABSENT, CROWDED, SCATTERED = 0.30, 0.35, 0.08, 1.25
"""From which share of somebody else on it bleeds; up to which share of its own a subject is missing; below which share
of the picture a region is small; up to how many times an even spread attention counts as scattered."""


def told(facts: Any, drawn: Mapping[str, Any], sent: Sequence[str], named: Callable[[str], str]) -> dict[str, Any]:
    """Per region id {"tone": "ok" | "warn" | "", "says", "advice", "deed", "button", "name", "own", "bleed", "by",
    "inside", "room", "unread"}; `unread` are sentences on words that were too many.

    Args:
        facts: what the sampler noted of regions, each by the number it had in the scene; "why" and "advice" alone of
            one that took no part.
        drawn: the layout of that picture. sent: ids of its regions that took part, in order.
        named: subject id → what a person calls it.
    """
    found = {}
    regions = {one["id"]: one for one in drawn["regions"]}
    facts = facts if isinstance(facts, list) else []
    numbers = {one["number"]: sent[one["number"] - 1] for one in facts if 1 <= one.get("number", 0) <= len(sent)}
    here = [one for one in facts if one["number"] in numbers and "why" not in one]
    owners = {one["subject"]: regions[numbers[one["number"]]] for one in here}
    for one in facts:
        region = regions.get(numbers.get(one["number"], ""))
        if region:
            found[region["id"]] = _lost(one, region) if "why" in one else _one(one, region, owners, named)
    return found


def _lost(fact: Mapping[str, Any], region: Mapping[str, Any]) -> dict:
    """A region that took no part in the picture after all."""
    says = fact["why"].replace(f"Region {fact['number']} ", f"Region {label(region['number'])} ", 1)
    told = {"tone": "warn", "says": says, "advice": fact["advice"], "deed": "", "button": "", "name": "", "by": ""}
    told["unread"] = []
    return told | dict.fromkeys(("own", "inside", "room", "bleed"))


def _one(fact: Mapping[str, Any], region: Mapping[str, Any], owners: Mapping[str, Any], named: Callable) -> dict:
    others = fact["others"] or {}
    by = max(others, key=others.get) if others else ""
    bleed = others.get(by)
    tone, says, advice, deed, button = "", "", "", "", ""
    if bleed is not None and bleed >= BLEEDS:
        tone = "warn"
        says = f"Some of {named(by)} shows in {_whose(fact, region, named)} box."
        advice, deed, button = _apart(region, owners.get(by))
    elif fact["own"] is not None and fact["own"] <= ABSENT:
        tone, says = "warn", f"{named(fact['subject'])} is hardly to be seen here."
        advice, deed, button = _nearer(fact, region)
    elif fact["own"] is not None:
        tone, says = "ok", f"{named(fact['subject'])} is in its place."
    elif fact["inside"] is not None and fact["inside"] <= SCATTERED * fact["room"] < 0.8:
        tone, says = "warn", "Its words were looked for all over the picture."
        advice, deed, button = _nearer(fact, region)
    kept = {name: fact[name] for name in ("own", "inside", "room")}
    told = {"tone": tone, "says": says, "advice": advice, "deed": deed, "button": button}
    name = named(fact["subject"]) if fact["subject"] else ""
    told["unread"] = list(fact.get("unread") or [])  # pictures of before do not tell
    return {**told, **kept, "name": name, "bleed": bleed, "by": named(by) if by else ""}


def _whose(fact: Mapping[str, Any], region: Mapping[str, Any], named: Callable) -> str:
    return f"{named(fact['subject'])}’s" if fact["subject"] else f"region {label(region['number'])}’s"


def _apart(region: Mapping[str, Any], other: Mapping[str, Any] | None) -> tuple[str, str, str]:
    share = _common(region["box"], other["box"]) if other and other["id"] != region["id"] else 0
    if share >= 0.005:
        return f"The two boxes share {share:.0%} of the picture.".replace("%", " %"), "apart", "Pull apart"
    if other and _file(region) and _file(other) and _file(region) != _file(other):
        return "Move the boxes farther apart, or let one file know them both.", "fuse", "Fuse the files"
    return "Move the boxes farther apart, or choose “Each region by itself” under How regions meet.", "", ""


def _file(region: Mapping[str, Any]) -> str:
    """Which tuned file speaks in a region; empty for words only."""
    return (region["subject"] or "").partition(".")[0]


def _nearer(fact: Mapping[str, Any], region: Mapping[str, Any]) -> tuple[str, str, str]:
    if region["strength"] < 1:
        return f"Its strength is {region['strength']:.2f}.", "stronger", "Full strength"
    if fact["room"] < CROWDED:
        return f"Its box is {fact['room']:.0%} of the picture.".replace("%", " %"), "larger", "Enlarge"
    if fact["inside"] is not None and fact["inside"] <= SCATTERED * fact["room"]:
        return "It was looked for elsewhere: try a Layout-Control way under How regions meet.", "", ""
    return "Redo it with another seed, or teach its file for longer.", "", ""


def _common(one: Sequence[float], other: Sequence[float]) -> float:
    """The share of the picture that two boxes have in common."""
    wide = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    high = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return max(0.0, wide) * max(0.0, high)
