"""One command trains everything, from nothing, and begins again from what it made."""

import json
import shutil
from functools import partial

import pytest
from diffusers import StableDiffusionPipeline

from pipelines.eyes import Eyes
from pipelines.starter import __main__ as everything
from pipelines.starter import words
from pipelines.starter.__main__ import main

FEW = ("--device", "cpu", "--pictures", "16", "--subjects", "2", "--size", "4", "--steps", "1")


@pytest.mark.filterwarnings("ignore:The configuration file of this scheduler:FutureWarning")
def test_all_parts_are_made_and_put_together(tmp_path, monkeypatch):
    monkeypatch.setattr(everything, "SHARD", 16)
    monkeypatch.setattr(everything, "HANDS", 1)
    monkeypatch.setattr(words, "build", partial(words.build, sentences=1500))
    main(["all", "--folder", str(tmp_path / "made"), "--out", str(tmp_path / "out"), *FEW])
    record = json.loads((tmp_path / "out" / "training.json").read_text())["parts"]
    assert set(record) == {"text", "vae", "decoder", "unet", "sam", "oracles", "likeness"}
    assert all(part["steps"] == 1 and part["size"] == 4 for part in record.values())
    pipeline = StableDiffusionPipeline.from_pretrained(tmp_path / "out")
    pipeline.set_progress_bar_config(disable=True)
    picture = pipeline("a red robot", num_inference_steps=2, output_type="np").images[0]
    assert picture.shape == (128, 128, 3)
    assert Eyes.load(str(tmp_path / "out")).sentences(["a red robot"]).shape == (1, 128)
    shutil.copytree(tmp_path / "made" / "pool", tmp_path / "more" / "pool")
    shutil.copy(tmp_path / "made" / "stock.raw", tmp_path / "more")
    main(["vae", "--folder", str(tmp_path / "more"), "--begin", str(tmp_path / "out"), *FEW])
    assert json.loads((tmp_path / "more" / "vae.json").read_text())["begun"] is True
