"""Every self-attention also looks at the reference: its tokens stand beside the picture's own, weighted.

DreamTuner's self-subject-attention (arXiv 2312.13691, section 3.3): softmax(q·[k, k_r]ᵀ/√d + log m)·[v, v_r], with
m = [1, ω·m_r]: ω weighs the reference, m_r is 0 outside its subject. Keys and values come from the same frozen layers.
On features that are alike, the reference gets ω/(1 + ω) of the attention.

A voice bound to a place lets only that part of the picture look, which is ours.
"""

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from pipelines.conditioning import Place
from pipelines.references import Shown
from pipelines.seams import Call


class ReferenceAttention:
    """Reads what an encoder showed to self-attentions; where nothing is shown, nothing changes.

    Args:
        weight: ω; 0 is off, 3 the paper's for photos, 2.5 for drawings.
    """

    def __init__(self, weight: float = 3.0):
        self.weight = weight

    def __call__(self, call: Call, proceed: Callable[[Call], Tensor]) -> Tensor:
        stage, name = call.stage, call.site.name
        found = [(stage.now.get(voice), layers[name]) for voice, layers in stage.shown.items() if name in layers]
        found = [(strength, shown) for strength, shown in found if strength and self.weight]
        if call.site.kind != "self" or not found:
            return proceed(call)
        own = call.hidden.new_zeros(1, 1, 1, call.context.shape[1]) if call.bias is None else call.bias
        parts = [own, *(self._bias(strength, shown, call.hidden) for strength, shown in found)]
        high, many = (max(part.shape[axis] for part in parts) for axis in (2, 0))
        bias = torch.cat([part.expand(many, -1, high, -1) for part in parts], dim=-1)
        context = torch.cat([call.context, *(shown.tokens for _, shown in found)], dim=1)
        return proceed(replace(call, context=context, bias=bias))

    def _bias(self, strength: float | Place, shown: Shown, hidden: Tensor) -> Tensor:
        """log ω·m_r: (B, 1, 1, N_r), or (B, 1, N, N_r) for a voice that has a place."""
        tokens = shown.tokens
        seen = tokens.new_ones(tokens.shape[:2]) if shown.mask is None else shown.mask.to(tokens)
        share = strength.on(hidden.shape[1], hidden) if isinstance(strength, Place) else strength
        return (self.weight * share * seen[:, None, None]).log()
