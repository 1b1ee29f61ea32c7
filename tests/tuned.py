"""Tuned files for tests of the page's side: a real header on no tensors, and the library's row for it."""

import json
from dataclasses import asdict
from pathlib import Path

from app.library import Library
from app.shelf import Thing
from pipelines import artefact
from pipelines.artefact import Header, told
from pipelines.events import Made
from pipelines.spec import Subject
from pipelines.tasks import Tune

MIX_OF_SHOW = ({"name": "layered_token", "settings": {}}, {"name": "lora", "settings": {"where": "attention"}})
PERFUSION = ({"name": "token", "settings": {}}, {"name": "locked_rank_one", "settings": {}})


def tuned(
    library: Library, *subjects: Subject, edits=MIX_OF_SHOW, base: str = "starter", recipe="mix_of_show"
) -> Thing:
    """A file that knows these subjects, taught on a base."""
    task = Tune(subjects, recipe, library.new_path("artefact"), base=base)
    headed(task.out, Header(recipe, {}, told(subjects), base, f"hash of {base}", edits=list(edits)))
    made = library.record(None, task, Made("artefact", task.out, {"steps": 400}))
    return library.thing(made["id"])


def headed(path: str, header: Header) -> None:
    """Write a safetensors file that holds a header and nothing else."""
    top = json.dumps({"__metadata__": {artefact.KEY: json.dumps(asdict(header))}}).encode()
    Path(path).write_bytes(len(top).to_bytes(8, "little") + top)
