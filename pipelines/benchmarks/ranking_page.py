"""The ranking of recipes as a Markdown page: the command that made it, and each recipe's own words. No torch."""

import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines import catalogue
from pipelines.artefact import replacing
from pipelines.asking import UNTUNED
from pipelines.benchmarks.ranking import COSTS, FOLLOWS, IDENTITY, LEAKS, OFF, ON, SCORES, Ranking, beats
from pipelines.toybench.sanity import BASE, RENDERS

HEADS = {
    "identity": "Identity", "prompt_following": "Prompt-following", "place_leakage": "Place leakage",
    "position_leakage": "Position leakage", "drift": "Drift", "copy": "Copy", "seconds": "Seconds", "memory": "Peak MB",
    "bytes": "File MB",
}  # fmt: skip
TITLES = {BASE: f"{UNTUNED}, class word", RENDERS: "Perfect pictures"}
SAYS = """\
Identity is the share of pictures in which the subject is found among 16 of its class (chance 0.06). Prompt-following is
the cosine of picture and prompt. Place leakage is the share of pictures that show a place of the photos though words
ask for another, position leakage the share in which the subject stands where it stood in the photos. Drift is 1 less
the cosine between pictures of other things and the base's of the same seeds; copy is the largest cosine to a photo.
Less is better from place leakage on. Behind each mean stands its 95 % interval, drawn over subjects. Seconds hold the
class images, which are made once and shared by recipes; memory is that of the whole process, base and judges included.
"Over base" is how much more identity there is than the base has (paired test over subjects); \\* is sure of it,
p < 0.05.
"""


def page(ranking: Ranking, facts: Mapping[str, str], notes: Sequence[str] = ()) -> str:
    """The page: `facts` say how it was made (command, commit, machine), `notes` what a reader has to know."""
    names = [name for name in (*SCORES, *COSTS) if any(name in row["scores"] | row["costs"] for row in ranking.rows)]
    lines = ["# Recipes, ranked", "", *(f"{note}\n" for note in notes), f"```\n{facts['command']}\n```", ""]
    lines += [f"Commit {facts['commit']}, {facts['machine']}.", "", *(f"- {one}" for one in verdict(ranking)), "", SAYS]
    lines.append(f"| Recipe | Masks | Subjects | {' | '.join(HEADS[name] for name in names)} | Over base |")
    lines.append(f"|---|---|---|{'---|' * len(names)}---|")
    seen = set()
    for row in ranking.rows:
        plain = row["recipe"] in TITLES
        if plain and row["recipe"] in seen:
            continue
        seen.add(row["recipe"])
        told = row["scores"] | row["costs"]
        cells = [_cell(told.get(name), name) for name in names]
        side = "" if plain else "yes" if row["side"] == ON else "no"
        over = "" if plain else _over(row["over_base"])
        lines.append(f"| {_title(row)} | {side} | {row['subjects']} | {' | '.join(cells)} | {over} |")
    lines += ["", "## What each is, and where it leaves its paper", ""]
    for name in dict.fromkeys(row["recipe"] for row in ranking.rows if row["recipe"] not in TITLES):
        recipe = catalogue.recipe(name)
        lines += [f"### {recipe.title} ({recipe.paper})", "", inspect.cleandoc(recipe.__doc__), ""]
    return "\n".join(lines).rstrip() + "\n"


def verdict(ranking: Ranking) -> list[str]:
    """What was hoped for, and whether it came: a sentence each."""
    said = []
    for side in (ON, OFF):
        rows = [row for row in ranking.rows if row["side"] == side and row["recipe"] not in TITLES]
        short = [row for row in rows if not beats(row)]
        others = ", ".join(f"{catalogue.recipe(row['recipe']).title} ({_over(row['over_base'])})" for row in short)
        if rows:
            sure = f"With {side}, {len(rows) - len(short)} of {len(rows)} recipes surely beat the base's identity"
            said.append(f"{sure}; not: {others}." if others else f"{sure}.")
    best, kept = ranking.best(), f"{FOLLOWS:.0%} of the base's prompt-following"
    if best is None:
        said.append(f"No recipe keeps {kept}; identity of {IDENTITY:g} was hoped for: short.")
    else:
        came = _reached(best >= IDENTITY)
        said.append(f"The best identity that keeps {kept} is {best:.2f}; {IDENTITY:g} was hoped for: {came}.")
    on, off = ranking.leaks()
    if sum(off):
        share = sum(on) / sum(off)
        said.append(
            f"Over recipes taught both ways, masks leave {share:.2f} of the place leakage that there is without; at "
            f"most {LEAKS:g} was hoped for: {_reached(share <= LEAKS)}."
        )
    else:
        said.append("What masks save of the place leakage was not measured: no recipe was taught both ways and leaked.")
    return said


def _reached(ok: bool) -> str:
    return "reached" if ok else "short"


def _over(test: Mapping[str, float] | None) -> str:
    if not test:
        return "untested"
    return f"{test['difference']:+.2f} ({test['low']:.2f}–{test['high']:.2f}), p {test['p']:.2g}"


def write(path: Path, text: str) -> None:
    """Keep the page, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, "utf-8")


def _title(row: Mapping[str, Any]) -> str:
    if row["recipe"] in TITLES:
        return TITLES[row["recipe"]]
    return catalogue.recipe(row["recipe"]).title + (" \\*" if beats(row) else "")


def _cell(one: Mapping[str, float] | None, name: str) -> str:
    if one is None:
        return ""
    places = 0 if name in ("seconds", "memory") else 2
    value, low, high = (f"{one[key]:.{places}f}" for key in ("value", "low", "high"))
    return value if low == high else f"{value} ({low}–{high})"
