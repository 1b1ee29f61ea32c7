"""A taught word stays near a word that the model knows, so that it does not shout the others of a sentence down.

Compositional Inversion's semantic side (arXiv 2312.08048), as in the authors' code: λ·‖v − a‖² / (M·D), the mean over a
prompt of M tokens of D numbers, where a is the class noun's own vector. The paper speaks of several anchors with sparse
weights; how is not settled by its code. A word of several vectors is anchored in their mean, and the differences stay
free.
"""

import torch
from torch import Tensor

from pipelines.glimpse import Glimpse


class Anchor:
    """Distance of taught words from their class nouns.

    Args:
        role: of the examples whose words it looks at.
        weight: λ. Its strength comes from AdamW's normalisation and from how little denoising counts beside it.
    """

    needs = frozenset()

    def __init__(self, role: str = "subject", weight: float = 0.95):
        self.role, self.weight = role, weight

    def __call__(self, seen: Glimpse) -> Tensor:
        """Mean over the taught words of the examples; zero where no word is learnt."""
        said = {one.trigger for i in seen.rows(self.role) for one in seen.examples[i].subjects}
        modules = [m for voice in seen.stage.voices.values() for m in voice.modules.values() if hasattr(m, "anchors")]
        strayed = [
            (vectors.mean(0) - anchor).square().mean()
            for module in modules
            for word, vectors, anchor in zip(module.words, module.vectors, module.anchors, strict=True)
            if word in said
        ]
        if not strayed:
            return seen.clean.new_zeros(())
        return torch.stack(strayed).mean() / seen.words.text.shape[-2]
