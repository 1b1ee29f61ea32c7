"""The file that tuning makes: one safetensors file whose header says everything. The header is read without torch."""

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines.errors import BadInput, DiskFull
from pipelines.spec import Subject, Use

KEY = "likeness"
LONGEST_HEADER = 100 * 2**20


@dataclass(frozen=True)
class Header:
    """What an artefact says about itself.

    Fields:
        recipe, knobs: how it was taught; `knobs` are all of them, defaults included.
        subjects: whom it knows, each {"id", "name", "noun", "trigger", "kind"}.
        edits, attention, guidance, encoders: the techniques needed to speak with it, each {"name", "settings"}.
        base, base_hash: the model it was taught on.
        seed, steps: of the teaching; `steps` are those really done.
        parents: base names of the files it was fused from.
        created: ISO time, UTC. `bytes`: the size of its tensors.
    """

    recipe: str
    knobs: dict[str, Any]
    subjects: list[dict[str, str]]
    base: str
    base_hash: str
    seed: int = 0
    steps: int = 0
    edits: list[dict[str, Any]] = field(default_factory=list)
    attention: list[dict[str, Any]] = field(default_factory=list)
    guidance: list[dict[str, Any]] = field(default_factory=list)
    encoders: list[dict[str, Any]] = field(default_factory=list)
    parents: list[str] = field(default_factory=list)
    created: str = ""
    bytes: int = 0

    def people(self) -> tuple[Subject, ...]:
        """Its subjects, without their photos."""
        return tuple(Subject(**subject) for subject in self.subjects)

    def uses(self) -> tuple[Use, ...]:
        """Its edits, as a plan names them."""
        return tuple(Use(edit["name"], edit["settings"]) for edit in self.edits)


def told(subjects: Iterable[Subject]) -> list[dict[str, str]]:
    """Subjects as a header keeps them."""
    kept = ("id", "name", "noun", "trigger", "kind")
    return [{name: getattr(subject, name) for name in kept} for subject in subjects]


def listed(uses: Iterable[Use]) -> list[dict[str, Any]]:
    """Techniques as a header keeps them."""
    return [{"name": use.name, "settings": dict(use.settings)} for use in uses]


def now() -> str:
    """The time as a header keeps it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def read_header(path: str | Path) -> Header:
    """What an artefact says about itself.

    Raises:
        BadInput: when there is no such file, or it is not an artefact of this studio.
    """
    notes = read_notes(path)
    try:
        return Header(**json.loads(notes[KEY]))
    except (KeyError, ValueError, TypeError):
        advice = "Choose a file that the studio tuned."
        raise BadInput(f"{Path(path).name} was not made by this studio.", advice) from None


def read_notes(path: str | Path) -> dict[str, str]:
    """The metadata of any safetensors file.

    Raises:
        BadInput: when there is no such file, or it is not a safetensors file.
    """
    return _top(path).get("__metadata__", {})


def shapes(path: str | Path) -> dict[str, tuple[int, ...]]:
    """The tensors of any safetensors file, by name: how large each is.

    Raises:
        BadInput: when there is no such file, or it is not a safetensors file.
    """
    try:
        return {name: tuple(one["shape"]) for name, one in _top(path).items() if name != "__metadata__"}
    except (AttributeError, KeyError, TypeError):
        raise BadInput(f"{Path(path).name} is not a safetensors file.", "Choose a .safetensors file.") from None


def _top(path: str | Path) -> dict[str, Any]:
    path = Path(path)
    try:
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            if not 2 <= size <= min(LONGEST_HEADER, path.stat().st_size - 8):
                raise ValueError
            return json.loads(file.read(size))
    except FileNotFoundError:
        raise BadInput(f"There is no file {path.name}.", "It may have been moved or removed.") from None
    except (ValueError, OSError):
        raise BadInput(f"{path.name} is not a safetensors file.", "Choose a .safetensors file.") from None


def save(path: str | Path, tensors: Mapping[str, Any], header: Header) -> Header:
    """Write tensors (`edit/layer/parameter` → tensor) and header; returns the header with its size filled in."""
    size = sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
    header = Header(**{**asdict(header), "bytes": size})
    write(path, tensors, {KEY: json.dumps(asdict(header), ensure_ascii=False)})
    return header


def write(path: str | Path, tensors: Mapping[str, Any], notes: Mapping[str, str]) -> None:
    """Write any safetensors file: all of it, or nothing."""
    from safetensors.torch import save_file

    kept = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with replacing(path) as temporary:
        save_file(kept, temporary, dict(notes))


def load(path: str | Path, device: str = "cpu") -> dict[str, Any]:
    """The tensors of a safetensors file."""
    from safetensors.torch import load_file

    _top(path)
    return load_file(path, device=device)


@contextlib.contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """A temporary file beside `path` that takes its place, safely on disk, once the block ends well.

    Raises:
        DiskFull: when there is no room; the old file stays.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except Exception as error:
        if getattr(error, "errno", None) == 28 or "No space left" in str(error):
            raise DiskFull("The disk is full.", "Make room, then run it again.") from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


SAMPLES, SAMPLE = 64, 65536


def fingerprint(paths: Iterable[str | Path]) -> str:
    """A short hash that tells weight files apart: of their headers, sizes and evenly spread samples of their bytes."""
    digest = hashlib.sha256()
    for path in sorted(map(Path, paths)):
        size = path.stat().st_size
        digest.update(size.to_bytes(8, "little"))
        with path.open("rb") as file:
            digest.update(file.read(8 + int.from_bytes(file.read(8), "little")))
            for i in range(SAMPLES):
                file.seek(i * size // SAMPLES)
                digest.update(file.read(SAMPLE))
    return digest.hexdigest()[:16]
