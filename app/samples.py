"""The photo shoots that came with the studio: a folder each in assets/samples, masks and captions beside the photos."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.dialects import Bundle, bundled
from app.files import address
from app.settings import ROOT
from pipelines.spec import Subject

SAMPLES = ROOT / "assets" / "samples"


@dataclass(frozen=True)
class Sample:
    """One subject of the toybox: its name, what it is, its trigger word, and the folder of its photos."""

    name: str
    noun: str
    trigger: str
    folder: Path

    def bundles(self) -> list[Bundle]:
        """The photos, each with its mask and caption."""
        return bundled((path, path.name) for path in sorted(self.folder.iterdir()) if path.suffix in (".png", ".txt"))

    def pictures(self) -> list[str]:
        """The addresses of the photos."""
        return [address(bundle.photo) for bundle in self.bundles()]


@cache
def samples() -> tuple[Sample, ...]:
    """All samples, by name; each folder says in subject.json what it holds."""
    found = []
    for facts in sorted(SAMPLES.glob("*/subject.json")):
        told = json.loads(facts.read_text("utf-8"))
        found.append(Sample(told["name"], told["noun"], told["trigger"], facts.parent))
    return tuple(found)


def toy_hint(subject: Subject) -> str:
    """What to expect of the starter model for a subject that is not of its world."""
    if subject.kind == "style":
        return "The starter only knows its toy world and a few styles of it. For others, use SD 1.5 or SDXL."
    real = f"a real {subject.noun} comes out as a toy"
    return f"The starter only knows its toy world: {real}. For photos, use SD 1.5 or SDXL."
