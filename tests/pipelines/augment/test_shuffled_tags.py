from dataclasses import replace

import numpy as np

from pipelines.augment.shuffled_tags import ShuffledTags
from tests.pipelines.steps import examples, shot


def test_who_it_is_comes_first_and_the_rest_in_any_order(tiny, tmp_path):
    (example, *_), chance = examples(tiny, shot(tmp_path)), np.random.default_rng(0)
    told = replace(example, caption="red, on grass, sunny", prompt="a photo of <tom> cat, red, on grass, sunny")
    said = {ShuffledTags().draw(told, [], chance).prompt for _ in range(100)}
    assert len(said) == 6 and all(one.startswith("a photo of <tom> cat, ") for one in said)
    assert {tuple(sorted(one.split(", ")[1:])) for one in said} == {("on grass", "red", "sunny")}
    assert ShuffledTags().draw(example, [], chance) is example
