import numpy as np
import torch

from pipelines import tune, voices
from pipelines.augment.cut_mix import CutMix
from pipelines.events import Silent
from pipelines.examples import gather
from pipelines.tasks import Tune
from tests.pipelines.steps import glimpse, kit, shot

STEPS = 40
KNOBS = {"steps": STEPS, "rate": 0.05, "prior": 0.0, "mix": 1.0, "batch": 1, "text": False, "norm_rate": 0.0}


def across(tiny, people, path, **knobs):
    """Attention of both words to the other's half, mean over maps and three pictures that were cut together anew."""
    tune.tune(Tune(people, "svdiff", str(path), KNOBS | knobs, samples_every=0), tiny, Silent())
    _, voice = voices.load(path, tiny)
    photos, chance = gather(people, tiny.size), np.random.default_rng(99)
    mixed = kit(tiny, people).develop([CutMix(1.0).draw(photos[k], photos, chance) for k in range(3)])
    with torch.no_grad(), tiny.adapted({"a": voice}) as stage:
        seen = glimpse(tiny, mixed, stage, batch=3)
    found = []
    for i, example in enumerate(seen.examples):
        for subject, half in zip(example.subjects, (slice(2, 4), slice(0, 2)), strict=True):
            (at,) = seen.words.spans[i][subject.trigger]
            maps = [m[i, :, :, at] for site, m in seen.maps.items() if site.endswith("attn2") and m.shape[2] == 16]
            found.append(torch.stack(maps).unflatten(-1, (4, 4))[..., half].mean())
    return float(torch.stack(found).mean())


def test_unmix_takes_attention_off_the_others_half(tiny, tmp_path):
    """At least 40 % less than Cut-Mix alone leaves there, on pictures that were not trained on in this cut."""
    people = shot(tmp_path, count=2), shot(tmp_path, "<rex>", "dog", count=2)
    alone = across(tiny, people, tmp_path / "alone.safetensors", unmix=0.0)
    apart = across(tiny, people, tmp_path / "apart.safetensors")
    assert apart < 0.6 * alone
