"""Models: what is here, what can be fetched, which one is used."""

from typing import TYPE_CHECKING

from app.models import Models
from components.model_rows import ModelRows
from pipelines.errors import StudioError

if TYPE_CHECKING:
    from app.studio import House

TITLE = "Models"


def build(house: "House") -> None:
    """Place the page."""
    models = Models(house.library, house.jobs)

    def act(deed: str, model: str, path: str) -> dict:
        deeds = {"use": models.use, "get": models.get, "forget": models.forget}
        pointed = {"add": models.add, "add_segmenter": models.add_segmenter}
        try:
            pointed[deed](path) if deed in pointed else deeds[deed](model)
        except StudioError as error:
            return {"ok": False, "error": error.message, "advice": error.advice}
        return {"ok": True}

    ModelRows(models.rows, act, lambda job: house.feed.act("cancel", job, ""), elem_classes="lk-fill lk-page")
