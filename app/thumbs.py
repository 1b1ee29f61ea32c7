"""Thumbs of pictures that a page shows many of: each is made when the browser asks for it, and not before."""

from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs

from app.files import Files
from app.guard import Receive, Scope, Send


class Thumbs:
    """ASGI middleware: before a thumb is looked for whose address says of what it is one, it is made where it is not
    there yet. Who may see it stays with what serves it."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], files: Files):
        self.app, self.files = app, files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and b"of=" in scope["query_string"]:
            from starlette.concurrency import run_in_threadpool

            for of in parse_qs(scope["query_string"].decode("latin-1")).get("of", [])[:1]:
                await run_in_threadpool(self.files.fulfil, scope["path"], of)
        await self.app(scope, receive, send)
