from dataclasses import replace

import pytest
import torch

from pipelines import voices
from pipelines.examples import gather
from pipelines.objectives.maps_match_mask import MapsMatchMask
from pipelines.spec import use
from tests.pipelines.steps import glimpse, kit
from tests.pipelines.test_shared_photo import both


@pytest.fixture
def seen(tiny, tmp_path):
    """A step on one photo of two subjects, with two words and LoRA."""
    subjects = both(tmp_path)
    found = kit(tiny, subjects).develop(gather(subjects, tiny.size))
    with tiny.adapted({"a": voices.build(tiny, [use("token"), use("lora")], subjects)}) as stage:
        yield glimpse(tiny, found, stage, batch=1)


def looking(seen, where):
    """The same step with maps in which each word looks at a mask: word → (h, w)."""
    maps = dict(seen.maps)
    for site, shares in ((site, shares) for site, shares in maps.items() if site.endswith("attn2")):
        side = int(shares.shape[2] ** 0.5)
        made = torch.zeros_like(shares)
        for word, mask in where.items():
            small = torch.nn.functional.adaptive_avg_pool2d(mask[None], side).flatten()
            made[..., list(seen.words.spans[0][word])] = small[:, None] * 0.3
        maps[site] = made
    return replace(seen, maps=maps)


def test_maps_that_are_the_masks_cost_nothing_and_swapping_masks_swaps_the_optimum(seen):
    tom, rex = seen.parts[0]["<tom>"], seen.parts[0]["<rex>"]
    right, wrong = looking(seen, {"<tom>": tom, "<rex>": rex}), looking(seen, {"<tom>": rex, "<rex>": tom})
    swapped = ({"<tom>": rex, "<rex>": tom},)
    scaled = MapsMatchMask()(right)
    assert scaled < 1e-3 and MapsMatchMask()(wrong) > 0.1
    torch.testing.assert_close(MapsMatchMask()(replace(wrong, parts=swapped)), scaled)
    torch.testing.assert_close(MapsMatchMask()(replace(right, parts=swapped)), MapsMatchMask()(wrong))


def test_only_the_chosen_size_counts_and_never_the_middle(seen):
    """Latents of the tiny model are 8 cells a side; so are the maps that are looked at."""
    before = MapsMatchMask()(seen)
    for site, shares in seen.maps.items():
        counts = "attn2" in site and shares.shape[2] == 64 and "mid_block" not in site
        spoilt = {**seen.maps, site: torch.rand_like(shares)}
        assert torch.equal(MapsMatchMask()(replace(seen, maps=spoilt)), before) != counts


def test_the_sum_of_both_words_is_counted(seen):
    tom, rex = ({word: seen.parts[0][word]} for word in ("<tom>", "<rex>"))
    apart = MapsMatchMask()(replace(seen, parts=(tom,))) + MapsMatchMask()(replace(seen, parts=(rex,)))
    torch.testing.assert_close(MapsMatchMask()(seen), apart)
    assert MapsMatchMask()(replace(seen, parts=({},))) == 0


def test_on_the_architecture_of_stable_diffusion_it_takes_the_paper_s_layers(seen):
    """64 cells a side, as at 512 pixels: layers 4, 5, 7, 8, 9 of the 16, those with 16² cells."""
    names = [f"unet.down_blocks.{b}.attentions.{a}" for b in (0, 1, 2) for a in (0, 1)]
    names += ["unet.mid_block.attentions.0"]
    names += [f"unet.up_blocks.{b}.attentions.{a}" for b in (1, 2, 3) for a in (0, 1, 2)]
    sides = [64, 64, 32, 32, 16, 16, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64]
    maps = {f"{n}.attn2": torch.rand(1, 2, side**2, 77) for n, side in zip(names, sides, strict=True)}
    parts = ({word: (torch.rand(64, 64) > 0.5).float() for word in seen.parts[0]},)
    large = replace(seen, clean=torch.zeros(1, 4, 64, 64), maps=maps, parts=parts)
    before = MapsMatchMask()(large)
    counted = [
        k for k, site in enumerate(maps)
        if not torch.equal(MapsMatchMask()(replace(large, maps={**maps, site: maps[site] * 0})), before)
    ]  # fmt: skip
    assert counted == [4, 5, 7, 8, 9]
