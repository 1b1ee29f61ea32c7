import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional as F

from pipelines.errors import BadInput, MissingWeights
from pipelines.judging import Case, Judges, SetJudges
from pipelines.set_metrics.diversity import distance
from pipelines.standards import Standards
from pipelines.standards.clip import COLOURS
from pipelines.standards.fitting import IMAGENET, fitted, squashed
from pipelines.standards.inception import Inception


def test_clip_sees_what_its_projections_say(standards, folder, pixels):
    from transformers import CLIPModel

    model = CLIPModel.from_pretrained(folder / "clip").eval()
    texts = ["a cat", "a red cat on a beach at night"]
    tokens = standards._there[0]._tokenizer(texts, padding="max_length", max_length=77, return_tensors="pt")
    with torch.no_grad():
        answer = model(**tokens, pixel_values=fitted(pixels, 32, 32, *COLOURS))
    assert torch.allclose(standards.pictures(pixels), answer.image_embeds, atol=1e-5)
    assert torch.allclose(standards.sentences(texts), answer.text_embeds, atol=1e-5)
    assert torch.allclose(standards.sentences(texts[:1]), answer.text_embeds[:1], atol=1e-5)
    assert standards.gist(pixels).shape == (2, 24) and not torch.allclose(standards.gist(pixels), answer.image_embeds)


def test_dino_is_the_class_token_as_another_library_computes_it(standards, folder, pixels):
    from transformers import ViTConfig, ViTModel

    weights, named = load_file(folder / "dino" / "model.safetensors"), {}
    for name, value in weights.items():
        if "qkv" in name:
            parts = zip(("q", "k", "v"), value.chunk(3), strict=True)
            named |= {name.replace("attn.qkv", f"attention.{part}_proj"): one for part, one in parts}
        else:
            named[name] = value
    config = ViTConfig(
        hidden_size=64, num_hidden_layers=2, num_attention_heads=1, intermediate_size=256, layer_norm_eps=1e-6
    )
    model = ViTModel(config, add_pooling_layer=False).eval()
    model.load_state_dict({name: named[_timm(name)] for name in model.state_dict()})
    with torch.no_grad():
        tokens = model(pixel_values=fitted(pixels, 256, 224, *IMAGENET)).last_hidden_state
    assert torch.allclose(standards.likeness(pixels), F.normalize(tokens[:, 0], dim=-1), atol=1e-4)


def _timm(name: str) -> str:
    """A name of transformers' ViT in timm's words, queries, keys and values apart."""
    for theirs, ours in (
        ("embeddings.cls_token", "cls_token"), ("embeddings.position_embeddings", "pos_embed"),
        ("embeddings.patch_embeddings.projection", "patch_embed.proj"), ("layers.", "blocks."),
        ("layernorm_before", "norm1"), ("layernorm_after", "norm2"), ("attention.o_proj", "attn.proj"),
        ("layernorm", "norm"),
    ):  # fmt: skip
        name = name.replace(theirs, ours)
    return name


def test_inception_leaves_padding_out_of_averages_and_ends_with_maxima(standards, pixels):
    model, inputs = next(one for one in standards._there if isinstance(one, Inception))._model, {}
    hooks = []
    for name in ("Mixed_5b", "Mixed_6c", "Mixed_7b", "Mixed_7c"):
        block = getattr(model, name)
        hooks.append(block.register_forward_hook(lambda m, args, y, name=name: inputs.update({name: args[0]})))
        watched = lambda m, args, y, name=name: inputs.update({f"{name} pooled": args[0]})  # noqa: E731
        hooks.append(block.branch_pool.register_forward_hook(watched))
    features = standards.features(pixels[:1])
    for hook in hooks:
        hook.remove()
    ones = torch.ones(1, 1, 3, 3)
    for name in ("Mixed_5b", "Mixed_6c", "Mixed_7b"):
        x = inputs[name][:, :1]
        shares = F.conv2d(torch.ones_like(x), ones, padding=1)
        assert torch.allclose(inputs[f"{name} pooled"][:, :1], F.conv2d(x, ones, padding=1) / shares, atol=1e-4)
    assert torch.equal(inputs["Mixed_7c pooled"], F.max_pool2d(inputs["Mixed_7c"], 3, 1, 1))
    with torch.no_grad():
        logits = model((squashed(pixels[:1], 299) - 128) / 128)
    assert features.shape == (1, 2048)
    expected = (logits - model.fc.bias).softmax(1)
    assert torch.allclose(standards.classes(pixels[:1]), expected, atol=1e-5)


