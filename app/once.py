"""What a person asked for once is done once, even when only the answer was lost and the page asks again."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from app.guard import Receive, Scope, Send

HEADER = b"x-likeness-once"
QUESTIONS = "/component_server"  # where widgets ask: often, so that their answers have a memory of their own
REMEMBERED, LARGEST = 256, 64  # how many answers each memory keeps, and the longest name a page may give a request

Message = MutableMapping[str, Any]
Name = tuple[str, bytes]
Memory = OrderedDict[Name, asyncio.Future[list[Message]]]


class Once:
    """ASGI middleware: a POST that carries a name in `HEADER` is answered from memory when that name comes again.

    While the first is still at work the second waits for it. What failed on the way is forgotten, and tried again.
    """

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]):
        self.app = app
        self._events: Memory = OrderedDict()
        self._questions: Memory = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        said = _said(scope)
        if not said:
            await self.app(scope, receive, send)
            return
        name, known = (scope["path"], said), self._questions if QUESTIONS in scope["path"] else self._events
        while name in known:
            try:
                answer = await asyncio.shield(known[name])
            except _Failed:
                continue
            for message in answer:
                await send(message)
            return
        await self._first(name, known, scope, receive, send)

    async def _first(self, name: Name, known: Memory, scope: Scope, receive: Receive, send: Send) -> None:
        answer, said = asyncio.get_running_loop().create_future(), []
        known[name] = answer
        while len(known) > REMEMBERED and (oldest := next((one for one in known if known[one].done()), None)):
            del known[oldest]

        async def noted(message: Message) -> None:
            said.append(message)
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except BaseException:
            known.pop(name, None)
            answer.set_exception(_Failed())
            answer.exception()  # nobody need have waited for it
            raise
        answer.set_result(said)


class _Failed(Exception):
    """The first request came to nothing."""


def _said(scope: Scope) -> bytes:
    """What the page calls this request; empty where it does not say, or says too much."""
    if scope["type"] != "http" or scope["method"] != "POST":
        return b""
    said = next((value for key, value in scope["headers"] if key == HEADER), b"")
    return said if len(said) <= LARGEST else b""
