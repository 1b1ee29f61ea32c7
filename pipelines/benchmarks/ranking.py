"""Scored pictures of recipes as a ranking: intervals over subjects, tests against the base, what masks save."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from statistics import fmean
from typing import Any

from pipelines import results, statistics
from pipelines.benchmarks.figures import Figure, figure
from pipelines.toybench.sanity import BASE, RENDERS

SCORED = ("identity", "prompt_following", "place_leakage", "position_leakage", "copy")
SCORES = (*SCORED[:-1], "drift", "copy")
COSTS = {"seconds": ("s", 1.0), "memory": ("MB", 1e-6), "bytes": ("MB", 1e-6)}
ON, OFF = "masks", "no masks"
IDENTITY, FOLLOWS, SURE, LEAKS = 0.75, 0.9, 0.05, 0.5
"""Hoped for: the best recipe's identity, at what share of the base's prompt-following; how surely each recipe beats the
base; and what share of the places that leak without masks still leaks with them."""


class Ranking:
    """Rows and figures of one run.

    Args:
        cells: scored pictures; `group` is the side (with masks or without), `case` the subject, `method` the recipe.
        costs: (side, recipe) → for each subject what teaching it cost, see COSTS.
        better: by score, whether more or less of it is good.
    """

    def __init__(
        self,
        cells: Sequence[results.Cell],
        costs: Mapping[tuple[str, str], Sequence[Mapping[str, float]]],
        better: Mapping[str, str],
    ):
        self.cells = [results.record(one) for one in cells]
        self.costs, self.better = costs, dict(better) | {"drift": "less"}

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """A row for each side and recipe, the surest known first: `side`, `recipe`, `scores` and `costs`, each by name
        {"value", "low", "high"}, and `over_base`, the paired test of identity (None for the base)."""
        tests = results.compared(self.cells, self.better, BASE, (RENDERS,))
        found = []
        for row in results.tabled(self.cells):
            side, recipe = row["group"], row["method"]
            scores = {name: row["scores"][name] for name in SCORES if name in row["scores"]}
            over = tests[side]["against"].get(recipe, {}).get("identity")
            found.append({"side": side, "recipe": recipe, "subjects": row["cases"], "scores": scores,
                          "costs": self._costs(side, recipe), "over_base": over})  # fmt: skip
        return sorted(found, key=lambda row: -row["scores"].get("identity", {"value": 0})["value"])

    def _costs(self, side: str, recipe: str) -> dict[str, dict[str, float]]:
        found = {}
        for name, (_, scale) in COSTS.items():
            values = [scale * one[name] for one in self.costs.get((side, recipe), ())]
            if values:
                low, high = statistics.bootstrap(values)
                found[name] = {"value": fmean(values), "low": low, "high": high}
        return found

    def figures(self, overlaps: Sequence[float] = ()) -> list[Figure]:
        """All of it as figures, with what was hoped for."""
        found = [_ranged("masks_overlap", overlaps, "IoU")] if overlaps else []
        for row in self.rows:
            stem = f"{row['recipe']}_{row['side'].replace(' ', '_')}"
            for name, one in row["scores"].items():
                found.append(Figure(f"{stem}_{name}", one["value"], "", one["low"], one["high"]))
            for name, one in row["costs"].items():
                found.append(Figure(f"{stem}_{name}", one["value"], COSTS[name][0], one["low"], one["high"]))
            if row["over_base"] and row["recipe"] != RENDERS:
                test = row["over_base"]
                found.append(Figure(
                    f"{stem}_identity_over_base", test["difference"], "", test["low"], test["high"], 0.0, beats(row)
                ))  # fmt: skip
        best = self.best()
        if best is not None:
            found.append(figure("best_identity", best, "", IDENTITY))
        return found + self._saved()

    def best(self) -> float | None:
        """The best identity of a recipe that keeps FOLLOWS of the base's prompt-following; None where none does."""
        found = []
        for row in self.rows:
            if row["recipe"] in (BASE, RENDERS) or "identity" not in row["scores"]:
                continue
            said = {who: self._following(row["side"], who) for who in (row["recipe"], BASE)}
            both = [case for case in said[row["recipe"]] if case in said[BASE]]
            if both and sum(said[row["recipe"]][one] for one in both) >= FOLLOWS * sum(said[BASE][one] for one in both):
                found.append(row["scores"]["identity"]["value"])
        return max(found, default=None)

    def _following(self, side: str, method: str) -> dict[str, float]:
        """Prompt-following by subject."""
        mine = [one for one in self.cells if (one["group"], one["method"]) == (side, method)]
        told = [(one["case"], one["scores"]["prompt_following"]) for one in mine if "prompt_following" in one["scores"]]
        return statistics.by_subject(told)

    def leaks(self) -> tuple[list[float], list[float]]:
        """Place leakage with masks and without, for each subject the mean over recipes that learnt it both ways."""
        both = {
            side: {(one["case"], one["method"]) for one in self.cells if one["group"] == side} for side in (ON, OFF)
        }
        found = []
        for side in (ON, OFF):
            mine = [one for one in self.cells if one["group"] == side and one["method"] not in (BASE, RENDERS)
                    and (one["case"], one["method"]) in both[ON] & both[OFF]]  # fmt: skip
            told = [(one["case"], one["scores"]["place_leakage"]) for one in mine if "place_leakage" in one["scores"]]
            found.append(statistics.by_subject(told))
        cases = [case for case in found[0] if case in found[1]]
        return [found[0][case] for case in cases], [found[1][case] for case in cases]

    def _saved(self) -> list[Figure]:
        on, off = self.leaks()
        if not on:
            return []
        told = statistics.paired(on, off)
        found = [Figure("place_leakage_masks_less_no_masks", told["difference"], "", told["low"], told["high"])]
        if sum(off):
            found.append(figure("place_leakage_masks_of_no_masks", sum(on) / sum(off), "", LEAKS, most=True))
        return found


def beats(row: Mapping[str, Any]) -> bool:
    """Whether a row's recipe has surely more identity than the base."""
    test = row["over_base"]
    return bool(test) and test["difference"] > 0 and test["p"] < SURE


def _ranged(name: str, values: Sequence[float], unit: str) -> Figure:
    low, high = statistics.bootstrap(values)
    return Figure(name, fmean(values), unit, low, high)
