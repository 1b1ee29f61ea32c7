import pytest
import torch

from pipelines import catalogue
from pipelines.judging import Case

COSINES = {"likeness": "likeness", "likeness_clip": "pictures", "identity_cosine": "identity"}


class Flat:
    """Judges whose vectors are the first two colours of a picture: for sums done by hand."""

    recipes = dict.fromkeys(COSINES.values(), "Two colours.")

    def __getattr__(self, name):
        return lambda pixels: pixels[:, :2, 0, 0]


@pytest.mark.parametrize("name", COSINES)
def test_a_photo_of_itself_is_most_alike_and_the_mean_is_over_all_photos(eyes, cat, name):
    kind = catalogue.load("metrics", name)
    photos = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    one = kind(Case(cat, photos[:1], eyes))(photos, ["", ""])
    assert one[0] == pytest.approx(1, abs=1e-5) and one[1] < 1
    both = kind(Case(cat, photos, eyes))(photos[:1], [""])[0]
    assert both == pytest.approx((1 + one[1]) / 2, abs=1e-5)


@pytest.mark.parametrize("name", COSINES)
def test_all_pairs_count_not_the_nearest_photo_nor_their_mean(cat, name):
    made, photos = torch.tensor([[1.0, 0, 0], [0, 1, 0]]), torch.tensor([[1.0, 0, 0], [0.6, 0.8, 0]])
    metric = catalogue.load("metrics", name)(Case(cat, photos[:, :, None, None], Flat()))
    scores = metric(made[:, :, None, None], ["", ""])
    assert sum(scores) / 2 == pytest.approx(0.6)  # nearest photo: 0.9; mean photo: 0.6708


@pytest.mark.parametrize("name", [*COSINES, "copy", "prompt_following"])
def test_what_is_unlike_counts_as_far_below_nothing_as_it_is(cat, name):
    eyes = Flat()
    eyes.sentences = lambda texts: torch.tensor([[1.0, 0.0]] * len(texts))
    made, photos = torch.tensor([[-0.8, 0.6, 0]]), torch.tensor([[1.0, 0, 0]])
    metric = catalogue.load("metrics", name)(Case(cat, photos[:, :, None, None], eyes))
    assert metric(made[:, :, None, None], [""]) == pytest.approx([-0.8])
