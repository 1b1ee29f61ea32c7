"""What starting will cost, told before: time, memory, size of the file, and how sure that is."""

from dataclasses import asdict, dataclass
from typing import Any

from components.script import script
from components.widget import Widget


@dataclass(frozen=True)
class Cost:
    """A forecast for everything ticked.

    `seconds`, `memory` and `size` (bytes) are of the recipe on screen, None where nothing is known; `total` is the
    time of all `runs` together. `from_runs` counts the earlier runs it comes from, 0 meaning a guess; `spread` is
    how far those lay from it, as a share. `memory_there` and `disk_free` are in bytes. `warning` and `advice` say
    what does not fit, `instead` and `instead_title` name a recipe that does.
    """

    runs: int = 1
    seconds: float | None = None
    total: float | None = None
    memory: float | None = None
    memory_there: float | None = None
    size: float | None = None
    disk_free: float | None = None
    from_runs: int = 0
    spread: float = 0.0
    warning: str = ""
    advice: str = ""
    instead: str = ""
    instead_title: str = ""


class CostCard(Widget):
    """Shows one Cost; its button hands the Tune page the recipe that fits."""

    def __init__(self, *, value: Cost | None = None, **kwargs: Any):
        super().__init__(
            value=value,
            html_template='<div class="lk-cost"></div>',
            js_on_load=script("element", "words", "icons", "go", "cost_card"),
            apply_default_css=False,
            **kwargs,
        )

    def postprocess(self, value: Cost | None) -> dict | None:
        """Plain values for the page."""
        return asdict(value) if value else None

    def api_info(self) -> dict:
        return {"type": "object"}


if __name__ == "__main__":
    from components.alone import alone

    alone(lambda: CostCard(value=Cost(3, 112, 260, 1.3e9, 4.5e9, 310e3, 184e9, 6, 0.12)))
