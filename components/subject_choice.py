"""Choose one or several subjects in one line: names, photos, and a list that opens."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import gradio as gr

from components.job_strip import IDENTITY
from components.script import script
from components.widget import Widget


@dataclass(frozen=True)
class Choice:
    """One subject to choose: how many photos and masks it has, addresses of up to four of them.

    `hint` is a sentence worth knowing before it is used here, and `hint_page` where to go about it.
    """

    id: str
    name: str
    noun: str
    trigger: str
    kind: str = "object"
    photos: int = 0
    masks: int = 0
    images: tuple[str, ...] = ()
    hint: str = ""
    hint_page: str = ""


class SubjectChoice(Widget):
    """The value is a list of subject ids, in the order chosen. `loaded` fires whenever it asked for them.

    Args:
        subjects: `() -> list[Choice]`, asked whenever the widget comes into sight.
        empty_page: title of the page where subjects are made.
        many: whether more than one may be chosen.
        page: title of the page whose handed-over subjects are chosen here.
    """

    def __init__(
        self,
        subjects: Callable[[], list[Choice]],
        *,
        empty_page: str,
        many: bool = True,
        page: str = "",
        **kwargs: Any,
    ):
        def choice_now(payload: dict, request: gr.Request) -> dict:
            return {"ok": True, "subjects": [asdict(one) for one in subjects()]}

        super().__init__(
            value=[],
            html_template='<div class="lk-choice"></div>',
            js_on_load=script("element", "words", "icons", "go", "subject_choice"),
            server_functions=[choice_now],
            apply_default_css=False,
            empty_page=empty_page,
            many=many,
            page=page,
            **kwargs,
        )

    def preprocess(self, payload: Any) -> list[str]:
        """Ids, each once; anything else is left out."""
        given = payload if isinstance(payload, list) else []
        return list(dict.fromkeys(one for one in given if isinstance(one, str) and IDENTITY.fullmatch(one)))[:100]

    def api_info(self) -> dict:
        return {"type": "array", "items": {"type": "string"}}


if __name__ == "__main__":
    from components.alone import alone

    two = [Choice("pip", "Pip", "robot", "<pip>", photos=4, masks=4), Choice("dot", "Dot", "duck", "<dot>", photos=4)]
    alone(lambda: SubjectChoice(lambda: two, empty_page="Subjects"))
