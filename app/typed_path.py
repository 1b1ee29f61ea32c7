"""Paths that somebody types on a page: which of them the studio follows."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from app import judges
from app.settings import Settings
from pipelines.errors import BadInput
from pipelines.spec import Recipe


def typed_path(path: str | Path, settings: Settings) -> Path:
    """A typed path, absolute, with `~` and links followed. Whether anything lies there is for the caller to see.

    On the owner's own computer any path will do. A studio that others can open follows paths only below its data folder
    and the folders it was started with (`--allowed-path`), whether or not something is there: else a guest could find
    out what lies on that computer, and take it.

    Raises:
        BadInput: for a path that cannot be one, that this studio does not follow, or that may not be looked at.
    """
    place = None
    with suppress(OSError, RuntimeError, ValueError):
        place = Path(path).expanduser().resolve()
    rooms = (settings.data.resolve(), *settings.allowed)
    if settings.opened and not (place and any(place.is_relative_to(room) for room in rooms)):
        raise BadInput(
            "This studio is open to others, so it follows only paths below folders it was started with.",
            "Ask whoever runs it to start it with --allowed-path FOLDER.",
        )
    if place is None:
        raise BadInput("This is no path.", "Give the full path of a file or folder.")
    try:
        place.stat()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        raise BadInput(f"{path} cannot be looked at ({error.strerror}).", "Check the path, and its rights.") from None
    return place


def judges_at(folder: str, settings: Settings, photos: bool) -> str:
    """Which judges a task asks: those in a typed folder; where none is named those fetched for `photos`, the starter's
    for toys.

    Raises:
        BadInput: as `typed_path`, and when there is no such folder.
    """
    if not folder.strip():
        return judges.default(settings) if photos else "starter"
    place = typed_path(folder.strip(), settings)
    if not place.is_dir():
        raise BadInput(f"There is no folder {folder}.", "Give the folder that holds the judges, or leave it.")
    return str(place)


def placed(recipe: type[Recipe], knobs: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """A recipe's knobs with the folders that some of them name followed.

    Raises:
        BadInput: as `typed_path`.
    """
    named = {one.name for one in recipe.knobs() if one.metadata.get("folder")}
    return {
        name: str(typed_path(value, settings)) if name in named and isinstance(value, str) and value else value
        for name, value in knobs.items()
    }
