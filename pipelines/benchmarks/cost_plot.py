"""A plot of what something costs against how many there are of it, as an SVG picture. No torch."""

from collections.abc import Mapping
from html import escape

WIDE, HIGH, LEFT, RIGHT, TOP, BOTTOM = 560, 320, 48, 150, 44, 40  # pixels
COLOURS = ("#3b6fd4", "#d4573b", "#3b9e6b", "#8a5bd0")


def svg(lines: Mapping[str, Mapping[int, float]], title: str) -> str:
    """A line for each name: how many → how many times as long. From 0 up, so that heights can be compared."""
    most = max(count for line in lines.values() for count in line)
    top = max(value for line in lines.values() for value in line.values()) * 1.05

    def at(count: float, value: float) -> tuple[float, float]:
        x = LEFT + (WIDE - LEFT - RIGHT) * count / most
        return round(x, 1), round(HIGH - BOTTOM - (HIGH - TOP - BOTTOM) * value / top, 1)

    parts = [f'<text x="{LEFT}" y="22" font-weight="600">{escape(title)}</text>']
    for value in range(int(top) + 1):
        (left, y), (right, _) = at(0, value), at(most, value)
        parts.append(f'<path d="M{left} {y}H{right}" stroke="#ddd"/><text x="{left - 26}" y="{y + 4}">{value}×</text>')
    for count in sorted({count for line in lines.values() for count in line}):
        parts.append(f'<text x="{at(count, 0)[0]}" y="{HIGH - 18}" text-anchor="middle">{count}</text>')
    for place, (name, line) in enumerate(lines.items()):
        colour, points = COLOURS[place % len(COLOURS)], [at(count, value) for count, value in sorted(line.items())]
        joined = " ".join(f"{x},{y}" for x, y in points)
        parts.append(f'<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>' for x, y in points]
        said = f"{name} {line[max(line)]:.1f}×"
        parts.append(f'<text x="{WIDE - RIGHT + 12}" y="{TOP + 18 * place}" fill="{colour}">{escape(said)}</text>')
    body = "".join(parts)
    head = f'xmlns="http://www.w3.org/2000/svg" width="{WIDE}" height="{HIGH}" font-family="sans-serif" font-size="12"'
    return f'<svg {head}><rect width="100%" height="100%" fill="#fff"/>{body}</svg>'
