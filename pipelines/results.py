"""A result folder: everything that an evaluation found, in a form that can be checked on another machine. No torch.

index.html     the table, the pictures, the protocol; needs nothing but itself (small pictures are inside)
scores.csv     one line a picture      table.csv   one line a method
result.json    all of it, for programs
pictures/      the pictures as they were made
hashes.json    SHA-256 of every other file
"""

import csv
import hashlib
import io
import json
import platform
import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pipelines import results_page, statistics
from pipelines.benchmarks import commit
from pipelines.errors import BadInput
from pipelines.report_page import keep, plain

FORMAT, VERSION = "likeness-result", 1
LIBRARIES = ("torch", "diffusers", "transformers", "peft", "numpy", "pillow")
ABOUT = "about.json"
"""What a run leaves there while it is under way, for those who watch; the result takes its place."""
OURS = {"result.json", "hashes.json", "scores.csv", "table.csv", "index.html", "pictures", ABOUT}
CORNER = (0.0, 0.0)
"""The fixed reference point of the front of likeness and prompt-following."""


@dataclass(frozen=True)
class Cell:
    """One scored picture: of which part of the benchmark (`group`), which subject or company (`case`), made how. `who`
    is whom it shows where several cases are of the same, as where each photo of a person is asked about by itself."""

    group: str
    case: str
    method: str
    prompt: str
    seed: int
    picture: Path
    scores: Mapping[str, float]
    who: str = ""


