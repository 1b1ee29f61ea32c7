"""What every report of ours shares: its look, how costs are written, and words that a spreadsheet leaves alone."""

import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipelines.artefact import replacing

STYLE = """
body { margin: 24px; font: 15px/1.45 system-ui, sans-serif; background: #fafaf8; color: #222; }
table { border-collapse: collapse; } th, td { padding: 6px 10px; text-align: left; vertical-align: top; }
th { font-weight: 600; } tr + tr { border-top: 1px solid #ddd; } .scroll { overflow-x: auto; }
img { width: 128px; height: 128px; object-fit: cover; display: block; border-radius: 4px; }
td span, small { font: 12px/1.4 ui-monospace, monospace; color: #666; }
@media (prefers-color-scheme: dark) { body { background: #1b1b1a; color: #eee; } tr + tr { border-color: #444; }
td span, small { color: #aaa; } }
"""


def page(title: str, parts: Sequence[str], more: str = "") -> str:
    """A whole page of parts in HTML; `more` is CSS beside the common one."""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(title)}</title><style>{STYLE}{more}</style>{''.join(parts)}</html>\n"
    )


def learnt(seconds: float | None) -> str:
    """How long a method learnt, empty where it did not."""
    return f"{seconds:.0f} s" if seconds else ""


def size(bytes: float | None) -> str:
    """How large its file is, empty where there is none."""
    return f"{bytes / 1e3:,.1f} KB" if bytes else ""


def plain(value: Any) -> Any:
    """Words that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(tuple("=+-@\t")) else value


def keep(path: Path, text: str) -> None:
    """Write a text, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, "utf-8", newline="")
