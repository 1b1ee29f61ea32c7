"""Files of others, and for others, on a small model of SDXL: what diffusers' own loader makes of them."""

import copy

import pytest
import torch
from diffusers import DDIMScheduler, StableDiffusionXLPipeline
from safetensors.torch import save_file

from pipelines import adopt, artefact, export, voices
from pipelines.artefact import Header, told
from pipelines.backbone import Backbone
from pipelines.events import Silent
from pipelines.spec import use
from pipelines.tasks import Adopt
from tests.pipelines.probes import ask, stir
from tests.pipelines.sd15 import sdxl

WORDS = ["q_proj", "k_proj", "v_proj", "out_proj"]


@pytest.fixture(autouse=True)
def at_hand(monkeypatch):
    monkeypatch.setattr(Backbone, "at_hand", classmethod(lambda cls, base: sdxl()))


@pytest.fixture(scope="module")
def pipe():
    """diffusers' own pipeline around copies of the same networks."""
    base = sdxl()
    one, two = base.readers
    parts = copy.deepcopy((base.vae, one.model, two.model, one.tokenizer, two.tokenizer, base.unet))
    return StableDiffusionXLPipeline(*parts, DDIMScheduler(steps_offset=1, clip_sample=False))


@torch.no_grad()
def answer(pipe, prompt="a cat"):
    """What `probes.ask` asks, of the pipeline."""
    text, _, pooled, _ = pipe.encode_prompt([prompt] * 2, device="cpu", do_classifier_free_guidance=False)
    x = torch.randn(2, 4, 8, 8, generator=torch.Generator().manual_seed(7))
    added = {"text_embeds": pooled, "time_ids": torch.tensor([[64, 64, 0, 0, 64, 64]] * 2)}
    return pipe.unet(x, torch.tensor([300, 700]), text, added_cond_kwargs=added).sample


def theirs(pipe, file):
    """The pipeline's answer with a file of LoRA."""
    pipe.load_lora_weights(file)
    try:
        return answer(pipe)
    finally:
        pipe.unload_lora_weights()


def ours(file):
    """Ours with an artefact."""
    _, voice = voices.load(file, sdxl())
    with sdxl().adapted({"a": voice}) as stage, torch.no_grad():
        return ask(sdxl(), stage=stage)


@pytest.fixture
def taught(cat, tmp_path):
    """Writes an artefact of stirred edits, and gives its path."""

    def kept(*uses):
        voice = stir(voices.build(sdxl(), uses, [cat]), amount=0.1)
        edits = [{"name": one.name, "settings": dict(one.settings)} for one in uses]
        header = Header("x", {}, told([cat]), "small", sdxl().hash, edits=edits)
        artefact.save(tmp_path / "a.safetensors", voice.parameters(), header)
        return tmp_path / "a.safetensors"

    return kept


PLACES = ["attention", "unet.matrices+text.attention"]


@pytest.mark.parametrize("where", PLACES)
def test_a_lora_goes_out_and_comes_back_in_either_naming(where, taught, pipe, tmp_path):
    file = taught(use("lora", where=where, rank=3, alpha=6), use("token"))
    said = ours(file)
    assert not torch.allclose(said, ask(sdxl()), atol=1e-2), "it says something"
    files = export.export(file, tmp_path)
    for form in ("diffusers", "kohya"):
        torch.testing.assert_close(theirs(pipe, files[form]), said, rtol=1e-4, atol=1e-4)
        adopt.run(Adopt(files[form], str(tmp_path / f"{form}.back.safetensors")), Silent())
        torch.testing.assert_close(ours(tmp_path / f"{form}.back.safetensors"), said, rtol=1e-4, atol=1e-4)


