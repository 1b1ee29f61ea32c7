"""The photo explains what the word does not: denoising with both, and a pull that keeps the two from saying the same.

DisenBooth (arXiv 2305.03374, equations 4 and 6), first and third term:
‖ε − ε_θ(z_t, f_s + f_i)‖² + λ·cos(mean(f_s), f_i), where f_s are the words and f_i what the photo says beside them. The
released code adds the cosine, so the two are driven apart. The second term, with the words alone, is `denoise` with a
small weight, at the same noise and time step.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from pipelines.conditioning import beside
from pipelines.glimpse import Glimpse


class Disentangle:
    """Denoising with what a photo says beside the words; see `Stage.aside`.

    Args:
        role: of the examples it looks at.
        weight: how much both terms count.
        contrast: λ, how strongly words and photo are driven apart.
    """

    needs = frozenset()

    def __init__(self, role: str = "subject", weight: float = 1.0, contrast: float = 0.001):
        self.role, self.weight, self.contrast = role, weight, contrast

    def __call__(self, seen: Glimpse) -> Tensor:
        """Mean over the examples of its role; zero without any."""
        rows = seen.rows(self.role)
        if not len(rows):
            return seen.clean.new_zeros(())
        photos = torch.stack([seen.examples[i].posterior[0] for i in rows.tolist()]).to(seen.clean)
        words, said = seen.words.rows(rows.tolist()), seen.stage.aside(photos)
        answer = seen.answer(seen.noisy[rows], seen.t[rows], beside(words, said))
        error = (answer - seen.target[rows]).square() * seen.weights[rows, None, None, None]
        return error.mean() + (0 if said is None else self.contrast * alike(words.text, said))


def alike(text: Tensor, said: Tensor) -> Tensor:
    """Mean cosine of the words (B, …, M, D), averaged over their tokens, and what is said beside them (B, D). The words
    are not moved by it."""
    mean = text.detach().flatten(1, -2).mean(1)
    return F.cosine_similarity(mean.to(said), said).mean()
