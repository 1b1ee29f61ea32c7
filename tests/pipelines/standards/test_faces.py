"""Faces are found where they are, set upright, and told apart; none and several count as they should."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from pipelines.errors import BadInput
from pipelines.faces import alike
from pipelines.judging import Case, Judges, SetJudges
from pipelines.panel import SEATS
from pipelines.spec import Subject
from pipelines.standards import Standards
from pipelines.standards.arcface import TEMPLATE, ArcFace, alignment
from pipelines.standards.face import Face
from pipelines.standards.mtcnn import Mtcnn
from tests.pipelines.standards.squares import SHARES, picture, seekers

ANN = Subject("a", "Ann", "person", "<ann>", kind="person")


@pytest.fixture(scope="module")
def face(folder):
    return Face(folder / "face")


def test_every_face_is_found_where_it_is():
    find = Mtcnn(*(net.eval() for net in seekers().values()))
    for squares in ((), ((30, 20, 0),), ((30, 100, 0), (130, 30, 1))):
        found = find(picture(*squares) * 255)
        assert len(found) == len(squares)
        middles = found.mean(1).tolist()
        for x, y, _ in squares:
            assert min(math.dist((x + 20, y + 20), middle) for middle in middles) < 14, "one step of the first look"
    eyes, mouth = found[0, :2], found[0, 3:]
    assert eyes[0, 0] < eyes[1, 0] and eyes[:, 1].max() < mouth[:, 1].min(), "the order of the points"
    wide = (found[0, 1, 0] - found[0, 0, 0]) / (SHARES[0][1] - SHARES[0][0])
    assert 50 < wide < 130, "a window about twice as large as the square"


def test_points_are_turned_scaled_and_moved_to_their_places_and_never_mirrored():
    turn = 0.4
    turned = TEMPLATE @ (2.5 * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])) + (40, -7)
    there = lambda points: np.c_[points, np.ones(5)] @ alignment(points).T  # noqa: E731
    assert np.allclose(there(turned), TEMPLATE)
    assert np.abs(there(turned * (-1, 1)) - TEMPLATE).max() > 5
    uneven = there(TEMPLATE * (1, 1.3))
    assert np.allclose(uneven.mean(0), TEMPLATE.mean(0)) and np.abs(uneven - TEMPLATE).max() > 1, "not stretched"


def test_a_face_is_known_again_elsewhere_and_several_pictures_are_as_one_at_a_time(face):
    pixels = torch.stack([picture((30, 20, 0)), picture((130, 100, 0)), picture((30, 20, 1)), picture()])
    one, moved, other, none = face.faces(pixels)
    assert (len(one), len(moved), len(other), len(none)) == (1, 1, 1, 0)
    assert one.norm() == pytest.approx(1, abs=1e-5)
    assert float(one[0] @ moved[0]) > float(one[0] @ other[0]) + 0.01
    assert torch.allclose(face.faces(pixels[2:3])[0], other, atol=1e-5)


def test_the_best_pair_counts_and_none_is_nothing():
    a, b = torch.eye(2)
    assert alike([torch.stack([a, b]), a[None], torch.zeros(0, 2)], [b[None], torch.zeros(0, 2)]).tolist() == [
        [1.0, 0.0], [0.0, 0.0], [0.0, 0.0]
    ]  # fmt: skip


def test_scores_of_people_ask_for_faces_and_of_things_do_not(standards):
    photos = torch.stack([picture((30, 20, 0)), picture()])
    case = Case(ANN, photos, standards)
    pixels = torch.stack([picture((30, 20, 0)), picture((130, 100, 1), (30, 20, 0)), picture((30, 20, 1)), picture()])
    told = Judges(case, ("face_identity", "face_found"))
    same, both, other, nobody = told(pixels, ["a person"] * 4)
    assert same == both == {"face_identity": 1.0, "face_found": 1.0}, "the best face counts"
    assert other["face_identity"] < 0.99 and nobody == {"face_identity": 0.0, "face_found": 0.0}
    assert "MTCNN" in told.how["face_identity"] and "ArcFace IR-SE-12" in told.how["face_identity"]
    assert Judges(replace(case, subject=replace(ANN, kind="object")), ("face_identity",))(pixels, [""] * 4) == [{}] * 4
    assert Judges(replace(case, photos=photos[1:]), ("face_identity",))(pixels, [""] * 4) == [{}] * 4
    assert {"gated_face", "face_stability"} <= set(SetJudges(case).metrics)


def test_stability_asks_every_photo_and_preservation_their_mean(standards):
    case = Case(ANN, torch.stack([picture((30, 20, 0)), picture((30, 20, 1))]), standards)
    pixels = torch.stack([picture((30, 20, 0)), picture()])
    metrics = SetJudges(case, ("gated_face", "face_stability")).metrics
    preserved, stable = (metrics[name].marks(pixels, ["a person"] * 2)[:, 0].tolist() for name in metrics)
    known = alike(standards.faces(pixels[:1]), standards.faces(case.photos))[0].tolist()
    assert known[0] == pytest.approx(1, abs=1e-5) and known[1] < 0.99
    assert preserved == pytest.approx([sum(known) / 2, 0.0], abs=1e-5) and stable == pytest.approx([known[1], 0.0])


def test_weights_say_how_large_the_network_is_and_of_something_else_are_refused(folder, tmp_path):
    with torch.device("meta"):
        stages = (64, 64, 3), (64, 128, 4), (128, 256, 14), (256, 512, 3)
        widths = [(wide if k == 0 else out, out) for wide, out, count in stages for k in range(count)]
        whole = ArcFace(widths, [out // 16 for _, out in widths], 512)
        weights = whole.state_dict()
        assert weights["output_layer.3.weight"].shape == (512, 25088), "as in model_ir_se50.pth"
        assert "body.23.res_layer.5.fc2.weight" in weights and "body.3.shortcut_layer.0.weight" in weights
        again = ArcFace.of(weights)
    assert again.title == "IR-SE-50" and again.state_dict().keys() == weights.keys()
    home = tmp_path / "face"
    home.mkdir()
    for name in SEATS["face"].files:
        save_file(load_file(folder / "face" / name), home / name)
    save_file({"weight": torch.zeros(2)}, home / "arcface.safetensors")
    with pytest.raises(BadInput, match="no ArcFace"):
        Standards(tmp_path)