def test_the_names_are_those_of_sdxls_own_code(taught, tmp_path):
    """Names as they stand in files that sd-scripts wrote for SDXL."""
    files = export.export(taught(use("lora", where="unet.matrices+text.matrices", rank=2), use("token")), tmp_path)
    names = {key.partition(".")[0] for key in artefact.load(files["kohya"])}
    assert {
        "lora_unet_input_blocks_0_0", "lora_unet_input_blocks_4_0_in_layers_2", "lora_unet_input_blocks_6_0_op",
        "lora_unet_input_blocks_4_0_skip_connection", "lora_unet_input_blocks_4_1_proj_in",
        "lora_unet_input_blocks_8_1_transformer_blocks_1_attn2_to_k", "lora_unet_middle_block_0_emb_layers_1",
        "lora_unet_middle_block_1_transformer_blocks_0_ff_net_0_proj", "lora_unet_middle_block_2_out_layers_3",
        "lora_unet_output_blocks_2_2_conv", "lora_unet_output_blocks_5_1_transformer_blocks_0_attn1_to_out_0",
        "lora_unet_output_blocks_8_0_in_layers_2", "lora_unet_time_embed_0", "lora_unet_label_emb_0_2",
        "lora_unet_out_2", "lora_te1_text_model_encoder_layers_0_self_attn_q_proj",
        "lora_te2_text_model_encoder_layers_2_mlp_fc1",
    } <= names  # fmt: skip
    assert not [one for one in names if "down_blocks" in one or "mid_block" in one or "up_blocks" in one]
    notes = artefact.read_notes(files["kohya"])
    assert notes["ss_base_model_version"] == "sdxl_base_v1-0" and "xl" in notes["modelspec.architecture"]


def test_a_lora_on_the_unet_alone_is_known_by_the_width_of_words(taught, monkeypatch, tmp_path):
    file = taught(use("lora", rank=2))
    monkeypatch.setattr(export, "SDXL_WORDS", sdxl().unet.config.cross_attention_dim)
    assert all("put_blocks" in key or "middle" in key for key in artefact.load(export.export(file, tmp_path)["kohya"]))


def test_diffusers_names_of_sdxl_are_read_from_kohya_files_too(taught, pipe, tmp_path):
    """Other programs write SDXL's layers with diffusers' names behind kohya's beginnings."""
    file = taught(use("lora", where="attention+text.attention", rank=3, alpha=6), use("token"))
    header, tensors = artefact.read_header(file), artefact.load(file)
    named = export.to_kohya(export.low_rank(header, tensors))
    named = {key.replace("lora_te_", "lora_te1_"): value for key, value in named.items()}
    assert any("lora_unet_down_blocks_" in key for key in named)
    save_file({key: value.contiguous() for key, value in named.items()}, tmp_path / "other.safetensors")
    adopt.run(Adopt(str(tmp_path / "other.safetensors"), str(tmp_path / "b.safetensors")), Silent())
    torch.testing.assert_close(theirs(pipe, tmp_path / "other.safetensors"), ours(tmp_path / "b.safetensors"),
                               rtol=1e-4, atol=1e-4)  # fmt: skip


def test_a_pair_of_embeddings_says_what_diffusers_loader_says(pipe, tmp_path):
    chance = torch.Generator().manual_seed(1)
    rows = {"clip_l": torch.randn(2, 48, generator=chance), "clip_g": torch.randn(2, 64, generator=chance)}
    save_file(rows, tmp_path / "tom.safetensors")
    out = tmp_path / "ours.safetensors"
    assert (
        adopt.run(Adopt(str(tmp_path / "tom.safetensors"), str(out), trigger="<tom>"), Silent())["holds"] == "embedding"
    )
    _, voice = voices.load(out, sdxl())
    with sdxl().adapted({"a": voice}) as stage, torch.no_grad():
        said = sdxl().encode(["x <tom> y"], stage)
    for key, which in (("clip_l", ""), ("clip_g", "_2")):
        tokenizer, model = getattr(pipe, f"tokenizer{which}"), getattr(pipe, f"text_encoder{which}")
        pipe.load_textual_inversion(rows[key], token="<tom>", text_encoder=model, tokenizer=tokenizer)
    with torch.no_grad():
        text, _, pooled, _ = pipe.encode_prompt("x <tom> y", device="cpu", do_classifier_free_guidance=False)
    for which in ("", "_2"):
        parts = {"tokenizer": getattr(pipe, f"tokenizer{which}"), "text_encoder": getattr(pipe, f"text_encoder{which}")}
        pipe.unload_textual_inversion("<tom>", **parts)
    torch.testing.assert_close(said.text, text, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(said.pooled, pooled, rtol=1e-4, atol=1e-5)
