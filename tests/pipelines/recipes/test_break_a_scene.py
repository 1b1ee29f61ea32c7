import pytest
import torch

from pipelines import artefact, catalogue, tune, voices
from pipelines.batches import Batches
from pipelines.errors import Stopped
from pipelines.events import Progress, Silent
from pipelines.examples import gather
from pipelines.objectives.maps_match_mask import MapsMatchMask
from pipelines.spec import Phase, use
from pipelines.tasks import Tune
from tests.pipelines.probes import weights
from tests.pipelines.steps import kit
from tests.pipelines.test_shared_photo import both


class StopsAt(Silent):
    def __init__(self, step):
        super().__init__()
        self.step = step

    def stop(self):
        return any(isinstance(e, Progress) and e.step >= self.step for e in self.events)


def task(folder, subjects, **knobs):
    return Tune(subjects, "break_a_scene", str(folder / "a.safetensors"), knobs, samples_every=0)


def test_the_first_phase_teaches_words_and_nothing_else(tiny, tmp_path):
    before, subjects = weights(tiny), both(tmp_path)
    one = task(tmp_path, subjects, word_steps=2, model_steps=2)
    fresh = voices.build(tiny, [use("token")], subjects, one.seed).parameters()
    with pytest.raises(Stopped, match="step 2 is kept"):
        tune.tune(one, tiny, StopsAt(2))
    words = {k: v for k, v in artefact.load(one.out).items() if k.startswith("token/")}
    rest = {k: v for k, v in artefact.load(one.out).items() if not k.startswith("token/")}
    assert len(words) == 2 and not any(torch.equal(value, fresh[key]) for key, value in words.items())
    assert rest and not any(value.any() for value in rest.values())
    tune.tune(one, tiny, Silent())
    assert any(value.any() for key, value in artefact.load(one.out).items() if key.startswith("weight_delta/"))
    assert all(torch.equal(value, before[key]) for key, value in weights(tiny).items())


def test_words_can_stand_alone_as_in_the_paper(tiny, tmp_path):
    subjects = both(tmp_path)
    prompts = [f"a photo of {subjects[0].trigger}{noun}" for noun in ("", f" {subjects[0].noun}")]
    for noun in (True, False):
        for phase in catalogue.recipe("break_a_scene")(noun=noun).plan().phases:
            voice = voices.build(tiny, phase.edits[:1], subjects)
            with tiny.adapted({"a": voice}) as stage, torch.no_grad():
                alone, named = (tiny.encode([prompt], stage).text for prompt in prompts)
            assert torch.equal(alone, named) != noun


def test_each_word_comes_to_look_at_its_own_subject(tiny, tmp_path):
    """The objective alone, on the cross-attentions: afterwards, at noise never seen, each word's map, cut at half its
    height, lies on its own subject and not on the other's. Untaught, both words cover both alike."""
    subjects = both(tmp_path)
    tools, objective = kit(tiny, subjects), MapsMatchMask(weight=1.0)
    found = tools.develop(gather(subjects, tiny.size))
    voice = voices.build(tiny, [use("token"), use("weight_delta", where="cross")], subjects)
    optimiser = torch.optim.Adam(voice.parameters().values(), lr=0.03)
    batches = Batches(Phase(1, 1e-3, 2), (0, 0), found, (), objective.needs, tools, True)
    with tiny.adapted({"a": voice}) as stage:
        for k in range(40):
            optimiser.zero_grad()
            objective(batches.glimpse(stage, k)).backward()
            optimiser.step()
        with torch.no_grad():
            told = _overlaps(batches.glimpse(stage, 99))
    assert all(own > 0.12 > 0.04 > other for own, other in told.values()), told


def _overlaps(seen):
    """Word → IoU of its map with its own subject's mask, and with the other's."""
    shares = [s.mean(1) for site, s in seen.maps.items() if site.endswith("attn2") and s.shape[2] == 64]
    shares = torch.stack(shares).mean(0)[0].unflatten(0, (8, 8))
    found = {}
    for word, places in seen.words.spans[0].items():
        looked = shares[..., list(places)].mean(-1)
        looked = looked > looked.max() / 2
        iou = {}
        for other, mask in seen.parts[0].items():
            iou[other] = float((looked & (mask > 0.5)).sum() / (looked | (mask > 0.5)).sum())
        found[word] = iou.pop(word), iou.popitem()[1]
    return found
