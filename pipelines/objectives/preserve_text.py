"""Sentences about the subject mean what they meant, all but the noun itself.

Cones 2's text-embedding preservation loss (arXiv 2305.19327, section 3.2): over sentences s that hold the class noun,
the tuned text encoder E_θ may leave the original E_0 at the noun only. Here it is Σ ‖E_θ(s)_p − E_0(s)_p‖² over all
other positions p, padding among them because cross-attentions read it too, divided by their number, with the start
token counted ten times. The authors' code does it otherwise: over the bare noun alone, 10·‖…‖ at the start token and
‖…‖ over all that follows the noun, without squares; its weights are 1e-2 and 1e-3.

The paper has a language model write a thousand sentences. Ours are frames, looks and places put together.
"""

import torch
from torch import Tensor

from pipelines import corpus
from pipelines.glimpse import Glimpse
from pipelines.spec import Subject

START = 10.0
"""How much more the start token counts, which every prompt shares."""


class PreserveText:
    """Distance of what is read from what was read before, beside the taught words.

    Args:
        role: of the examples whose subjects it speaks of.
        weight: how much it counts.
        sentences: how many there are. few: how many are read in a step, in turn.
        alone: the authors' code's form, over the noun alone.
    """

    needs = frozenset()

    def __init__(
        self, role: str = "subject", weight: float = 1e-3, sentences: int = 1000, few: int = 4, alone: bool = False
    ):
        self.role, self.weight, self.few, self.alone = role, weight, few, alone
        self.said = corpus.about(sentences)

    def __call__(self, seen: Glimpse) -> Tensor:
        """Mean over the subjects; zero without any."""
        rows = seen.rows(self.role).tolist()
        subjects = dict.fromkeys(one for i in rows for one in seen.examples[i].subjects)
        found = [self._strayed(one, seen) for one in subjects]
        return torch.stack(found).mean() if found else seen.clean.new_zeros(())

    def _strayed(self, subject: Subject, seen: Glimpse) -> Tensor:
        turn = [(seen.step * self.few + k) % len(self.said) for k in range(self.few)]
        said = ["{}"] if self.alone else [self.said[k] for k in turn]
        with torch.no_grad(), seen.stage.speaking({}):
            before = seen.listen([one.format(subject.noun) for one in said], seen.stage).text
        now = seen.listen([one.format(f"{subject.trigger} {subject.noun}") for one in said], seen.stage)
        places = [span.get(subject.trigger, ()) for span in now.spans]
        return norms(now.text - before, places) if self.alone else squares(now.text - before, places)


def squares(strayed: Tensor, places: list[tuple[int, ...]]) -> Tensor:
    """The paper's form, of differences (B, M, D) and the positions that are free in each row."""
    counts = torch.ones(strayed.shape[:2], device=strayed.device)
    for row, free in enumerate(places):
        counts[row, list(free)] = 0
    held = counts.sum()
    counts[:, 0] *= START
    return (strayed.float().square().sum(-1) * counts).sum() / held


def norms(strayed: Tensor, places: list[tuple[int, ...]]) -> Tensor:
    """The authors' code's form, mean over rows."""
    pairs = [(row[0], row[max(free, default=0) + 1 :]) for row, free in zip(strayed.float(), places, strict=True)]
    return torch.stack([START * start.norm() + rest.norm() for start, rest in pairs]).mean()
