import pytest
import torch

from pipelines import artefact, tune, voices
from pipelines.events import Silent
from pipelines.spec import Region
from pipelines.tasks import Tune
from tests.pipelines.probes import weights
from tests.pipelines.scenes import LEFT, RIGHT, made
from tests.pipelines.steps import shot

KNOBS = {"steps": 3, "batch": 1, "sentences": 27, "rate": 1e-2}


@pytest.fixture(scope="module")
def learnt(tiny, tmp_path_factory):
    """A cat and a dog, each taught by itself: name of the artefact → its path."""
    folder, paths, before = tmp_path_factory.mktemp("cones"), {}, weights(tiny)
    for word, noun in (("<tom>", "cat"), ("<rex>", "dog")):
        paths[noun] = str(folder / f"{noun}.safetensors")
        task = Tune((shot(folder, word, noun, 1),), "cones_2", paths[noun], KNOBS, samples_every=0)
        tune.tune(task, tiny, Silent())
    assert all(torch.equal(value, before[key]) for key, value in weights(tiny).items())
    return paths


def test_the_artefact_is_the_residual_and_nothing_else(tiny, learnt):
    """One number a token of the noun and a width of the text encoder; the tuned encoder is gone."""
    tensors, header = artefact.load(learnt["cat"]), artefact.read_header(learnt["cat"])
    assert [rows.shape for rows in tensors.values()] == [(len(tiny.ids("cat")), 32)] and header.steps == 3
    assert [one["name"] for one in header.edits] == ["residual_token"] and next(iter(tensors.values())).abs().sum() > 0


@pytest.mark.parametrize("how", ["cones_layout", "region_route"])
def test_two_that_never_met_speak_each_in_a_region_of_a_prompt_never_taught(tiny, learnt, how):
    spoken = {noun: voices.load(path, tiny)[1] for noun, path in learnt.items()}
    regions = (
        Region(LEFT, "a <tom> cat", artefact="cat"), Region(RIGHT, "a <rex> dog", artefact="dog"),
    )  # fmt: skip
    plain = tuple(Region(box, f"a {noun}") for box, noun in ((LEFT, "cat"), (RIGHT, "dog")))
    prompt = "a photo of {} and {} under water"
    both = made(tiny, spoken, prompt=prompt.format("a <tom> cat", "a <rex> dog"), regions=regions, how=how)
    bare = made(tiny, prompt=prompt.format("a cat", "a dog"), regions=plain, how=how)
    assert both.isfinite().all() and not torch.equal(both, bare)
    for voice in spoken.values():
        for rows in voice.parameters().values():
            rows.data.zero_()
    silent = made(tiny, spoken, prompt=prompt.format("a <tom> cat", "a <rex> dog"), regions=regions, how=how)
    assert torch.equal(silent, bare), "without residuals, the words are their nouns"
