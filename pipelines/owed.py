"""The work that takes time in this run, which the time left is told from: what is there already takes none."""

from collections.abc import Hashable, Iterable, Mapping


class Owed:
    """Pieces of work by their names, in parts that may fail as a whole.

    Args:
        parts: by the name of a part, the names of its pieces that are still to be done.
    """

    def __init__(self, parts: Mapping[Hashable, Iterable[Hashable]]):
        self._left = {name: part for part, names in parts.items() for name in names}
        self._done = 0

    @property
    def own(self) -> tuple[int, int]:
        """How many pieces are done, and of how many; see `events.Progress`."""
        return self._done, self._done + len(self._left)

    def done(self, name: Hashable) -> None:
        """Count a piece, if it was to be done at all."""
        self._done += self._left.pop(name, None) is not None

    def leave(self, name: Hashable) -> None:
        """Leave a piece out."""
        self._left.pop(name, None)

    def give_up(self, part: Hashable) -> None:
        """Leave out what was not done of a part."""
        self._left = {name: one for name, one in self._left.items() if one != part}
