import pytest

from pipelines import anatomy, artefact, tune
from pipelines.events import Silent
from pipelines.tasks import Tune
from tests.pipelines.steps import shot

FEW = {"steps": 2, "images": 2, "batch": 1}


@pytest.mark.parametrize("every", [False, True])
def test_only_keys_values_and_words_change(tiny, tmp_path, every):
    """For every cross-attention one change of keys and one of values, for every subject one row; with the whole of the
    cross-attentions, also queries and outputs."""
    people, out = (shot(tmp_path, count=1), shot(tmp_path, "<rex>", "dog", count=1)), tmp_path / "a.safetensors"
    task = Tune(people, "custom_diffusion", str(out), FEW | {"every": every}, samples_every=0)
    tune.tune(task, tiny, Silent())
    tensors = artefact.load(out)
    layers = anatomy.layers(tiny.parts, "cross.kv")
    wanted = {f"key_value_delta/{layer}/change" for layer in layers}
    wanted |= {f"token/text.embeddings.token_embedding/vectors.{k}" for k in range(2)}
    if every:
        others = anatomy.layers(tiny.parts, "cross.qo")
        wanted |= {f"weight_delta/{layer}/change.weight" for layer in others}
        wanted |= {f"weight_delta/{layer}/change.bias" for layer, m in others.items() if m.bias is not None}
    assert tensors.keys() == wanted
    for layer, module in layers.items():
        change = tensors[f"key_value_delta/{layer}/change"]
        assert change.shape == module.weight.shape and change.any()
