"""Checks a result folder, here or on another machine: its files, its numbers, its versions and its protocol, and what
scores its pictures get here."""

import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from pipelines import suites
from pipelines.errors import BadInput
from pipelines.results import ABOUT, FORMAT, OURS, VERSION, digest, tabled, versions

NEAR = 1e-4
"""How far a mean computed here may lie from the one that is written: half a unit of its last place, and a little."""


def verify(folder: Path | str) -> dict[str, Any]:
    """Check a folder that `results.write` wrote.

    Returns:
        `ok` (whether files and numbers are as they were written, and the pictures get the written scores here),
        `files` (how many were checked), `broken` (files changed, missing or added, and numbers that do not follow from
        the scores: each a sentence), `differs` (versions and protocol that are other here: numbers made here could
        differ), `bench`, `cells`, and what `rescore.rescored` says of a sample of the pictures.

    Raises:
        BadInput: when it is no result folder, or of a form that is not known here.
    """
    folder = Path(folder).expanduser()
    told, kept = _read(folder, "result.json"), _read(folder, "hashes.json").get("sha256")
    if told.get("format") != FORMAT or not isinstance(kept, dict):
        raise BadInput(f"{folder} holds no result of this studio.", "Give the folder that a bench or evaluation wrote.")
    if told.get("version") != VERSION:
        raise BadInput(
            f"The result is of form {told.get('version')}; this version reads {VERSION}.", "Update Likeness."
        )
    broken = _files(folder, kept)
    try:
        broken += _numbers(told)
    except (KeyError, TypeError, AttributeError) as error:
        broken.append(f"result.json lacks something: {error!r}.")
    again = _again(told, folder)
    return {
        "ok": not broken and not again["moved"], "bench": told.get("bench", ""), "files": len(kept),
        "cells": len(told.get("cells", ())),
        "broken": broken, "differs": _versions(told) + _protocol(told), **again,
    }  # fmt: skip


def _again(told: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    from pipelines.rescore import rescored  # torch comes with it

    try:
        return rescored(told, folder)
    except (BadInput, KeyError, TypeError, AttributeError) as error:
        return {"rescored": 0, "moved": [], "unscored": f"What was asked is not known here ({error})."}


def _read(folder: Path, name: str) -> dict[str, Any]:
    advice = "Give the folder that a bench or evaluation wrote."
    try:
        found = json.loads((folder / name).read_text("utf-8"))
    except OSError:
        raise BadInput(f"There is no {name} in {folder}.", advice) from None
    except ValueError as error:
        raise BadInput(f"{name} is not JSON any more: {error}.", "Copy the folder again.") from None
    if not isinstance(found, dict):
        raise BadInput(f"{name} holds something else.", advice)
    return found


def _files(folder: Path, kept: Mapping[str, str]) -> list[str]:
    """What is not as it was written, and what was added."""
    broken = []
    for name, known in kept.items():
        parts = PurePosixPath(name)
        if parts.is_absolute() or ".." in parts.parts:
            broken.append(f"{name}: a name that leads out of the folder.")
        elif not (folder / name).is_file():
            broken.append(f"{name} is missing.")
        elif digest(folder / name) != known:
            broken.append(f"{name} has been changed.")
    here = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    broken += [f"{name} was not there when the result was written." for name in sorted(here - {*kept, "hashes.json"})]
    needed = OURS - {"pictures", "hashes.json", ABOUT} - set(kept)
    return broken + [f"hashes.json does not name {name}." for name in sorted(needed)]


def _numbers(told: Mapping[str, Any]) -> list[str]:
    """Rows of the table that do not follow from the scores of the pictures."""
    written = {(row["group"], row["method"]): row for row in told["rows"]}
    found = {(row["group"], row["method"]): row for row in tabled(told["cells"])}
    broken = [f"The table has {' / '.join(key)} in excess or lacks it." for key in written.keys() ^ found.keys()]
    for key in written.keys() & found.keys():
        for name in written[key]["scores"].keys() | found[key]["scores"].keys():
            one, other = (row[key]["scores"].get(name) for row in (written, found))
            if one is None or other is None or any(abs(one[part] - other[part]) > NEAR for part in other):
                broken.append(f"{' / '.join(key)}: {name} does not follow from the pictures' scores.")
    return broken


def _versions(told: Mapping[str, Any]) -> list[str]:
    here, there = versions(), told.get("versions", {})
    return [f"{name}: {there.get(name, 'unknown')} there, {here.get(name, 'unknown')} here."
            for name in sorted(here.keys() | there.keys()) if here.get(name) != there.get(name)]  # fmt: skip


def _protocol(told: Mapping[str, Any]) -> list[str]:
    """Whether the same questions would be asked here."""
    protocol = told.get("protocol", {})
    if told.get("bench") in suites.SUITES:
        return _printed(told, protocol)
    if told.get("bench") != "toybench":
        return []
    from pipelines.toybench import plan

    try:
        cases = plan.cases(protocol["tracks"], protocol["split"], protocol["quick"])
    except (BadInput, KeyError, TypeError) as error:
        return [f"protocol: its tracks are not known here ({error})."]
    own = {"toybench": plan.VERSION, "plan": plan.protocol(cases, protocol["quick"])}
    return [f"protocol, {name}: {protocol.get(name)} there, {value} here."
            for name, value in own.items() if protocol.get(name) != value]  # fmt: skip


def _printed(told: Mapping[str, Any], protocol: Mapping[str, Any]) -> list[str]:
    """What of a published benchmark is known otherwise here: how it is run and scored, and what others reached. Its
    folder, on which it also depends what was asked, is not looked at."""
    known, rows = suites.printed(told["bench"])
    there = protocol.get("as published", ())
    said = [f"protocol, as published: “{one}” is said there and not here." for one in there if one not in known.told]
    said += [f"protocol, as published: “{one}” is said here and not there." for one in known.told if one not in there]
    printed = [f"{one.get('table')}, {one.get('method')}" for one in told.get("published", ())
               if isinstance(one, Mapping) and one not in [row.told for row in rows]]  # fmt: skip
    return said + [f"The printed row of {one} is another one here, or none." for one in printed]
