"""Reads the curves of a tuning run: which step to keep, since when the run copies its photos, and what else it has
learnt that nobody wanted."""

from collections.abc import Sequence
from math import sqrt

NEAR = 0.002  # two scores closer than this are the same, and the earlier step wins
FLAT = 0.01  # likeness that rises by less than this stands still
FALL = 0.03  # share of the base's prompt-following whose loss is worth a warning
MOST = 0.5  # share of samples, at two looks one after the other, from which a fault is told
MORE = 0.25  # by how much more often than with the base places of the photos come along then

Measured = tuple[int, dict[str, float]]


def best(measured: Sequence[Measured]) -> int | None:
    """The step at which the subject is most alike while the words still count; None before any likeness was measured.

    The score is the geometric mean of likeness and of the share of prompt-following that is left of the first
    measurement's, which is that of a base that has learnt nothing yet.

    Args:
        measured: (step, values) in order; values hold likeness and prompt_following, each 0 to 1, where measured.
    """
    scores = _scores(measured)
    top = max((score for _, score in scores), default=0.0)
    return next((step for step, score in scores if score >= top - NEAR), None)


def copying(measured: Sequence[Measured]) -> int | None:
    """The best step, when since then likeness stood still at two or more measurements while prompt-following fell."""
    kept = best(measured)
    both = [
        (step, v["likeness"], v["prompt_following"])
        for step, v in measured
        if {"likeness", "prompt_following"} <= v.keys()
    ]
    after = [one for one in both if kept is not None and one[0] >= kept]
    if len(after) < 3:
        return None
    (_, likeness, prompt), (_, likeness_now, prompt_now) = after[0], after[-1]
    still, fell = likeness_now - likeness < FLAT, prompt - prompt_now > FALL * both[0][2]
    return kept if still and fell else None


def faults(measured: Sequence[Measured], masked: bool) -> dict[str, tuple[str, str]]:
    """What a run has learnt that nobody wanted, by a name: a sentence, and what to do, with the step to keep.

    Args:
        measured: as for `best`; values hold `copied` (share of samples nearer to a photo than photos are to each other)
            and `copied_photo`, `place_leakage` (share that shows the photos' place though words name another), the base
            under `place_leakage_base`, where measured.
        masked: whether the photos are marked.
    """
    last = [values for _, values in measured[-2:]]
    if len(last) < 2:
        return {}
    found, kept = {}, best(measured)
    keep = "Fewer steps copy less."
    if kept is not None:
        keep = f"Step {kept} was the best until then; the best one is kept, whenever it stops."
    if all(values.get("copied", 0) >= MOST for values in last):
        found["copied"] = f"It now copies photo {last[-1]['copied_photo']:g}.", keep
    usual = next((values["place_leakage_base"] for _, values in measured if "place_leakage_base" in values), 0.0)
    if all(values.get("place_leakage", 0) >= max(MOST, usual + MORE) for values in last):
        advice = "Photos in several places, or fewer steps, keep it out." if masked else "Use masks."
        found["place"] = "The background has been learnt: the photos’ place comes along.", f"{advice} {keep}"
    return found


def _scores(measured: Sequence[Measured]) -> list[tuple[int, float]]:
    first = next((v["prompt_following"] for _, v in measured if v.get("prompt_following")), None)
    found = []
    for step, values in measured:
        if "likeness" in values:
            share = min(1.0, values.get("prompt_following", first) / first) if first else 1.0
            found.append((step, sqrt(max(0.0, values["likeness"]) * share)))
    return found
