"""Answers kept for pages that ask again because only the answer was lost: what was done once is not done twice."""

import functools
import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import gradio as gr

NAME = re.compile(r"[\w-]{1,64}")
KEPT = 16
"""Answers that are remembered; a page asks again within half a minute."""


class Recollection:
    """Answers by the names that pages give their questions. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Future[dict]] = OrderedDict()

    def answer(self, name: str, make: Callable[[], dict]) -> dict:
        """What `make` answered to the question of that name; made where it is new. A second question waits for the
        first one's answer, and asks anew where that came to nothing. Without a name each is made."""
        if not name:
            return make()
        with self._lock:
            known = self._known.get(name)
            mine = known is None
            if mine:
                known = self._known[name] = Future()
                while len(self._known) > KEPT:
                    self._known.popitem(last=False)
        if not mine:
            return known.result() if known.exception() is None else self.answer(name, make)
        try:
            known.set_result(make())
        except BaseException as error:
            with self._lock:
                self._known.pop(name, None)
            known.set_exception(error)
            raise
        return known.result()


def once(function: Callable[[Any, gr.Request], dict]) -> Callable[[Any, gr.Request], dict]:
    """A server function, `function(payload, request)`, that answers a payload of a known `once` as it did before."""
    known = Recollection()

    @functools.wraps(function)
    def answer(payload: Any, request: gr.Request) -> dict:
        said = payload.get("once") if isinstance(payload, dict) else None
        name = said if isinstance(said, str) and NAME.fullmatch(said) else ""
        return known.answer(name, lambda: function(payload, request))

    return answer
