import base64
import io

import torch
import torch.nn.functional as F
from PIL import Image

from pipelines.preview import preview


def test_it_is_a_small_jpeg(tiny):
    text = preview(torch.zeros(2, 4, 8, 12), tiny, 96)
    with Image.open(io.BytesIO(base64.b64decode(text))) as image:
        assert image.format == "JPEG" and image.size == (96, 64)


def test_its_colours_are_those_of_the_picture(tiny, monkeypatch):
    """A VAE whose latents are mean colours in another order: the map has to find them again."""
    mix = torch.tensor([[0.0, 2, 0], [0, 0, -1], [1, 0, 0], [1, 1, 1]])

    def posterior(pixels):
        means = torch.einsum("ck,bkhw->bchw", mix, F.avg_pool2d(pixels, 8))
        return torch.stack([means, torch.zeros_like(means)], dim=1)

    monkeypatch.setattr(tiny, "posterior", posterior)
    monkeypatch.setattr(tiny, "vae_hash", "mixed")
    colour = torch.tensor([0.8, 0.4, 0.1])
    latents = posterior(colour.view(1, 3, 1, 1).expand(1, 3, 64, 64))[:, 0]
    with Image.open(io.BytesIO(base64.b64decode(preview(latents, tiny, 64)))) as image:
        seen = torch.tensor(image.convert("RGB").getpixel((32, 32))) / 255
    assert (seen - colour).abs().max() < 0.03
