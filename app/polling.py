"""Where people vote: a page, the next pair, two pictures, a vote. Nothing else is behind a study's link, and nothing
that leaves here says which method made a picture: names are made up, and what pictures hold beside pixels stays."""

import io
import json
import re
import secrets
from collections.abc import Awaitable, Callable
from functools import lru_cache
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from app.guard import Receive, Scope, Send
from app.settings import ROOT
from app.studies import QUESTIONS, Kept, Studies
from pipelines.errors import StudioError

DOOR = "/vote/"
PATH = re.compile(r"/vote/([\w-]{8,32})(?:/(pair|vote|[0-9a-f]{24}))?")
COOKIE, LARGEST = "lk-voter", 1024
PAGE = ROOT / "assets" / "vote.html"


class Polling:
    """ASGI middleware: answers below /vote/ and lets everything else pass."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], studies: Studies):
        self.app, self.studies = app, studies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(DOOR):
            await self.app(scope, receive, send)
            return
        from starlette.concurrency import run_in_threadpool

        body = await _body(receive) if scope["method"] == "POST" else b""
        status, kind, data, more = await run_in_threadpool(self._answer, scope, body)
        headers = [(b"content-type", kind.encode()), (b"cache-control", b"no-store"), *more]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else data})

    def _answer(self, scope: Scope, body: bytes | None) -> tuple[int, str, bytes, list[tuple[bytes, bytes]]]:
        found = PATH.fullmatch(scope["path"])
        study = self.studies.get(found[1]) if found else None
        what = found[2] if found else None
        voting = what == "vote"
        if study is None or scope["method"] not in (("POST",) if voting else ("GET", "HEAD")):
            return _plain(404, "There is no vote here. Ask for the link again.")
        voter = _voter(scope)
        try:
            if what is None:
                return self._page(voter)
            if not study.open:
                return _plain(410, "This vote is over. Thank you.")
            if what == "pair":
                return _json(self._next(study, voter))
            return self._voted(study, voter, body) if voting else self._picture(study, what)
        except StudioError as refused:
            return _plain(400, refused.message)

    def _page(self, voter: str) -> tuple[int, str, bytes, list[tuple[bytes, bytes]]]:
        """The page, and a name for the browser that means nothing anywhere else."""
        mark = f"{COOKIE}={voter or secrets.token_hex(16)}; Path={DOOR}; Max-Age=7776000; HttpOnly; SameSite=Lax"
        return 200, "text/html; charset=utf-8", _page(), [(b"set-cookie", mark.encode())]

    def _next(self, study: Kept, voter: str) -> dict[str, Any]:
        return {"question": QUESTIONS[study.question], "asks": study.question, "pair": self.studies.deal(study, voter)}

    def _voted(self, study: Kept, voter: str, body: bytes | None) -> tuple[int, str, bytes, list]:
        try:
            told = json.loads(body or b"")
        except ValueError:
            told = None
        names = [told.get(name) for name in ("left", "right", "choice")] if isinstance(told, dict) else []
        if len(names) != 3 or not all(isinstance(one, str) and len(one) <= 24 for one in names) or not voter:
            return _plain(400, "This vote cannot be read. Reload the page.")
        self.studies.vote(study, voter, *names)
        return _json(self._next(study, voter))

    def _picture(self, study: Kept, name: str) -> tuple[int, str, bytes, list]:
        shown = self.studies.pictures(study).get(name)
        path = shown.path if shown else self.studies.photos(study).get(name)
        try:
            return (200, "image/png", pixels(path), []) if path else _plain(404, "This picture is not here.")
        except (OSError, ValueError):
            return _plain(404, "This picture cannot be read.")


@lru_cache(maxsize=64)
def pixels(path: Path) -> bytes:
    """A picture as a PNG with nothing in it but pixels."""
    with Image.open(path) as picture:
        seen = ImageOps.exif_transpose(picture).convert("RGB")
    seen.thumbnail((LARGEST, LARGEST))
    bare, out = Image.new("RGB", seen.size), io.BytesIO()
    bare.paste(seen)
    bare.save(out, "PNG")
    return out.getvalue()


@lru_cache(maxsize=1)
def _page() -> bytes:
    tokens = (ROOT / "assets" / "css" / "tokens.css").read_text("utf-8")
    return PAGE.read_text("utf-8").replace("/* tokens */", tokens).encode()


def _voter(scope: Scope) -> str:
    """What the browser says of itself; empty where it says nothing that was given out here."""
    said = next((value for name, value in scope["headers"] if name == b"cookie"), b"")
    try:
        found = SimpleCookie(said.decode("latin-1")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found and re.fullmatch(r"[0-9a-f]{32}", found.value) else ""


async def _body(receive: Receive) -> bytes | None:
    """What was posted; None where it is longer than any vote."""
    data = b""
    while True:
        message = await receive()
        data += message.get("body", b"")
        if len(data) > 512 or message["type"] != "http.request":
            return None
        if not message.get("more_body"):
            return data


def _json(value: Any) -> tuple[int, str, bytes, list]:
    return 200, "application/json", json.dumps(value).encode(), []


def _plain(status: int, words: str) -> tuple[int, str, bytes, list]:
    return status, "text/plain; charset=utf-8", words.encode(), []
