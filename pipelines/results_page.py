"""A result as one page that needs nothing else: tables with intervals, tests and places, the trade-off as a plane,
small pictures inside, protocol and versions."""

import base64
import html
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from pipelines import curves, report_page
from pipelines.report_page import learnt, size

THUMB, SHOWN = 72, 24
"""Pixels of a small picture, and how many prompts of a group are shown; the folder holds all."""
SURE = 0.05
"""Chance below which a difference from the base is marked."""
MORE = f"img {{ width: {THUMB}px; height: {THUMB}px; }} small {{ white-space: nowrap; }}"


def page(told: Mapping[str, Any], folder: Path) -> str:
    """The page of a result as `result.json` holds it; pictures are read from the folder."""
    said = html.escape
    parts = [f"<h1>{said(told['title'])}</h1><p>{said(told['says'])}</p>"]
    parts += [f"<p><b>{said(note)}</b></p>" for note in told["notes"]]
    for group in dict.fromkeys(row["group"] for row in told["rows"]):
        what = told["groups"].get(group, "")
        parts += [f"<h2>{said(group)}</h2><p>{said(what)}</p>", _table(told, group), _places(told, group),
                  _plane(told, group), _pictures(told, group, folder)]  # fmt: skip
    for one in told["failed"]:
        parts.append(
            f"<p>{said(_title(told, one['method']))} is missing for {said(one['case'])}. {said(one['why'])}</p>"
        )
    parts.append(_published(told))
    how = "".join(f"<li>{said(_label(told, name))}: {said(words)}</li>" for name, words in told["how"].items())
    parts.append(f"<h2>How it was measured</h2><p>Judge: {said(told['judge'])}.</p><ul>{how}</ul>")
    parts.append("<p>Every value is a mean over subjects of their own means; after it, the interval that 95 % of means "
                 "of subjects drawn again fall into. A value without one belongs to all pictures of its row together. "
                 "Best values are bold, among those that compete. * differs from the base by more than chance does: "
                 f"sign-flip test over the subjects both have, two-sided, p &lt; {SURE:g}.</p>")  # fmt: skip
    for title, facts in (("Protocol", told["protocol"]), ("Versions", told["versions"])):
        lines = "".join(f"<tr><th>{said(str(k))}</th><td>{said(str(v))}</td></tr>" for k, v in facts.items())
        parts.append(f"<h2>{title}</h2><table>{lines}</table>")
    parts.append("<p>hashes.json holds the SHA-256 of every file here; <code>launch.py bench verify FOLDER</code> "
                 "checks them.</p>")  # fmt: skip
    return report_page.page(told["title"], parts, MORE)


def _label(told: Mapping[str, Any], name: str) -> str:
    return told["labels"].get(name) or name.replace("_", " ").capitalize()


def _title(told: Mapping[str, Any], method: str) -> str:
    return told["titles"].get(method, method)


def _table(told: Mapping[str, Any], group: str) -> str:
    rows = [row for row in told["rows"] if row["group"] == group]
    names = [*sorted({name for row in rows for name in row["scores"]}),
             *sorted({name for row in rows for name in row["sets"]})]  # fmt: skip
    racing = [row for row in rows if row["method"] not in told["aside"]]
    best = {name: _best([one for row in racing if (one := _figure(row, name)) is not None], told["better"].get(name))
            for name in names}  # fmt: skip
    heads = "".join(f"<th>{html.escape(_label(told, name))} {'↓' if told['better'].get(name) == 'less' else '↑'}</th>"
                    for name in names)  # fmt: skip
    lines = []
    for row in rows:
        tests = told["compared"].get(group, {}).get("against", {}).get(row["method"], {})
        shown = "".join(f"<td>{_value(row, name, best[name] if row in racing else None, tests.get(name))}</td>"
                        for name in names)  # fmt: skip
        cost = f"<td>{learnt(row['seconds'])}</td><td>{size(row['bytes'])}</td>"
        title = html.escape(_title(told, row["method"]))
        lines.append(f"<tr><th>{title}</th><td>{row['cases']}</td>{shown}{cost}</tr>")
    head = f"<tr><th>Method</th><th>Subjects</th>{heads}<th>Learnt in</th><th>File</th></tr>"
    return f'<div class="scroll"><table>{head}{"".join(lines)}</table></div>'


def _best(values: Sequence[float], better: str | None) -> float | None:
    return None if len(values) < 2 or better is None else (min if better == "less" else max)(values)


def _value(row: Mapping[str, Any], name: str, best: float | None, test: Mapping[str, float] | None) -> str:
    """A value, bold where it is the best, marked where it is surely other than the base's, with its interval where
    there is more than one subject to draw from."""
    figure, one = _figure(row, name), row["scores"].get(name)
    if figure is None:
        return ""
    number = f"<b>{figure:.3f}</b>" if figure == best else f"{figure:.3f}"
    if test and test["p"] < SURE:
        number += f'<span title="{test["difference"]:+.3f}, p {test["p"]:.4f}">*</span>'
    within = f" <small>{one['low']:.3f} to {one['high']:.3f}</small>" if one else ""
    return number + (within if row["cases"] > 1 else "")


