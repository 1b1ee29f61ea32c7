"""Files of the data folder: written whole or not at all, never outside it, small copies for the page."""

import hashlib
import io
import os
import threading
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from PIL import Image

from app.settings import Settings
from pipelines.errors import BadInput, StudioError

SMALL = 320  # pixels of the long side of a thumb
UNREADABLE = (OSError, SyntaxError, ValueError, RuntimeError, Image.DecompressionBombError, StudioError)
"""All that is said of a picture that is lost or damaged, by Pillow and by us."""


class Files:
    """Rows keep paths relative to the data folder, so that it can be moved; everybody else sees absolute ones."""

    def __init__(self, settings: Settings):
        self.settings, self.root = settings, settings.data.resolve()

    def inside(self, path: str | Path) -> Path:
        """The real path of a file of the data folder, links followed.

        Raises:
            BadInput: when it lies elsewhere, or is no path.
        """
        real = None
        with suppress(OSError, RuntimeError, ValueError):
            real = (self.root / path).resolve()
        if real is None or not real.is_relative_to(self.root):
            raise BadInput("That file is not in the library.", "Choose one that is.")
        return real

    def relative(self, path: str | Path) -> str:
        """How rows name a file of the data folder."""
        return self.inside(path).relative_to(self.root).as_posix()

    def keep(self, room: str, data: bytes, ending: str) -> str:
        """Store bytes once under their own hash; returns the name for rows."""
        path = self.settings.room(room) / f"{hashlib.sha256(data).hexdigest()}{ending}"
        if not path.exists():
            write(path, data)
        return self.relative(path)

    def url(self, path: str | Path) -> str:
        """Where the browser finds a file of the data folder, relative to the page."""
        return address(self.inside(path))

    def seen(self, path: str | Path, side: int = SMALL) -> str:
        """Where the browser finds the thumb of a picture; "" where it cannot be read, so that one lost or damaged file
        takes no page with it."""
        try:
            return self.url(self.thumb(path, side))
        except UNREADABLE:
            return ""

    def thumb(self, path: str | Path, side: int = SMALL) -> str:
        """A WebP of a picture, at most `side` pixels wide and high, made once; returns its path."""
        real = self.inside(path)
        small = self._small(real, side)
        if not size(small):  # a loss of power may leave an empty one
            with Image.open(real) as picture:
                picture.thumbnail((side, side), Image.Resampling.LANCZOS)
                paper = io.BytesIO()
                picture.convert("RGB").save(paper, "WEBP", quality=85, method=3)
            write(small, paper.getvalue(), lasting=False)
        return str(small)

    def promised(self, path: str | Path) -> str:
        """Where the browser finds the thumb of a picture, which is made when it asks for it: see `thumbs.Thumbs`. So a
        page of many pictures comes at once.

        Raises:
            OSError: when there is no such picture. BadInput: when it lies outside the data folder.
        """
        real = self.inside(path)
        return f"{address(self._small(real))}?of={quote(self.relative(real))}"

    def fulfil(self, asked: str, of: str) -> None:
        """Make the thumb that an address of `promised` leads to; nothing where it leads elsewhere, or the picture
        cannot be read."""
        with suppress(*UNREADABLE):
            if asked.endswith(f"file={self._small(self.inside(of))}"):
                self.thumb(of)

    def _small(self, real: Path, side: int = SMALL) -> Path:
        """The name of a thumb, another one whenever the picture changed."""
        facts = real.stat()
        name = hashlib.sha256(f"{real} {facts.st_mtime_ns} {facts.st_size} {side}".encode()).hexdigest()[:32]
        return self.settings.room("thumbs") / f"{name}.webp"


def address(path: Path) -> str:
    """Where the browser finds a file below one of the folders that are shown, relative to the page."""
    return f"gradio_api/file={quote(str(path))}"


def write(path: Path, data: bytes, lasting: bool = True) -> None:
    """Write a file whole or not at all: a neighbour first, then to disk, then the name. What can be made again need not
    be `lasting`: the disk is not waited for."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.part")
    try:
        with open(beside, "wb") as file:
            file.write(data)
            if lasting:
                file.flush()
                os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def size(path: Path) -> int:
    """Bytes of a file, or of all files in a folder; 0 when it is not there."""
    if path.is_dir():
        return sum(one.stat().st_size for one in path.rglob("*") if one.is_file())
    return path.stat().st_size if path.exists() else 0
