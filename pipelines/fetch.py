"""Fetches a model from the hub: with progress, stoppable, carried on where it broke off, checked at the end."""

import hashlib
import json
import os
import shutil
import time
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi, constants, get_session, hf_hub_url
from huggingface_hub.utils import build_hf_headers

from pipelines.errors import BadInput, DiskFull, Stopped, StudioError, Unavailable
from pipelines.events import Made, Progress, Report, Started
from pipelines.tasks import Fetch

PIECE = 1 << 20
MEGABYTE = 1_000_000
REFUSED = (".bin", ".ckpt", ".pt", ".pth", ".pkl", ".msgpack", ".h5", ".py")
DONE = "complete.json"


@dataclass(frozen=True)
class Wanted:
    """One file: its name in the repository, its bytes, its SHA-256 or, for small ones, its git hash."""

    name: str
    size: int
    sha256: str = ""
    git: str = ""

    def place(self, folder: Path) -> Path:
        """Where it lies in the end: half precision is a choice of the fetch, not part of the name."""
        return folder / self.name.replace(".fp16.", ".")

    def part(self, folder: Path) -> Path:
        """Where it lies until it is whole."""
        path = self.place(folder)
        return path.with_name(path.name + ".part")

    def there(self, folder: Path) -> int:
        """How many bytes of it are there."""
        path = self.part(folder)
        return self.size if self.place(folder).exists() else path.stat().st_size if path.exists() else 0