def _figure(row: Mapping[str, Any], name: str) -> float | None:
    """A score of a row: a mean over its subjects, or one number of all its pictures together."""
    return row["scores"][name]["value"] if name in row["scores"] else row["sets"].get(name)


def _places(told: Mapping[str, Any], group: str) -> str:
    """The mean place of each method by each score, over the subjects that all of them have; empty for one method."""
    ranks = {name: each for name, each in told["compared"].get(group, {}).get("ranks", {}).items() if each}
    methods = list(dict.fromkeys(method for each in ranks.values() for method in each))
    if not methods:
        return ""
    heads = "".join(f"<th>{html.escape(_label(told, name))}</th>" for name in ranks)
    lines = []
    for method in methods:
        shown = "".join(f"<td>{each[method]:.2f}</td>" if method in each else "<td></td>" for each in ranks.values())
        lines.append(f"<tr><th>{html.escape(_title(told, method))}</th>{shown}</tr>")
    return ("<p>Mean place over subjects, 1 is best:</p>"
            f'<div class="scroll"><table><tr><th>Method</th>{heads}</tr>{"".join(lines)}</table></div>')  # fmt: skip


def _plane(told: Mapping[str, Any], group: str) -> str:
    """Likeness against prompt-following, a point a method that competes, and the area that they cover together."""
    points = {}
    for row in told["rows"]:
        place = [row["scores"].get(name, {}).get("value") for name in ("prompt_following", "likeness")]
        if row["group"] == group and row["method"] not in told["aside"] and None not in place:
            points[_title(told, row["method"])] = [(*place, "")]
    area = told["compared"].get(group, {}).get("hypervolume")
    if not points or area is None:
        return ""
    said = f"Together they cover {area:.4f} of the plane beyond (0, 0): its hypervolume, more is better."
    return f"{curves.drawn(points, 'follows the prompt', 'looks like the subject')}<p>{said}</p>"


def _pictures(told: Mapping[str, Any], group: str, folder: Path) -> str:
    """Methods down, prompts across: the first seed of the first prompts."""
    cells = [one for one in told["cells"] if one["group"] == group]
    by = {(one["method"], one["case"], one["prompt"]): one for one in reversed(cells)}
    columns = list(dict.fromkeys((one["case"], one["prompt"]) for one in cells))[:SHOWN]
    heads = "".join(f"<th>{html.escape(case)}<br><small>{html.escape(prompt)}</small></th>" for case, prompt in columns)
    lines = []
    for method in dict.fromkeys(one["method"] for one in cells):
        shown = "".join(f"<td>{_thumb(by.get((method, *column)), folder)}</td>" for column in columns)
        lines.append(f"<tr><th>{html.escape(_title(told, method))}</th>{shown}</tr>")
    return f'<div class="scroll"><table><tr><th></th>{heads}</tr>{"".join(lines)}</table></div>'


def _thumb(one: Mapping[str, Any] | None, folder: Path) -> str:
    if one is None:
        return ""
    file = io.BytesIO()
    with Image.open(folder / one["picture"]) as picture:
        picture.convert("RGB").resize((THUMB, THUMB), Image.Resampling.LANCZOS).save(file, "WEBP", quality=80)
    inside = base64.b64encode(file.getvalue()).decode()
    small = f'<img src="data:image/webp;base64,{inside}" alt="{html.escape(one["prompt"])}">'
    return f'<a href="{html.escape(one["picture"])}">{small}</a>'


def _published(told: Mapping[str, Any]) -> str:
    """Rows of others, each table of theirs by itself: their judges and protocols are not ours, nor each other's."""
    if not told["published"]:
        return ""
    parts = ["<h2>Published results</h2><p>As printed where each line says. Protocols and judges differ: compare "
             "inside one table, and with the table above only as far as its notes allow.</p>"]  # fmt: skip
    for table in dict.fromkeys(row["table"] for row in told["published"]):
        rows = [row for row in told["published"] if row["table"] == table]
        names = list(dict.fromkeys(name for row in rows for name in row["scores"]))
        heads = "".join(f"<th>{html.escape(_label(told, name))}</th>" for name in names)
        lines = "".join(
            f"<tr><th>{html.escape(row['method'])}</th><td>{html.escape(row.get('base', ''))}</td>"
            + "".join(f"<td>{row['scores'][name]:.3f}</td>" if name in row["scores"] else "<td></td>" for name in names)
            + f"<td>{html.escape(row['source'])}{'' if row['first_hand'] else ' (read in a later paper)'}</td></tr>"
            for row in rows
        )
        head = f"<tr><th>Method</th><th>Base</th>{heads}<th>Source</th></tr>"
        parts.append(f'<h3>{html.escape(table)}</h3><div class="scroll"><table>{head}{lines}</table></div>')
    return "".join(parts)
