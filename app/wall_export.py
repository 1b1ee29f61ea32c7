"""A wall as a folder to give away, packed as one file: a page, a table, the pictures, and one picture of all of it."""

import csv
import html
import io
import json
import zipfile
from pathlib import Path

from PIL import Image, ImageDraw

from app import wall_index
from app.comparing import folder_name
from app.store import TASK
from app.wall_folder import CellKey, Made, told
from app.wall_index import WallIndex
from app.wall_view import AXES, Asked, WallView, metrics_of, title_of
from app.walls import Wall
from components.contact_sheet import EMPTY
from components.tradeoff_plot import reading
from components.wall import Row, Sheet
from pipelines.artefact import replacing
from pipelines.errors import BadInput
from pipelines.report_page import plain
from pipelines.spec import Subject

COLUMNS = ("subject", "method", "recipe", "prompt", "seed")
SHOWN, DRAWN = 2000, 600  # pictures of a subject on the page, and in the one picture of all
THUMB, EDGE = 160, 8
STYLE = """
:root { color-scheme: light dark; --ink: light-dark(#111, #eee); --soft: light-dark(#666, #aaa); }
body { background: light-dark(#fff, #1b1b1b); font: 13px/1.5 system-ui, sans-serif; margin: 24px; color: var(--ink); }
h1 { font-size: 20px; margin: 0 0 4px; } h2 { font-size: 15px; margin: 28px 0 4px; }
p { color: var(--soft); margin: 0 0 12px; max-width: 70ch; }
.scroll { overflow-x: auto; } table { border-collapse: separate; border-spacing: 6px 4px; }
th { text-align: left; font-weight: 400; color: var(--soft); vertical-align: bottom; }
tbody th { color: var(--ink); vertical-align: top; min-width: 170px; } tbody th b { display: block; }
tbody th span { color: var(--soft); display: block; } td { vertical-align: top; }
td img { display: block; width: 160px; height: 160px; object-fit: cover; border-radius: 3px; }
td div { display: flex; justify-content: space-between; font: 11px ui-monospace, monospace; color: var(--soft); }
"""  # fmt: skip


def export(wall: Wall, view: WallView) -> Path:
    """Pack a wall; returns the zip file, which lies in the wall's own folder.

    Raises:
        BadInput: when nothing of it is finished.
    """
    index = wall_index.of(wall.task).catch_up()
    sheets = [(one, view.sheet(Asked(wall, one, False), None)) for one in wall.task.subjects]
    names = {key: _file(wall, key, one) for key, one in index.finished()}
    if not names:
        raise BadInput("There is nothing to export yet.", "Wait for the first picture.")
    top, room = folder_name(wall), wall.path / "export"
    with replacing(room / f"{top}.zip") as whole, zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as pack:
        pack.writestr(f"{top}/index.html", _page(wall, view, sheets, names, index))
        pack.writestr(f"{top}/scores.csv", _table(wall, names, index))
        task = TASK.dump_python(wall.task, mode="json")
        plain = {k: task[k] for k in ("recipes", "prompts", "seeds", "base", "steps", "scale", "scales", "strengths")}
        plain["subjects"] = [{k: one[k] for k in ("name", "noun", "trigger")} for one in task["subjects"]]
        pack.writestr(f"{top}/wall.json", json.dumps(plain, indent=1))
        for key, name in names.items():
            pack.write(index.get(key).picture, f"{top}/{name}")
        for subject, sheet in sheets:
            pack.writestr(f"{top}/{_stem(subject)}.png", _overview(wall, subject, sheet, index))
    return room / f"{top}.zip"


def address(view: WallView, value: dict) -> tuple[str, str]:
    """Pack the wall a page looks at; its address and its name.

    Raises:
        BadInput: when there is no wall, or nothing of it is finished.
    """
    asked = view.asked({**EMPTY, **value})
    if asked is None:
        raise BadInput("There is no wall to export.", "Make one first.")
    path = export(asked.wall, view)
    return view.library.files.url(path), path.name


def _file(wall: Wall, key: CellKey, one: Made) -> str:
    """Where a cell's picture lies: named so that a person finds it without the page."""
    subject, recipe, prompt, seed = key
    named = next(person for person in wall.task.subjects if person.id == subject)
    number = wall.task.prompts.index(prompt) + 1
    return f"pictures/{_stem(named)}-{recipe}-prompt{number:02d}-seed{seed}{one.picture.suffix}"


def _stem(subject: Subject) -> str:
    return "".join(c for c in subject.name.lower() if c.isascii() and c.isalnum())[:24] + f"-{subject.id[:4]}"


def _table(wall: Wall, names: dict[CellKey, str], index: WallIndex) -> str:
    """One line a picture; numbers as they were measured, and whose they are."""
    text = io.StringIO()
    lines, about = csv.writer(text), told(wall.path)
    scores = [one.key for one in metrics_of(wall)]
    lines.writerow([*COLUMNS, *scores, "judge", "seconds", "picture"])
    people = {one.id: one.name for one in wall.task.subjects}
    for (subject, recipe, prompt, seed), name in names.items():
        one = index.get((subject, recipe, prompt, seed))
        known = (*(one.scores.get(score) for score in scores), about.judge, one.seconds)
        figures = ["" if value is None else value if isinstance(value, str) else f"{value:.5g}" for value in known]
        lines.writerow([plain(people[subject]), title_of(recipe), recipe, plain(prompt), seed, *figures, name])
    return text.getvalue()


