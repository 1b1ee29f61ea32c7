"""Models as rows: what is here, what can be fetched, which one is used."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

import gradio as gr

from components.job_strip import IDENTITY, refusal
from components.script import script
from components.widget import Widget

DEEDS = ("use", "get", "add", "add_segmenter", "forget")


@dataclass(frozen=True)
class ModelRow:
    """One model.

    `group` is the heading it stands under. `state` is here, used, missing or damaged. `size` is in bytes, `place`
    where it lies, `sure` whether its checksum was compared, `job` the id of a running fetch. `own` marks a model that
    the person pointed to, which can be forgotten without touching its files.
    """

    id: str
    name: str
    group: str
    words: str
    state: Literal["here", "used", "missing", "damaged"]
    size: float | None = None
    licence: str = ""
    licence_url: str = ""
    place: str = ""
    sure: bool = False
    job: str = ""
    own: bool = False
    usable: bool = True


class ModelRows(Widget):
    """All models by group.

    Args:
        rows: `() -> list[ModelRow]`.
        act: `(deed, id, path) -> dict` with one of `DEEDS`; to add a base or a segmenter, `path` is the folder
            or file the person typed.
        cancel: ends a fetch, `job -> dict`.
    """

    def __init__(
        self,
        rows: Callable[[], list[ModelRow]],
        act: Callable[[str, str, str], dict],
        cancel: Callable[[str], dict],
        **kwargs: Any,
    ):
        def listed() -> dict:
            return {"ok": True, "rows": [asdict(row) for row in rows()]}

        def models_now(payload: dict, request: gr.Request) -> dict:
            return listed()

        def models_do(payload: dict, request: gr.Request) -> dict:
            given = payload if isinstance(payload, dict) else {}
            deed, name, path = given.get("do"), given.get("id", ""), given.get("path", "")
            if deed not in DEEDS or not all(isinstance(x, str) for x in (name, path)) or len(path) > 4096:
                return refusal("The page asked something unreadable.", "Reload the page.")
            if name and not IDENTITY.fullmatch(name) or "\0" in path:
                return refusal("The page asked something unreadable.", "Reload the page.")
            answer = act(deed, name, path.strip())
            return listed() if answer.get("ok") else answer

        def models_cancel(payload: dict, request: gr.Request) -> dict:
            job = payload.get("id") if isinstance(payload, dict) else None
            if not isinstance(job, str) or not IDENTITY.fullmatch(job):
                return refusal("There is no such job.", "Reload the page.")
            return cancel(job)

        super().__init__(
            html_template='<div class="lk-models"></div>',
            js_on_load=script("element", "words", "icons", "go", "feed", "model_rows"),
            server_functions=[models_now, models_do, models_cancel],
            apply_default_css=False,
            **{"elem_classes": "lk-fill", **kwargs},
        )

    def api_info(self) -> dict:
        return {"type": "null"}


if __name__ == "__main__":
    from components.alone import alone

    openrail, mine = "CreativeML OpenRAIL-M", "/models/dreamy"
    shown = [
        ModelRow("starter", "Starter", "Base models", "Came with the studio.", "used", 52e6, "Apache-2.0", sure=True),
        ModelRow("sd15", "Stable Diffusion 1.5", "Base models", "Photos, 512 px.", "missing", 2.1e9, openrail),
        ModelRow("mine", "dreamy", "Base models", "Read from where it is.", "here", 4.2e9, place=mine, own=True),
        ModelRow("sam_vit_b", "SAM ViT-B", "Segmenters", "Sharper outlines.", "missing", 375e6, "Apache-2.0"),
    ]
    alone(lambda: ModelRows(lambda: shown, lambda *order: {"ok": True}, lambda job: {"ok": True}))
