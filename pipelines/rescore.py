"""Looks at the pictures of a result folder again, and says where they get other scores than those that are written."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch

from pipelines.errors import BadInput, MissingWeights
from pipelines.eyes import Eyes
from pipelines.scoring import Box, Scoring
from pipelines.spec import Subject
from pipelines.toybench import bench, plan, shots

SAMPLE = 24
"""Pictures that are looked at again, evenly over all."""
NEAR = 2e-3
"""How far a score may lie from the written one, which was rounded: machines differ by about a thousandth."""
WORDS = ("prompt_following",)
"""What can be scored without the photos of a benchmark, which are not in its result."""
Asked = tuple[Mapping[str, Any], tuple[Subject, ...], Sequence[Box]]
"""A cell, whom it shows, and where each belongs."""


def rescored(told: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Score a sample of the pictures anew, by the judges that are here.

    Args:
        told: what result.json holds. folder: where its pictures lie.

    Returns:
        `rescored` (how many pictures were looked at), `moved` (a sentence for every score that came out otherwise),
        `unscored` (why none was looked at; empty otherwise).
    """
    judge = str(told.get("judge", ""))
    try:
        eyes = Eyes.load()
    except (MissingWeights, BadInput) as error:
        return _nothing(f"{error.message} {error.advice}")
    if judge.partition(" ")[0] != eyes.name:
        return _nothing(f"The scores are those of {judge or 'nobody'}; here is {eyes.name}, whose would be others.")
    cells = told["cells"][:: -(-len(told["cells"]) // SAMPLE) or 1]
    with tempfile.TemporaryDirectory() as room:
        asked = _toys(told, cells, Path(room)) if told.get("bench") == "toybench" else _words(cells)
        scoring = Scoring(eyes, bench.shown if told.get("bench") == "toybench" else _nobody,
                          None if told.get("bench") == "toybench" else WORDS)  # fmt: skip
        count, moved = 0, []
        for cell, subjects, boxes in asked:
            try:
                found = scoring(folder / cell["picture"], subjects, cell["prompt"], boxes)
            except (OSError, BadInput):
                continue  # that the file is missing or damaged is told elsewhere
            count += 1
            moved += _moved(cell, found)
    return {"rescored": count, "moved": moved, "unscored": "" if count else "None of its pictures can be asked about."}


def _moved(cell: Mapping[str, Any], found: Mapping[str, float]) -> Iterator[str]:
    for name, value in found.items():
        written = cell["scores"].get(name)
        if written is None or abs(written - value) > NEAR:
            there = "nothing" if written is None else f"{written:g}"
            yield f"{cell['picture']}: {name} is {there} there, {value:g} here."


def _toys(told: Mapping[str, Any], cells: Sequence[Mapping[str, Any]], room: Path) -> Iterator[Asked]:
    """Cells of ToyBench with the subjects they show, whose photos are drawn once more."""
    protocol = told["protocol"]
    known = {(one.track, one.id): one for one in plan.cases(protocol["tracks"], protocol["split"], protocol["quick"])}
    photographed = partial(shots.photographed, room=room)
    for cell in cells:
        case = known.get((cell["group"], cell["case"]))
        ask = next((one for one in case.asks if one.text == cell["prompt"]), None) if case else None
        if ask:
            yield cell, tuple(map(photographed, case.toys)), ask.boxes


def _words(
    cells: Sequence[Mapping[str, Any]],
) -> Iterator[tuple[Mapping[str, Any], tuple[Subject, ...], Sequence[Box]]]:
    """Cells of other benchmarks: whoever is in them, the sentence is known."""
    return ((cell, (Subject("", "", "", ""),), ()) for cell in cells)


def _nobody(subject: Subject) -> tuple[torch.Tensor, None]:
    return torch.empty(0, 3, 1, 1), None


def _nothing(why: str) -> dict[str, Any]:
    return {"rescored": 0, "moved": [], "unscored": why}
