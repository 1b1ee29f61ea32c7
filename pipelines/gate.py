"""Stellar's gate against copying: a picture counts only where the prompt fits it better than it fits the photos."""

from torch import Tensor

STRICT = 2.0
"""How many deviations better."""


def passes(made: Tensor, given: Tensor) -> Tensor:
    """Which of N pictures count (arXiv 2312.06116, as its released code has it: strictly above, with the deviation of a
    sample over the whole run).

    Args:
        made: (N,), cosine of each picture and its prompt. given: (N,), of the photos and that prompt.

    Returns:
        (N,) bool. N is at least 2.
    """
    return made > given + STRICT * given.std()
