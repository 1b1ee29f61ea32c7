"""One training step's batch: drawn, noised, said, asked of the network, and shown to the objectives as a Glimpse."""

from collections.abc import Sequence
from contextlib import nullcontext
from functools import reduce
from operator import add

import numpy as np
import torch
from torch import Tensor

from pipelines.conditioning import Conditioning
from pipelines.examples import Augment, Example, Kit, on_grid
from pipelines.glimpse import Glimpse, importance
from pipelines.seams import Stage, sites
from pipelines.spec import Phase


class Batches:
    """The batches of one phase. What step k draws follows from the seed and k alone.

    Args:
        seed: numbers that tell this phase of this task from any other.
        needs: what the objectives ask for, see `glimpse.Objective`.
        reads: whether something that reads text is learning; if not, each prompt is read once for the whole phase.
    """

    def __init__(
        self,
        phase: Phase,
        seed: tuple[int, ...],
        examples: Sequence[Example],
        augment: Sequence[Augment],
        needs: frozenset[str],
        kit: Kit,
        reads: bool,
    ):
        self.phase, self.seed, self.examples, self.augment = phase, seed, examples, augment
        self.needs, self.kit, self.backbone, self.reads = needs, kit, kit.backbone, reads
        self.heard: dict[str, Conditioning] = {}
        self.sites = [site.name for site in sites(self.backbone.unet) if site.kind == "cross"]

    def glimpse(self, stage: Stage, k: int) -> Glimpse:
        """Step k, seen through the visited network."""
        chance = np.random.default_rng([*self.seed, k])
        torch.manual_seed(int(chance.integers(2**31)))
        noise_of = torch.Generator().manual_seed(int(chance.integers(2**31)))
        batch, t = self._draw(chance)
        held = torch.stack([one.posterior for one in batch])
        clean = held[:, 0] + held[:, 1] * torch.randn(held[:, 0].shape, generator=noise_of)
        noise = torch.randn(clean.shape, generator=noise_of)
        if self.phase.offset:
            noise += self.phase.offset * torch.randn(*noise.shape[:2], 1, 1, generator=noise_of)
        clean, noise, t = (one.to(self.backbone.device) for one in (clean, noise, t))
        schedule = self.backbone.schedule
        noisy, words = schedule.noised(clean, noise, t), self._words([one.prompt for one in batch], stage)
        prediction = shares = None
        if self.needs & {"prediction", "maps"}:
            refers = stage.referring(self._others(batch, chance) if self.phase.encoders else None)
            with refers, stage.recording(self.sites) if "maps" in self.needs else nullcontext() as maps:
                prediction = self.backbone.predict(noisy, t, words)
            shares = {site: found[0] for site, found in maps.items()} if maps is not None else None
        masks, parts = _masks(batch, clean) if "masks" in self.needs else (None, ())
        return Glimpse(
            examples=tuple(batch), clean=clean, noise=noise, t=t, noisy=noisy,
            target=schedule.target(clean, noise, t), weights=importance(schedule, t), words=words, schedule=schedule,
            stage=stage, listen=self.backbone.encode, answer=self.backbone.predict, prediction=prediction, masks=masks,
            parts=parts, maps=shares, shown=stage.shown, step=k, steps=self.phase.steps,
        )  # fmt: skip

    def _draw(self, chance: np.random.Generator) -> tuple[list[Example], Tensor]:
        """As many examples of each role, each as seldom twice as can be, at time steps spread over the schedule."""
        batch, times = [], []
        size, total = self.phase.batch, len(self.backbone.schedule.alphas)
        for role in dict.fromkeys(one.role for one in self.examples):
            pool = [one for one in self.examples if one.role == role]
            order = np.concatenate([chance.permutation(len(pool)) for _ in range(-(-size // len(pool)))])[:size]
            batch += [reduce(lambda e, a: a.draw(e, self.examples, chance), self.augment, pool[i]) for i in order]
            spread = (np.arange(size) + chance.random(size)) * total / size
            times.append(chance.permutation(spread.astype(np.int64)))
        return self.kit.develop(batch), torch.from_numpy(np.concatenate(times))

    def _others(self, batch: Sequence[Example], chance: np.random.Generator) -> tuple[Tensor, Tensor]:
        """For each example the reference it looks at: another of the same role and subject, itself where it is the only
        one. Latents (B, C, h, w) and masks (B, 1, h, w)."""
        found = []
        for one in batch:
            alike = [e for e in self.examples if (e.role, e.subjects) == (one.role, one.subjects)]
            other = [e for e in alike if e.source != one.source] or alike or [one]
            found.append(other[chance.integers(len(other))])
        latents = torch.stack([one.posterior[0] for one in self.kit.develop(found)]).to(self.backbone.device)
        return latents, _masks(found, latents)[0]

    def _words(self, prompts: list[str], stage: Stage) -> Conditioning:
        """Each different prompt is read once."""
        different = list(dict.fromkeys(prompts))
        if self.reads:
            heard = self.backbone.encode(different, stage)
        else:
            with torch.no_grad():
                self.heard |= {one: self.backbone.encode([one], stage) for one in different if one not in self.heard}
            heard = reduce(add, [self.heard[one] for one in different])
        return heard.rows([different.index(one) for one in prompts])


def _masks(batch: Sequence[Example], like: Tensor) -> tuple[Tensor, tuple[dict[str, Tensor], ...]]:
    """(B, 1, h, w) where the subjects are, and each subject's own part (h, w)."""
    height, width = like.shape[-2:]

    def cells(mask: Tensor) -> Tensor:
        return on_grid(mask[None], height, width)[0].to(like)

    whole = torch.ones(height, width).to(like)
    masks = [cells(one.mask()) if one.masks else whole for one in batch]
    parts = tuple({word: cells(mask) for word, mask in one.masks.items()} for one in batch)
    return torch.stack(masks)[:, None], parts
