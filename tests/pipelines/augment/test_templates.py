from dataclasses import replace

import numpy as np

from pipelines.augment.templates import Templates
from tests.pipelines.steps import examples, shot


def test_the_word_is_said_in_many_ways_and_captions_stay(tiny, tmp_path):
    (example, *_), chance = examples(tiny, shot(tmp_path)), np.random.default_rng(0)
    said = {Templates().draw(example, [], chance).prompt for _ in range(200)}
    assert len(said) == 10 and all("<tom> cat" in one for one in said)
    alone = {Templates(noun=False).draw(example, [], chance).prompt for _ in range(50)}
    assert all("<tom>" in one and "cat" not in one for one in alone)
    told = replace(example, caption="a cat on grass", prompt="a <tom> cat on grass")
    assert Templates().draw(told, [], chance) is told


def test_a_style_is_spoken_of_as_one(tiny, tmp_path):
    (example, *_), chance = examples(tiny, shot(tmp_path)), np.random.default_rng(0)
    style = replace(example, subjects=(replace(example.subjects[0], kind="style"),))
    assert all("style" in Templates().draw(style, [], chance).prompt for _ in range(20))
