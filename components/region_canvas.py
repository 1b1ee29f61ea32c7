"""Say who goes where: boxes, lassos and brushed shapes on a blank canvas, a card for each with subject and words.

Run alone: `python -m components.region_canvas`.
"""

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from components import layout, notations
from components.alone import alone
from components.script import script
from components.widget import Widget
from pipelines.errors import BadInput, StudioError

TEMPLATE = """
<div class="lk-pane lk-regioned">
  <div class="lk-elsewhere"></div>
  <div class="lk-tools" role="toolbar" aria-label="Canvas tools"></div>
  <div class="lk-stage"><div class="lk-canvas lk-easel"><img alt="" hidden>
    <svg class="lk-regionboard" role="application" tabindex="0"></svg><div class="lk-ghost"></div></div></div>
  <div class="lk-under"></div>
  <div class="lk-list"></div>
</div>
"""
PARTS = (
    "fit",
    "regions",
    "region_stage",
    "region_notes",
    "region_rows",
    "region_paint",
    "region_pointer",
    "region_canvas",
    "region_deeds",
)

Spoken = Callable[[], tuple[str, str]]
Point = Callable[[str, float, float], tuple[list[float], dict[str, Any] | None]]


class RegionCanvas(Widget):
    """A canvas of regions. Its value is the layout of `components.layout`.

    Args:
        value: a layout, or None for an empty one.
        subjects: who may live in a region: {"key", "name", "detail", "photo", "trigger", "noun"} each; `photo` is an
            address the browser can load.
        untaught: those who cannot be chosen yet, {"name", "learning": whether it is being taught now} each.
        backdrop: a picture to show greyed behind the regions, {"key": what `point` is told, "url": its address} and,
            where known, "drawn", the layout it was made of, and "seen", what was found in its regions by their ids:
            {"tone", "says", "advice", "deed", "button", "own", "bleed", "by", "inside"}.
        base: what paints, {"key", "name"}; a subject's own "base" and "taught" tell what it was taught on, "fits"
            False that this base cannot hear it, "whole" False that its file cannot be read.
        cells: along the shorter side of the picture, below which no region is drawn; 0 where that is not known.
        unused: what of a region the way to compose makes no use of: "negative", "strength" or "feather" → a sentence.
        slot: element id of a place on the page for the list of cards; without it the list is below the canvas.
        elsewhere: whether another window changed what this one holds; it says so and asks which of the two stays.
        page: title of the page it stands on, where others may hand it a scene or a subject.
        unit: the canvas is shown at whole multiples of this many pixels where there is room.
        spoken: words of the whole picture and words to keep out, for notations that hold them beside their regions.
        point: finds the thing at a point of the backdrop, (key, x, y) in shares: its box and mask value.

    `input` fires on every change by hand, `ready` once it is on the page and when its window is looked at again,
    `shown` whenever it comes into view, `hand` with what another page handed over as event data, `redo` when only one
    region of the picture behind is to be made anew, with {"region": its id, "key": of the backdrop}, `opened` when a
    file brought words for the whole picture, with {"prompt", "negative"}, `looked` when its window is turned to, and
    `theirs` or `mine` when what the other window holds, or what this one does, is to stay.
    """

    def __init__(
        self,
        value: dict[str, Any] | None = None,
        *,
        subjects: Sequence[dict[str, str]] = (),
        untaught: Sequence[dict[str, Any]] = (),
        backdrop: dict[str, str] | None = None,
        slot: str = "",
        page: str = "",
        unit: int = 64,
        base: dict[str, str] | None = None,
        cells: int = 0,
        unused: dict[str, str] | None = None,
        elsewhere: bool = False,
        point: Point | None = None,
        spoken: Spoken = lambda: ("", ""),
        **kwargs: Any,
    ):
        served = [_saving(spoken), open_layout] + ([_pointing(point)] if point else [])
        super().__init__(
            value,
            html_template=TEMPLATE,
            js_on_load=script("element", "go", "opening", "icons", "words", *PARTS),
            apply_default_css=False,
            server_functions=served,
            subjects=list(subjects),
            untaught=list(untaught),
            backdrop=backdrop,
            slot=slot,
            page=page,
            unit=unit,
            base=base,
            cells=cells,
            unused=unused or {},
            elsewhere=elsewhere,
            most=layout.MOST,
            templates=list(layout.TEMPLATES),
            notations=[{"kind": kind, "title": one.title} for kind, one in notations.NOTATIONS.items()],
            **kwargs,
        )

    def preprocess(self, payload: Any) -> dict[str, Any]:
        """The layout, checked; what does not belong in one is refused with a sentence."""
        try:
            return layout.check(payload)
        except BadInput as refused:
            raise gr.Error(str(refused)) from None

    def postprocess(self, value: dict[str, Any] | None) -> dict[str, Any]:
        return layout.check(value)

    def api_info(self) -> dict[str, Any]:
        return {"type": "object", "description": "a layout: canvas aspect and regions as shares of the picture"}


