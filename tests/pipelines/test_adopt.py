"""Other people's files on a small model of SD 1.5's architecture: ours says what diffusers' loader says."""

import copy
import json

import pytest
import torch
from diffusers import DDIMScheduler, StableDiffusionPipeline
from peft import LoraConfig, get_peft_model_state_dict, inject_adapter_in_model
from safetensors.torch import save_file

from app import cli
from pipelines import adopt, artefact, voices
from pipelines.backbone import Backbone
from pipelines.errors import BadInput
from pipelines.events import Silent
from pipelines.export import export
from pipelines.fusing import Part
from pipelines.fusions.weighted_sum import WeightedSum
from pipelines.spec import use
from pipelines.tasks import Adopt
from tests.pipelines.probes import ask, stir
from tests.pipelines.sd15 import sd15

ATTENTION = ["to_k", "to_q", "to_v", "to_out.0"]
WIDE = [*ATTENTION, "ff.net.0.proj", "ff.net.2", "proj_in", "proj_out"]
WORDS = ["q_proj", "k_proj", "v_proj", "out_proj"]


@pytest.fixture(autouse=True)
def at_hand(monkeypatch):
    monkeypatch.setattr(Backbone, "at_hand", classmethod(lambda cls, base: sd15()))


@pytest.fixture(scope="module")
def pipe():
    """diffusers' own pipeline around copies of the same networks."""
    base = sd15()
    parts = copy.deepcopy((base.vae, base.parts["text"], base.readers[0].tokenizer, base.unet))
    noise = DDIMScheduler(steps_offset=1, clip_sample=False)
    return StableDiffusionPipeline(*parts, noise, None, None, requires_safety_checker=False)


def answer(pipe):
    """What `probes.ask` asks, of the pipeline."""
    text = pipe.encode_prompt(["a cat"] * 2, "cpu", 1, False)[0]
    x = torch.randn(2, 4, 8, 8, generator=torch.Generator().manual_seed(7))
    with torch.no_grad():
        return pipe.unet(x, torch.tensor([300, 700]), text).sample


def stirred(model, targets, rank, alpha, seed=0):
    """PEFT's own state of a LoRA with numbers in it, by layer: matrices."""
    model = copy.deepcopy(model)
    inject_adapter_in_model(LoraConfig(r=rank, lora_alpha=alpha, target_modules=targets), model, "default")
    chance = torch.Generator().manual_seed(seed)
    state = get_peft_model_state_dict(model, adapter_name="default")
    return {key: torch.randn(value.shape, generator=chance) * 0.2 for key, value in state.items()}


def diffusers_file(path, targets, rank, alpha):
    """As `save_lora_weights` writes it, metadata included."""
    base = sd15()
    unet = stirred(base.unet, targets, rank, alpha)
    text = stirred(base.parts["text"], WORDS, rank, alpha, 1)
    StableDiffusionPipeline.save_lora_weights(
        path.parent, unet, text, weight_name=path.name,
        unet_lora_adapter_metadata=LoraConfig(r=rank, lora_alpha=alpha, target_modules=targets).to_dict(),
        text_encoder_lora_adapter_metadata=LoraConfig(r=rank, lora_alpha=alpha, target_modules=WORDS).to_dict(),
    )  # fmt: skip


def plain_file(path, targets, rank, alpha):
    """The same names without any metadata: alpha is the rank."""
    base = sd15()
    unet, text = stirred(base.unet, targets, rank, rank), stirred(base.parts["text"], WORDS, rank, rank, 1)
    save_file({f"unet.{k}": v for k, v in unet.items()} | {f"text_encoder.{k}": v for k, v in text.items()}, path)


