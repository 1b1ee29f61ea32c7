"""See the trade at a glance: likeness against prompt-following, with the staircase of the best known trades.

Run alone: `python -m components.tradeoff_plot`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import gradio as gr

from components.alone import alone
from components.script import script
from components.widget import Widget

FALL = 0.85  # below this share of the untuned base's prompt-following a method is said to copy its photos


@dataclass(frozen=True)
class Point:
    """A method at (prompt-following, likeness), cosines. Points of one `curve` are joined in their order; `at` is
    the value of what is swept there, as people write it."""

    key: str
    letter: str
    name: str
    x: float
    y: float
    kind: Literal["method", "base"] = "method"
    curve: str = ""
    at: str = ""


@dataclass(frozen=True)
class Plot:
    """What the plot shows. `dots` are single pictures, (row key, x, y); `real` is the likeness between real photos;
    `chosen` the key of the method that is looked at; `swept` what differs along a curve, in words; `hypervolume` the
    area that the points cover together, from 0, 0."""

    subject: str
    points: tuple[Point, ...]
    dots: tuple[tuple[str, float, float], ...] = ()
    real: float | None = None
    chosen: str = ""
    swept: str = ""
    hypervolume: float | None = None


def front(points: Iterable[tuple[float, float]]) -> list[int]:
    """The positions of the points that no other beats in both coordinates, from left to right.

    Of equal points the first is kept.
    """
    order = sorted(enumerate(points), key=lambda item: (-item[1][0], -item[1][1]))
    best, kept = float("-inf"), []
    for at, (_, y) in order:
        if y > best:
            best = y
            kept.append(at)
    return kept[::-1]


def copying(points: Sequence[Point]) -> set[str]:
    """Keys of methods that look like the subject more than the untuned base does, but follow prompts much less; where
    the base was swept, too, than it does at the same value."""
    bases = {p.at: p for p in reversed(points) if p.kind == "base"}
    if not bases:
        return set()
    beside = [(p, bases.get(p.at) or next(iter(bases.values()))) for p in points if p.kind == "method"]
    return {p.key for p, base in beside if p.y > base.y and p.x < FALL * base.x}


def reading(plot: Plot) -> tuple[str, str]:
    """The plot in words: one sentence that says the finding, and what qualifies it."""
    methods = [p for p in plot.points if p.kind == "method"]
    if not methods:
        return "", ""
    copies = copying(plot.points)
    honest = [p for p in methods if p.key not in copies] or methods
    likest, closest = max(honest, key=lambda p: p.y), max(honest, key=lambda p: p.x)
    qualified = [f"{closest.name} follows words better."] if closest.key != likest.key else []
    qualified += [f"{p.name} repeats its photos instead of following the prompt." for p in methods if p.key in copies]
    if len({p.curve or p.key for p in methods}) == 1 and not plot.swept:
        return f"{likest.name} is alone so far.", "Add a method to compare it with."
    if likest.key in copies:
        return f"Every method copies its photos of {plot.subject}.", "Fewer steps, or a lower rate, keep more words."
    return f"{likest.name} keeps {plot.subject} best{' without copying' if copies else ''}.", " ".join(qualified)


class TradeoffPlot(Widget):
    """The scatter of methods. The value is a Plot or None; `select` fires with the event data {"key": method}."""

    def __init__(self, value: Plot | None = None, **kwargs: Any):
        super().__init__(
            value,
            html_template='<div class="lk-tradepane"></div>',
            js_on_load=script("element", "icons", "words", "tradeoff_plot"),
            apply_default_css=False,
            **kwargs,
        )

    def preprocess(self, payload: Any) -> None:
        """The plot is only shown."""
        return None

    def postprocess(self, value: Plot | None) -> dict[str, Any] | None:
        if value is None:
            return None
        finding, rest = reading(value)
        methods = [p for p in value.points if p.kind == "method"]
        best = front((p.x, p.y) for p in value.points) if len(methods) > 2 else []
        stairs = [[value.points[i].x, value.points[i].y] for i in best]
        return asdict(value) | {
            "front": stairs,
            "finding": finding,
            "rest": rest,
            "copies": sorted(copying(value.points)),
        }

    def api_info(self) -> dict[str, Any]:
        return {"type": "object", "description": "methods as points"}


def example() -> None:
    """Six methods and the untuned base."""
    names = ("Mix-of-Show", "DreamBooth", "SVDiff", "Custom Diffusion", "Perfusion", "Textual Inversion")
    places = ((0.312, 0.81), (0.262, 0.86), (0.305, 0.75), (0.318, 0.70), (0.312, 0.63), (0.315, 0.49))
    points = [Point(n, "ABCDEF"[i], n, *places[i]) for i, n in enumerate(names)]
    points.append(Point("base", "G", "Untuned base", 0.324, 0.34, "base"))
    dots = tuple((p.key, p.x + dx / 400, p.y - dx / 80) for p in points for dx in (-2, -1, 1, 3))
    with gr.Row(elem_classes="lk-cols3 lk-compare"), gr.Column(elem_classes="lk-rail r"):
        TradeoffPlot(Plot("Pip", tuple(points), dots, 0.885, "Mix-of-Show"))


if __name__ == "__main__":
    alone(example, port=7940)
