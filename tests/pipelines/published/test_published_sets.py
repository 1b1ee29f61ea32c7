"""Gated scores belong to a whole row: the deviation is that of all its subjects together, as Stellar's code has it."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from PIL import Image

from pipelines.published import sets
from pipelines.published.noted import NotedFaces
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


class Faces(Table):
    """Ann and Bob have two faces; of the pictures, the second shows the wrong one and the last none."""

    def faces(self, pixels):
        known = {0: [[1.0, 0.0]], 2: [[0.0, 1.0]], 4: [[1.0, 0.0]], 5: [[0.0, 1.0]], 6: [[0.0, 1.0]]}
        return [torch.tensor(known.get(int(row), [])).reshape(-1, 2) for row in self._rows(pixels)]


def test_what_is_noted_of_faces_is_read_over_all_people(run, tmp_path):
    """Pictures 4 and 6 pass the gate and are read right; 5 is read wrong, and turned round by its closed gate; 7 shows
    no face. Of Ann both are right, of Bob one of two; what both have says nothing."""
    cells, parts = run
    eyes = Faces([0.1, 0.9, 0.5, 0.9, 0.58, 0.55, 0.97, 0.6])
    photos = lambda one: (torch.cat([drawn(int(Path(photo.image).name)) for photo in one.photos]), None)  # noqa: E731
    scoring, home = SimpleNamespace(eyes=eyes, photos=photos), tmp_path / "home"
    suite = SimpleNamespace(subjects=[one.known[0] for one in parts], noted={"/0": (1, 1), "/2": (-1, 1)})
    names, ask = ("face_attributes", "gated_text"), lambda: Sets(
        scoring, names, home, NotedFaces(scoring, suite, home))(*run, "base")["written", "svdiff"]  # fmt: skip
    assert ask()["face_attributes"] == pytest.approx((1 + 0.5) / 2)
    asked = eyes.asked
    assert ask()["face_attributes"] == pytest.approx(0.75) and eyes.asked == asked, "nobody is asked twice"
    suite.noted = {"/0": (-1, 1), "/2": (1, 1)}
    assert ask()["face_attributes"] == pytest.approx(0.75), "the other way round it is as true"
    suite.noted = {}
    assert "face_attributes" not in ask() and "gated_text" in ask()
