"""Who may talk to the studio: only its own page, from its own address. Sits in front of everything Gradio serves."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from app.settings import LOOPBACK

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

READING = ("GET", "HEAD", "OPTIONS")
# Widgets are templates that Gradio compiles in the page, hence 'unsafe-eval'; nothing at all comes from elsewhere.
POLICY = (
    "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; object-src 'none'; base-uri 'self';"
    " form-action 'self'; frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)


class Guard:
    """ASGI middleware.

    A studio on the loopback address answers only to loopback names, so that a web site cannot reach it by pointing its
    own name there. Whatever changes something must come from the studio's own page: browsers say where a request
    comes from, in `Origin` or `Sec-Fetch-Site`; programs that are no browsers say nothing and pass.
    """

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], loopback: bool):
        self.app, self.loopback = app, loopback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        reason = self._objection(scope)
        if reason:
            await _refuse(scope, send, reason)
            return

        async def dressed(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                names = {name for name, _ in HEADERS}
                kept = [pair for pair in message.get("headers", []) if pair[0].lower() not in names]
                message = {**message, "headers": [*kept, *HEADERS]}
            await send(message)

        await self.app(scope, receive, dressed)

    def _objection(self, scope: Scope) -> str:
        said = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        host = said.get("host", "")
        if self.loopback and _name(host) not in LOOPBACK:
            return f"This studio answers to localhost only, not to {host[:80]}."
        if scope["type"] == "http" and scope["method"] in READING:
            return ""
        origin = said.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return "This request comes from another page than the studio's own."
        if origin is None and said.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return "This request comes from another page than the studio's own."
        return ""


def _name(host: str) -> str:
    """The host without its port: "[::1]:7860" → "::1"."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


async def _refuse(scope: Scope, send: Send, reason: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *HEADERS]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": reason.encode()})