def test_lpips_is_the_weighted_distance_of_unit_features(standards, folder, pixels):
    weights, lins = (load_file(folder / "lpips" / f"{name}.safetensors") for name in ("alexnet", "lins"))
    x = fitted(pixels, 256, 256, (0.5,) * 3, (0.5,) * 3)  # from -1 to 1
    shift, scale = torch.tensor([-0.030, -0.088, -0.188]), torch.tensor([0.458, 0.448, 0.450])
    x, expected = (x - shift[:, None, None]) / scale[:, None, None], 0.0
    shapes = ((0, 4, 2), (3, 1, 2), (6, 1, 1), (8, 1, 1), (10, 1, 1))
    for k, (place, stride, padding) in enumerate(shapes):
        x = F.max_pool2d(x, 3, 2) if k in (1, 2) else x
        x = F.relu(F.conv2d(x, *(weights[f"features.{place}.{w}"] for w in ("weight", "bias")), stride, padding))
        unit = x / (x.square().sum(1, keepdim=True).sqrt() + 1e-10)
        expected += F.conv2d((unit[:1] - unit[1:]).square(), lins[f"lin{k}.model.1.weight"]).mean().item()
    stages = standards.layers(pixels)
    found = distance([one[:1] for one in stages], [one[1:] for one in stages])
    assert found == pytest.approx(expected, rel=1e-4) and expected > 0


def test_every_number_bears_its_judges_and_their_recipe(standards, cat, pixels):
    for word in ("clip-32-wide16-32@", "dino-64-wide16@", "inception-2015@", "lpips-alex@"):
        assert word in standards.name
    assert "middle 224" in standards.recipes["likeness"] and "trigger word removed" in standards.recipes["sentences"]
    case = Case(cat, pixels, standards)
    told = Judges(case)(pixels, ["a cat", "a cat on a beach"])
    assert {"likeness", "prompt_following", "copy"} <= set(told[0])
    assert not {"attributes", "identity", "place_leakage"} & set(told[0])
    assert "ViT" in Judges(case).how["likeness"]
    assert {"cmmd", "diversity"} <= set(SetJudges(case).metrics)


def test_who_is_not_there_says_what_to_do(folder, tmp_path, pixels):
    with pytest.raises(BadInput, match="clip, clip-336, dino"):
        Standards(tmp_path)
    (tmp_path / "dino").mkdir()
    (tmp_path / "dino" / "model.safetensors").write_bytes((folder / "dino" / "model.safetensors").read_bytes())
    only = Standards(tmp_path)
    assert only.likeness(pixels).shape == (2, 64) and set(only.recipes) == {"likeness", "likeness_within"}
    with pytest.raises(MissingWeights, match="clip"):
        only.pictures(pixels)
    with pytest.raises(MissingWeights, match="starter"):
        only.read(pixels)


def test_weights_of_something_else_are_refused(folder, tmp_path, pixels):
    home = tmp_path / "dino"
    home.mkdir()
    save_file({"weight": torch.zeros(2)}, home / "model.safetensors")
    with pytest.raises(BadInput, match="no DINO"):
        Standards(tmp_path)
    weights = load_file(folder / "dino" / "model.safetensors")
    weights.pop("norm.weight")
    save_file(weights, home / "model.safetensors")
    with pytest.raises(BadInput, match=r"lack norm.weight"):
        Standards(tmp_path).likeness(pixels)


def test_a_pickle_is_read_where_its_makers_published_nothing_else_and_only_that_one(
    standards, folder, tmp_path, pixels, monkeypatch
):
    from dataclasses import replace

    from pipelines import panel
    from pipelines.weights import checksum

    home = tmp_path / "clip"
    home.mkdir()
    for one in (folder / "clip").iterdir():
        if one.name != panel.WEIGHTS:
            (home / one.name).write_bytes(one.read_bytes())
    torch.save(load_file(folder / "clip" / panel.WEIGHTS), home / panel.PICKLED)
    with pytest.raises(BadInput, match="not one of the files its makers published"):
        Standards(tmp_path).pictures(pixels)
    known = checksum(home / panel.PICKLED)
    monkeypatch.setitem(panel.SEATS, "clip", replace(panel.SEATS["clip"], pickled=known))
    told = Standards(tmp_path)
    assert torch.allclose(told.pictures(pixels), standards.pictures(pixels), atol=1e-6)
    assert told.name.endswith(f"@{known[:12]}") and set(told.recipes) == {"pictures", "sentences", "pictures_within"}


def test_relations_are_missed_in_words_that_say_why(standards):
    from pipelines.published.measures import lacking
    from pipelines.suites import Protocol

    class Asked:
        protocol = Protocol(1, scores=(("rfs", ""), ("aps", "")))

    relations, attributes = lacking(Asked, standards, ())
    assert "Stellar gave out neither its formula" in relations and "no library" in relations
    assert attributes.startswith("APS is not here: there is nothing to score yet"), "somebody could tell it"
