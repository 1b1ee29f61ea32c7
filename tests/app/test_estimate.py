"""What nobody has run yet is reckoned: layers from the files as the loaded model has them, sizes to the number."""

import json

import pytest
import torch
from safetensors.torch import save_file

from app.anatomy import WHERE, Anatomy, anatomy_of
from app.estimate import LEARNING, PROCESS, Host, estimate
from app.forecast import Forecaster
from app.store import JSON, pack
from app.tuning import forecast
from pipelines import anatomy, catalogue
from pipelines.original import SD1
from pipelines.spec import Phase, Plan, use

SMALL = Anatomy(
    {
        "unet": {"down.attn1.to_q.weight": (8, 4), "down.attn2.to_k.weight": (8, 3), "down.attn2.to_v.weight": (8, 3),
                 "norm.weight": (8,), "norm.bias": (8,)},
        "text": {"q_proj.weight": (3, 3), "token_embedding.weight": (10, 3)}, "vae": {"conv.weight": (5, 1, 3, 3)},
    },
    4, 8,
)  # fmt: skip
HERE = Host("cpu", 4, 1, False, 1e9)


def plan(*edits, steps=10, **more) -> Plan:
    return Plan((Phase(steps, 1e-3, 2, edits=edits, **more),))


@pytest.mark.parametrize(
    ("edit", "numbers"),
    [(use("lora", rank=2), 2 * (12 + 11 + 11)), (use("lora", where="cross.k+text.attention", rank=2), 2 * (11 + 6)),
     (use("weight_delta", where="unet"), 32 + 24 + 24 + 8), (use("key_value_delta"), 48),
     (use("spectral_shift"), 4 + 3 + 3 + 8), (use("locked_rank_one"), 8), (use("token", vectors=5), 15),
     (use("layered_token"), 6), (use("token", learn=False), 0)],
)  # fmt: skip
def test_files_are_as_large_as_what_was_learnt(edit, numbers):
    assert estimate(plan(edit), SMALL, HERE).size == 4 * numbers


def test_time_and_memory_grow_with_what_is_done():
    one, two = (estimate(plan(use("lora"), steps=steps), SMALL, HERE) for steps in (10, 20))
    assert two.seconds == pytest.approx(2 * one.seconds) and two.memory == one.memory
    bare, full = (estimate(plan(*edits), SMALL, HERE).memory for edits in ((), (use("weight_delta", where="unet"),)))
    assert full - bare == LEARNING * 88 and bare > PROCESS
    held = estimate(plan(use("lora"), objectives=(use("denoise"), use("denoise", role="prior"))), SMALL, HERE)
    assert held.seconds == pytest.approx(2 * one.seconds) and held.memory > one.memory


def test_the_starter_s_layers_are_found_as_in_the_loaded_model():
    from pipelines.backbone import Backbone

    told, parts = anatomy_of("starter"), Backbone.load("starter").parts
    for where in WHERE:
        real = sorted(tuple(layer.weight.shape) for layer in anatomy.layers(parts, where).values())
        assert sorted(told.layers(where)) == real, where
    assert told.numbers("unet") == sum(one.numel() for one in parts["unet"].parameters())


def test_single_files_and_sharded_folders_are_read(tmp_path):
    tensors = {
        "model.diffusion_model.input_blocks.0.0.weight": torch.zeros(6, 4, 3, 3),
        "model.diffusion_model.output_blocks.3.1.transformer_blocks.0.attn2.to_v.weight": torch.zeros(6, 5),
    }
    tensors |= {name: torch.zeros(5) for name in SD1.landmarks}
    save_file(tensors, tmp_path / "one.safetensors")
    told = anatomy_of(str(tmp_path / "one.safetensors"))
    assert (told.cells, told.width, sorted(told.layers("cross.kv"))) == (64, 6, [(5,), (6, 5)])
    assert told.numbers("text") == 10
    unet = tmp_path / "many" / "unet"
    unet.mkdir(parents=True)
    (unet / "config.json").write_text(json.dumps({"sample_size": 32}))
    text = tmp_path / "many" / "text_encoder"
    text.mkdir()
    save_file({"q_proj.weight": torch.zeros(2, 2)}, text / "model.safetensors")
    assert anatomy_of(str(tmp_path / "many")) is None, "its largest part is still on its way"
    for name, part in (("a-00001-of-00002", "conv_in.weight"), ("a-00002-of-00002", "x.attn2.to_v.weight"),
                       ("a.non_ema", "conv_in.weight")):  # fmt: skip
        save_file({part: torch.zeros(4, 2)}, unet / f"{name}.safetensors")
    told = anatomy_of(str(tmp_path / "many"))
    assert (told.cells, told.width, told.numbers("unet")) == (32, 4, 16)
    save_file({"q_proj.weight": torch.zeros(3, 3)}, text / "model.safetensors")
    assert anatomy_of(str(tmp_path / "many")).numbers("text") == 9, "another file in its place is read"
    (text / "model.safetensors").unlink()
    assert anatomy_of(str(tmp_path / "many")) is None
    (tmp_path / "broken.safetensors").write_bytes(b"no")
    assert anatomy_of(str(tmp_path / "broken.safetensors")) is None and anatomy_of(str(tmp_path / "gone")) is None


def test_every_recipe_has_a_forecast_before_its_first_run(library):
    forecaster = Forecaster(library)
    for name in catalogue.names("recipes"):
        told = forecaster.tune(name, {})
        assert told.runs == 0 and told.seconds > 1 and told.memory > 1e8 and told.size > 100, name


def test_what_does_not_fit_is_said_with_a_recipe_that_does(library):
    forecaster = Forecaster(library)
    machine = {"device": "cuda", "dtype": "float16", "memory": "whole", "threads": 2, "bytes": 1e12}
    with library.store.transaction() as db:
        db.execute("INSERT INTO worker (lane, id, state, pid, beat, note, machine, used, base, loading)"
                   " VALUES ('heavy', 'x', 'ready', 1, 0, '', ?, 0, '', 0)", (pack(JSON, machine),))  # fmt: skip
    form = {"recipe": "dreambooth", "knobs": {}, "kept": {}}
    assert not forecast(forecaster, "starter", ["pip"], ["dreambooth"], form).warning
    small = forecaster.tune("dreambooth_lora", {}).memory
    assert small < forecaster.tune("dreambooth", {}).memory
    with library.store.transaction() as db:
        db.execute("UPDATE worker SET machine = ?", (pack(JSON, {**machine, "bytes": small}),))
    cost = forecast(forecaster, "starter", ["pip"], ["dreambooth"], form)
    assert cost.memory_there == small and cost.warning.startswith("It asks for about")
    assert "the graphics card has" in cost.warning and "fits" in cost.advice
    assert cost.instead != "dreambooth" and forecaster.tune(cost.instead, {}).memory <= small
    assert cost.instead_title in cost.advice
