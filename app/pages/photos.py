"""Subjects: which photos, and where in them."""

from typing import TYPE_CHECKING

import gradio as gr

from app.subjects import Subjects
from components.mask_editor import MaskEditor
from components.subject_picker import SubjectPicker

if TYPE_CHECKING:
    from app.studio import House

TITLE = "Subjects"


def build(house: "House") -> None:
    """Place the page: gallery, mask editor, inspector."""
    subjects = Subjects(house.library, house.jobs)
    with gr.Row(elem_classes="lk-cols3 lk-subjects"):
        with gr.Column(elem_classes="lk-rail l"):
            SubjectPicker(subjects, elem_id="lk-picker", elem_classes="lk-grown")
        with gr.Column(elem_classes="lk-mid"):
            MaskEditor(subjects, slot="lk-maskslot", elem_id="lk-mask", elem_classes="lk-grown")
        with gr.Column(elem_classes="lk-rail r"):
            gr.HTML('<div id="lk-maskslot"></div>', apply_default_css=False, elem_classes="lk-grown")
