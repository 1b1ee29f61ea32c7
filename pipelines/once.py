"""Judges that remember what they were last shown: a dozen scores ask the same about the same pictures."""

from typing import Any


class Once:
    """Judges whose every method answers again what it answered last, while it is asked about the very same tensors.

    Equal to the judges behind it, so that whatever is kept for these is found for it, too.
    """

    def __init__(self, eyes: Any):
        self._eyes, self._last = eyes, {}

    def __getattr__(self, name: str) -> Any:
        thing = getattr(self._eyes, name)
        return thing if not callable(thing) else lambda *about: self._asked(name, thing, about)

    def _asked(self, name: str, ask: Any, about: tuple) -> Any:
        known, answer = self._last.get(name, ((), None))
        if len(known) != len(about) or any(a is not b for a, b in zip(known, about, strict=True)):
            answer = ask(*about)
            self._last[name] = about, answer
        return answer

    def __eq__(self, other: object) -> bool:
        return self._eyes == (other._eyes if isinstance(other, Once) else other)

    def __hash__(self) -> int:
        return hash(self._eyes)
