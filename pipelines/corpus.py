"""Everyday captions, and what a text encoder makes of them: how language lies in the space that attention reads.

Perfusion measures closeness with its second moment; Custom Diffusion's merge leaves what these captions say as it was.
"""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from pipelines.conditioning import Conditioning
from pipelines.device import precise

THINGS, LOOKS, PLACES = (
    [" ".join(words.split()) for words in text.split(",")]
    for text in (
        """cat, dog, horse, bird, fish, bear, rabbit, tiger, lion, frog, man, woman, boy, girl, child, robot, doll,
        car, bus, truck, train, boat, plane, bicycle, house, castle, tower, bridge, church, teapot, cup, lamp,
        clock, chair, table, guitar, bottle, ball, book, hat, shoe, tree, flower, mountain, river, statue, door""",
        """red, yellow, green, blue, purple, pink, brown, black, white, grey, golden, new, small, big, wooden, striped,
        spotted, shiny, happy, sleepy, tall""",
        """on grass, on a beach, in the snow, in a desert, in a forest, on a street in the city, on a wooden floor, in
        a kitchen, in a studio, on the moon, under water, among flowers, by the sea, in the rain, at night, at
        sunset, next to a window, behind a fence, on top of a hill, in front of a mountain, wearing a scarf, wearing
        a crown, beside a small dog, with a red ball, in summer, in a dark room, near an old bridge, under a tree,
        in fog""",
    )
)
FRAMES = (
    "a photo of a {}", "{}", "a picture of a {}", "a painting of a {}", "a pencil sketch of a {}", "the {}", "one {}",
    "a close view of a {}", "a watercolour of a {}", "a dark photo of a {}", "two of the {}", "a cartoon of a {}",
)  # fmt: skip
AT_ONCE = 32

Listen = Callable[[Sequence[str]], Conditioning]
Ids = Callable[[str], list[int]]


def captions(count: int = 192) -> list[str]:
    """The first `count` captions: always the same, all four lists evenly mixed."""
    return [_caption(k) for k in range(count)]


def about(count: int) -> list[str]:
    """`count` sentences about one thing, none twice among the first 3000; {} stands for it."""
    looks = ("", *LOOKS)
    mixed = ((FRAMES[k % len(FRAMES)], looks[k % len(looks)], PLACES[k % len(PLACES)]) for k in range(count))
    return [" ".join(f"{frame.format(f'{look} {{}}')} {place}".split()) for frame, look, place in mixed]


def _caption(k: int) -> str:
    thing, look, place = THINGS[k % len(THINGS)], LOOKS[8 * k % len(LOOKS)], PLACES[5 * k % len(PLACES)]
    named = thing if k % 3 == 0 else f"{look} {thing}"
    said = FRAMES[k // 2 % len(FRAMES)].format(named)
    return said if k % 5 == 0 else f"{said} {place}"


@torch.no_grad()
def rows(prompts: Sequence[str], listen: Listen, ids: Ids, first: int = 1) -> Tensor:
    """States (m, D) of all tokens of prompts without taught words, from position `first` (0 is the start token) to the
    end token."""
    found = []
    for begin in range(0, len(prompts), AT_ONCE):
        some = prompts[begin : begin + AT_ONCE]
        text = listen(some).text
        found += [states[first : len(ids(prompt)) + 2] for prompt, states in zip(some, text, strict=True)]
    return torch.cat(found)


RIDGE = 1e-4


def moment(states: Tensor) -> Tensor:
    """Uncentred second moment (D, D) of states (m, D), in float64 (see `device.precise`), with a little of its mean
    variance added to every direction, so that it can be inverted."""
    wide = precise(states)
    held = wide.T @ wide / len(wide)
    return held + RIDGE * held.diagonal().mean() * torch.eye(len(held), dtype=held.dtype, device=held.device)


def slots(nouns: Sequence[str], listen: Listen, ids: Ids) -> Tensor:
    """Mean states (n, D) of nouns where a prompt says them: of their last token, which has read the others."""
    return torch.stack([torch.cat(list(_slot(noun, listen, ids))).mean(0) for noun in nouns])


@torch.no_grad()
def _slot(noun: str, listen: Listen, ids: Ids) -> Iterator[Tensor]:
    for frame in FRAMES:
        prompt = frame.format(noun)
        yield listen([prompt]).text[:, len(ids(prompt))]
