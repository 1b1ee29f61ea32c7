"""Paths that somebody types on a page: which of them the studio follows."""

from pathlib import Path

from app.settings import Settings
from pipelines.errors import BadInput


def typed_path(path: str, settings: Settings) -> Path:
    """A typed path, absolute, with `~` and links followed. Whether anything lies there is for the caller to see.

    On the owner's own computer any path will do. A studio that others can open follows paths only below its data folder
    and the folders it was started with (`--allowed-path`), whether or not something is there: else a guest could find
    out what lies on that computer, and take it.

    Raises:
        BadInput: for a path that cannot be one, or that this studio does not follow.
    """
    try:
        place = Path(path).expanduser().resolve()
    except (OSError, RuntimeError, ValueError):
        raise BadInput("This is no path.", "Give the full path of a file or folder.") from None
    rooms = (settings.data.resolve(), *settings.allowed)
    if settings.opened and not any(place.is_relative_to(room) for room in rooms):
        raise BadInput(
            "This studio is open to others, so it follows only paths below folders it was started with.",
            "Start it with --allowed-path FOLDER, or without --listen and --share.",
        )
    return place
