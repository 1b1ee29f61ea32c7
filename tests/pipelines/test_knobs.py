"""Knobs: what is given for one is taken in its own type, or refused with the way out."""

import pytest

from pipelines.errors import BadInput
from pipelines.recipes.dreambooth_lora import DreamboothLora


@pytest.mark.parametrize(
    "given, why",
    [
        ({"rate": 1}, "It goes from 1e-6 to 0.01; the usual value is 0.003."),
        ({"steps": 0}, "It goes from 1 to "),
        ({"steps": 2.5}, "Steps is 2.5, which is not a whole number."),
        ({"steps": "many"}, "Steps is 'many', which is not a number."),
        ({"rate": "nan"}, "It goes from 1e-6 to 0.01"),
        ({"masked": "perhaps"}, "It is on or off."),
        ({"pace": 1}, "DreamBooth-LoRA has no knob “pace”. It has: steps, rate,"),
    ],
)
def test_what_a_knob_cannot_be_is_refused_in_words(given, why):
    with pytest.raises(BadInput) as refused:
        DreamboothLora.settled(given)
    assert why in str(refused.value)


def test_what_is_typed_becomes_what_the_knob_is():
    found = DreamboothLora.settled({"steps": "20", "rate": "1e-4", "masked": "off"})
    assert (found["steps"], found["rate"], found["masked"]) == (20, 1e-4, False)
