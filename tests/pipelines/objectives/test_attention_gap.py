import torch

from pipelines import voices
from pipelines.batches import Batches
from pipelines.encoders.paired_stream import PairedStream
from pipelines.objectives.attention_gap import AttentionGap, gap
from pipelines.spec import Phase, use
from tests.pipelines.steps import examples, kit, shot


def test_maps_that_are_alike_but_for_their_size_leave_no_gap():
    word = torch.rand(3, 16, requires_grad=True)
    assert gap(word, 7 * word) < 1e-12
    end = torch.rand(3, 16, requires_grad=True)
    gap(word, end).backward()
    assert end.grad is None and word.grad.abs().sum() > 0
    assert gap(torch.tensor([[1.0, 2.0]]), torch.tensor([[4.0, 2.0]])) == 0.25


def test_it_closes_the_gap_it_penalises(tiny, tmp_path):
    """Twelve steps of the word alone; the gap is measured at noise and pairs never learnt from."""
    subject = shot(tmp_path, count=2)
    voice = voices.build(tiny, [use("token", instead=True), use("image_branch"), use("reference_photo")], [subject])
    word = [p for key, p in voice.parameters().items() if key.startswith("token")]
    phase = Phase(12, 1e-3, 2, encoders=(use("paired_stream"),))
    batches = Batches(
        phase, (0, 0), examples(tiny, subject), (), frozenset({"prediction"}), kit(tiny, (subject,)), True
    )
    optimiser, objective = torch.optim.Adam(word, lr=0.05), AttentionGap()
    with tiny.adapted({"taught": voice}, encoders=[PairedStream()]) as stage:
        with torch.no_grad():
            before = objective(batches.glimpse(stage, 99))
        for k in range(12):
            optimiser.zero_grad()
            objective(batches.glimpse(stage, k)).backward()
            optimiser.step()
        with torch.no_grad():
            after = objective(batches.glimpse(stage, 99))
    assert 0 < after < 0.8 * before, (float(before), float(after))
