"""The small SAM: prompts fall where they say, answers are graded rightly, and it learns."""

import numpy as np
import pytest
import torch

from pipelines.doors import open_doors

open_doors()

from pipelines.errors import BadInput, MissingWeights  # noqa: E402
from pipelines.starter import sam, stills  # noqa: E402


class Stills:
    """A pool of still lifes, so that no toy has to be drawn."""

    def __len__(self):
        return 8

    def read(self, index):
        return stills.draw(np.random.default_rng(int(index)), 128)


@pytest.fixture
def blob():
    mask = np.zeros((sam.MASK, sam.MASK), bool)
    mask[30:70, 20:90] = True
    return mask


def test_pictures_and_owners_lie_over_each_other():
    for seed in range(6):
        pixels, owner = sam.picture(Stills(), np.random.default_rng(seed))
        assert pixels.shape == (sam.SIDE, sam.SIDE, 3) and owner.shape == (sam.MASK, sam.MASK)
        empty = (pixels[::2, ::2] == sam.PADDING).all(2)
        padding = empty.all(1)[:, None] | empty.all(0)[None]
        assert not owner[padding].any(), "a thing lies in the padding"


def test_a_click_falls_into_its_region(blob):
    for seed in range(40):
        x, y = sam.click(blob, np.random.default_rng(seed), deep=seed % 2 == 0)
        assert blob[int(y) // 2, int(x) // 2]


def test_a_deep_click_keeps_away_from_the_edge(blob):
    ys = [sam.click(blob, np.random.default_rng(seed), deep=True)[1] / 2 for seed in range(40)]
    assert min(ys) >= 30 + 9 and max(ys) <= 70 - 9


def test_a_box_is_that_of_its_mask(blob):
    exact = sam.around(blob, np.random.default_rng(0), jitter=0.0)
    assert exact == (40.0, 60.0, 180.0, 140.0)
    loose = np.array([sam.around(blob, np.random.default_rng(seed)) for seed in range(50)])
    assert np.abs(loose - exact).max() <= 0.08 * 140 + 1e-6 and loose.std(0).min() > 0.5


def test_grading_knows_right_from_wrong(blob):
    truth = torch.from_numpy(blob)[None]
    right, wrong = (truth.float() * 2 - 1) * 20, (1 - truth.float() * 2) * 20
    loss, iou = sam.graded(torch.stack([right, wrong], 1), torch.tensor([[1.0, 0.0]]), truth)
    assert iou.tolist() == [[1.0, 0.0]]
    assert loss[0, 0] < 1e-3 and loss[0, 1] > 5


def test_many_pictures_at_once_are_each_alone():
    """The embedding travels in the dense prompt: the answer is the one segment-anything gives for one picture."""
    torch.manual_seed(0)
    model = sam.build(depth=1).eval()
    features = torch.randn(2, sam.WIDTH, sam.GRID, sam.GRID)
    points = torch.tensor([[[40.0, 60.0]], [[200.0, 90.0]]]), torch.ones(2, 1)
    with torch.no_grad():
        together, _ = sam.decode(model, features, points)
        sparse, dense = model.prompt_encoder((points[0][1:], points[1][1:]), None, None)
        alone, _ = model.mask_decoder.predict_masks(features[1:], model.prompt_encoder.get_dense_pe(), sparse, dense)
    torch.testing.assert_close(together[1:], alone, atol=1e-4, rtol=1e-4)


def test_it_is_a_sam_to_segment_anything(tmp_path):
    model = sam.build()
    sam.save(model, tmp_path / "sam.safetensors")
    again = sam.load(tmp_path / "sam.safetensors")
    image = torch.randint(0, 255, (3, 192, 256)).float()
    asked = [{"image": image, "original_size": (192, 256), "boxes": torch.tensor([[10.0, 10.0, 90.0, 80.0]])}]
    answer = again(asked, multimask_output=False)[0]
    assert answer["masks"].shape == (1, 1, 192, 256)


def test_errors_say_what_to_do(tmp_path):
    with pytest.raises(MissingWeights):
        sam.load(tmp_path / "none.safetensors")
    from safetensors.torch import save_file

    save_file({"a": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(BadInput, match=r"assets/starter/sam\.safetensors"):
        sam.load(tmp_path / "other.safetensors")


def test_a_run_killed_half_way_is_the_run_that_was_not(tmp_path, monkeypatch):
    monkeypatch.setattr(sam, "build", lambda depth=1, build=sam.build: build(1))
    quiet = dict(size=1, say=lambda words: None)
    whole = sam.train(Stills(), tmp_path / "whole", 2, **quiet)

    class Killed(Exception):
        pass

    course = sam.Course
    monkeypatch.setattr(sam, "Course", lambda *a, **k: course(*a, **k | {"save_every": 0.0}))
    original, seen = sam.lesson, []

    def twice(*given):
        seen.append(1)
        if len(seen) == 2:
            raise Killed
        return original(*given)

    monkeypatch.setattr(sam, "lesson", twice)
    with pytest.raises(Killed):
        sam.train(Stills(), tmp_path / "cut", 2, **quiet)
    resumed = sam.train(Stills(), tmp_path / "cut", 2, **quiet)
    for name, value in whole.state_dict().items():
        torch.testing.assert_close(resumed.state_dict()[name], value, msg=name)
