"""SD 1.5, SD 2.1 and SDXL from a folder and from one file, with random weights and no network: the same answers as the
networks they were made of."""

import socket
from functools import cache

import pytest
import torch
from safetensors.torch import save_file
from transformers import CLIPTokenizer

from pipelines import original, vocabulary
from pipelines.backbone import Backbone
from pipelines.errors import BadInput, MissingModel, MissingWeights
from tests.pipelines.originals import SMALL, Networks, built, keep_folder, renamed
from tests.pipelines.probes import ask, weights

TEXTS = ("a photo of a cat", "", "word " * 70, "Größe, 3½ “toys” 🧸 it's <|endoftext|>")


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refused(*args, **kwargs):
        raise AssertionError("somebody asks the network")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket.socket, "connect_ex", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """The families' own configurations, narrowed."""
    monkeypatch.setattr(original, "ORIGINALS", list(SMALL.values()))


@cache
def random(family: str) -> Networks:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        return built(SMALL[family])


@cache
def layers(family: str) -> dict[str, torch.Tensor]:
    """What a whole file of a family holds."""
    return {key: weight.contiguous() for key, weight in renamed(random(family)).items()}


def same(one: Backbone, other: Backbone) -> None:
    """The same weights and words to the bit, the same answers to float tolerance: weights lie elsewhere in memory."""
    ours, theirs = weights(one), weights(other)
    assert ours.keys() == theirs.keys() and all(torch.equal(ours[key], theirs[key]) for key in ours)
    assert one.schedule.prediction == other.schedule.prediction
    torch.testing.assert_close(one.schedule.alphas, other.schedule.alphas, rtol=0, atol=0)
    for a, b in zip(one.readers, other.readers, strict=True):
        for text in TEXTS:
            assert (
                a.tokenizer(text, padding="max_length").input_ids == b.tokenizer(text, padding="max_length").input_ids
            )
    for prompt in TEXTS[:3]:
        a, b = one.encode([prompt]), other.encode([prompt])
        torch.testing.assert_close(a.text, b.text)
        torch.testing.assert_close(a.pooled, b.pooled)
    with torch.no_grad():
        torch.testing.assert_close(ask(one), ask(other))
    pixels = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    seen = one.posterior(pixels)
    torch.testing.assert_close(seen, other.posterior(pixels))
    torch.testing.assert_close(one.to_pixels(seen[:, 0]), other.to_pixels(seen[:, 0]))


@pytest.mark.parametrize("family", SMALL)
def test_a_folder_and_a_file_answer_as_the_networks_they_were_made_of(family, tmp_path):
    nets, path = random(family), tmp_path / "one.safetensors"
    made = nets.backbone()
    save_file(layers(family), path)
    same(Backbone.load(str(path)), made)
    same(Backbone.load(str(keep_folder(nets, tmp_path / "folder"))), made)


def test_half_precision_is_read_as_what_it_was(tmp_path):
    save_file({key: weight.half() for key, weight in layers("sd1").items()}, tmp_path / "one.safetensors")
    halves = weights(Backbone.load(str(tmp_path / "one.safetensors")))
    whole = weights(random("sd1").backbone())
    assert all(torch.equal(halves[key], whole[key].half().float()) for key in whole)


def test_words_are_clip_s():
    """Ids as CLIP's own tokenizer gives them."""
    tokenizer = CLIPTokenizer(*vocabulary.pieces())
    assert len(tokenizer) == 49408 and len(vocabulary.pieces()[1]) == 48894
    assert tokenizer("a photo of a cat").input_ids == [49406, 320, 1125, 539, 320, 2368, 49407]
    assert tokenizer("A  Diagram!").input_ids == [49406, 320, 22697, 256, 49407]
    assert tokenizer.convert_ids_to_tokens([0, 255, 256, 49405]) == ["!", "Ń", "!</w>", "jekyll</w>"]


INPUT = "model.diffusion_model.input_blocks.0.0.weight"


