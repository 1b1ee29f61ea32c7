"""What a page sends to a server function, checked: anything may come, and what does not fit is refused in words."""

import errno
import functools
import math
import re
from collections.abc import Callable
from typing import Any

import gradio as gr

from pipelines.errors import BadInput, EmptyMask, StudioError

IDENTITY = re.compile(r"[\w-]{1,64}")
MOST_FILES = 300
File = tuple[str, str]
"""Where an uploaded file lies, and what it was called."""

UNREADABLE = BadInput("The page asked something unreadable.", "Reload the page.")


def served(act: Callable[[dict], dict | None]) -> Callable[[Any, gr.Request], dict]:
    """A server function that answers `{"ok": True, ...}`, or what went wrong in words, and never raises for that: what
    does not answer counts as lost, and the page asks whether the studio is still running."""

    @functools.wraps(act)
    def answer(payload: Any, request: gr.Request) -> dict:
        try:
            if not isinstance(payload, dict):
                raise UNREADABLE
            return {"ok": True, **(act({name: value for name, value in payload.items() if name != "once"}) or {})}
        except StudioError as refused:
            kind = "empty" if isinstance(refused, EmptyMask) else "refused"
            return {"ok": False, "kind": kind, "error": refused.message, "advice": refused.advice}
        except OSError as error:
            said, advice = _of_disk(error)
            return {"ok": False, "kind": "refused", "error": said, "advice": advice}

    del answer.__wrapped__  # Gradio reads the signature to find the request
    answer.__annotations__ = {"payload": Any, "request": gr.Request, "return": dict}
    return answer


def _of_disk(error: OSError) -> tuple[str, str]:
    """What the disk refused, and what to do; without the path, which is no business of the page."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The disk is full.", "Make room, then do it again. What is on the page stays there."
    why = error.strerror or "it cannot be read"
    return f"A file of the library could not be used: {why}.", "If it was moved or removed, put it back."


def identity(asked: dict, name: str) -> str:
    """An id from the page."""
    given = asked.get(name)
    if not isinstance(given, str) or not IDENTITY.fullmatch(given):
        raise UNREADABLE
    return given


def files(asked: dict) -> tuple[File, ...]:
    """Uploaded files from the page: where they lie and what they were called."""
    given = asked.get("files")
    if not isinstance(given, list) or not 0 < len(given) <= MOST_FILES:
        raise UNREADABLE
    if not all(isinstance(one, dict) for one in given):
        raise UNREADABLE
    return tuple((words(one, "path", 4096), words(one, "name", 1000)) for one in given)


def words(asked: dict, name: str, most: int) -> str:
    """Text from the page, without control characters."""
    given = asked.get(name)
    if not isinstance(given, str) or len(given) > most or "\x00" in given:
        raise UNREADABLE
    return given


def truth(asked: dict, name: str) -> bool:
    if not isinstance(asked.get(name, False), bool):
        raise UNREADABLE
    return asked.get(name, False)


def whole(given: Any, low: int, high: int) -> int:
    if type(given) is not int or not low <= given <= high:
        raise UNREADABLE
    return given


def number(given: Any) -> float:
    if type(given) not in (int, float) or not math.isfinite(given) or abs(given) > 1e6:
        raise UNREADABLE
    return float(given)
