import pytest
import torch

from pipelines.doors import open_doors
from pipelines.schedule import Schedule, Walk

open_doors()

from diffusers import DDIMScheduler, DPMSolverMultistepScheduler  # noqa: E402

SPACINGS = ["leading", "linspace", "trailing"]


def peer_of(prediction: str, spacing: str, zero: bool = False) -> tuple[Schedule, DPMSolverMultistepScheduler]:
    settings = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", prediction_type=prediction,
                    timestep_spacing=spacing, steps_offset=1, rescale_betas_zero_snr=zero)
    alphas = DDIMScheduler(**settings).alphas_cumprod
    return Schedule(alphas, prediction, spacing, 1), DPMSolverMultistepScheduler(**settings)


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
@pytest.mark.parametrize("steps", [4, 17, 25])
def test_the_walk_is_that_of_diffusers(prediction, spacing, steps):
    schedule, peer = peer_of(prediction, spacing)
    peer.set_timesteps(steps)
    walk = Walk(schedule, steps)
    assert walk.times.tolist() == peer.timesteps.tolist()
    x = theirs = torch.randn(2, 4, 3, 3, generator=torch.Generator().manual_seed(0))
    for i, t in enumerate(walk.times):
        x = walk.step(x, schedule.clean(x, torch.tanh(x), t[None]), i)
        theirs = peer.step(torch.tanh(theirs), t, theirs).prev_sample
    torch.testing.assert_close(x, theirs, rtol=2e-4, atol=2e-4)


@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
def test_target_and_clean_undo_each_other(prediction):
    schedule, _ = peer_of(prediction, "leading")
    x0, noise = torch.randn(2, 5, 4, 8, 8)
    t = torch.tensor([0, 10, 400, 700, 999])
    x = schedule.noised(x0, noise, t)
    torch.testing.assert_close(schedule.clean(x, schedule.target(x0, noise, t), t), x0, rtol=1e-3, atol=1e-3)


def test_pure_noise_is_a_place_to_start_from():
    schedule, _ = peer_of("v_prediction", "trailing", zero=True)
    assert schedule.alphas[-1] == 0
    walk = Walk(schedule, 10)
    x0 = torch.randn(1, 4, 3, 3, generator=torch.Generator().manual_seed(1))
    x = torch.randn(1, 4, 3, 3, generator=torch.Generator().manual_seed(2))
    for i in range(10):  # a network that always knows the answer gets there exactly
        x = walk.step(x, x0, i)
        assert x.isfinite().all()
    torch.testing.assert_close(x, x0)


def test_the_more_noise_the_less_signal():
    schedule, _ = peer_of("epsilon", "leading")
    snr = schedule.snr(torch.arange(1000))
    assert (snr.diff() < 0).all() and snr[0] > 1000 and snr[-1] < 0.01
