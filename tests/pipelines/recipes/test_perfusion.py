import torch
import torch.nn.functional as F

from pipelines import artefact, corpus, tune, voices
from pipelines.events import Silent
from pipelines.tasks import Tune
from tests.pipelines.steps import shot


def test_keys_stay_the_nouns_while_word_and_values_learn(tiny, tmp_path):
    """What a whole run writes: keys' outputs as they began, values' moved, directions a little after their word."""
    subject, out = shot(tmp_path, count=2), tmp_path / "a.safetensors"
    tune.tune(Tune((subject,), "perfusion", str(out), {"steps": 3, "batch": 2}, samples_every=0), tiny, Silent())
    tensors, (_, voice) = artefact.load(out), voices.load(out, tiny)
    noun = corpus.slots(["cat"], tiny.encode, tiny.ids)
    for key, module in voice.modules.items():
        if key.startswith("locked_rank_one/"):
            began = F.linear(noun, module.layer.weight)
            moved = (tensors[f"{key}/output"] - began).abs()
            assert moved.max() < 1e-5 if key.endswith("to_k") else moved.min() > 1e-3
    (word,) = (value for key, value in tensors.items() if key.startswith("token/"))
    row = tiny.parts["text"].embeddings.token_embedding.weight[tiny.ids("cat")].mean(0)
    assert (word - row).abs().min() > 1e-4
    (directions,) = (value for key, value in tensors.items() if key.endswith("aim.directions"))
    followed = (directions - noun).norm() / noun.norm()
    assert 1e-3 < followed < 0.1, "three steps of a hundredth each"


def test_its_word_takes_the_nouns_place_and_its_gate_is_set_for_speaking(tiny, tmp_path):
    subject, out = shot(tmp_path, count=1), tmp_path / "a.safetensors"
    knobs = {"steps": 1, "batch": 1, "through": 0.5, "softness": 0.2}
    tune.tune(Tune((subject,), "perfusion", str(out), knobs, samples_every=0), tiny, Silent())
    _, voice = voices.load(out, tiny)
    gates = [module for key, module in voice.modules.items() if key.startswith("locked_rank_one/")]
    assert all(module.gates == ((0.75, 0.1), (0.5, 0.2)) and not module.training for module in gates)
    with tiny.adapted({"a": voice}) as stage:
        assert torch.equal(tiny.encode(["a <tom> cat"], stage).text, tiny.encode(["a <tom>"], stage).text)