@dataclass
class Way:
    """How far a fetch is, in bytes: `here` of `total` are there, and `brought` of the `lacking` came in this run."""

    total: int
    lacking: int
    here: int = 0
    brought: int = 0

    def far(self, note: str) -> Progress:
        """The same in megabytes."""
        own = self.brought // MEGABYTE, self.lacking // MEGABYTE
        return Progress(self.here // MEGABYTE, max(1, self.total // MEGABYTE), note, own)


def run(task: Fetch, report: Report, endpoint: str = constants.ENDPOINT) -> dict[str, Any]:
    """Fetch what is not there yet beside `out`, under its name with .part, which becomes `out` when all is right.

    The manifest `complete.json` names every file with its checksum.

    Raises:
        Unavailable: when the hub cannot be reached, or does not give the model out.
        BadInput: when a file arrived damaged, or none fits the patterns.
        DiskFull: when there is not room enough.
        Stopped: when asked to; what has arrived stays, and the next run goes on from there.
    """
    began = time.perf_counter()
    report(Started(f"Fetching {task.repository}"))
    revision, files = listing(task, endpoint)
    whole, total = Path(task.out), sum(one.size for one in files)
    folder = whole if (whole / DONE).is_file() else whole.with_name(whole.name + ".part")
    folder.mkdir(parents=True, exist_ok=True)
    _room(folder, total)
    way = Way(total, total - sum(one.there(folder) for one in files))
    for one in files:
        url = hf_hub_url(task.repository, one.name, revision=revision, endpoint=endpoint)
        _one(url, one, folder, report, way)
    _write(folder / DONE, {"repository": task.repository, "revision": revision, "files": [vars(one) for one in files]})
    if folder != whole:
        _settle(folder, whole)
    report(Made("model", str(whole), {"model": task.model, "bytes": total, "seconds": time.perf_counter() - began}))
    return {"model": task.model, "path": str(whole), "bytes": total}


def _settle(folder: Path, whole: Path) -> None:
    """Let what has come take its place, beside what somebody put there before; the manifest last."""
    if not whole.is_dir():
        os.replace(folder, whole)
        return
    for path in sorted((one for one in folder.rglob("*") if one.is_file()), key=lambda one: one.name == DONE):
        place = whole / path.relative_to(folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, place)
    shutil.rmtree(folder, ignore_errors=True)


def listing(task: Fetch, endpoint: str) -> tuple[str, list[Wanted]]:
    """The repository's newest revision, and the files of it that fit the patterns, largest last."""
    try:
        info = HfApi(endpoint=endpoint).model_info(task.repository, files_metadata=True, timeout=20)
    except Exception as error:
        raise _in_words(error, task.repository) from error
    known, found = dict(task.sha256), []
    for file in info.siblings or []:
        if not any(fnmatch(file.rfilename, pattern) for pattern in task.files):
            continue
        sha256 = known.get(file.rfilename) or (file.lfs.sha256 if file.lfs else "")
        if file.rfilename.endswith(REFUSED) and file.rfilename not in known:
            continue  # a pickle without a known checksum is never fetched
        found.append(Wanted(file.rfilename, file.size or 0, sha256, file.blob_id or ""))
    if not found:
        raise BadInput(f"{task.repository} has none of the files wanted.", "It may have been rearranged; report this.")
    return info.sha or "main", sorted(found, key=lambda one: one.size)


def _one(url: str, one: Wanted, folder: Path, report: Report, way: Way) -> None:
    """Bring one file, or the rest of it."""
    path, part, before = one.place(folder), one.part(folder), way.here
    if not path.resolve().is_relative_to(folder.resolve()):
        raise BadInput("The repository names a file outside its folder.", "Do not use this model.")
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _stream(url, one, part, report, way)
        if not _right(part, one):
            part.unlink()
            raise BadInput(f"{one.name} arrived damaged.", "Fetch it again; it is brought anew.")
        os.replace(part, path)
    way.here = before + one.size
    report(way.far(f"{one.name} is here"))


def _stream(url: str, one: Wanted, part: Path, report: Report, way: Way) -> None:
    have = part.stat().st_size if part.exists() else 0
    if have >= one.size > 0:
        return
    headers = build_hf_headers() | ({"Range": f"bytes={have}-"} if have else {})
    told = 0.0
    try:
        with get_session().stream("GET", url, headers=headers, follow_redirects=True, timeout=30) as answer:
            answer.raise_for_status()
            if have and answer.status_code != 206:  # it all comes again
                have, way.lacking = 0, way.lacking + have
            way.here += have
            with open(part, "ab" if have else "wb") as file:
                for piece in answer.iter_bytes(PIECE):
                    if report.stop():
                        raise Stopped(f"{way.here // MEGABYTE} MB")
                    report.wait()
                    file.write(piece)
                    way.here, way.brought = way.here + len(piece), way.brought + len(piece)
                    if time.monotonic() - told > 0.5:
                        told = time.monotonic()
                        report(way.far(one.name))
                file.flush()
                os.fsync(file.fileno())
    except (StudioError, OSError):
        raise
    except Exception as error:
        raise _in_words(error, one.name) from error


def _right(path: Path, one: Wanted) -> bool:
    """Whether a file is what the hub says it is."""
    if path.stat().st_size != one.size:
        return False
    if one.sha256:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == one.sha256
    if one.git:
        body = path.read_bytes()
        return hashlib.sha1(b"blob %d\0" % len(body) + body, usedforsecurity=False).hexdigest() == one.git
    return True


def _room(folder: Path, total: int) -> None:
    there = sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())
    stat = os.statvfs(folder) if hasattr(os, "statvfs") else None
    free = stat.f_bavail * stat.f_frsize if stat else total
    if free < total - there:
        need = (total - there - free) / 1e9
        raise DiskFull(f"The disk lacks {need:.1f} GB for this model.", "Make room, or move the data folder.")


def _write(path: Path, body: dict[str, Any]) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(body, indent=1), "utf-8")
    os.replace(part, path)


def _in_words(error: Exception, what: str) -> StudioError:
    """What the network said, as a sentence."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status in (401, 403):
        return Unavailable(
            f"The hub does not give {what} to everybody.", "Accept its licence there, then point to the files."
        )
    if status == 404:
        return Unavailable(f"{what} is no longer on the hub.", "Choose another model, or point to one you have.")
    if status:
        return Unavailable(f"The hub answered with an error ({status}).", "Try again later; what has arrived is kept.")
    return Unavailable(
        "The model hub cannot be reached from this computer.",
        "Check the network and try again, or use a model from a folder you have. What has arrived is kept.",
    )
