from collections import Counter

import numpy as np
import pytest

from pipelines.augment.concept_subset import ConceptSubset
from pipelines.examples import Example
from pipelines.spec import Subject
from tests.pipelines.steps import examples, shot

DRAWS = 1200


@pytest.fixture(scope="module")
def family():
    """One picture of four subjects; each mask is its trigger's own."""
    who = tuple(Subject(n, n.title(), n, f"<{n[0]}>") for n in ("cat", "dog", "owl", "fox"))
    return Example("all", masks={one.trigger: n for n, one in enumerate(who)}, subjects=who)


@pytest.fixture(scope="module")
def drawn(family):
    chance = np.random.default_rng(0)
    return [ConceptSubset().draw(family, [family], chance) for _ in range(DRAWS)]


def test_every_subset_comes_up(drawn):
    assert len({frozenset(one.masks) for one in drawn}) == 2**4 - 1


def test_every_number_is_as_likely(drawn):
    numbers = Counter(len(one.masks) for one in drawn)
    assert all(abs(numbers[k] - DRAWS / 4) < 75 for k in (1, 2, 3, 4))  # five standard deviations


def test_words_and_masks_are_of_the_same_subjects_in_any_order(family, drawn):
    for one in drawn:
        assert one.prompt == "a photo of " + " and ".join(f"{s.trigger} {s.noun}" for s in one.subjects)
        assert one.masks == {s.trigger: family.masks[s.trigger] for s in one.subjects}
    assert {one.subjects[0].noun for one in drawn} == {"cat", "dog", "owl", "fox"}


def test_a_photo_of_one_stays_as_it_is(tiny, tmp_path):
    for one in examples(tiny, shot(tmp_path)):
        assert ConceptSubset().draw(one, [one], np.random.default_rng(0)) is one
