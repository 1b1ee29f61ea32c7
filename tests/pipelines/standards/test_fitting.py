import numpy as np
import pytest
import torch
from PIL import Image

from pipelines.standards.clip import COLOURS
from pipelines.standards.fitting import IMAGENET, fitted, squashed


def images(pixels):
    return [Image.fromarray((one * 255).round().byte().permute(1, 2, 0).numpy()) for one in pixels]


@pytest.mark.parametrize("short, crop, colours", [(256, 224, IMAGENET), (32, 32, COLOURS)])
def test_pictures_are_fitted_as_the_official_transforms_do(pixels, short, crop, colours):
    from torchvision import transforms

    steps = [transforms.Resize(short, transforms.InterpolationMode.BICUBIC), transforms.CenterCrop(crop)]
    official = transforms.Compose([*steps, transforms.ToTensor(), transforms.Normalize(*colours)])
    expected = torch.stack([official(image) for image in images(pixels)])
    assert torch.allclose(fitted(pixels, short, crop, *colours), expected, atol=1e-6)


def test_squashing_keeps_what_rounding_would_lose(pixels):
    found = squashed(pixels, 40)
    assert found.shape == (2, 3, 40, 40)
    rounded = np.stack([np.asarray(image.resize((40, 40), Image.BICUBIC)) for image in images(pixels)])
    close = torch.from_numpy(rounded).permute(0, 3, 1, 2).float()
    assert (found - close).abs().max() <= 1 and (found != found.round()).any()
    assert squashed(torch.ones(1, 3, 5, 7), 9) == pytest.approx(255, abs=1e-3)
