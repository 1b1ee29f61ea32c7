"""Curves of a report: methods as joined points in a plane, as SVG that needs nothing else."""

import html
from collections.abc import Mapping, Sequence

Point = tuple[float, float, str]
"""Across, up, and the words beside it."""
WIDE, HIGH, LEFT, RIGHT, TOP, BOTTOM = 620, 400, 56, 150, 16, 44
COLOURS = ("#3e5fd0", "#b4551f", "#2e7d4f", "#8a3fa0", "#a08000", "#c0344d", "#2b8a9c", "#6b6b6b")
"""Of curves, one after the other; their names stand at their ends, so nobody has to tell colours apart."""
LEAST = 0.02
"""How wide each axis is at least."""


def drawn(curves: Mapping[str, Sequence[Point]], across: str, up: str) -> str:
    """The plane with its curves, by name, each a line through its points in their order; one point is only a dot.

    Args:
        across, up: what the axes say. Every curve has a point.
    """
    every = [point for each in curves.values() for point in each]
    (x0, x1), (y0, y1) = _range([x for x, _, _ in every]), _range([y for _, y, _ in every])

    def place(x: float, y: float) -> tuple[float, float]:
        return (LEFT + (x - x0) / (x1 - x0) * (WIDE - LEFT - RIGHT),
                HIGH - BOTTOM - (y - y0) / (y1 - y0) * (HIGH - BOTTOM - TOP))  # fmt: skip

    parts = [f'<rect x="{LEFT}" y="{TOP}" width="{WIDE - LEFT - RIGHT}" height="{HIGH - BOTTOM - TOP}" fill="none" '
             'stroke="currentColor" stroke-opacity=".25"/>']  # fmt: skip
    for x in (x0, (x0 + x1) / 2, x1):
        parts.append(_text(place(x, y0)[0], HIGH - BOTTOM + 18, f"{x:.3f}", "middle"))
    for y in (y0, (y0 + y1) / 2, y1):
        parts.append(_text(LEFT - 6, place(x0, y)[1] + 4, f"{y:.3f}", "end"))
    for number, (name, points) in enumerate(curves.items()):
        colour, spots = COLOURS[number % len(COLOURS)], [place(x, y) for x, y, _ in points]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for (x, y), (_, _, words) in zip(spots, points, strict=True):
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>{_text(x, y - 8, words, "middle")}')
        parts.append(_text(spots[-1][0] + 8, spots[-1][1] + 4, name, "start", f' fill="{colour}" font-weight="600"'))
    parts.append(_text((LEFT + WIDE - RIGHT) / 2, HIGH - 6, across, "middle"))
    turned = f' transform="rotate(-90 14 {(TOP + HIGH - BOTTOM) / 2:.0f})"'
    parts.append(_text(14, (TOP + HIGH - BOTTOM) / 2, up, "middle", turned))
    said = html.escape(f"{up} against {across}: {', '.join(curves)}")
    return (f'<svg viewBox="0 0 {WIDE} {HIGH}" width="{WIDE}" style="max-width:100%" role="img" aria-label="{said}" '
            f'font-size="12" font-family="system-ui, sans-serif">{"".join(parts)}</svg>')  # fmt: skip


def _range(values: Sequence[float]) -> tuple[float, float]:
    """From where to where an axis runs, with some air."""
    low, high = min(values), max(values)
    half = max((high - low) * 0.6, LEAST / 2)
    return (low + high) / 2 - half, (low + high) / 2 + half


def _text(x: float, y: float, words: str, anchor: str, more: str = ' fill="currentColor"') -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{html.escape(words)}</text>'
