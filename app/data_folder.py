"""The data folder: whether it is a studio's own, who holds it, and which of its files have names that we gave."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.settings import ROOMS, Settings
from pipelines.errors import BadInput, Unavailable

DATABASE, LOCK = "likeness.sqlite", "studio.lock"
BESIDE = ("lost+found", "Thumbs.db", "desktop.ini")
"""What systems put into folders by themselves, beside names that begin with a dot."""

PART = r"|\..+\.part"
NAMES = {
    "photos": re.compile(rf"[0-9a-f]{{64}}\.png{PART}"),
    "masks": re.compile(rf"[0-9a-f]{{64}}(-auto)?\.png|[0-9a-f]{{24}}\.(png|part){PART}"),
    "exports": re.compile(rf"[\w.-]+-(onetrainer|kohya|alpha|mix-of-show)\.zip{PART}"),
    "imports": re.compile(r"[0-9a-f]{10}-[\w.-]*"),
}
"""How we name the files of the rooms that are tidied by themselves."""


def own(settings: Settings) -> None:
    """See to it that the data folder may be tidied: that nobody else's files can be lost in it.

    A folder with our database is ours. One without it may be new or empty, or hold what commands leave there before
    the first studio (`cache`, `photos` ...): only rooms of ours, of which those that are tidied hold only files with
    names that we give, and the one for passing files, which is emptied, holds none.

    Raises:
        BadInput: for any other folder; nothing in it has been touched.
    """
    folder = settings.data
    if not folder.is_dir() or (folder / DATABASE).is_file():
        return
    alien = [one for one in folder.iterdir() if one.name != LOCK and not (one.name in ROOMS and one.is_dir())]
    for room in (one for name in (*NAMES, "temp") if (one := folder / name).is_dir()):
        alien += set(room.iterdir()) - set(given(room))
    found = sorted(one for one in alien if not (one.name.startswith(".") or one.name in BESIDE))
    if found:
        raise BadInput(
            f"{folder} is no data folder of Likeness: it holds {found[0].relative_to(folder)}.",
            "Choose an empty folder, or a new one, with --data-dir.",
        )


def given(room: Path) -> list[Path]:
    """The files of a room whose names we gave, if it is one that is tidied. Folders, and what a person put there, are
    none of them."""
    named = NAMES.get(room.name)
    return [one for one in room.iterdir() if named and named.fullmatch(one.name) and one.is_file()]


@contextmanager
def held(settings: Settings) -> Iterator[None]:
    """Hold the data folder for this process alone; the system lets go of it when the process ends, however it ends.

    Raises:
        Unavailable: when another studio is at work on it.
    """
    with open(settings.database.with_name(LOCK), "a+b") as handle:
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            what = f"Another studio is using the data folder {settings.data}."
            raise Unavailable(what, "Close it, or choose another with --data-dir.") from None
        yield