def kohya_file(path, targets, rank, alpha):
    """sd-scripts' names, an alpha for each layer, another rank in the text encoder."""
    base, named = sd15(), {}
    for root, state in (
        ("lora_unet", stirred(base.unet, targets, rank, alpha)),
        ("lora_te", stirred(base.parts["text"], WORDS, rank + 1, alpha, 1)),
    ):
        for key, value in state.items():
            inner, which = key.removesuffix(".weight").rsplit(".", 1)
            inner = f"text_model.{inner.removeprefix('text_model.')}" if root == "lora_te" else inner
            name = f"{root}_{inner}".replace(".", "_")
            named[f"{name}.{'lora_down' if which == 'lora_A' else 'lora_up'}.weight"] = value
            named[f"{name}.alpha"] = torch.tensor(float(alpha))
    save_file(named, path, {"modelspec.title": "Tom", "modelspec.trigger_phrase": "sks cat"})


def old_file(path, targets, rank, alpha):
    """The names of diffusers before PEFT."""
    base = sd15()
    unet = stirred(base.unet, ATTENTION, rank, rank)
    names = {"lora_A": "lora.down", "lora_B": "lora.up"}
    save_file({f"unet.{_renamed(key, names)}": value for key, value in unet.items()}, path)


def _renamed(key, names):
    for new, old in names.items():
        key = key.replace(new, old)
    return key


@pytest.mark.parametrize("targets", [ATTENTION, WIDE], ids=["attention", "wide"])
@pytest.mark.parametrize("form", [diffusers_file, plain_file, kohya_file, old_file])
def test_a_lora_says_what_diffusers_loader_says(form, targets, pipe, tmp_path):
    file, out = tmp_path / "theirs.safetensors", tmp_path / "ours.safetensors"
    form(file, targets, 4, 6)
    told = adopt.run(Adopt(str(file), str(out), noun="cat"), Silent())
    _, voice = voices.load(out, sd15())
    with sd15().adapted({"a": voice}) as stage, torch.no_grad():
        ours = ask(sd15(), stage=stage)
    pipe.load_lora_weights(file)
    theirs = answer(pipe)
    pipe.unload_lora_weights()
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)
    assert not torch.allclose(ours, ask(sd15()), atol=1e-2), "it says something"
    assert told["holds"] == "LoRA" and artefact.read_header(out).base_hash == sd15().hash


def test_a_unet_that_peft_saved_itself_is_read(tmp_path):
    file, out = tmp_path / "theirs.safetensors", tmp_path / "ours.safetensors"
    state = stirred(sd15().unet, ATTENTION, 4, 4)
    save_file({f"base_model.model.{key}": value for key, value in state.items()}, file)
    adopt.run(Adopt(str(file), str(out)), Silent())
    kept = artefact.load(out)
    for key, value in state.items():
        layer, which = key.removesuffix(".weight").rsplit(".", 1)
        assert torch.equal(kept[f"lora/unet.{layer}/{'down' if which == 'lora_A' else 'up'}.weight"], value)


