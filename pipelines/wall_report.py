"""A wall as a folder that needs nothing else: a page with every picture, a table of every score, the means as JSON."""

import csv
import html
import io
import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from statistics import fmean
from typing import Any

from PIL import Image

from pipelines import catalogue, curves, sweep
from pipelines.asking import UNTUNED
from pipelines.report_page import keep, learnt, page, plain, size
from pipelines.statistics import bootstrap, by_subject
from pipelines.tasks import Compare

RESAMPLED = 1000
DRAWN = "After each mean stands the interval that 95 % of means of {} drawn again fall into."
SHOWN = 2000
"""Pictures of a subject that the page shows; of more, the first columns."""
COLUMNS = ("subject", "recipe", "prompt", "seed")
GLANCE = ("likeness", "prompt_following", "attributes", "identity")
"""What is said under every picture; the tables hold all."""


def write(
    folder: Path, task: Compare, judge: str, how: Mapping[str, str], failed: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Write index.html, scores.csv and report.json beside the pictures. `how` tells of each score how it is measured.

    Returns:
        The rows of the report: `subject`, `recipe` (with what is swept, see `sweep`), `scale`, `strength`, `cells`, and
        for each score the mean over prompts of their own means and, under `low` and `high`, the middle 95 % of means of
        prompts drawn again. Over several subjects report.json has, under `overall`, the same with subjects drawn again.
    """
    cells = gathered(folder, task)
    names = [name for name in catalogue.names("metrics") if any(name in one for one in cells.values())]
    each: dict[tuple, list[dict[str, Any]]] = {}
    for key, one in cells.items():
        each.setdefault(key[:2], []).append(one)
    rows = [_row(subject.id, line, each, names) for subject in task.subjects for line in sweep.lines(task)]
    costs = {(one["subject"], one["recipe"]): one for _, one in _facts(folder / "rows")}
    for row in rows:
        cost = costs.get((row["subject"], sweep.method_of(row["recipe"])), {})
        row |= {name: cost.get(name) for name in ("seconds", "bytes", "peak_memory")}
    how = {name: how.get(name) or _metric(name).how for name in names}
    about = json.loads((folder / "wall.json").read_text("utf-8"))
    overall = [_overall(line, rows, names) for line in sweep.lines(task)] if len(task.subjects) > 1 else []
    report = {"judge": judge, "how": how, "rows": rows, "overall": overall, "failed": list(failed), "wall": about}
    keep(folder / "report.json", json.dumps(report, indent=1, ensure_ascii=False))
    keep(folder / "scores.csv", _table(cells, names, judge))
    keep(folder / "index.html", _page(task, cells, rows, overall, how, judge, failed))
    return rows


def gathered(folder: Path, task: Compare) -> dict[tuple, dict[str, Any]]:
    """The finished cells of a wall by (subject, recipe, prompt, seed)."""
    return {key: facts for key, (_, facts) in finished(folder, task).items()}


def finished(folder: Path, task: Compare) -> dict[tuple, tuple[Path, dict[str, Any]]]:
    """The same with the files that tell of them; of two made otherwise, the newest."""
    found = {tuple(facts[name] for name in COLUMNS): (path, facts) for path, facts in _facts(folder / "cells")}
    keys = [
        (subject.id, recipe, prompt, seed)
        for subject in task.subjects
        for recipe in (line.name for line in sweep.lines(task))
        for prompt in task.prompts
        for seed in task.seeds
    ]
    return {key: found[key] for key in keys if key in found}


def side(folder: Path, task: Compare) -> int:
    """Of a wall's pictures, in pixels: the side of what its base makes; 0 where there is none yet."""
    for _, facts in finished(folder, task).values():
        with suppress(OSError), Image.open(folder / facts["picture"]) as picture:
            return picture.width
    return 0


def _row(subject: str, line: sweep.Line, cells: Mapping[tuple, list[dict]], names: Sequence[str]) -> dict[str, Any]:
    mine = cells.get((subject, line.name), [])
    row: dict[str, Any] = {"subject": subject, "recipe": line.name, "cells": len(mine), "low": {}, "high": {},
                           "scale": line.scale, "strength": line.strength}  # fmt: skip
    for name in names:
        _summed(row, name, by_subject((one["prompt"], one[name]) for one in mine if name in one).values())
    return row


def _overall(line: sweep.Line, rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> dict[str, Any]:
    """A line of the wall over all its subjects."""
    mine = [row for row in rows if row["recipe"] == line.name]
    whole: dict[str, Any] = {"recipe": line.name, "cells": sum(row["cells"] for row in mine), "low": {}, "high": {}}
    for name in names:
        _summed(whole, name, [row[name] for row in mine if name in row])
    return whole


def _summed(row: dict[str, Any], name: str, units: Collection[float]) -> None:
    """Put the mean of what is drawn again, subjects or prompts, into a row, with its interval; nothing of nothing."""
    if units:
        row[name] = round(fmean(units), 4)
        ends = bootstrap(list(units), RESAMPLED)
        row["low"][name], row["high"][name] = (round(one, 4) for one in ends)


def _facts(room: Path) -> list[tuple[Path, dict[str, Any]]]:
    """Every JSON file of a folder with what it says, oldest first."""
    paths = sorted(room.glob("*.json"), key=lambda path: (path.stat().st_mtime_ns, path.name))
    return [(path, json.loads(path.read_text("utf-8"))) for path in paths]


def _metric(name: str) -> type:
    return catalogue.load("metrics", name)


def title(recipe: str) -> str:
    """A method as people call it; one that is not there keeps the name it was given."""
    known, method = catalogue.recipes(), sweep.method_of(recipe)
    name = UNTUNED if method == sweep.BASE else known[method].title if method in known else method
    return ", ".join(filter(None, (name, sweep.at(recipe))))


def _table(cells: Mapping[tuple, dict], names: Sequence[str], judge: str) -> str:
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow([*COLUMNS, *names, "judge", "seconds", "picture"])
    for key, one in cells.items():
        scores = [one.get(name, "") for name in names]
        lines.writerow([*map(plain, key), *scores, one.get("judge", judge), one["seconds"], one["picture"]])
    return text.getvalue()


def _page(
    task: Compare, cells: Mapping[tuple, dict], rows: Sequence[Mapping[str, Any]], overall: Sequence[Mapping[str, Any]],
    how: Mapping[str, str], judge: str, failed: Sequence[Mapping[str, Any]],
) -> str:  # fmt: skip
    people = " and ".join(one.name for one in task.subjects)
    parts = [f"<h1>{html.escape(people)}: {len(task.recipes)} methods</h1>"]
    scales = ", ".join(f"{one:g}" for one in task.scales or (task.scale,))
    parts.append(
        f"<p>{_many(task.prompts, 'prompt')}, {_many(task.seeds, 'seed')}; {task.steps} steps, CFG {scales}, "
        f"base {html.escape(Path(task.base).name)}.</p>"
    )
    if overall:
        parts += ["<h2>All subjects</h2>", _means(overall, list(how)), f"<p>{DRAWN.format('subjects')}</p>"]
    parts.append(f"<p>{DRAWN.format('prompts')} It says nothing about other subjects.</p>")
    for subject in task.subjects:
        mine = [row for row in rows if row["subject"] == subject.id]
        parts += [
            f"<h2>{html.escape(subject.name)}</h2>",
            _curves(task, mine),
            _means(mine, list(how)),
            _pictures(task, subject.id, cells, [name for name in GLANCE if name in how]),
        ]
    for one in failed:
        parts.append(f"<p>{html.escape(title(one['recipe']))} is missing. {html.escape(one['why'])}</p>")
    said = "".join(f"<li>{html.escape(f'{_head(name)}: {words}')}</li>" for name, words in how.items())
    if not judge:
        parts.append("<p>No judge was there to score the pictures.</p>")
    else:
        parts.append(f"<h2>How it was measured</h2><p>Judge: {html.escape(judge)}.</p><ul>{said}</ul>")
    return page(people, parts)


def _curves(task: Compare, rows: Sequence[Mapping[str, Any]]) -> str:
    """Each method as a curve over the values of what is swept; nothing where nothing is."""
    if not task.scales and not task.strengths:
        return ""
    found: dict[str, list[curves.Point]] = {}
    for row in rows:
        if "likeness" in row and "prompt_following" in row:
            place = (row["prompt_following"], row["likeness"], sweep.at(row["recipe"]).rpartition(" ")[2])
            found.setdefault(title(sweep.method_of(row["recipe"])), []).append(place)
    said = (
        f"One curve a method, one point a {sweep.SWEEPS['scale' if task.scales else 'strength']}: the number beside it."
    )
    return f"{curves.drawn(found, 'follows the prompt', 'looks like the subject')}<p>{said}</p>" if found else ""


def _means(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str:
    heads = "".join(f"<th>{html.escape(_head(name))}</th>" for name in names)
    lines = []
    for row in rows:
        told = "".join(f"<td>{_mean(row, name)}</td>" for name in names)
        cost = f"<td>{learnt(row.get('seconds'))}</td><td>{size(row.get('bytes'))}</td>"
        lines.append(f"<tr><th>{html.escape(title(row['recipe']))}</th>{told}{cost}</tr>")
    table = f"<table><tr><th>Method</th>{heads}<th>Learnt in</th><th>File</th></tr>{''.join(lines)}</table>"
    return f'<div class="scroll">{table}</div>'


def _head(name: str) -> str:
    """What a column is called, with an arrow down where less of it is better."""
    metric = _metric(name)
    return metric.label if metric.better == "more" else f"{metric.label} ↓"


def _mean(row: Mapping[str, Any], name: str) -> str:
    if name not in row:
        return ""
    return f"{row[name]:.3f} <small>{row['low'][name]:.3f} to {row['high'][name]:.3f}</small>"


def _pictures(task: Compare, subject: str, cells: Mapping[tuple, dict], names: Sequence[str]) -> str:
    rows = [line.name for line in sweep.lines(task)]
    whole = [(prompt, seed) for prompt in task.prompts for seed in task.seeds]
    columns = whole[: max(1, SHOWN // len(rows))]
    left = f"<p>{len(whole) - len(columns)} more columns are in scores.csv and the folder pictures.</p>"
    heads = "".join(f"<th>{html.escape(prompt)}<br><small>seed {seed}</small></th>" for prompt, seed in columns)
    lines = []
    for recipe in rows:
        shown = "".join(f"<td>{_cell(cells.get((subject, recipe, *column)), names)}</td>" for column in columns)
        lines.append(f"<tr><th>{html.escape(title(recipe))}</th>{shown}</tr>")
    table = f'<div class="scroll"><table><tr><th></th>{heads}</tr>{"".join(lines)}</table></div>'
    return table + left if len(columns) < len(whole) else table


def _cell(one: Mapping[str, Any] | None, names: Sequence[str]) -> str:
    if one is None:
        return ""
    scores = "<br>".join(f"{html.escape(_metric(n).label.lower())} {one[n]:.3f}" for n in names if n in one)
    image = f'<img src="{html.escape(one["picture"])}" alt="{html.escape(one["said"])}" loading="lazy">'
    return f"{image}<span>{scores}</span>"


def _many(things: Sequence[Any], what: str) -> str:
    return f"{len(things)} {what}{'' if len(things) == 1 else 's'}"