@dataclass(frozen=True)
class Result:
    """What is written.

    Fields:
        title, bench, says: for people, for programs, and a sentence on what this is.
        protocol: plain JSON, everything that has to be equal for two results to be comparable.
        judge: whose scores these are. labels, how, better: by score, its name for people, a sentence on it, and whether
            "more" or "less" of it is good.
        cells: the pictures. titles: of methods. groups: what each is.
        costs: (group, method) → `seconds` and `bytes` of teaching.
        failed: `method`, `case` and `why` of each. notes: what a reader has to know.
        against: the method that all others are tested against, empty for none. aside: methods that do not compete.
        sets: (group, method) → scores that belong to all its pictures together.
        published: rows of others, as `suites` has them, each {"table", "method", "scores", "source", "first_hand"}.
    """

    title: str
    bench: str
    says: str
    protocol: Mapping[str, Any]
    judge: str
    labels: Mapping[str, str]
    how: Mapping[str, str]
    better: Mapping[str, str]
    cells: tuple[Cell, ...]
    titles: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    costs: Mapping[tuple[str, str], Mapping[str, float]] = field(default_factory=dict)
    failed: tuple[Mapping[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    against: str = ""
    aside: tuple[str, ...] = ()
    sets: Mapping[tuple[str, str], Mapping[str, float]] = field(default_factory=dict)
    published: tuple[Mapping[str, Any], ...] = ()


def write(result: Result, folder: Path) -> list[dict[str, Any]]:
    """Write the folder; an older result in it is replaced.

    Returns:
        The rows of the table; see `tabled`.

    Raises:
        BadInput: when the folder holds other things.
    """
    vacant(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ABOUT).unlink(missing_ok=True)
    shutil.rmtree(folder / "pictures", ignore_errors=True)
    names = [_name(one, k) for k, one in enumerate(result.cells)]
    for one, name in zip(result.cells, names, strict=True):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(one.picture, folder / name)
    cells = [record(one) | {"picture": name} for one, name in zip(result.cells, names, strict=True)]
    rows = tabled(cells)
    for row in rows:
        key = row["group"], row["method"]
        row |= {"seconds": None, "bytes": None} | dict(result.costs.get(key, {}))
        row["sets"] = dict(result.sets.get(key, {}))
    whole = {
        "format": FORMAT, "version": VERSION, "title": result.title, "bench": result.bench, "says": result.says,
        "protocol": dict(result.protocol), "versions": versions(), "judge": result.judge, "labels": dict(result.labels),
        "how": dict(result.how), "better": dict(result.better), "titles": dict(result.titles),
        "groups": dict(result.groups), "aside": list(result.aside), "rows": rows,
        "compared": compared(cells, result.better, result.against, result.aside), "failed": list(result.failed),
        "notes": list(result.notes), "published": list(result.published), "cells": cells,
    }  # fmt: skip
    files = {
        "result.json": json.dumps(whole, indent=1, ensure_ascii=False),
        "scores.csv": _scores(cells), "table.csv": _table(rows), "index.html": results_page.page(whole, folder),
    }  # fmt: skip
    for name, text in files.items():
        keep(folder / name, text)
    kept = {name: digest(folder / name) for name in sorted([*files, *dict.fromkeys(names)])}
    keep(folder / "hashes.json", json.dumps({"sha256": kept}, indent=1))
    return rows


def vacant(folder: Path) -> None:
    """Whether a result may be written there: the folder is not there, empty, or holds an older result.

    Raises:
        BadInput: when it holds other things.
    """
    if folder.exists() and not (folder.is_dir() and {one.name for one in folder.iterdir()} <= OURS):
        raise BadInput(f"{folder} holds other things than a result.", "Give a new folder.")


def record(cell: Cell) -> dict[str, Any]:
    """A cell as result.json holds it, but for its picture's place there."""
    return asdict(cell) | {"picture": str(cell.picture), "scores": dict(cell.scores)}


def tabled(cells: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A row for each group and method: `group`, `method`, `cases`, `cells` (how many), and `scores`: by name `value`
    (the mean over cases of a case's mean), `low` and `high` (bootstrap over cases). Cases of the same `who` are one."""
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for one in cells:
        found.setdefault((one["group"], one["method"]), []).append(one)
    rows = []
    for (group, method), mine in found.items():
        scores = {}
        for name in _names(mine):
            means = list(_means(mine, name).values())
            low, high = statistics.bootstrap(means)
            scores[name] = {"value": round(sum(means) / len(means), 4), "low": round(low, 4), "high": round(high, 4)}
        cases = len({_who(one) for one in mine})
        rows.append({"group": group, "method": method, "cases": cases, "cells": len(mine), "scores": scores})
    return rows


def compared(
    cells: Sequence[Mapping[str, Any]], better: Mapping[str, str], against: str = "", aside: Sequence[str] = ()
) -> dict[str, Any]:
    """By group: `against` (by method and score, the paired test over the cases both have) and, among those that are not
    `aside`, `ranks` (by score, the mean place of each method over the cases that all have; 1 is best) and `hypervolume`
    (of their likeness and prompt-following together)."""
    groups: dict[str, dict[str, list[Mapping[str, Any]]]] = {}
    for one in cells:
        groups.setdefault(one["group"], {}).setdefault(one["method"], []).append(one)
    told = {}
    for group, found in groups.items():
        names = _names(one for each in found.values() for one in each)
        means = {method: {name: _means(each, name) for name in _names(each)} for method, each in found.items()}
        among = {method: each for method, each in means.items() if method not in aside}
        told[group] = {
            "against": {m: _tested(means[m], means[against]) for m in means if against in means and m != against},
            "ranks": {
                name: _ranks({m: each.get(name, {}) for m, each in among.items()}, better.get(name)) for name in names
            },
            "hypervolume": _front(among),
        }
    return told


def _tested(first: Mapping[str, Mapping], second: Mapping[str, Mapping]) -> dict[str, dict[str, float]]:
    found = {}
    for name in first:
        both = [case for case in first[name] if case in second.get(name, {})]
        if len(both) > 1:
            told = statistics.paired([first[name][one] for one in both], [second[name][one] for one in both])
            found[name] = {key: round(value, 4) for key, value in told.items()} | {"cases": len(both)}
    return found


def _ranks(means: Mapping[str, Mapping[str, float]], better: str | None) -> dict[str, float]:
    told = {method: each for method, each in means.items() if each}
    shared = [case for case in next(iter(told.values()), ()) if all(case in each for each in told.values())]
    if len(told) < 2 or not shared:
        return {}
    sign = -1 if better == "less" else 1
    places = statistics.mean_ranks({m: [sign * each[case] for case in shared] for m, each in told.items()})
    return {method: round(place, 3) for method, place in places.items()}


def _front(means: Mapping[str, Mapping[str, Mapping]]) -> float | None:
    points = [
        tuple(sum(each[name].values()) / len(each[name]) for name in ("prompt_following", "likeness"))
        for each in means.values()
        if each.get("prompt_following") and each.get("likeness")
    ]
    return round(statistics.hypervolume(points, CORNER), 4) if points else None


def remarks(quick: bool, left: int, total: int, commits: Collection[str]) -> list[str]:
    """What a reader of any benchmark has to know of a run: whether it was a quick one, how many of its cells are left
    out, and which versions of the code made the others."""
    notes = ["Quick: too few pictures to quote."] if quick else []
    if left:
        notes.append(f"{left} of {total} cells are missing; methods are compared over what is there.")
    if len(commits) > 1:
        notes.append(f"Cells were made by several versions of the code: {', '.join(sorted(commits))}.")
    return notes


def versions() -> dict[str, str]:
    """What computed this: the commit, Python, the machine's kind, and the libraries that move numbers."""
    found = {"commit": commit(), "python": platform.python_version(), "machine": platform.machine()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _means(cells: Iterable[Mapping[str, Any]], name: str) -> dict[str, float]:
    return statistics.by_subject((_who(one), one["scores"][name]) for one in cells if name in one["scores"])


def _who(cell: Mapping[str, Any]) -> str:
    """Of whom one is drawn from the world of subjects."""
    return cell.get("who") or cell["case"]


def _names(cells: Iterable[Mapping[str, Any]]) -> list[str]:
    return sorted({name for one in cells for name in one["scores"]})


def _name(cell: Cell, number: int) -> str:
    words = "".join(
        c if c.isascii() and c.isalnum() else "-" for c in f"{cell.group} {cell.case} {cell.method}".lower()
    )
    return f"pictures/{number:05d}-{words}-{cell.seed}{cell.picture.suffix.lower()}"


def _scores(cells: Sequence[Mapping[str, Any]]) -> str:
    names = _names(cells)
    head = ("group", "case", "method", "prompt", "seed")
    lines = [[*(one[key] for key in head), *(one["scores"].get(n, "") for n in names), one["picture"]] for one in cells]
    return _csv([*head, *names, "picture"], lines)


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    names, together = _names(rows), sorted({name for row in rows for name in row["sets"]})
    head = ("group", "method", "cases", "cells", "seconds", "bytes")
    lines = []
    for row in rows:
        scores = [row["scores"].get(name, {}).get(part, "") for name in names for part in ("value", "low", "high")]
        whole = [row["sets"].get(name, "") for name in together]
        lines.append([*("" if row[key] is None else row[key] for key in head), *scores, *whole])
    return _csv([*head, *(n + end for n in names for end in ("", " low", " high")), *together], lines)


def _csv(head: Sequence[str], lines: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    written = csv.writer(text)
    written.writerow(head)
    written.writerows([plain(one) for one in line] for line in lines)
    return text.getvalue()
