"""Parts of the page whose names change with their content are fetched once: a reload does not ask for them again."""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from app.guard import Receive, Scope, Send

NAMED_BY_CONTENT = re.compile(r"/assets/[\w.-]+-[\w-]{8}[0-9]*\.(?:js|css)")
FOREVER = (b"cache-control", b"private, max-age=31536000, immutable")


class Lasting:
    """ASGI middleware: Gradio's scripts and sheets carry a hash in their names, so a browser may keep them."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def kept(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                message = {**message, "headers": [*message.get("headers", []), FOREVER]}
            await send(message)

        named = scope["type"] == "http" and NAMED_BY_CONTENT.fullmatch(scope["path"])
        await self.app(scope, receive, kept if named else send)
