"""Gated scores belong to a whole row: the deviation is that of all its subjects together, as Stellar's code has it."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from PIL import Image

from pipelines.published import sets
from pipelines.published.parts import Ask, Part
from pipelines.published.sets import Sets
from pipelines.results import Cell
from pipelines.spec import Photo, Subject

WHO = [[1.0, 0.0], [0.6, 0.8]]
"""The identity of everybody's first photo, which pictures share, and of the second one."""


class Table:
    """Judges that answer from a table; a picture's first pixel is its row, a sentence stands at (1, 0)."""

    name, recipes = "table", {"pictures": "", "sentences": "", "identity": "", "faces": ""}

    def __init__(self, seen):
        self.seen, self.asked = torch.tensor(seen), 0

    def _rows(self, pixels):
        self.asked += 1
        return (pixels[:, 0, 0, 0] * 255).round().long()

    def pictures(self, pixels):
        return torch.stack([self.seen[self._rows(pixels)], torch.zeros(len(pixels))], 1)

    def sentences(self, texts):
        return torch.tensor([[float(one), 0.0] for one in texts])

    def identity(self, pixels):
        return torch.tensor([WHO[int(row) % 2 if row < 4 else 0] for row in self._rows(pixels)])

    def faces(self, pixels):
        return list(self.identity(pixels)[:, None])


def drawn(row: int) -> torch.Tensor:
    return torch.full((1, 3, 4, 4), row / 255)


@pytest.fixture
def run(tmp_path):
    """Two people, two photos each (rows 0 to 3), the first of which is shown, and two pictures of each (4 to 7)."""
    cells, parts = [], []
    for k, id in enumerate(("ann", "bob")):
        photos = tuple(Photo(f"/{2 * k + n}") for n in range(2))
        known = Subject(id, id, "person", f"<{id}>", photos, "person")
        shown = Subject(id, id, "person", f"<{id}>", photos[:1], "person")
        parts.append(Part("written", id, (shown,), (known,), (Ask("1", "1"),)))
        for n in range(2):
            path = tmp_path / f"{4 + 2 * k + n}.png"
            Image.new("RGB", (4, 4), (4 + 2 * k + n,) * 3).save(path)
            cells.append(Cell("written", id, "svdiff", "1", n, path, {}))
    return cells, parts


def scored(run, tmp_path, seen, names=("gated_text", "gated_identity", "identity_stability")):
    eyes = Table(seen)
    photos = lambda one: (torch.cat([drawn(int(Path(photo.image).name)) for photo in one.photos]), None)  # noqa: E731
    scoring = SimpleNamespace(eyes=eyes, photos=photos)
    return Sets(scoring, names, tmp_path / "home")(*run, "base")["written", "svdiff"], eyes


def test_the_deviation_is_that_of_the_whole_row(run, tmp_path):
    """Ann's prompt scores 0.1 with her photo and Bob's 0.5 with his: within each person there is no deviation at all,
    so every picture a little above would pass; over the row it is 0.2309, and 0.4619 more is asked for."""
    seen = [0.1, 0.9, 0.5, 0.9, 0.58, 0.55, 0.97, 0.6]
    found, eyes = scored(run, tmp_path, seen)
    assert found["gated_text"] == pytest.approx((0.58 + 0.97) / 4, abs=1e-4)
    assert found["gated_identity"] == pytest.approx((1 + 1) / 4), "pictures 4 and 6 pass, and are the person"
    asked = eyes.asked
    assert scored(run, tmp_path, seen)[1].asked == 0 < asked, "nobody is asked twice"


def test_stability_asks_all_photos_and_its_gate_is_that_of_the_photo_shown(run, tmp_path):
    """The second photos fit their prompt well (0.9): with them in the gate nothing would pass."""
    found, _ = scored(run, tmp_path, [0.1, 0.9, 0.5, 0.9, 0.58, 0.55, 0.97, 0.6])
    assert found["identity_stability"] == pytest.approx((0.6 + 0.6) / 4)


def test_every_picture_of_a_subject_counts_a_few_prompts_at_a_time(run, tmp_path, monkeypatch):
    seen, (cells, parts) = [0.1, 0.9, 0.5, 0.9, 0.58, 0.55, 0.97, 0.6], run
    asked = [replace(one, prompt="1" if one.seed == 0 else "1.0") for one in cells]
    whole, _ = scored((asked, parts), tmp_path / "whole", seen)
    monkeypatch.setattr(sets, "AT_MOST", 1)
    few, _ = scored((asked, parts), tmp_path / "few", seen)
    assert few == whole and len(list((tmp_path / "few" / "home" / "sets").iterdir())) > len(parts) * 2
    joined = sets._joined([({"diversity": 0.2}, asked[:1]), ({"diversity": 0.5}, asked[:2]), ({}, asked)])
    assert joined == {"diversity": pytest.approx((0.2 + 2 * 0.5) / 3)}


def test_faces_are_asked_for_as_identities_are(run, tmp_path):
    """Of the photos shown for preservation, of all photos for stability, by the same gate."""
    seen = [0.1, 0.9, 0.5, 0.9, 0.58, 0.55, 0.97, 0.6]
    found, faces = (scored(run, tmp_path, seen, names)[0] for names in (
        ("gated_text", "gated_identity", "identity_stability"), ("gated_text", "gated_face", "face_stability")
    ))  # fmt: skip
    assert faces["gated_face"] == found["gated_identity"] > 0
    assert faces["face_stability"] == found["identity_stability"] > 0 and faces["gated_text"] == found["gated_text"]
