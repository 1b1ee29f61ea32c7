"""The ranking of recipes as a Markdown page: the command that made it, and each recipe's own words. No torch."""

import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines import catalogue
from pipelines.artefact import replacing
from pipelines.benchmarks.ranking import COSTS, SCORES, Ranking
from pipelines.toybench.sanity import BASE, RENDERS

HEADS = {
    "identity": "Identity", "prompt_following": "Prompt-following", "place_leakage": "Place leakage",
    "position_leakage": "Position leakage", "drift": "Drift", "copy": "Copy", "seconds": "Seconds", "memory": "Peak MB",
    "bytes": "File MB",
}  # fmt: skip
TITLES = {BASE: "Untouched base, class word", RENDERS: "Perfect pictures"}
SAYS = """\
Identity is the share of pictures in which the subject is found among 16 of its class (chance 0.06). Prompt-following is
the cosine of picture and prompt. Place leakage is the share of pictures that show a place of the photos though words
ask for another, position leakage the share in which the subject stands where it stood in the photos. Drift is 1 less
the cosine between pictures of other things and the base's of the same seeds; copy is the largest cosine to a photo.
Less is better from place leakage on. Behind each mean stands its 95 % interval, drawn over subjects. Seconds hold the
class images, which are made once and shared by recipes; memory is that of the whole process, base and judges included.
\\* beats the base's identity (paired test over subjects, p < 0.05).
"""


def page(ranking: Ranking, facts: Mapping[str, str], notes: Sequence[str] = ()) -> str:
    """The page: `facts` say how it was made (command, commit, machine), `notes` what a reader has to know."""
    names = [name for name in (*SCORES, *COSTS) if any(name in row["scores"] | row["costs"] for row in ranking.rows)]
    lines = ["# Recipes, ranked", "", *(f"{note}\n" for note in notes), f"```\n{facts['command']}\n```", ""]
    lines += [f"Commit {facts['commit']}, {facts['machine']}.", "", SAYS]
    lines.append(f"| Recipe | Masks | {' | '.join(HEADS[name] for name in names)} |")
    lines.append(f"|---|---|{'---|' * len(names)}")
    seen = set()
    for row in ranking.rows:
        plain = row["recipe"] in TITLES
        if plain and row["recipe"] in seen:
            continue
        seen.add(row["recipe"])
        told = row["scores"] | row["costs"]
        cells = [_cell(told.get(name), name) for name in names]
        side = "" if plain else "yes" if row["side"] == "masks" else "no"
        lines.append(f"| {_title(row)} | {side} | {' | '.join(cells)} |")
    lines += ["", "## What each is, and where it leaves its paper", ""]
    for name in dict.fromkeys(row["recipe"] for row in ranking.rows if row["recipe"] not in TITLES):
        recipe = catalogue.recipe(name)
        lines += [f"### {recipe.title} ({recipe.paper})", "", inspect.cleandoc(recipe.__doc__), ""]
    return "\n".join(lines).rstrip() + "\n"


def write(path: Path, text: str) -> None:
    """Keep the page, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, "utf-8")


def _title(row: Mapping[str, Any]) -> str:
    if row["recipe"] in TITLES:
        return TITLES[row["recipe"]]
    test = row["over_base"]
    sure = test and test["difference"] > 0 and test["p"] < 0.05
    return catalogue.recipe(row["recipe"]).title + (" \\*" if sure else "")


def _cell(one: Mapping[str, float] | None, name: str) -> str:
    if one is None:
        return ""
    places = 0 if name in ("seconds", "memory") else 2
    value, low, high = (f"{one[key]:.{places}f}" for key in ("value", "low", "high"))
    return value if low == high else f"{value} ({low}–{high})"
