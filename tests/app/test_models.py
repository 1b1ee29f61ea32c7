"""Models are found where they are, checked before they are used, and never copied or deleted behind one's back."""

import json

import pytest

from app.models import KNOWN, Models
from pipelines.errors import BadInput
from pipelines.tasks import Fetch


@pytest.fixture
def models(library, jobs):
    return Models(library, jobs)


def diffusers_folder(path, ending="safetensors"):
    parts = {
        "_class_name": "StableDiffusionPipeline",
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
    }
    for part in ("unet", "vae"):
        (path / part).mkdir(parents=True)
        (path / part / f"model.{ending}").write_bytes(b"x")
    (path / "model_index.json").write_text(json.dumps(parts))
    return path


def state(models, name):
    return next(row.state for row in models.rows() if row.name == name)


def test_the_starter_is_used_until_another_is_chosen(models, tmp_path):
    assert models.base() == "starter" and state(models, "Starter · toybox") == "used"
    folder = diffusers_folder(tmp_path / "mine")
    models.add("base", str(folder))
    row = next(row for row in models.rows() if row.name == "mine")
    assert row.own and row.state == "here"
    models.use(row.id)
    assert models.base() == str(folder.resolve()) and state(models, "mine") == "used"
    models.forget(row.id)
    assert models.base() == "starter" and folder.exists()


def test_a_base_that_went_away_gives_way_to_the_starter(models, tmp_path):
    folder = diffusers_folder(tmp_path / "mine")
    models.add("base", str(folder))
    models.use(next(row.id for row in models.rows() if row.own))
    folder.rename(tmp_path / "elsewhere")
    assert models.base() == "starter" and state(models, "mine") == "missing"


def test_what_cannot_be_read_is_refused_with_what_is_missing(models, tmp_path):
    for path in ("", str(tmp_path / "nothing")):
        with pytest.raises(BadInput, match="nothing at this path"):
            models.add("base", path)
    with pytest.raises(BadInput, match="no diffusers model"):
        models.add("base", str(tmp_path))
    with pytest.raises(BadInput, match="unet of this model has no safetensors"):
        models.add("base", str(diffusers_folder(tmp_path / "pickled", "bin")))
    (tmp_path / "a.ckpt").write_bytes(b"x")
    with pytest.raises(BadInput, match="a.ckpt"):
        models.add("base", str(tmp_path / "a.ckpt"))


def test_fetching_is_one_job_at_a_time(models, jobs):
    job = models.get("sd15")
    assert models.get("sd15") == job and isinstance(jobs.get(job).task, Fetch) and jobs.get(job).lane == "fetch"
    assert next(row.job for row in models.rows() if row.id == "sd15") == job
    with pytest.raises(BadInput):
        models.get("starter")


def test_a_model_that_is_not_here_cannot_be_used(models):
    with pytest.raises(BadInput, match="not on this computer"):
        models.use("sdxl")


def test_every_known_model_names_licence_size_and_safe_files():
    for one in KNOWN:
        assert one.licence and one.licence_url.startswith("https://") and one.bytes > 1e6
        assert not any(pattern.endswith((".bin", ".ckpt")) for pattern in one.files)
