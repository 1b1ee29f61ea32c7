"""From nothing to a first picture in four clicks: pick someone, check the outline, teach it, put it somewhere."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import gradio as gr

from components.job_strip import IDENTITY, refusal
from components.script import script


@dataclass(frozen=True)
class Someone:
    """A sample to start with: key, name, what it is, addresses of its photos and of their masks."""

    key: str
    name: str
    words: str
    photos: tuple[str, ...]
    masks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Somewhere:
    """A place for the first picture: key, word, address of a picture of it."""

    key: str
    words: str
    image: str


class FirstSteps(gr.HTML):
    """Lies over the pages until it is skipped or done; the value is whether there is nothing in the library yet.

    Opens again on the window's `lk:first` event.

    Args:
        offer: `() -> (list[Someone], list[Somewhere])`.
        pick: `key -> subject`, takes a sample into the library.
        teach: `subject -> job`, starts to learn it.
        make: `(subject, place) -> job`, makes the picture with the newest file of that subject.
        stop: `job -> None`, ends a job and keeps what it learnt.
        result: `job -> address of the picture`, or empty.

    Each may raise an error with `message` and `advice`, which are shown.
    """

    def __init__(
        self,
        offer: Callable[[], tuple[list[Someone], list[Somewhere]]],
        pick: Callable[[str], str],
        teach: Callable[[str], str],
        make: Callable[[str, str], str],
        stop: Callable[[str], None],
        result: Callable[[str], str],
        *,
        value: Callable[[], bool] | bool = False,
        **kwargs: Any,
    ):
        deeds = {"pick": (pick, 1), "teach": (teach, 1), "make": (make, 2), "stop": (stop, 1), "result": (result, 1)}

        def first_offer(payload: dict, request: gr.Request) -> dict:
            people, places = offer()
            return {"ok": True, "people": [asdict(p) for p in people], "places": [asdict(p) for p in places]}

        def first_do(payload: dict, request: gr.Request) -> dict:
            given = payload if isinstance(payload, dict) else {}
            name, words = given.get("do"), given.get("with")
            if name not in deeds or not isinstance(words, list) or len(words) != deeds[name][1]:
                return refusal("The page asked something unreadable.", "Reload the page.")
            if not all(isinstance(word, str) and IDENTITY.fullmatch(word) for word in words):
                return refusal("The page asked something unreadable.", "Reload the page.")
            try:
                return {"ok": True, "answer": deeds[name][0](*words)}
            except Exception as error:
                return refusal(getattr(error, "message", str(error)), getattr(error, "advice", ""))

        super().__init__(
            value=value,
            html_template='<div class="lk-first"></div>',
            js_on_load=script("element", "words", "icons", "go", "feed", "outline", "first_steps"),
            server_functions=[first_offer, first_do],
            apply_default_css=False,
            elem_id="lk-first",
            **kwargs,
        )

    def api_info(self) -> dict:
        return {"type": "boolean"}


if __name__ == "__main__":
    from components.alone import alone

    swatch = (
        "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='128' height='128'>"
        "<path fill='hsl({},40%25,60%25)' d='M0 0h128v128H0z'/></svg>"
    )
    people = [Someone(n.lower(), n, f"a {n}", (swatch.format(h),)) for n, h in (("Pip", 9), ("Dot", 99), ("Juno", 199))]
    places = [Somewhere(n, n, swatch.format(h)) for n, h in (("beach", 40), ("snow", 220))]
    alone(lambda: FirstSteps(
        lambda: (people, places), lambda key: key, lambda one: "job1", lambda one, place: "job2", lambda job: None,
        lambda job: "", value=True,
    ))  # fmt: skip
