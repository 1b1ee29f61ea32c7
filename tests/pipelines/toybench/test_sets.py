"""Scores of all pictures of a method together: what is like the perfect pictures is nearer to them than what is not."""

import pytest
from PIL import Image, ImageFilter

from pipelines import toybox
from pipelines.eyes import Eyes
from pipelines.results import Cell
from pipelines.toybench.sets import LEAST, about, pooled

SIDE = 64


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    """Perfect pictures of eight prompts with two seeds; other pictures of the same scenes; the same ones blurred; and
    a method that has answered half of the questions."""
    room, made = tmp_path_factory.mktemp("pictures"), []

    def keep(picture: Image.Image, method: str, prompt: int, seed: int) -> None:
        path = room / f"{method}-{prompt}-{seed}.png"
        picture.save(path)
        made.append(Cell("single", "pip", method, f"prompt {prompt}", seed, path, {}))

    for k in range(LEAST):
        prompt, seed = divmod(k, 2)
        mine, other = (Image.fromarray(toybox.render(toybox.draw(n, "validation", count=1), SIDE).pixels)
                       for n in (k, 500 + k))  # fmt: skip
        keep(mine, "renders", prompt, seed)
        keep(other, "good", prompt, seed)
        keep(other.filter(ImageFilter.GaussianBlur(6)), "bad", prompt, seed)
        if k % 2:
            keep(mine, "half", prompt, seed)
    return made


def test_the_nearer_to_perfect_the_smaller_the_distance(cells):
    found = pooled(cells, Eyes.load())
    good, bad = found["single", "good"], found["single", "bad"]
    for name in ("fid", "kid", "cmmd"):
        assert good[name] < bad[name], name
    assert bad["diversity"] < good["diversity"]


def test_perfect_pictures_are_held_against_nothing(cells):
    assert set(pooled(cells, Eyes.load())["single", "renders"]) == {"inception_score", "diversity"}


def test_few_pictures_say_nothing(cells):
    found = pooled(cells, Eyes.load())
    assert ("single", "half") not in found
    assert set(about(found, Eyes.load())) == {"fid", "kid", "cmmd", "inception_score", "diversity"}
    assert pooled([one for one in cells if one.method == "half"], Eyes.load()) == {}
