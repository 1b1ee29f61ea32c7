"""DreamBench-v2 (SuTI, arXiv 2304.00186): DreamBooth's 30 subjects in 220 harder prompts, judged by people.

The 220 prompts were never released under a licence. What circulates are lists by the same authors: 215 or 150 rows of
the columns `prompt, subject, uid, subject_id`, and ImagenHub's `dataset_lookup.json` of 150. Any of them is read, from
a folder that holds the list (.json, .jsonl or .csv) beside DreamBooth's subject folders (or their `dataset/`).
"""

import csv
import io
import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

from pipelines.suites import dreambooth
from pipelines.suites.folder import Folder
from pipelines.suites.protocol import Case, Prompt, Protocol, Row, Suite, rows

TITLE = "DreamBench-v2"
LISTS = (
    "dataset_lookup.json", "prompts.json", "prompts.jsonl", "prompts.csv", "full.jsonl", "full.csv", "eval.jsonl",
    "eval.csv",
)  # fmt: skip
KNOWN = {220: "the paper's number", 215: "the longer public list", 150: "ImagenHub's list"}
TOKENS = re.compile(r"<token>|<new1>|\bsks\b|<\*>|\{\}")
PROTOCOL = Protocol(
    1,
    scores=(
        ("sc", "semantic consistency by people: 0, 0.5 or 1; 0 if the subject or any part of the text is not followed"),
        ("pq", "perceptual quality by people: 0, 0.5 or 1"),
        ("overall", "the root of sc times pq, mean of three raters (ImagenHub)"),
        ("clip_i", "mean cosine in CLIP's space, as VIEScore's repository printed it"),
        ("dino", "mean cosine in DINO's space, likewise"),
    ),
    says=(
        "The paper's own criteria are subject, text and realism, and an overall that needs all three.",
        "Scores of machines on these prompts are not the paper's; people judged.",
    ),
)  # fmt: skip
PUBLISHED: tuple[Row, ...] = rows(
    "ImagenHub, 150 prompts", "VIEScore's repository, means of the 150 pictures", ("clip_i", "dino"),
    {"DreamBooth": (.797, .611), "DreamBooth-LoRA": (.704, .363), "Textual Inversion": (.652, .372),
     "BLIP-Diffusion": (.824, .634)},
)  # fmt: skip


def load(folder: Path | str) -> Suite:
    """The prompts of a public list, and the subjects of DreamBooth's folder that they ask for.

    Raises:
        BadInput: when there is neither a list nor a subject.
    """
    home = Folder(folder, *LISTS, "dataset", *dreambooth.SUBJECTS, title=TITLE)
    place = home.path / "dataset" if (home.path / "dataset").is_dir() else home.path
    where = next((home.path / name for name in LISTS if (home.path / name).is_file()), None)
    if where is None:
        advice = f"Put one of {', '.join(LISTS[:4])} there; the paper's own was never published."
        home.gap("missing", "There is no list of prompts.", advice)
    asked = _asked(home, where) if where else []
    photos = Folder(place, ".", title=TITLE)
    subjects = dreambooth.photographed(photos, {name: noun for name, (noun, _) in dreambooth.SUBJECTS.items()})
    home.gaps += photos.gaps
    prompts: dict[str, list[Prompt]] = defaultdict(list)
    for number, (who, text) in enumerate(asked):
        prompts[who].append(Prompt(text, number))
    cases = tuple(Case(one.id, (one.id,), tuple(prompts[one.id])) for one in subjects if prompts[one.id])
    if asked and len(asked) not in KNOWN:
        home.gap("count", f"The list holds {len(asked)} prompts; known lists have 150, 215 or 220.", "Look it through.")
    elif asked:
        home.notes.append(f"The list holds {len(asked)} prompts: {KNOWN[len(asked)]}.")
    return Suite(
        "dreambench-v2", "DreamBench-v2", "2304.00186", "none stated for the prompts", home.path, subjects, cases,
        PROTOCOL, PUBLISHED, tuple(home.gaps), {"subjects": 30, "prompts": len(asked) or 220, "photos": 158},
        notes=(*home.told(), *photos.told()),
    )  # fmt: skip


def _asked(home: Folder, where: Path) -> list[tuple[str, str]]:
    """(Subject's folder name, prompt with {0}) of every usable row, in the list's order."""
    found = [row for row in _rows(home, where) if isinstance(row.get("prompt"), str) and row["prompt"].strip()]
    whose = _whose(found)
    asked, lost = [], []
    for row in found:
        who = whose.get(_key(row))
        if who is None:
            lost.append(str(row.get("subject") or row.get("subject_id")))
            continue
        text = " ".join(row["prompt"].split())
        name = str(row.get("subject") or "").strip()
        slot = re.compile(rf"(?:(?:{TOKENS.pattern})\s*)+(?:{re.escape(name)})?" if name else TOKENS.pattern, re.I)
        text = slot.sub("{0}", text) if slot.search(text) else _named(text, name)
        asked.append((who, text))
    if lost:
        names = ", ".join(sorted(set(lost))[:5])
        home.gap("broken", f"{len(lost)} rows name subjects that DreamBooth has not: {names}.", "Correct their names.")
    bare = sum("{0}" not in text for _, text in asked)
    if bare:
        home.gap(
            "broken", f"{bare} prompts do not name their subject.", "They can be drawn, but no trigger is in them."
        )
    names = [name for _, name in whose]
    if len(set(names)) < len(names):
        home.notes.append("Where several subjects have one name (the dogs), they are taken in the order of their ids.")
    return asked


def _named(text: str, name: str) -> str:
    """A prompt without placeholder: its subject's name is the place."""
    return re.sub(rf"\b{re.escape(name)}\b", "{0}", text, count=1, flags=re.I) if name else text


def _rows(home: Folder, where: Path) -> list[dict[str, Any]]:
    text = home.text(where, "The list of prompts") or ""
    try:
        if where.suffix == ".csv":
            return list(csv.DictReader(io.StringIO(text)))
        if where.suffix == ".jsonl":
            found = [json.loads(line) for line in text.splitlines() if line.strip()]
        else:
            found = json.loads(text)
            found = list(found.values()) if isinstance(found, dict) else found
    except ValueError as error:
        home.gap("broken", f"{where.name} cannot be read: {error}.", "Copy it again from where it came.")
        return []
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _key(row: dict[str, Any]) -> tuple[str, str]:
    return str(row.get("subject_id", "")).strip(), _folder(row)


def _folder(row: dict[str, Any]) -> str:
    return "_".join(str(row.get("subject") or "").lower().split())


def _whose(found: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    """Which folder each (id, name) of the list means: an id that is a folder's name, a name that only one id has, or,
    where several ids share a name, the folders of that class noun in the order of the ids."""
    names: dict[str, list[str]] = defaultdict(list)
    for number, name in dict.fromkeys(_key(row) for row in found):
        names[name].append(number)
    whose = {}
    for name, ids in names.items():
        ids = sorted(ids, key=lambda one: (not one.isdigit(), int(one) if one.isdigit() else 0, one))
        alike = [one for one, (noun, _) in dreambooth.SUBJECTS.items() if noun.replace(" ", "_") == name]
        for place, number in enumerate(ids):
            if number in dreambooth.SUBJECTS:
                whose[number, name] = number
            elif len(ids) == 1 and name in dreambooth.SUBJECTS:
                whose[number, name] = name
            elif len(ids) > 1 and place < len(alike):
                whose[number, name] = alike[place]
    return whose
