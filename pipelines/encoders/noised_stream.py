"""The reference, noised to the picture's own level, goes through the network with words of its own.

DreamTuner (arXiv 2312.13691, section 3.3): what each self-attention is given then is what `reference_attention` lets
the picture look at. The noise is drawn once. `Stage.sight` makes the reference a little cleaner or noisier than the
picture.
"""

from collections.abc import Mapping

import torch

from pipelines.conditioning import Conditioning
from pipelines.examples import on_grid
from pipelines.references import Asked, Shown
from pipelines.seams import Stage

SEED = 0


class NoisedStream:
    """Doubles the cost of a picture.

    Args:
        masked: whether only the subject can be looked at.
    """

    def __init__(self, masked: bool = True):
        self.masked = masked
        self._heard: tuple[Stage | None, dict[str, Conditioning]] = (None, {})

    @torch.no_grad()
    def __call__(self, asked: Asked) -> Mapping[str, Shown]:
        """For each self-attention the reference's tokens (B, N, d) and mask (B, N)."""
        schedule, clean = asked.backbone.schedule, asked.latents.float()
        t = (asked.t + (asked.stage.sight or 0)).clamp(0, len(schedule.alphas) - 1)
        drawn = torch.randn(clean.shape[1:], generator=torch.Generator().manual_seed(SEED))
        noisy = schedule.noised(clean, drawn.to(clean).expand_as(clean), t)
        noted, _ = asked.through(noisy, t, self._words(asked))
        return {
            site: Shown(tokens, self._mask(asked, tokens.shape[1])) for site, tokens in noted.items()
            if site.endswith("attn1")
        }  # fmt: skip

    def _mask(self, asked: Asked, cells: int) -> torch.Tensor | None:
        if not self.masked:
            return None
        high, wide = asked.masks.shape[-2:]
        side = (high * wide / cells) ** 0.5
        return on_grid(asked.masks[:, 0].float(), round(high / side), round(wide / side)).flatten(1) >= 0.5

    def _words(self, asked: Asked) -> Conditioning:
        """Each row's reference in words, read once a visit: by then the words have been learnt."""
        stage = asked.stage
        if self._heard[0] is not stage:
            self._heard = stage, {}
        heard = self._heard[1]
        with stage.speaking({asked.voice: 1.0}, ()):
            for caption in asked.captions:
                if caption not in heard:
                    heard[caption] = asked.backbone.encode([caption], stage)
        words = heard[asked.captions[0]]
        for caption in asked.captions[1:]:
            words = words + heard[caption]
        return words
