"""The folder that ships opens with diffusers alone, as any other Stable Diffusion does."""

import numpy as np
import pytest
import torch

from pipelines.backbone import STARTER
from pipelines.doors import open_doors


@pytest.mark.skipif(not (STARTER / "model_index.json").exists(), reason="assets/starter is not in this checkout")
def test_diffusers_makes_a_picture_with_it():
    open_doors()
    from diffusers import StableDiffusionPipeline

    pipe = StableDiffusionPipeline.from_pretrained(STARTER, dtype=torch.float32, local_files_only=True)
    pipe.set_progress_bar_config(disable=True)
    ask = dict(num_inference_steps=4, generator=torch.Generator().manual_seed(0), output_type="np")
    (picture,) = pipe("a photo of a red robot on grass", **ask).images
    assert picture.shape == (128, 128, 3) and np.isfinite(picture).all()
    assert picture.std() > 0.05, "it is not flat"
    assert pipe.safety_checker is None
