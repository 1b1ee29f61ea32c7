"""The gallery of subjects: three photos of each, its name, and one dot per photo; and where new ones are dropped.

Run alone: `python -m components.subject_picker`.
"""

from typing import Any, Protocol

from components.payload import File, files, identity, served, whole, words
from components.script import script
from components.widget import Widget

TEMPLATE = """
<div class="lk-picker">
  <div class="lk-head"></div>
  <div class="lk-scroll">
    <div class="lk-subs" role="list" aria-label="Subjects"></div><div class="lk-dropzone"></div>
    <div class="lk-removed"></div>
  </div>
</div>
"""


MOST = 1_000_000
"""Removed things that a page may ask for."""


class Shelf(Protocol):
    """What the page does for the gallery. Every method may raise StudioError; the gallery shows its words."""

    def now(self, listed: int = ...) -> dict[str, Any]:
        """`subjects`: id, name, noun, runs, count, sheet (up to three addresses), dots ("", "h" or "f" per photo) and
        busy; `samples`: name, noun, photos (addresses) of those that came with the studio and are not there yet;
        `removed`: kind ("subject" or "photo"), id, subject, name, thumb (an address or "") of what can be put back, the
        latest first and `listed` of it at most; `away`: how much that is, where not all of it is listed, too."""
        ...

    def make(self, files: tuple[File, ...]) -> dict[str, Any]:
        """A new subject from photos: `subject`, its id, and `refused`, error and advice of what was no photo."""
        ...

    def take_sample(self, name: str) -> dict[str, Any]:
        """One of the samples becomes a subject: `subject`, its id."""
        ...

    def put_away(self, subject: str) -> None: ...

    def take_back(self, subject: str) -> None: ...

    def restore(self, photo: str) -> None: ...


class SubjectPicker(Widget):
    """Cards to choose a subject from; sends the window's `lk:subject` event, whose detail holds the id."""

    def __init__(self, shelf: Shelf, **kwargs: Any):
        super().__init__(
            html_template=TEMPLATE,
            js_on_load=script("element", "go", "icons", "words", "photo_files", "subject_picker"),
            apply_default_css=False,
            server_functions=doors(shelf),
            **kwargs,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "null"}


def doors(shelf: Shelf) -> list:
    """The gallery's server functions, with every payload checked before it reaches the page."""

    @served
    def shelf_now(asked: dict) -> dict:
        return shelf.now(whole(asked["listed"], 1, MOST)) if "listed" in asked else shelf.now()

    @served
    def make_subject(asked: dict) -> dict:
        return shelf.make(files(asked))

    @served
    def take_sample(asked: dict) -> dict:
        return shelf.take_sample(words(asked, "name", 80))

    @served
    def put_away(asked: dict) -> dict:
        return shelf.put_away(identity(asked, "subject"))

    @served
    def take_back(asked: dict) -> dict:
        return shelf.take_back(identity(asked, "subject"))

    @served
    def put_photo_back(asked: dict) -> dict:
        return shelf.restore(identity(asked, "photo"))

    return [shelf_now, make_subject, take_sample, put_away, take_back, put_photo_back]


SWATCH = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'%3E"
    "%3Crect width='300' height='300' fill='hsl({},40%25,60%25)'/%3E%3C/svg%3E"
)


class _Demonstration:
    def now(self, listed: int = 60) -> dict[str, Any]:
        subjects = []
        for name, hue in {"Pip": 10, "Juno": 170, "Comet": 250}.items():
            sheet = [SWATCH.format(hue + 30 * i) for i in range(3)]
            facts = {"noun": "toy", "runs": 0, "count": 4, "busy": False, "dots": ["f", "f", "h", ""]}
            subjects.append({"id": name.lower(), "name": name, "sheet": sheet, **facts})
        return {"subjects": subjects, "samples": [], "removed": [], "away": 0}

    def make(self, files: tuple[File, ...]) -> dict[str, Any]:
        return {"subject": "pip", "refused": []}

    def take_sample(self, name: str) -> dict[str, Any]:
        return {"subject": "pip"}

    def put_away(self, subject: str) -> None: ...

    def take_back(self, subject: str) -> None: ...

    def restore(self, photo: str) -> None: ...


if __name__ == "__main__":
    from components.alone import alone

    alone(lambda: SubjectPicker(_Demonstration()), port=7922)