@pytest.mark.parametrize(
    ("family", "change", "words"),
    [
        ("sd1", lambda s: s.update({INPUT: torch.zeros(32, 9, 3, 3)}), "inpainting"),
        ("sd1", lambda s: [s.pop(key) for key in list(s) if key.startswith("first_stage")], "Its VAE is missing"),
        ("sd1", lambda s: [s.pop(key) for key in list(s) if "cond_stage" in key], "no Stable Diffusion 1, 2 or XL"),
        ("sd1", lambda s: [s.pop(key) for key in list(s) if "output_blocks.11" in key], "Its UNet is missing"),
        ("sd1", lambda s: s.pop("model.diffusion_model.input_blocks.1.0.in_layers.2.bias"), "lacks weights"),
        ("sd1", lambda s: s.pop("cond_stage_model.transformer.text_model.encoder.layers.1.mlp.fc1.bias"), "holds no"),
        ("sd1", lambda s: s.update({INPUT: torch.zeros(64, 4, 3, 3)}), "built in another way"),
        ("sd2", lambda s: s.update({"model.diffusion_model.label_emb.0.0.weight": torch.zeros(1)}), "variations"),
        ("xl", lambda s: [s.pop(key) for key in list(s) if "middle_block.1.transformer_blocks.9" in key], "smaller"),
        ("xl", lambda s: [s.pop(key) for key in list(s) if "embedders.1" in key], "Its text encoder is missing"),
        ("xl", lambda s: s.update({"edm_mean": torch.zeros(4)}), "counts noise in another way"),
    ],
)  # fmt: skip
def test_what_is_no_whole_model_is_refused_in_words(family, change, words, tmp_path):
    change(state := dict(layers(family)))
    save_file(state, tmp_path / "odd.safetensors")
    with pytest.raises(BadInput, match=words) as error:
        Backbone.load(str(tmp_path / "odd.safetensors"))
    assert error.value.advice


def test_a_file_cut_short_is_damaged(tmp_path):
    path = tmp_path / "one.safetensors"
    save_file(layers("sd1"), path)
    with open(path, "r+b") as file:
        file.truncate(path.stat().st_size - 1000)
    with pytest.raises(BadInput, match="last 1,000 bytes are missing"):
        Backbone.load(str(path))
    save_file(layers("sd1"), path)
    with open(path, "ab") as file:
        file.write(b"more")
    with pytest.raises(BadInput, match="could not be opened as a model"):
        Backbone.load(str(path))
    path.write_bytes(b"torn")
    with pytest.raises(BadInput, match="header cannot be read"):
        Backbone.load(str(path))
    path.unlink()
    with pytest.raises(MissingModel, match="no file one.safetensors"):
        Backbone.load(str(path))


def test_where_the_list_of_words_is_missing_it_says_so(tmp_path, monkeypatch):
    vocabulary.pieces.cache_clear()
    monkeypatch.setattr(vocabulary, "PACKAGE", "no_such_package")
    save_file(layers("sd1"), tmp_path / "one.safetensors")
    with pytest.raises(MissingWeights, match="list of words.*is not on this computer") as error:
        Backbone.load(str(tmp_path / "one.safetensors"))
    assert "requirements.txt" in error.value.advice and error.type is MissingWeights, "Models cannot mend that"


def test_a_folder_that_is_no_model_or_lacks_a_part_is_missing(tmp_path):
    with pytest.raises(MissingModel, match="There is no model at"):
        Backbone.load(str(tmp_path))
    (tmp_path / "model_index.json").write_text("{}", "utf-8")
    with pytest.raises(MissingModel, match="A part of .* is missing"):
        Backbone.load(str(tmp_path))


@pytest.mark.parametrize(
    ("family", "more", "metadata", "prediction"),
    [("sd1", {}, {}, "epsilon"), ("sd2", {}, {}, "v_prediction"),
     ("xl", {"v_pred": torch.zeros(0)}, {}, "v_prediction"),
     ("sd2", {}, {"modelspec.prediction_type": "epsilon"}, "epsilon"),
     ("sd1", {}, {"modelspec.prediction_type": "v"}, "v_prediction")],
)  # fmt: skip
def test_the_noise_it_learnt_is_read_where_the_file_tells(family, more, metadata, prediction, tmp_path):
    save_file(layers(family) | more, tmp_path / "one.safetensors", metadata)
    known = original.original(tmp_path / "one.safetensors")
    assert known.noise["prediction_type"] == prediction and known.name == SMALL[family].name
    assert (known.unet["sample_size"] == 64) == (family == "sd2" and prediction == "epsilon")


@pytest.mark.parametrize(
    ("known", "unet", "texts"),
    [(original.SD1, 859_520_964, [123_060_480]), (original.SD2, 865_910_724, [340_387_840]),
     (original.XL, 2_567_463_684, [123_060_480, 694_659_840])],
)  # fmt: skip
def test_the_families_have_as_many_numbers_as_the_public_models(known, unet, texts):
    with torch.device("meta"):
        nets = built(known)
    count = [sum(weight.numel() for weight in one.parameters()) for one in (nets.unet, nets.vae)]
    assert count == [unet, 83_653_863]
    assert [sum(weight.numel() for weight in one.parameters()) for _, one in nets.readers] == texts
    named = renamed(nets)
    assert all(mark in named for mark in known.landmarks)
