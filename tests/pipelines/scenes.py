"""Scenes on the tiny model, and what its runs come to."""

from contextlib import contextmanager
from dataclasses import replace

import torch

from pipelines import sample
from pipelines.artefact import Header
from pipelines.spec import Region, Scene

LEFT, RIGHT, ALL = (0.0, 0.0, 0.5, 1.0), (0.5, 0.0, 0.5, 1.0), (0.0, 0.0, 1.0, 1.0)
HALVES = (Region(LEFT, "a cat"), Region(RIGHT, "a dog"))


def made(tiny, voices=None, **scene):
    """Clean latents of a scene; `voices` are by the artefact's name."""
    scene = sample.settled(Scene(**{"prompt": "a cat, a dog", "steps": 3, **scene}), tiny, lambda *said: None)
    return sample.make(scene, tiny, cast(voices))


@contextmanager
def begun(tiny, voices=None, t=600, **scene):
    """A run that stands at one time step: where it stands, its guidance, and latents (1, C, 8, 8)."""
    scene = sample.settled(Scene(**{"prompt": "a cat, a dog", "steps": 10, **scene}), tiny, lambda *said: None)
    with sample.performing(scene, tiny, cast(voices)) as (at, guidance):
        yield replace(at, t=t), guidance, torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(5))


def cast(voices=None):
    voices = voices or {}
    return sample.Cast({name: Header("r", {}, [], "tiny", "h") for name in voices}, voices)
