"""Judges of the literature's real classes, small, that learnt nothing, in a folder as people have it."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from pipelines.standards import Standards
from pipelines.standards.inception import CLASSES, Inception3
from pipelines.standards.lpips import AlexNet

TOKENIZER = Path(__file__).parents[3] / "assets" / "starter" / "tokenizer"


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    from timm.models.vision_transformer import VisionTransformer
    from transformers import CLIPConfig, CLIPModel, CLIPTokenizer

    home = tmp_path_factory.mktemp("judges")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        tokenizer = CLIPTokenizer.from_pretrained(TOKENIZER)
        ends = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id}
        small = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
        text = small | ends | {"vocab_size": len(tokenizer)}
        for name, side in (("clip", 32), ("clip-336", 48)):
            sight = small | {"image_size": side, "patch_size": 16}
            CLIPModel(CLIPConfig(text_config=text, vision_config=sight, projection_dim=24)).save_pretrained(home / name)
        tokenizer.save_pretrained(home / "clip")
        for name in ("dino", "inception", "lpips"):
            (home / name).mkdir()
        dino = VisionTransformer(224, 16, num_classes=0, embed_dim=64, depth=2, num_heads=1, init_values=None)
        save_file(dino.state_dict(), home / "dino" / "model.safetensors")
        inception = Inception3(CLASSES, aux_logits=False, init_weights=False)
        save_file(inception.state_dict(), home / "inception" / "model.safetensors")
        with torch.device("meta"):
            features = AlexNet().features
        features.to_empty(device="cpu")
        for weight in features.parameters():
            torch.nn.init.normal_(weight, std=0.05)
        alexnet = {f"features.{name}": weight for name, weight in features.state_dict().items()}
        save_file(alexnet, home / "lpips" / "alexnet.safetensors")
        lins = {f"lin{k}.model.1.weight": torch.rand(1, c, 1, 1) for k, c in enumerate((64, 192, 384, 256, 256))}
        save_file(lins, home / "lpips" / "lins.safetensors")
    return home


@pytest.fixture(scope="session")
def standards(folder):
    return Standards(folder)


@pytest.fixture(scope="session")
def pixels():
    """(2, 3, 90, 120), as 8-bit pictures hold them."""
    return torch.randint(0, 256, (2, 3, 90, 120), generator=torch.Generator().manual_seed(1)) / 255
