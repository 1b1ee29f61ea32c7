"""Reading a benchmark's folder: every file that is missing or broken becomes a sentence, and the rest is kept."""

import json
import warnings
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from PIL import Image

from pipelines.errors import BadInput
from pipelines.spec import Photo
from pipelines.suites.protocol import Gap

PHOTOS = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}
NAMED = 5
"""How many of many alike are named one by one."""


class Folder:
    """A folder under examination.

    Attributes:
        path: where the benchmark begins. gaps: what was not as published. notes: what was met and is no gap.
    """

    def __init__(self, path: Path | str, *signs: str, title: str):
        """
        Args:
            path: what the person named; the benchmark may begin there or in a folder below it.
            signs: files or folders, of which one at least lies at its beginning. title: the benchmark's, for messages.

        Raises:
            BadInput: when there is no such folder, or nothing of the benchmark in it.
        """
        path = Path(path).expanduser()
        if not path.is_dir():
            raise BadInput(f"There is no folder {path}.", f"Give the folder that holds {title}.")
        below = sorted(one for one in path.iterdir() if one.is_dir() and not one.name.startswith((".", "__")))
        found = next((one for one in (path, *below) if any((one / sign).exists() for sign in signs)), None)
        if found is None:
            looked = " or ".join(signs[:NAMED]) + (" …" if len(signs) > NAMED else "")
            raise BadInput(f"{path} does not hold {title}.", f"There should be {looked}, there or one folder below.")
        self.path, self.title = found, title
        self.gaps: list[Gap] = []
        self.notes: list[str] = []
        self._views = 0

    def at(self, name: str) -> Path:
        """A file named inside the benchmark's own files.

        Raises:
            BadInput: when the name leads out of the folder.
        """
        parts = PurePosixPath(name.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts:
            raise BadInput(f"{self.title} names the file {name}, which lies elsewhere.", "Bring its own files back.")
        return self.path / parts

    def gap(self, kind: str, what: str, advice: str = "") -> None:
        """Note something that is not as published."""
        self.gaps.append(Gap(kind, what, advice))  # type: ignore[arg-type]

    def photos(self, where: Path, who: str, count: int | range | None = None) -> tuple[Photo, ...]:
        """The readable photos in a folder, by name.

        What is no picture by its content is told of, whatever it is called; of a file with several pictures (MPO) the
        first is the photo. `count` is how many are published.
        """
        if not where.is_dir():
            self.gap("missing", f"{who}: there is no folder {self._short(where)}.", "Add its photos to score it.")
            return ()
        files = sorted(one for one in where.iterdir() if one.suffix.lower() in PHOTOS and one.name[0] != ".")
        good = tuple(Photo(str(file)) for file in files if self.readable(file))
        if not files:
            self.gap("missing", f"{who}: {self._short(where)} holds no photo.", "Add its photos to score it.")
        elif count is not None and len(files) not in (count if isinstance(count, range) else (count,)):
            due = f"{count.start} to {count.stop - 1}" if isinstance(count, range) else count
            self.gap("count", f"{who}: {len(files)} photos where {due} are published.", "Compare with the original.")
        return good

    def photos_of(self, file: Path) -> tuple[Photo, ...]:
        """One file as the only photo of a subject; empty where it cannot be read."""
        return (Photo(str(file)),) if self.readable(file) else ()

    def readable(self, file: Path) -> bool:
        """Whether a file can be decoded; a gap says why it cannot."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                with Image.open(file) as picture:
                    self._views += picture.format == "MPO"
                    picture.draft("RGB", (64, 64))  # a JPEG decodes at an eighth of its size: quick, and to its end
                    picture.load()
            return True
        except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
            why = "it is cut off" if "truncated" in str(error) else "it is not a picture, or damaged"
            self.gap("broken", f"{self._short(file)} cannot be read: {why}.", "Copy it again from where it came.")
            return False

    def lines(self, file: Path, who: str, count: int | None = None) -> list[str]:
        """The lines of a text file, stripped, without empty ones."""
        text = self.text(file, who)
        found = [line for raw in (text or "").splitlines() if (line := " ".join(raw.split()))]
        if text is not None and count is not None and len(found) != count:
            what = f"{who}: {self._short(file)} has {len(found)} prompts where {count} are published."
            self.gap("count", what, "Compare with the original.")
        return found

    def text(self, file: Path, who: str) -> str | None:
        """What a text file says; None where it is missing or no text."""
        if not file.is_file():
            self.gap("missing", f"{who}: there is no file {self._short(file)}.", "Bring it from the original.")
            return None
        try:
            return file.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError):
            self.gap("broken", f"{self._short(file)} is not text in UTF-8.", "Copy it again from where it came.")
            return None

    def json(self, file: Path, who: str, kind: type = dict) -> Any:
        """What a JSON file holds, of the type it should be; None where it is missing or something else."""
        text = self.text(file, who)
        if text is None:
            return None
        try:
            found = json.loads(text)
        except ValueError as error:
            self.gap("broken", f"{self._short(file)} is not JSON: {error}.", "Copy it again from where it came.")
            return None
        if not isinstance(found, kind):
            what = f"{self._short(file)} should hold a {'list' if kind is list else 'table of names'}."
            self.gap("broken", what, "Copy it again from where it came.")
            return None
        return found

    def absent(self, what: str, names: Sequence[str], of: int) -> None:
        """Tell of many missing things in one line."""
        if names:
            more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
            said = f"{len(names)} of {of} {what} are not here: {', '.join(names[:NAMED])}{more}."
            self.gap("missing", said, "What is here can be used; the whole table needs all of them.")

    def told(self) -> tuple[str, ...]:
        """The notes, with how many photos hold several pictures."""
        views = f"{self._views} photos hold several views (MPO); the first is taken." if self._views else ""
        return (*self.notes, *([views] if views else []))

    def _short(self, path: Path) -> str:
        return path.relative_to(self.path).as_posix() if path.is_relative_to(self.path) else path.as_posix()