def test_what_was_taken_over_is_written_again_and_added_up(pipe, tmp_path):
    """Kohya in, kohya out: the same to the bit; twice half of it is all of it."""
    file, out = tmp_path / "theirs.safetensors", tmp_path / "ours.safetensors"
    kohya_file(file, WIDE, 4, 6)
    told = adopt.run(Adopt(str(file), str(out)), Silent())
    assert told["trigger"] == "sks cat" and artefact.read_header(out).subjects[0]["name"] == "Tom"
    given, again = artefact.load(file), artefact.load(export(out, tmp_path)["kohya"])
    assert given.keys() == again.keys() and all(torch.equal(given[key], again[key]) for key in given)
    header, voice = voices.load(out, sd15())
    fused = WeightedSum()([Part("a", header, voice, 0.5), Part("b", header, voice, 0.5)], sd15(), Silent())
    both = voices.build(sd15(), fused.edits, header.people())
    with torch.no_grad():
        for name, parameter in both.parameters().items():
            parameter.copy_(fused.tensors[name])
        with sd15().adapted({"a": voice}) as stage:
            one = ask(sd15(), stage=stage)
        with sd15().adapted({"a": both}) as stage:
            torch.testing.assert_close(ask(sd15(), stage=stage), one, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("key", ["<tom>", "emb_params"])
def test_an_embedding_says_what_diffusers_loader_says(key, pipe, tmp_path):
    file, out = tmp_path / "tom.safetensors", tmp_path / "ours.safetensors"
    save_file({key: torch.randn(2, 48, generator=torch.Generator().manual_seed(1))}, file)
    told = adopt.run(Adopt(str(file), str(out)), Silent())
    assert told["trigger"] == "<tom>" and told["holds"] == "embedding"
    _, voice = voices.load(out, sd15())
    with sd15().adapted({"a": voice}) as stage, torch.no_grad():
        ours = sd15().encode(["x <tom> y"], stage).text
    pipe.load_textual_inversion(str(file), token="<tom>")
    with torch.no_grad():
        theirs = pipe.encode_prompt(["x <tom> y"], "cpu", 1, False)[0]
    pipe.unload_textual_inversion()
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


def test_what_is_not_the_same_here_is_refused(tmp_path):
    file, out = tmp_path / "theirs.safetensors", str(tmp_path / "ours.safetensors")

    def refused(tensors, match, path=file, notes=None):
        if tensors is not None:
            save_file(tensors, path, notes)
        with pytest.raises(BadInput, match=match):
            adopt.run(Adopt(str(path), out), Silent())
        assert not (tmp_path / "ours.safetensors").exists()

    pickle = tmp_path / "theirs.pt"
    pickle.write_bytes(b"\x80\x04.")
    refused(None, "pickle", pickle)
    state = {f"unet.{key}": value for key, value in stirred(sd15().unet, ATTENTION, 2, 2).items()}
    name = next(iter(state)).removesuffix(".lora_A.weight").removesuffix(".lora_B.weight")
    refused(state | {f"{name}.dora_scale": torch.ones(3)}, "DoRA")
    refused({f"lora_{name}.hada_w1_a": torch.ones(3, 3)}, "LoHa")
    refused({"a": torch.ones(2, 2, 2), "b": torch.ones(2)}, "neither")
    refused({key: torch.zeros(2, 7) if "lora_A" in key else value for key, value in state.items()}, "another base")
    refused({key.replace("down_blocks.0", "down_blocks.9"): v for key, v in state.items()}, "another base")
    refused({"<tom>": torch.ones(768)}, "another base")
    refused({"x": torch.ones(2)}, "by this studio", notes={artefact.KEY: json.dumps({})})


def test_the_command_takes_a_file_over(capsys, tmp_path):
    file = tmp_path / "theirs.safetensors"
    kohya_file(file, ATTENTION, 2, 2)
    words = ["adopt", str(file), "--out", str(tmp_path / "a.safetensors"), "--noun", "cat", "--trigger", "<tom>"]
    assert cli.main([*words, "--json", "--data-dir", str(tmp_path), "--device", "cpu"]) == 0
    told = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert told["holds"] == "LoRA" and told["trigger"] == "<tom>"
    assert artefact.read_header(told["artefact"]).subjects[0]["noun"] == "cat"


def test_lora_on_convolutions_is_exact_and_starts_silent(cat):
    before = ask(sd15())
    voice = voices.build(sd15(), [use("lora", where="unet.matrices", rank=2)], [cat])
    with sd15().adapted({"a": voice}) as stage:
        assert torch.equal(ask(sd15(), stage=stage), before)
    stir(voice, amount=0.05)
    with sd15().adapted({"a": voice}) as stage:
        spoken = ask(sd15(), stage=stage)
    merged = copy.copy(sd15())
    merged.unet = copy.deepcopy(sd15().unet)
    with torch.no_grad():
        for key, module in voice.modules.items():
            down, up, alpha = module.low_rank()
            change = (up.flatten(1) @ down.flatten(1)) * (alpha / len(down))
            weight = merged.unet.get_submodule(key.removeprefix("lora/unet.")).weight
            weight += change.view_as(weight)
        torch.testing.assert_close(ask(merged), spoken, rtol=1e-3, atol=1e-4)
