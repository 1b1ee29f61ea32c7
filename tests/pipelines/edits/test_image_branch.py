import torch

from pipelines import seams, voices
from pipelines.backbone import UNet2DConditionModel
from pipelines.references import Shown
from pipelines.spec import use
from tests.pipelines.probes import stir


def branch(tiny):
    voice = stir(voices.build(tiny, [use("image_branch")], []), amount=0.1)
    return next(iter(voice.modules.values()))


def test_what_the_mask_leaves_out_cannot_be_read(tiny):
    block = branch(tiny)
    wide = block.norm.normalized_shape[0]
    y, tokens, mask = torch.randn(2, 16, wide), torch.randn(2, 9, wide), torch.arange(9).expand(2, 9) < 4
    other = torch.where(mask[..., None], tokens, torch.randn_like(tokens))
    with torch.no_grad():
        first, again = (block(y, y, Shown(one, mask)) for one in (tokens, other))
        free, changed = (block(y, y, Shown(one)) for one in (tokens, other))
    assert torch.equal(first, again) and not torch.allclose(free, changed)


def test_it_holds_twenty_times_the_square_of_its_width(tiny):
    block = branch(tiny)
    d = block.norm.normalized_shape[0]
    matrices = sum(p.numel() for p in block.parameters() if p.dim() == 2)
    rest = sum(p.numel() for p in block.parameters() if p.dim() == 1)
    assert matrices == 20 * d**2 and rest == 6 * d + 2 * d + 8 * d + d


def test_it_stands_where_vico_has_it():
    """Layers 8, 10, 12 and 14 of the sixteen cross-attentions, 51.2 million numbers in all."""
    with torch.device("meta"):
        unet = UNet2DConditionModel(cross_attention_dim=768)
    found = seams.layers({"unet": unet}, "decoder")
    index = {site.name: site.index for site in seams.sites(unet) if site.kind == "cross"}
    assert [index[f"{layer}.attn2"] for layer in found] == [8, 10, 12, 14]
    widths = [block.attn1.to_q.in_features for block in found.values()]
    assert 51.1e6 < sum(20 * d**2 for d in widths) < 51.3e6
