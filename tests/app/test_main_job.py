"""The main job from the shell: find the subject, teach it, make a picture, compare; real models, real files."""

import json
import os
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app import cli
from app.bases import STARTER
from app.samples import SAMPLES
from pipelines import artefact, device

pytestmark = pytest.mark.skipif(
    not (STARTER / "model_index.json").exists(), reason="assets/starter is not in this checkout: nothing can be taught"
)


@pytest.fixture
def shell(monkeypatch, tmp_path, capsys):
    """Runs a command line; returns its last line of JSON and what it said on the way. What commands settle for their
    process, which is ours here, is undone: the device, thread counts, and what Ctrl C does."""
    monkeypatch.setattr(device, "_chosen", device._chosen)
    interrupt, surroundings = signal.getsignal(signal.SIGINT), dict(os.environ)

    def run(*words: str | Path) -> tuple[dict, list[str]]:
        status = cli.main([*map(str, words), "--json", "--device", "cpu", "--data-dir", str(tmp_path / "data")])
        said = capsys.readouterr()
        assert status == 0, said.err
        return json.loads(said.out.splitlines()[-1]), said.err.splitlines()

    yield run
    signal.signal(signal.SIGINT, interrupt)
    os.environ.clear()
    os.environ.update(surroundings)


def test_from_photos_to_a_wall_by_four_commands(shell, tmp_path):
    photos, masks = tmp_path / "Pip", tmp_path / "masks"
    photos.mkdir(), masks.mkdir()
    for name in ("00.png", "01.png"):
        shutil.copy(SAMPLES / "pip" / name, photos)
        told, said = shell("segment", photos / name, "--out", masks / name)
        assert told["ok"] and told["mask"] == str(masks / name) and "finding its outline" in " ".join(said)
        with Image.open(masks / name) as mask, Image.open(photos / name) as photo:
            assert mask.size == photo.size
            assert 0.05 < np.asarray(mask.convert("L")).mean() / 255 < 0.9

    given = ("--photos", photos, "--noun", "robot", "--masks", masks)
    file = tmp_path / "pip.safetensors"
    told, said = shell("tune", *given, "--recipe", "dreambooth_lora", "--set", "steps=2", "--set", "batch=1",
                       "--out", file)  # fmt: skip
    assert told["ok"] and told["artefact"] == str(file) and told["steps"] == told["planned"] == 2
    assert artefact.read_header(file).recipe == "dreambooth_lora"
    assert any(line.startswith("2 of 2  learning  loss ") for line in said)

    picture = tmp_path / "p.png"
    told, said = shell("sample", "--prompt", "<robot1> robot on a beach", "--artefact", file, "--steps", 2,
                       "--seed", 7, "--out", picture)  # fmt: skip
    assert told["ok"] and (told["picture"], told["seed"], told["steps"]) == (str(picture), 7, 2)
    assert "2 of 2" in said
    with Image.open(picture) as made:
        assert made.size == (told["width"], told["height"]) == (128, 128) and "Steps: 2" in made.text["parameters"]
        assert np.asarray(made).std() > 5, "it is not flat"

    (tmp_path / "prompts.txt").write_text("{} on a beach\n")
    wall = tmp_path / "wall"
    told, said = shell("compare", *given, "--recipes", "base,textual_inversion", "--set", "textual_inversion.steps=2",
                       "--prompts", tmp_path / "prompts.txt", "--seeds", 1, "--steps", 2, "--out", wall)  # fmt: skip
    assert told["ok"] and told["cells"] == told["made"] == 2 and not told["failed"]
    assert "2 of 2" in " ".join(said) and (wall / "index.html").is_file()
    cells = [json.loads(path.read_text("utf-8")) for path in (wall / "cells").glob("*.json")]
    assert {cell["recipe"] for cell in cells} == {"base", "textual_inversion"}
    for cell in cells:
        with Image.open(wall / cell["picture"]) as made:
            assert made.size == (128, 128)
