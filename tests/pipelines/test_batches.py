"""What a training step draws, before any network is asked."""

import torch

from pipelines import voices
from pipelines.batches import Batches
from pipelines.glimpse import importance
from pipelines.schedule import Schedule
from pipelines.spec import Phase, use
from tests.pipelines.steps import examples, kit, shot


def drawn(tiny, folder, phase, steps=1):
    """The first steps of a phase on three photos."""
    subject = shot(folder)
    found, tools = examples(tiny, subject), kit(tiny, (subject,))
    batches = Batches(phase, (0, 0), found, (), frozenset(), tools, False)
    with tiny.adapted({"a": voices.build(tiny, [use("token")], [subject])}) as stage:
        return [batches.glimpse(stage, k) for k in range(steps)]


def test_offset_noise_is_told_as_it_was_added(tiny, tmp_path):
    """One number for all cells of a channel, in what hides the picture and in what the network should tell alike."""
    (plain,), (offset,) = (drawn(tiny, tmp_path, Phase(1, 1e-3, 2, offset=amount)) for amount in (0.0, 0.1))
    added = offset.noise - plain.noise
    torch.testing.assert_close(added, added.mean((2, 3), keepdim=True).expand_as(added), atol=1e-6, rtol=0)
    numbers = added.mean((2, 3)).flatten()
    assert len(numbers.unique()) == 2 * 4 and 0.01 < numbers.std() < 0.3
    assert torch.equal(offset.clean, plain.clean) and torch.equal(offset.target, offset.noise)
    torch.testing.assert_close(offset.noisy, tiny.schedule.noised(offset.clean, offset.noise, offset.t))


def test_time_steps_of_a_batch_are_spread_and_photos_come_once(tiny, tmp_path):
    """Each in a third of the schedule of its own, in any order; over many steps every part of it."""
    seen = drawn(tiny, tmp_path, Phase(40, 1e-3, 3), 40)
    thirds = torch.stack([one.t * 3 // 1000 for one in seen])
    assert torch.equal(thirds.sort(dim=1).values, torch.arange(3).expand(40, 3)) and len(thirds[:, 0].unique()) == 3
    assert torch.cat([one.t for one in seen]).div(100, rounding_mode="floor").unique().tolist() == list(range(10))
    assert all(len({example.source for example in one.examples}) == 3 for one in seen)


def test_a_step_draws_the_same_whenever_it_is_asked_for(tiny, tmp_path):
    first, again = (drawn(tiny, tmp_path, Phase(2, 1e-3, 2), 2) for _ in range(2))
    for one, two in zip(first, again, strict=True):
        assert torch.equal(one.noisy, two.noisy) and torch.equal(one.t, two.t)
    assert not torch.equal(first[0].noise, first[1].noise)


def test_steps_weigh_as_min_snr_has_it_where_v_is_told(tiny):
    """arXiv 2303.09556: min(SNR, 5) / (SNR + 1), here twice that; where ε is told, all the same."""
    alphas = torch.tensor([0.99, 5 / 6, 0.5, 0.1])  # signal to noise 99, 5, 1 and 1/9
    weights = importance(Schedule(alphas, "v_prediction"), torch.arange(4))
    torch.testing.assert_close(weights, torch.tensor([10 / 100, 10 / 6, 1.0, 0.2]), rtol=1e-4, atol=1e-5)
    assert torch.equal(importance(Schedule(alphas), torch.arange(4)), torch.ones(4))
