"""The fuse pipeline: one tuned file that knows the subjects of several."""

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pipelines import artefact, catalogue, fusible, voices
from pipelines.artefact import Header, now, told
from pipelines.backbone import Backbone
from pipelines.errors import BadInput
from pipelines.events import Made, Report, Started
from pipelines.fusing import Part, people
from pipelines.tasks import Fuse


def run(task: Fuse, report: Report) -> dict[str, Any]:
    """Fuse, and write the artefact to `task.out`.

    Returns:
        `artefact` (its file), `fusion`, `parents` (names of the files), `subjects` (their ids), `bytes`, `seconds`.

    Raises:
        BadInput: when a file is missing, of another base, of an edit that cannot be fused so, or when two of them teach
            the same word; says which.
    """
    began = time.perf_counter()
    backbone = Backbone.at_hand(task.base)
    report(Started(f"{len(task.artefacts)} tuned files into one", backbone.machine.label))
    fusion = catalogue.load("fusions", task.fusion)()
    names = _names([path for path, _ in task.artefacts])
    parts = [Part(names[path], *voices.load(path, backbone), weight) for path, weight in task.artefacts]
    _check(parts, backbone)
    fused = fusion(parts, backbone, report)
    headers = [part.header for part in parts]
    header = Header(
        task.fusion, {"weights": [part.weight for part in parts]}, told(people(parts)), backbone.name, backbone.hash,
        steps=sum(one.steps for one in headers), edits=[_plain(use.name, use.settings) for use in fused.edits],
        attention=_once(use for one in headers for use in one.attention),
        guidance=_once(use for one in headers for use in one.guidance),
        encoders=_once(use for one in headers for use in one.encoders),
        parents=[Path(part.name).name for part in parts], created=now(),
    )  # fmt: skip
    header = artefact.save(task.out, fused.tensors, header)
    facts = {
        "fusion": task.fusion, "parents": header.parents, "subjects": [one["id"] for one in header.subjects],
        "bytes": header.bytes, "seconds": round(time.perf_counter() - began, 3),
    }  # fmt: skip
    report(Made("artefact", task.out, facts))
    return {"artefact": task.out, **facts}


def _names(paths: Sequence[str]) -> dict[str, str]:
    """What each file is called: its own name, with its folders where two have the same."""
    if len({Path(path).resolve() for path in paths}) < len(paths):
        raise BadInput("The same file is there twice.", "Name each once, with the weight it should have.")
    plain = [Path(path).name for path in paths]
    return {path: name if plain.count(name) == 1 else path for path, name in zip(paths, plain, strict=True)}


def _check(parts: list[Part], backbone: Backbone) -> None:
    for part in parts:
        if part.header.base_hash != backbone.hash:
            advice = "Only files of one base can be fused; choose the base they were taught on."
            raise BadInput(f"{part.name} was taught on {part.header.base}, not on {backbone.name}.", advice)
    if refused := fusible.unfit({part.name: part.header for part in parts}):
        raise refused


def _plain(name: str, settings: Any) -> dict[str, Any]:
    return {"name": name, "settings": dict(settings)}


def _once(uses: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each technique once, in order."""
    return list({repr(use): use for use in uses}.values())
