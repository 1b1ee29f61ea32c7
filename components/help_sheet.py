"""The sheet behind `?`: every key the studio answers to."""

from typing import Any

from components.script import script
from components.widget import Widget

KEYS: dict[str, tuple[tuple[str, str], ...]] = {
    "Everywhere": (
        ("Ctrl Enter", "start or make"), ("Esc", "close, cancel, clear"), ("G 1", "first page, G 2 the second"),
        ("Q", "queue"), ("Alt ↑ ↓", "in the queue: sooner, later"), ("Shift Space", "pause the running job"),
        ("?", "this sheet"),
    ),
    "Subjects and masks": (
        ("Click", "add to the subject"), ("Alt Click", "take away"), ("Drag", "box"), ("Tab", "next reading"),
        ("B", "brush"), ("E", "erase"), ("L", "lasso"), ("[ ]", "brush size"), ("S", "find everything, then pick"),
        ("F", "fill holes"), (", .", "shrink, grow"), ("Shift V", "invert"), ("Enter", "accept"), ("N", "next photo"),
        ("↑ ↓ ← →", "move a point, Enter sets it"), ("+ -", "nearer, farther"), ("Ctrl 0", "fit"),
        ("Space", "hold and drag: move the photo"), ("Ctrl Z", "undo"), ("Ctrl Shift Z", "redo"),
        ("Del", "on a subject: remove it"),
    ),
    "Recipes": (("↑ ↓", "next, one before"), ("Space", "tick"), ("Enter", "show its knobs")),
    "Regions": (
        ("V", "move"), ("R", "box"), ("B", "brush"), ("L", "lasso"), ("E", "erase"), ("S", "segment a picture"),
        ("[ ]", "brush size"), ("N", "next, with Shift one before"), ("Enter", "to its words"),
        ("↑ ↓ ← →", "1 %, with Shift 10 %"), ("Alt ↑ ↓ ← →", "resize"), ("Alt [ ]", "order"), ("Ctrl D", "twice"),
        ("K", "lock, unlock"), ("O", "hide, show"), ("Del", "remove"),
        ("Ctrl Z", "undo"), ("Ctrl Shift Z", "redo"), ("H", "attention off, lines, heat"),
    ),
    "Wall, viewer, pair": (
        ("↑ ↓ ← →", "move"), ("Enter", "enlarge"), ("+ -", "nearer, farther"), ("C", "swap"), ("M", "next view"),
        ("1 2 0", "vote left, right, same"), ("*", "star"), ("A", "make again"), ("R", "use its settings"),
        ("S", "copy its seed"), ("P", "copy its prompt"), ("Shift ← →", "divider by 10 %"),
    ),
    "Library": (
        ("↑ ↓ ← →", "look at the next, with Shift choose"), ("Space", "choose several, one by one"),
        ("Ctrl Click", "choose another"), ("Shift Click", "choose all up to it"), ("*", "star"), ("A", "make again"),
        ("V", "another seed"), ("R", "use its settings"), ("S", "copy its seed"), ("P", "copy its prompt"),
        ("Del", "put in the bin"),
    ),
}  # fmt: skip
"""Keys by where they mean something, each with what it does; keys that are pressed together stand together."""


class HelpSheet(Widget):
    """Opens on `?`, and on a click on anything with `data-lk-opens="help"`."""

    def __init__(self, **kwargs: Any):
        super().__init__(
            html_template='<dialog class="lk-help" aria-label="Keyboard and help"></dialog>',
            js_on_load=script("element", "icons", "help_sheet"),
            apply_default_css=False,
            elem_id="lk-help",
            keys=[[where, [list(row) for row in rows]] for where, rows in KEYS.items()],
            **kwargs,
        )

    def api_info(self) -> dict:
        return {"type": "null"}


if __name__ == "__main__":
    from components.alone import alone

    alone(HelpSheet)
