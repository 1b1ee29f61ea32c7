"""Prompt-following that copying does not earn (Stellar's gate on the text score, arXiv 2312.06116)."""

from pipelines.gate import CLOSED, Gated


class GatedText(Gated):
    """Mean cosine of pictures and prompts, 0 where the gate is closed: the gate of Stellar's released code. The softer
    formula that its paper speaks of was not at hand."""

    label = "Prompt-following, gated (Stellar)"
    how = f"Mean cosine between picture and prompt, {CLOSED}"
    looks = ("pictures", "sentences")