def _saving(spoken: Spoken) -> Callable[[Any, gr.Request], dict[str, Any]]:
    def save_layout(payload: Any, request: gr.Request) -> dict[str, Any]:
        """Answer the text of a layout file, a name for it, and what its notation cannot hold."""
        given = payload if isinstance(payload, dict) else {}
        try:
            name, text, lost = notations.write(str(given.get("kind")), given.get("layout"), *spoken())
            return {"ok": True, "name": name, "text": text, "lost": list(lost)}
        except BadInput as refused:
            return {"ok": False, "error": refused.message, "advice": refused.advice}

    return save_layout


def open_layout(payload: Any, request: gr.Request) -> dict[str, Any]:
    """Answer the layout that a file's text holds, its words for the whole picture, and what was read otherwise."""
    text = payload.get("text") if isinstance(payload, dict) else None
    try:
        sheet = notations.read(text if isinstance(text, str) else "")
    except BadInput as refused:
        return {"ok": False, "error": refused.message, "advice": refused.advice}
    words = {"prompt": sheet.prompt, "negative": sheet.negative}
    return {
        "ok": True,
        "value": sheet.layout,
        "words": words if any(words.values()) else None,
        "notes": list(sheet.notes),
    }


def _pointing(find: Point) -> Callable[[Any, gr.Request], dict[str, Any]]:
    def point(payload: Any, request: gr.Request) -> dict[str, Any]:
        try:
            given = payload if isinstance(payload, dict) else {}
            key, x, y = (
                layout.name("picture", given.get("key")),
                layout.share(given.get("x")),
                layout.share(given.get("y")),
            )
            box, mask = find(key, x, y)
            return {"ok": True, "box": box, "mask": mask}
        except StudioError as refused:
            return {"ok": False, "error": refused.message, "advice": refused.advice}

    return point


def example() -> None:
    """The canvas with three subjects to choose from, as the page shows it alone."""
    subjects = [
        {"key": "pip", "name": "Pip", "detail": "Mix-of-Show, 400", "photo": "", "trigger": "<pip>", "noun": "robot"},
        {"key": "dot", "name": "Dot", "detail": "Mix-of-Show, 500", "photo": "", "trigger": "<dot>", "noun": "duck"},
        {"key": "comet", "name": "Comet", "detail": "SVDiff, 600", "photo": "", "trigger": "<comet>", "noun": "rocket"},
    ]
    with gr.Row(elem_classes="lk-cols3 lk-compose"):
        with gr.Column(elem_classes="lk-rail l"):
            gr.HTML('<div id="lk-example-list"></div>', apply_default_css=False)
        with gr.Column(elem_classes="lk-mid"):
            RegionCanvas(subjects=subjects, slot="lk-example-list", elem_id="lk-canvas", elem_classes="lk-grown")


if __name__ == "__main__":
    alone(example, port=7940)
