"""Two windows that hold one draft: none writes over what the other did before it has shown it."""

import hashlib
import json
from threading import Lock
from typing import Any

from app.library import Library


class Windows:
    """Keeps a draft of the library for the windows it is open in. Each window is known by a name of its own; one that
    was open before the studio started is taken to have seen the draft as it was then."""

    def __init__(self, library: Library, name: str):
        self.library, self.name = library, name
        self._first, self._seen, self._keeping = self._mark(), {}, Lock()

    def show(self, window: str) -> Any:
        """The draft as it is kept, which the window then has seen."""
        with self._keeping:
            value = self.library.draft(self.name)
            self._seen[window] = _marked(value)
        return value

    def stale(self, window: str) -> bool:
        """Whether the draft was changed elsewhere since the window saw or kept it."""
        return self._mark() != self._seen.get(window, self._first)

    def behind(self, window: str) -> bool:
        """The same of a window that was shown the draft already."""
        return window in self._seen and self.stale(window)

    def keep(self, window: str, value: Any, over: bool = False) -> bool:
        """Keep what the window holds, unless it is stale, or else `over` what is kept; gives whether it was kept."""
        with self._keeping:
            if self.stale(window) and not over:
                return False
            self.library.keep_draft(self.name, value)
            self._seen[window] = _marked(value)
        return True

    def _mark(self) -> str:
        return _marked(self.library.draft(self.name))


def _marked(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
