"""The judges of the literature as files: what each needs in its folder, whether it is there, and whether it changed.
Imports no torch; `pipelines.standards` asks them."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pipelines.artefact import fingerprint

WEIGHTS, PICKLED = "model.safetensors", "pytorch_model.bin"
LEARNT = (".safetensors", ".bin", ".pt", ".pth")
STARTER = Path(__file__).parent.parent / "assets" / "starter" / "judges"


@dataclass(frozen=True)
class Seat:
    """What a judge needs: its files, weights first. `pickled` is the sha256 of the one pytorch_model.bin that does in
    the place of model.safetensors, where its makers published nothing else."""

    files: tuple[str, ...]
    pickled: str = ""

    def weights(self, folder: Path) -> Path:
        """The first of its weights, in the form that lies there."""
        safe = folder / self.files[0]
        return safe if safe.is_file() or not self.pickled else folder / PICKLED

    def taken(self, folder: Path) -> bool:
        """Whether all its files are there."""
        return self.weights(folder).is_file() and all((folder / name).is_file() for name in self.files[1:])


SEATS = {
    "clip": Seat((WEIGHTS, "config.json", "tokenizer_config.json"),
                 "a63082132ba4f97a80bea76823f544493bffa8082296d62d71581a4feff1576f"),
    "clip-336": Seat((WEIGHTS, "config.json"), "c6032c2e0caae3dc2d4fba35535fa6307dbb49df59c7e182b1bc4b3329b81801"),
    "dino": Seat((WEIGHTS,)),
    "face": Seat(("arcface.safetensors", "pnet.safetensors", "rnet.safetensors", "onet.safetensors")),
    "owl": Seat((WEIGHTS, "config.json", "tokenizer_config.json")),
    "inception": Seat((WEIGHTS,)),
    "lpips": Seat(("alexnet.safetensors", "lins.safetensors")),
}  # fmt: skip
"""By the folder they lie in."""
LEAST = ("clip", "dino")
"""Whom every table asks: with fewer of a folder, the starter's judges tell more."""


def seated(folder: Path) -> tuple[str, ...]:
    """Who is there in a folder of judges."""
    return tuple(place for place, seat in SEATS.items() if seat.taken(folder / place))


def mark(judges: str) -> str:
    """What tells the judges of a task from the same folder's earlier or later ones: who is there, and with which
    weights, by which they are named, too; empty where nobody is. `judges` is "starter", or a folder."""
    rooms = [STARTER] if judges == "starter" else [Path(judges) / place for place in seated(Path(judges))]
    try:
        found = [(path, path.stat()) for room in rooms for path in sorted(room.iterdir()) if path.suffix in LEARNT]
        return _mark(tuple((str(path), stat.st_size, stat.st_mtime_ns) for path, stat in found)) if found else ""
    except (OSError, ValueError, OverflowError, MemoryError):  # the last two: a header that lies about its length
        return ""


@lru_cache(maxsize=16)
def _mark(files: tuple[tuple[str, int, int], ...]) -> str:
    """`files` are path, bytes, and when it changed, in nanoseconds."""
    told = hashlib.sha256()
    for path, size, _ in files:
        place = Path(path)
        told.update(f"{place.parent.name}/{place.name} {size} ".encode())
        if place.suffix == ".safetensors":
            told.update(fingerprint([place]).encode())
    return told.hexdigest()[:16]
