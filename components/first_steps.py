"""From nothing to a first picture in four clicks: pick someone, check the outline, teach it, put it somewhere."""

from dataclasses import asdict, dataclass
from typing import Any, Protocol

import gradio as gr

from components.job_strip import IDENTITY, refusal
from components.payload import File, files, identity, served, words
from components.script import script
from components.widget import Widget


@dataclass(frozen=True)
class Someone:
    """Whom to start with: key, name, what it is, addresses of the first photos, how many there are. Of a person's own
    photos the key is the subject's id, `words` the class noun if there is one yet, and `hint` what to expect."""

    key: str
    name: str
    words: str
    photos: tuple[str, ...]
    count: int
    hint: str = ""


@dataclass(frozen=True)
class Somewhere:
    """A place for the first picture: key, word, address of a picture of it."""

    key: str
    words: str
    image: str


class Path(Protocol):
    """What the four steps do. Each may raise an error with `message` and `advice`, which are shown."""

    def offer(self) -> tuple[list[Someone], list[Somewhere]]:
        """Whom and where to choose from."""
        ...

    def forecast(self) -> dict[str, Any]:
        """{"seconds", "guess"}: how long it takes to learn here, None where nobody can tell, and whether it was never
        done."""
        ...

    def pick(self, key: str) -> str:
        """Take a sample into the library; the subject's id."""
        ...

    def take(self, files: tuple[File, ...], subject: str = "") -> dict[str, Any]:
        """Take a person's own photos into the library, to those of a subject or as a new one; {"someone", "refused":
        [{"error", "advice"}]}."""
        ...

    def call(self, subject: str, noun: str) -> Someone:
        """Say what a subject is."""
        ...

    def look(self, subject: str) -> dict[str, Any]:
        """{"someone", "photo", "mask", "size", "missing", "seeking"}: who it is by now; addresses of one photo and its
        mask, which is empty while those of all photos are being found; width and height in pixels; in how many photos
        nothing was found; whether it is still looked for in any."""
        ...

    def accept(self, subject: str) -> str:
        """Accept every mask that was found; returns the subject."""
        ...

    def teach(self, subject: str) -> str:
        """Start to learn it; the job's id."""
        ...

    def carry(self, job: str) -> str:
        """Go on with a job that was cut short; returns the job."""
        ...

    def make(self, subject: str, place: str) -> str:
        """Make the picture with the newest file of that subject; the job's id."""
        ...

    def stop(self, job: str) -> str:
        """End a job and keep what it learnt; returns the job."""
        ...

    def result(self, job: str) -> str:
        """The address of the picture that a job made, or nothing."""
        ...


DEEDS = {"pick": 1, "look": 1, "accept": 1, "teach": 1, "carry": 1, "make": 2, "stop": 1, "result": 1}


class FirstSteps(Widget):
    """Lies over the pages until it is skipped or done; the value is whether there is nothing in the library yet.

    Opens again on the window's `lk:first` event, and on a click on anything with `data-lk-opens="first"`.
    """

    def __init__(self, path: Path, *, value: bool = False, **kwargs: Any):
        def first_offer(payload: dict, request: gr.Request) -> dict:
            people, places = path.offer()
            offered = {"people": [asdict(p) for p in people], "places": [asdict(p) for p in places]}
            return {"ok": True, **offered, "forecast": path.forecast()}

        def first_do(payload: dict, request: gr.Request) -> dict:
            given = payload if isinstance(payload, dict) else {}
            name, words = given.get("do"), given.get("with")
            if not isinstance(name, str) or not isinstance(words, list) or DEEDS.get(name) != len(words):
                return refusal("The page asked something unreadable.", "Reload the page.")
            if not all(isinstance(word, str) and IDENTITY.fullmatch(word) for word in words):
                return refusal("The page asked something unreadable.", "Reload the page.")
            try:
                return {"ok": True, "answer": getattr(path, name)(*words)}
            except Exception as error:
                return refusal(getattr(error, "message", str(error)), getattr(error, "advice", ""))

        @served
        def first_take(asked: dict) -> dict:
            return path.take(files(asked), identity(asked, "subject") if "subject" in asked else "")

        @served
        def first_call(asked: dict) -> dict:
            return {"someone": asdict(path.call(identity(asked, "subject"), words(asked, "noun", 40)))}

        super().__init__(
            value=value,
            html_template='<div class="lk-first" hidden></div>',
            js_on_load=script("element", "words", "icons", "go", "feed", "outline", "photo_files", "first_steps"),
            server_functions=[first_offer, first_do, first_take, first_call],
            apply_default_css=False,
            elem_id="lk-first",
            **kwargs,
        )

    def api_info(self) -> dict:
        return {"type": "boolean"}


if __name__ == "__main__":
    from components.alone import alone

    SWATCH = (
        "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='128' height='128'>"
        "<path fill='hsl({},40%25,60%25)' d='M0 0h128v128H0z'/></svg>"
    )

    class Demonstration:
        """Four colours instead of four subjects; nothing is learnt."""

        def offer(self) -> tuple[list[Someone], list[Somewhere]]:
            hues = enumerate(("Pip", "Dot", "Juno", "Comet"))
            people = [Someone(n.lower(), n, f"colour {i}", (SWATCH.format(i * 90),), 4) for i, n in hues]
            return people, [Somewhere(w, w, SWATCH.format(w.count("o") * 90)) for w in ("beach", "snow", "moon")]

        def forecast(self) -> dict[str, Any]:
            return {"seconds": 64, "guess": False}

        def pick(self, key: str) -> str:
            return key

        def take(self, files: tuple[File, ...], subject: str = "") -> dict[str, Any]:
            return {"someone": asdict(self.call("own", "thing")), "refused": []}

        def call(self, subject: str, noun: str) -> Someone:
            return Someone(subject, "Yours", noun, (SWATCH.format(300),), 3, "Nothing is learnt here.")

        def look(self, subject: str) -> dict[str, Any]:
            one = asdict(self.call(subject, "thing"))
            return {"someone": one, "photo": SWATCH.format(20), "mask": "", "size": (128, 128), "missing": 1,
                    "seeking": False}  # fmt: skip

        accept = teach = carry = stop = pick

        def make(self, subject: str, place: str) -> str:
            return subject

        def result(self, job: str) -> str:
            return SWATCH.format(200)

    alone(lambda: FirstSteps(Demonstration(), value=True))
