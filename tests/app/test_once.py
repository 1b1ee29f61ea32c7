"""A request that is repeated because its answer was lost is not carried out again."""

import asyncio

from app.once import HEADER, Once


def scope(name: bytes = b"a", path: str = "/gradio_api/run/predict", method: str = "POST") -> dict:
    return {"type": "http", "method": method, "path": path, "headers": [(HEADER, name)] if name else []}


class App:
    """Counts what it did, slowly; fails the first `broken` times."""

    def __init__(self, broken: int = 0):
        self.done, self.broken = 0, broken

    async def __call__(self, scope, receive, send):
        await asyncio.sleep(0.01)
        self.done += 1
        if self.done <= self.broken:
            raise OSError("no")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(self.done).encode()})


async def ask(once: Once, **asked) -> bytes:
    heard = []

    async def send(message):
        heard.append(message)

    await once(scope(**asked), None, send)
    return heard[-1]["body"]


def test_the_same_name_gets_the_same_answer_also_while_the_first_is_at_work():
    async def story():
        app = App()
        once = Once(app)
        assert await asyncio.gather(ask(once), ask(once)) == [b"1", b"1"]
        assert await ask(once) == b"1" and app.done == 1
        assert await ask(once, name=b"b") == b"2" and await ask(once, path="/other") == b"3"

    asyncio.run(story())


def test_nothing_else_is_remembered():
    async def story():
        once = Once(App())
        for asked in ({"name": b""}, {"method": "GET"}, {"name": b"x" * 65}):
            assert await ask(once, **asked) != await ask(once, **asked)
        assert not once._events

    asyncio.run(story())


def test_what_failed_is_tried_again():
    async def story():
        once = Once(App(broken=1))
        first, second = await asyncio.gather(ask(once), ask(once), return_exceptions=True)
        assert isinstance(first, OSError) and second == b"2"
        assert await ask(once) == b"2"

    asyncio.run(story())


def test_the_memory_is_bounded():
    async def story():
        once = Once(App())
        for number in range(300):
            await ask(once, name=str(number).encode())
        assert len(once._events) == 256
        for number in range(300):
            await ask(once, name=str(number).encode(), path="/gradio_api/component_server/")
        assert len(once._questions) == 256
        assert await ask(once, name=b"299") == b"300", "what widgets ask does not push out what people did"

    asyncio.run(story())
