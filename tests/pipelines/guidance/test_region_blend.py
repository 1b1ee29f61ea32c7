from dataclasses import replace

import torch

from pipelines import voices
from pipelines.denoise import guided
from pipelines.guidance.region_blend import RegionBlend
from pipelines.spec import Region, use
from tests.pipelines.probes import stir
from tests.pipelines.scenes import LEFT, RIGHT, begun


def test_each_region_is_what_its_subject_alone_would_be(tiny, cat, dog):
    spoken = {"one": stir(voices.build(tiny, [use("lora"), use("token")], [cat]), 1),
              "two": stir(voices.build(tiny, [use("lora"), use("token")], [dog]), 2)}  # fmt: skip
    regions = (Region(LEFT, "a <tom>", artefact="one"), Region(RIGHT, "a <rex>", artefact="two"))
    with begun(tiny, spoken, regions=regions, how="region_blend") as (at, _, x):
        out = RegionBlend().predict(x, at, guided)
        one, two = (guided(x, replace(at, words=r.words, voices=r.voices, regions=())) for r in at.regions)
    assert torch.equal(out[..., :4], one[..., :4]) and torch.equal(out[..., 4:], two[..., 4:])
    assert not torch.allclose(one, two)


def test_overlap_is_the_mean_and_strength_blends(tiny):
    regions = (Region(LEFT, "a cat", strength=0.25), Region(RIGHT, "a dog"), Region(RIGHT, "a bird"))
    with begun(tiny, regions=regions, how="region_blend") as (at, _, x):
        out = RegionBlend().predict(x, at, guided)
        plain = guided(x, replace(at, regions=()))
        one, two, three = (guided(x, replace(at, words=r.words, regions=())) for r in at.regions)
    torch.testing.assert_close(out[..., :4], (0.75 * plain + 0.25 * one)[..., :4])
    torch.testing.assert_close(out[..., 4:], ((two + three) / 2)[..., 4:])
