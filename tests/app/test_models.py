"""Models are found where they are, checked before they are used, and never copied or deleted behind one's back."""

import json

import pytest

from app.checkpoints import CHECKPOINTS
from app.models import APACHE, PATTERNS, Models
from pipelines.errors import BadInput
from pipelines.original import ORIGINALS
from pipelines.tasks import Fetch


@pytest.fixture
def models(library, jobs):
    return Models(library, jobs)


def folder_of(path):
    parts = {
        "_class_name": "StableDiffusionPipeline",
        "unet": ["diffusers", "x"],
        "text_encoder": ["transformers", "x"],
    }
    (path / "unet").mkdir(parents=True)
    (path / "unet" / "model.safetensors").write_bytes(b"x")
    (path / "model_index.json").write_text(json.dumps(parts))
    return path


def row(models, name):
    return next(one for one in models.rows() if one.name == name)


def test_an_added_base_is_used_and_forgotten_but_never_touched(models, tmp_path):
    folder = folder_of(tmp_path / "mine")
    models.add(str(folder))
    mine = row(models, "mine")
    assert mine.own and mine.state == "here" and mine.place == str(folder)
    models.use(mine.id)
    assert row(models, "mine").state == "used" and models.bases.used().base == str(folder)
    models.forget(mine.id)
    assert "mine" not in [one.name for one in models.rows()] and folder.exists()


def test_a_base_that_went_away_is_missing(models, tmp_path):
    folder = folder_of(tmp_path / "mine")
    models.add(str(folder))
    folder.rename(tmp_path / "elsewhere")
    assert row(models, "mine").state == "missing" and models.bases.used().id == "starter"


def test_what_cannot_be_read_is_refused(models, tmp_path):
    for path in ("", str(tmp_path / "nothing"), str(tmp_path)):
        with pytest.raises(BadInput) as error:
            models.add(path)
        assert error.value.advice


def single_file(path, layers, length=4):
    """A file whose header tells of layers that nobody reads here."""
    told = {name: {"dtype": "F16", "shape": [2, 4, 3, 3], "data_offsets": [0, 4]} for name in layers}
    text = json.dumps(told).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + bytes(length))
    return path


@pytest.mark.parametrize("known", ORIGINALS, ids=lambda known: known.name)
def test_a_single_file_is_known_by_its_header_and_refused_when_a_part_is_missing(known, models, tmp_path):
    models.add(str(single_file(tmp_path / "whole.safetensors", known.landmarks)))
    assert row(models, "whole").state == "here" and known.name in row(models, "whole").words
    for lacking in known.landmarks[1:]:
        with pytest.raises(BadInput, match="is not a whole"):
            models.add(str(single_file(tmp_path / "part.safetensors", set(known.landmarks) - {lacking})))
    with pytest.raises(BadInput, match="last 1 bytes are missing"):
        models.add(str(single_file(tmp_path / "cut.safetensors", known.landmarks, 3)))
    with pytest.raises(BadInput, match="no Stable Diffusion"):
        models.add(str(single_file(tmp_path / "lora.safetensors", ["lora_unet_down.lora_down.weight"])))


INPUT = "model.diffusion_model.input_blocks.0.0.weight"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda told: told[INPUT].update(data_offsets=["0", "4"]), "header cannot be read"),
        (lambda told: told[INPUT].update(shape=4), "header cannot be read"),
        (lambda told: told[INPUT].update(shape=[4]), "first layer"),
        (lambda told: told.update(__metadata__=None), "header cannot be read"),
        (lambda told: told.update(__metadata__=["v"]), "header cannot be read"),
    ],
)
def test_a_crafted_header_is_refused_in_words_and_breaks_no_list(change, words, models, tmp_path):
    path = single_file(tmp_path / "odd.safetensors", [*ORIGINALS[1].landmarks, INPUT])
    models.add(str(path))
    with open(path, "rb") as file:
        told = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    change(told)
    text = json.dumps(told).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + bytes(4))
    with pytest.raises(BadInput, match=words):
        models.add(str(path))
    assert row(models, "odd.safetensors").state == "missing"


def test_a_header_without_end_is_refused_in_words(models, tmp_path):
    deep = b"[" * 200_000
    (tmp_path / "deep.safetensors").write_bytes(len(deep).to_bytes(8, "little") + deep)
    with pytest.raises(BadInput, match="header cannot be read"):
        models.add(str(tmp_path / "deep.safetensors"))


def test_a_base_whose_path_cannot_be_looked_at_breaks_no_list(models, library):
    library.keep_draft("own bases", ["/" + "x" * 300])
    assert row(models, "x" * 300).state == "missing"


def test_fetching_is_one_job_at_a_time(models, jobs):
    job = models.get("sd15")
    assert models.get("sd15") == job and isinstance(jobs.get(job).task, Fetch) and jobs.get(job).lane == "fetch"
    assert row(models, "Stable Diffusion 1.5").job == job
    with pytest.raises(BadInput):
        models.get("starter")


def test_a_checkpoint_is_fetched_only_with_its_checksum(models, jobs):
    task = jobs.get(models.get("mobile_sam")).task
    assert dict(task.sha256)["mobile_sam.pt"] == CHECKPOINTS[0].sha256 and len(CHECKPOINTS[0].sha256) == 64
    assert not row(models, "MobileSAM").usable and row(models, "MobileSAM").licence_url == APACHE


def test_bases_are_fetched_in_safetensors_alone():
    weights = [
        pattern
        for patterns in PATTERNS.values()
        for pattern in patterns
        if "json" not in pattern and "txt" not in pattern
    ]
    assert weights and all(pattern.endswith(".safetensors") for pattern in weights)
