"""Files for other programs, read by diffusers' own loaders on the tiny Stable Diffusion."""

import copy
import json
from dataclasses import replace

import pytest
import torch
from diffusers import DDIMScheduler, StableDiffusionPipeline

from pipelines import artefact, voices
from pipelines.artefact import Header, told
from pipelines.errors import BadInput
from pipelines.export import export
from pipelines.spec import use
from tests.pipelines.probes import ask, stir


def kept(backbone, subjects, uses, path):
    """An artefact of stirred edits, and its voice."""
    voice = stir(voices.build(backbone, uses, subjects))
    edits = [{"name": one.name, "settings": dict(one.settings)} for one in uses]
    artefact.save(path, voice.parameters(), Header("x", {}, told(subjects), backbone.name, backbone.hash, edits=edits))
    return voice


def pipeline(backbone):
    """diffusers' own pipeline around copies of the same networks."""
    parts = copy.deepcopy((backbone.vae, backbone.parts["text"], backbone.readers[0].tokenizer, backbone.unet))
    noise = DDIMScheduler(steps_offset=1, clip_sample=False)
    return StableDiffusionPipeline(*parts, noise, None, None, requires_safety_checker=False)


def answer(pipe, text):
    x = torch.randn(2, 4, 8, 8, generator=torch.Generator().manual_seed(7))
    return pipe.unet(x, torch.tensor([300, 700]), text).sample


@pytest.mark.parametrize("form", ["diffusers", "kohya"])
@pytest.mark.parametrize("where", ["attention", "attention+text.attention"])
@pytest.mark.parametrize("alpha", [None, 6])
def test_lora_opens_in_diffusers_and_says_the_same(tiny, cat, tmp_path, form, where, alpha):
    voice = kept(tiny, [cat], [use("lora", where=where, rank=3, alpha=alpha)], tmp_path / "a.safetensors")
    files = export(tmp_path / "a.safetensors", tmp_path)
    assert set(files) == {"diffusers", "kohya"}
    with tiny.adapted({"a": voice}) as stage, torch.no_grad():
        ours = ask(tiny, stage=stage)
    pipe = pipeline(tiny)
    pipe.load_lora_weights(files[form])
    with torch.no_grad():
        theirs = answer(pipe, pipe.encode_prompt(["a cat"] * 2, "cpu", 1, False)[0])
    torch.testing.assert_close(theirs, ours, rtol=1e-4, atol=1e-5)
    assert not torch.allclose(theirs, ask(tiny), atol=1e-3)


def test_a_word_opens_as_textual_inversion_and_says_the_same(tiny, cat, tmp_path):
    voice = kept(tiny, [cat], [use("token", vectors=2)], tmp_path / "a.safetensors")
    (file,) = export(tmp_path / "a.safetensors", tmp_path).values()
    with tiny.adapted({"a": voice}) as stage, torch.no_grad():
        ours = tiny.encode(["x <tom> y"], stage).text
    pipe = pipeline(tiny)
    pipe.load_textual_inversion(file)
    with torch.no_grad():
        theirs = pipe.encode_prompt(["x <tom> y"], "cpu", 1, False)[0]
    torch.testing.assert_close(theirs, ours, rtol=1e-4, atol=1e-5)


def test_the_heads_say_what_it_is(tiny, cat, tmp_path):
    kept(tiny, [cat], [use("lora", rank=3, alpha=6), use("token")], tmp_path / "a.safetensors")
    files = export(tmp_path / "a.safetensors", tmp_path)
    notes = artefact.read_notes(files["kohya"])
    assert (notes["ss_network_dim"], notes["ss_network_alpha"]) == ("3", "6.0")
    assert notes["modelspec.trigger_phrase"] == "<tom> cat" and set(files) == {"diffusers", "kohya", "word <tom>"}


