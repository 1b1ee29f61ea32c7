import math

import pytest
import torch

from pipelines import toybox
from pipelines.asked import named
from pipelines.judging import Case
from pipelines.metrics.attributes import Attributes


@pytest.mark.parametrize("prompt, wanted", [
    ("a photo of a cat", {}),
    ("a red cat on a beach at night", {"colour": "red", "place": "beach", "light": "night"}),
    ("a cat wearing a red top hat", {"accessory": "top hat"}),
    ("a cat in a flower field", {"place": "flower field"}),
    ("a Striped cat in falling snow", {"pattern": "striped", "weather": "snowfall"}),
    ("a cat in the snow", {"place": "snow"}),
    ("a watercolour of a cat", {"style": "watercolour"}),
    ("a predator", {}),
])  # fmt: skip
def test_the_words_of_a_prompt(prompt, wanted):
    assert named(prompt) == wanted


def test_captions_of_the_toybox_name_what_is_there():
    for seed in range(40):
        scene = toybox.draw(seed, "validation", count=1)
        told, thing = named(toybox.caption(scene, full=True)), scene.things[0]
        truth = {"place": scene.place, "style": scene.style, "light": scene.light, "weather": scene.weather,
                 "accessory": thing.accessory, "pose": thing.pose, "expression": thing.expression}  # fmt: skip
        assert all(truth[name] == word for name, word in told.items() if name in truth), toybox.caption(
            scene, full=True
        )


def test_the_share_counts_what_the_oracle_reads(eyes, cat):
    pixels = torch.rand(1, 3, 96, 96, generator=torch.Generator().manual_seed(1))
    sure = {name: int(values[0].argmax()) for name, values in eyes.read(pixels).items() if name in eyes.WORDS}
    read = {name: eyes.WORDS[name][k] for name, k in sure.items()}
    other = next(word for word in toybox.PLACES if word != read["place"])
    metric = Attributes(Case(cat, pixels, eyes))
    style = read["style"] if read["style"] != "photo" else None
    assert metric(pixels, [f"a cat, {read['place']}"]) == [1.0]
    assert metric(pixels, [f"a cat, {other}"]) == [0.0]
    if style:
        assert metric(pixels, [f"a {style} of a cat, {other}"]) == [0.5]
    assert math.isnan(metric(pixels, ["a cat"])[0])
