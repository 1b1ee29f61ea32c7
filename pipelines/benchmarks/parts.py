"""The finished parts of a bench, kept on disk, so that a stopped run goes on and nothing is measured twice."""

import hashlib
import json
import os
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

PIPELINES = Path(__file__).resolve().parents[1]
STARTER = PIPELINES.parent / "assets" / "starter"


class Parts:
    """Parts by name. They count only for the weights in assets/starter and the code in pipelines/ of now.

    Attributes:
        home: a folder of this bench, these weights and this code. say: hears what is happening.
        earlier: seconds that parts found here took when they were made.
    """

    def __init__(self, folder: Path, say: Callable[[str], Any] = print):
        self.folder, self.say, self.earlier = Path(folder), say, 0.0

    @cached_property
    def home(self) -> Path:
        mark = hashlib.sha256()
        for path in sorted([*STARTER.rglob("*.safetensors"), *PIPELINES.rglob("*.py")]):
            mark.update(path.name.encode() + path.read_bytes())
        home = self.folder / mark.hexdigest()[:12]
        home.mkdir(parents=True, exist_ok=True)
        return home

    def part(self, name: str, make: Callable[[], Any]) -> Any:
        """What `make` answers, plain JSON; from an earlier run where it is there."""
        path = self.home / f"{name}.json"
        if path.exists():
            kept = json.loads(path.read_text("utf-8"))
            self.earlier += kept["seconds"]
            return kept["value"]
        self.say(f"measuring {name}")
        began = time.monotonic()
        value = make()
        rough = path.with_suffix(".part")
        rough.write_text(json.dumps({"seconds": round(time.monotonic() - began, 2), "value": value}), "utf-8")
        os.replace(rough, path)
        return value