@pytest.mark.parametrize(("wide", "second"), [(768, "False"), (1024, "True"), (2048, "False")])
def test_the_heads_say_which_stable_diffusion_it_is_for(cat, tmp_path, wide, second):
    """A1111 hides a LoRA of SD 2 where SD 2 is loaded, unless "ss_v2" says so."""
    layer = "lora/unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k"
    matrices = {f"{layer}/down.weight": torch.ones(2, wide), f"{layer}/up.weight": torch.ones(640, 2)}
    edits = [{"name": "lora", "settings": {"rank": 2}}]
    artefact.save(tmp_path / "a.safetensors", matrices, Header("x", {}, told([cat]), "b", "h", edits=edits))
    notes = artefact.read_notes(export(tmp_path / "a.safetensors", tmp_path)["kohya"])
    version, family = {768: ("sd_v1", "v1"), 1024: ("sd_v2", "v2"), 2048: ("sdxl_base_v1-0", "xl-v1-base")}[wide]
    assert (notes["ss_v2"], notes["ss_base_model_version"]) == (second, version)
    assert notes["modelspec.architecture"] == f"stable-diffusion-{family}/lora"


def test_two_encoders_bring_two_vectors(tiny_xl, cat, dog, tmp_path):
    kept(tiny_xl, [cat, dog], [use("token")], tmp_path / "a.safetensors")
    files = export(tmp_path / "a.safetensors", tmp_path)
    assert set(files) == {"word <tom>", "word <rex>"}
    assert {k: tuple(v.shape) for k, v in artefact.load(files["word <rex>"]).items()} == {
        "clip_l": (1, 32),
        "clip_g": (1, 32),
    }


def test_each_word_has_a_file_whatever_its_letters_are(tiny, cat, dog, tmp_path):
    """A1111 and ComfyUI say a word by its file's name."""
    triggers = "<tom-1>", "<tom1>", "<TOM 1>", "<kohya>", "<!>"
    several = [replace(one, trigger=word) for word, one in zip(triggers, [cat, dog, cat, dog, cat], strict=True)]
    kept(tiny, several, [use("lora", rank=2), use("token")], tmp_path / "a.safetensors")
    files = export(tmp_path / "a.safetensors", tmp_path / "out")
    assert len(files) == 7 and len({file.casefold() for file in files.values()}) == 7
    for word in triggers:
        assert list(artefact.load(files[f"word {word}"])) == [word]
    tags = json.loads(artefact.read_notes(files["kohya"])["ss_tag_frequency"])
    assert {said for each in tags.values() for said in each} == {f"{one.trigger} {one.noun}" for one in several}


def test_nothing_of_others_is_written_over(tiny, cat, dog, tmp_path):
    """Two files of one name, in two folders, and a tuned file that happens to be called like a word of another."""
    rex = replace(dog, trigger=cat.trigger)
    for folder, who in (("a", cat), ("b", rex)):
        kept(tiny, [who], [use("lora", rank=2), use("token")], tmp_path / folder / "toy.safetensors")
    for _ in range(2):
        mine = export(tmp_path / "a" / "toy.safetensors", tmp_path / "out")["word <tom>"]
    before = {one.name: one.read_bytes() for one in (tmp_path / "out").iterdir()}
    with pytest.raises(BadInput, match="is there already"):
        export(tmp_path / "b" / "toy.safetensors", tmp_path / "out")
    assert before == {one.name: one.read_bytes() for one in (tmp_path / "out").iterdir()}
    kept(tiny, [cat], [use("token")], mine)
    with pytest.raises(BadInput, match="toy-tom.safetensors is there already"):
        export(tmp_path / "a" / "toy.safetensors", tmp_path / "out")


def test_what_has_no_exact_form_is_not_written(tiny, cat, tmp_path):
    kept(tiny, [cat], [use("weight_delta")], tmp_path / "a.safetensors")
    with pytest.raises(BadInput, match="no.*form"):
        export(tmp_path / "a.safetensors", tmp_path)