def _page(
    wall: Wall,
    view: WallView,
    sheets: list[tuple[Subject, Sheet]],
    names: dict[CellKey, str],
    index: WallIndex,
) -> str:
    """The page, which needs nothing but the pictures beside it."""
    parts = [_section(wall, view, subject, sheet, names, index) for subject, sheet in sheets]
    title, task = html.escape(f"{wall.title}: {' and '.join(one.name for one in wall.task.subjects)}"), wall.task
    facts = f"{len(task.recipes)} methods, {len(task.prompts)} prompts, {len(task.seeds)} seeds; {task.steps} steps, "
    scales = ", ".join(f"{one:g}" for one in task.scales or (task.scale,))
    facts += f"CFG {scales}, base {html.escape(Path(task.base).name)}. Under each picture likeness and "
    facts += "prompt-following, both from 0 to 1."
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{STYLE}</style><h1>{title}</h1><p>{facts}</p>{''.join(parts)}</html>\n"
    )


def _section(
    wall: Wall, view: WallView, subject: Subject, sheet: Sheet, names: dict[CellKey, str], index: WallIndex
) -> str:  # fmt: skip
    columns, left = _columns(wall, sheet, SHOWN)
    heads = "".join(
        f'<th title="{html.escape(prompt)}">{html.escape(label)}<br>seed {seed}</th>' for label, prompt, seed in columns
    )
    lines = []
    for row in sheet.rows:
        cells = []
        for _, prompt, seed in columns:
            key = (subject.id, row.key, prompt, seed)
            cells.append(f"<td>{_cell(index.get(key), names[key]) if key in names else ''}</td>")
        lines.append(f"<tr><th>{_head(row)}</th>{''.join(cells)}</tr>")
    plot = view.plot({**EMPTY, "wall": wall.key, "subject": subject.id})
    finding, rest = reading(plot) if plot else ("", "")
    words = f"<p><b>{html.escape(finding)}</b> {html.escape(rest)}</p>" if finding else ""
    words += f"<p>{left} more columns are in scores.csv and the folder pictures.</p>" if left else ""
    table = f"<table><thead><tr><th></th>{heads}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
    return f'<h2>{html.escape(subject.name)}</h2>{words}<div class="scroll">{table}</div>'


def _columns(wall: Wall, sheet: Sheet, most: int) -> tuple[list[tuple[str, str, int]], int]:
    """Prompts by seeds with the prompts' labels, as many as make `most` cells, and how many more there are."""
    task, labels = wall.task, [one.label for one in sheet.prompts]
    each = [(label, prompt, seed) for label, prompt in zip(labels, task.prompts, strict=True) for seed in task.seeds]
    shown = max(1, most // len(sheet.rows))
    return each[:shown], max(0, len(each) - shown)


def _head(row: Row) -> str:
    lines = [f"<b>{row.letter} {html.escape(title_of(row.key))}</b>"]
    if row.scores.keys() >= set(AXES):
        likeness, following = (row.scores[name] for name in AXES)
        lines.append(f"<span>likeness {likeness:.2f}, prompt {following:.3f}</span>")
    if row.seconds is not None:
        size = f", {row.bytes / 1e3:.0f} KB" if row.bytes else ""
        lines.append(f"<span>learnt in {row.seconds:.0f} s{size}</span>")
    return "".join(lines)


def _cell(one: Made, name: str) -> str:
    given = ((one.likeness, 2), (one.prompt_following, 3))
    figures = "".join(f"<span>{'' if value is None else f'{value:.{digits}f}'}</span>" for value, digits in given)
    return f'<img src="{html.escape(name)}" alt="" loading="lazy"><div>{figures}</div>'


def _overview(wall: Wall, subject: Subject, sheet: Sheet, index: WallIndex) -> bytes:
    """The wall of one subject as a single picture, methods down, prompts across, as far as one picture can hold it."""
    columns, _ = _columns(wall, sheet, DRAWN)
    step, left, top = THUMB + EDGE, 150, 26
    paper = Image.new("RGB", (left + step * len(columns), top + step * len(sheet.rows)), "white")
    pen = ImageDraw.Draw(paper)
    for across, (label, _, _) in enumerate(columns):
        pen.text((left + across * step, 8), label[:26], "#555")
    for down, row in enumerate(sheet.rows):
        pen.text((EDGE, top + down * step + 4), f"{row.letter}  {row.name[:20]}", "#111")
        pen.text((EDGE, top + down * step + 36), row.detail, "#555")
        if row.scores.keys() >= set(AXES):
            likeness, following = (row.scores[name] for name in AXES)
            pen.text((EDGE, top + down * step + 20), f"{likeness:.2f}   {following:.3f}", "#555")
        for across, (_, prompt, seed) in enumerate(columns):
            one = index.get((subject.id, row.key, prompt, seed))
            if one is not None:
                with Image.open(one.picture) as picture:
                    small = picture.convert("RGB").resize((THUMB, THUMB), Image.Resampling.LANCZOS)
                paper.paste(small, (left + across * step, top + down * step))
    out = io.BytesIO()
    paper.save(out, "PNG")
    return out.getvalue()
