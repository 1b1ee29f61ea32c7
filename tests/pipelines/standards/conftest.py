"""Judges of the literature's real classes, small, that learnt nothing, in a folder as people have it."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from pipelines.standards import Standards
from pipelines.standards.arcface import ArcFace
from pipelines.standards.inception import CLASSES, Inception3
from pipelines.standards.lpips import AlexNet
from tests.pipelines.standards.squares import seekers

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
        for name in ("dino", "face", "inception", "lpips"):
            (home / name).mkdir()
        dino = VisionTransformer(224, 16, num_classes=0, embed_dim=64, depth=2, num_heads=1, init_values=None)
        save_file(dino.state_dict(), home / "dino" / "model.safetensors")
        widths = [(8, 8), (8, 12), (12, 16), (16, 24), (24, 24)]
        people = ArcFace(widths, [2, 3, 4, 6, 6], 16)
        save_file(people.state_dict(), home / "face" / "arcface.safetensors")
        for name, net in seekers().items():
            save_file(net.state_dict(), home / "face" / f"{name}.safetensors")
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
def owls(folder, tmp_path_factory):
    """OWL of both kinds, tiny, untaught, OWLv2 with a tiny SAM beside it: folders owl in folders of judges."""
    from transformers import (
        CLIPTokenizer,
        Owlv2Config,
        Owlv2ForObjectDetection,
        OwlViTConfig,
        OwlViTForObjectDetection,
    )  # fmt: skip

    homes = {}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        tokenizer = CLIPTokenizer.from_pretrained(TOKENIZER)
        small = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
        text = small | {"vocab_size": len(tokenizer), "max_position_embeddings": 16}
        for config, kind in ((OwlViTConfig, OwlViTForObjectDetection), (Owlv2Config, Owlv2ForObjectDetection)):
            sight = small | {"image_size": 64, "patch_size": 16}
            home = tmp_path_factory.mktemp(config.model_type) / "owl"
            owl = kind(config(text_config=text, vision_config=sight, projection_dim=32))
            for weight in owl.box_head.dense2.parameters():
                torch.nn.init.zeros_(weight)  # every box is about the patch it belongs to
            owl.save_pretrained(home)
            tokenizer.save_pretrained(home)
            homes[config.model_type] = home
        save_file(tiny_sam().state_dict(), homes["owlv2"] / "sam.safetensors")
    return homes


def tiny_sam():
    from segment_anything.modeling import ImageEncoderViT, MaskDecoder, PromptEncoder, Sam, TwoWayTransformer

    encoder = ImageEncoderViT(64, 16, embed_dim=16, depth=2, num_heads=2, out_chans=16, use_rel_pos=True,
                              window_size=2, global_attn_indexes=(1,))  # fmt: skip
    decoder = MaskDecoder(transformer_dim=16, transformer=TwoWayTransformer(2, 16, 8, 32), iou_head_hidden_dim=16)
    return Sam(encoder, PromptEncoder(16, (4, 4), (64, 64), 4), decoder)


@pytest.fixture(scope="session")
def standards(folder):
    return Standards(folder)


@pytest.fixture(scope="session")
def pixels():
    """(2, 3, 90, 120), as 8-bit pictures hold them."""
    return torch.randint(0, 256, (2, 3, 90, 120), generator=torch.Generator().manual_seed(1)) / 255
