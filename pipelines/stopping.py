"""When a tuning run has learnt what it will: rules that read its curves, and may end a phase before its last step.

The training loss of a few-shot run tells nothing, because noise and time steps are drawn anew in each step. The same
batch with the same noise and time steps, asked every so often, does ("Is This Loss Informative?", arXiv 2302.04841).
It tells that nothing is learnt any more, not that photos are copied; for that there are looks, see `verdict`.
"""

from collections.abc import Mapping, Sequence
from statistics import fmean, pvariance
from typing import Any

PLATEAU, DVAR, LIKENESS, FIXED = "plateau", "dvar", "likeness", "fixed"
RULES: Mapping[str, str] = {
    PLATEAU: "When a fixed batch is told no better",
    DVAR: "When its loss hardly varies (DVAR)",
    LIKENESS: "When samples come no closer",
    FIXED: "Never: all steps",
}
SHORT = 50  # a phase of fewer steps is too short to be judged
TIMES = 40  # the fixed batch is asked about this often in a phase
WINDOW = 0.2  # share of a phase's measurements over which a plateau has to last
GAIN = 0.02  # share of the range of the losses that a plateau gains at most
SHARE, ALPHA = 1 / 3, 0.15  # DVAR's window as a share of a phase, between the paper's 0.05 and 0.44, and its bound
CLOSER, PATIENCE = 0.01, 3  # likeness that rises by less, at so many looks one after the other, stands still


def every(steps: int) -> int:
    """In how many steps of a phase the fixed batch is asked once."""
    return max(1, steps // TIMES)


def due(rule: str, losses: Sequence[float], measured: Sequence[tuple[int, Mapping[str, Any]]], steps: int) -> bool:
    """Whether a rule ends a phase now.

    Args:
        rule: one of `RULES`.
        losses: of the fixed batch, so far in this phase.
        measured: (step, values) of the looks at the run; values hold likeness, 0 to 1, where it was measured.
        steps: of the phase.
    """
    if rule == FIXED or steps < SHORT:
        return False
    if rule == LIKENESS:
        return still([values["likeness"] for _, values in measured if "likeness" in values])
    count = steps // every(steps)
    if rule == DVAR:
        return dvar(losses, round(SHARE * count))
    return plateau(losses, round(WINDOW * count))


def plateau(losses: Sequence[float], window: int, gain: float = GAIN) -> bool:
    """Whether the last `window` losses are on average below the `window` before them by no more than a share `gain` of
    the whole range of the curve. Not before two windows are full."""
    if len(losses) < 2 * window:
        return False
    before, now = fmean(losses[-2 * window : -window]), fmean(losses[-window:])
    return before - now <= gain * (max(losses) - min(losses))


def dvar(losses: Sequence[float], window: int, alpha: float = ALPHA) -> bool:
    """DVAR's rule: var(last `window` losses) < α·var(all losses), once there are as many. A loss that never changes, at
    which the authors' code never stops, ends it as soon as there is more than a window of it."""
    if len(losses) < window:
        return False
    whole = pvariance(losses)
    return len(losses) > window if whole == 0 else pvariance(losses[-window:]) < alpha * whole


def still(likeness: Sequence[float]) -> bool:
    """Whether the last looks all stayed within `CLOSER` of the best before them. The same paper's rule with CLIP
    waits for the sixth look and 0.02; ours are fewer."""
    if len(likeness) <= PATIENCE:
        return False
    return max(likeness[-PATIENCE:]) <= max(likeness[:-PATIENCE]) + CLOSER
