"""A click on a finished picture is answered by the segmenter that was chosen, with the box of what is there."""

import numpy as np
import pytest
from PIL import Image

from app.jobs import Jobs
from app.pointing import pointer
from app.segmenters import Segmenters
from app.takes import Takes
from pipelines.errors import BadInput
from pipelines.events import Silent
from pipelines.segment import segment


def test_a_picture_that_was_put_away_meanwhile_is_said_to_be_gone(library, tmp_path):
    class Gone(Takes):
        """One take, done, whose file is in the bin."""

        def picture(self, job):
            return str(tmp_path / "take.png"), "take.png"

    jobs = Jobs(library.store)
    with pytest.raises(BadInput, match="not there any more"):
        pointer(library, jobs, Gone(library, jobs))("take", 0.5, 0.5)


def test_a_click_on_a_picture_asks_the_segmenter_that_was_chosen(library, tmp_path):
    asked, picture = [], tmp_path / "take.png"
    seen = np.full((64, 96, 3), 230, np.uint8)
    seen[16:48, 24:60] = (200, 30, 30)
    Image.fromarray(seen).save(picture)

    class Here(Jobs):
        """Answers at once, in this process."""

        def answer(self, task, timeout=20.0):
            asked.append(task)
            return segment(task, Silent())

    class Done(Takes):
        """One take, and it is done."""

        def picture(self, job):
            return str(picture), "take.png"

    jobs = Here(library.store)
    Segmenters(library).choose("grabcut")
    (x, y, w, h), _ = pointer(library, jobs, Done(library, jobs))("take", 0.44, 0.5)
    assert [one.segmenter for one in asked] == ["grabcut"]
    assert (x, y, x + w, y + h) == pytest.approx((0.25, 0.25, 0.625, 0.75), abs=0.05)
