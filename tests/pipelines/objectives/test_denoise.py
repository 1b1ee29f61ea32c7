from dataclasses import replace

import torch

from pipelines import voices
from pipelines.objectives.denoise import Denoise
from pipelines.spec import use
from tests.pipelines.steps import examples, glimpse, shot


def test_class_images_do_not_change_the_subjects_loss(tiny, tmp_path):
    """DreamBooth's split: λ only weighs the other half of the batch."""
    subject = shot(tmp_path)
    found = examples(tiny, subject)
    prior = [replace(one, role="prior", prompt="a photo of a cat") for one in found]
    with tiny.adapted({"a": voices.build(tiny, [use("token")], [subject])}) as stage:
        both = glimpse(tiny, [*found, *prior], stage)
    assert both.rows("subject").tolist() == [0, 1] and both.rows("prior").tolist() == [2, 3]
    alone = replace(both, prediction=both.prediction[:2], target=both.target[:2], weights=both.weights[:2],
                    examples=both.examples[:2], _error=[])  # fmt: skip
    assert torch.equal(Denoise()(both), Denoise()(alone)) and Denoise()(both) != Denoise("prior")(both)


def test_it_is_the_mean_squared_distance_from_the_target(tiny, tmp_path):
    subject = shot(tmp_path)
    with tiny.adapted({"a": voices.build(tiny, [use("token")], [subject])}) as stage:
        seen = glimpse(tiny, examples(tiny, subject), stage)
    assert torch.equal(seen.target, seen.noise) and torch.equal(seen.weights, torch.ones(2))
    torch.testing.assert_close(Denoise()(seen), torch.nn.functional.mse_loss(seen.prediction, seen.noise))
