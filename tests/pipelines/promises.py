"""What every file in metrics/ and set_metrics/ promises, whoever the judges are."""

import math

import pytest
from torch import Tensor

from pipelines import catalogue
from pipelines.eyes import Eyes
from pipelines.judging import Case


def asked_of(family: str, photos: bool) -> list[str]:
    """The scores of a family that the starter's judges can tell, or those that only judges of photos can."""
    names = catalogue.names(family)
    return [name for name in names if photos != (set(catalogue.load(family, name).looks) <= set(Eyes.recipes))]


def kept_by_a_metric(name: str, case: Case, pixels: Tensor, prompts: list[str]) -> list[float]:
    """Words, one share of one or cosine for each picture, and the same when a picture comes alone; gives the scores."""
    kind = catalogue.load("metrics", name)
    assert kind.label and kind.how.endswith(".") and kind.better in ("more", "less")
    metric = kind(case)
    scores = list(metric(pixels, prompts))
    assert len(scores) == len(prompts) and all(-1 <= one <= 1 + 1e-6 or math.isnan(one) for one in scores)
    again = [metric(pixels[k : k + 1], prompts[k : k + 1])[0] for k in range(len(prompts))]
    assert scores == pytest.approx(again, abs=1e-4, nan_ok=True)
    return scores


def kept_by_a_set_metric(name: str, case: Case, pixels: Tensor, prompts: list[str], against: Tensor) -> None:
    """Words, and one number whatever the order."""
    kind = catalogue.load("set_metrics", name)
    assert kind.label and kind.how.endswith(".") and kind.better in ("more", "less")
    metric = kind(case)
    value = metric(pixels, prompts, against)
    assert isinstance(value, float) and math.isfinite(value)
    turned = metric(pixels.flip(0), prompts[::-1], against.flip(0))
    assert turned == pytest.approx(value, abs=1e-4, rel=1e-4)
