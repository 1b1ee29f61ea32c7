"""The best of a folder of found pictures join the photos, a few in each cycle; two scorers choose, and learn from them.

COTI (arXiv 2304.05265). In every cycle a concept scorer learns to tell the subject from others of its class and from
other things, both as the base paints them; an aesthetic scorer starts again from its first state and learns from
labels; and the pictures with the best sum of both join. Photos are labelled 10. Pictures that joined are trusted less
with time: 10 − (10 − a)·cycle/cycles, where a is what the scorer thought of them. Cycles end before the word is taught:
the authors teach it anew in each, from scratch, and choose nothing by it, so that only the last one counts.

They look through CLIP and start from LAION's aesthetic scorer. Here the contrastive judge looks, and the first state
takes clear for good: 10 for a picture as sharp as the photos.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pipelines.bank import bank
from pipelines.errors import BadInput
from pipelines.events import Warned
from pipelines.examples import SUBJECT, Example, Kit, gather
from pipelines.spec import Photo

KINDS = {".png", ".jpg", ".jpeg", ".webp"}
PASSES, RATE, BATCH = 50, 3e-4, 64
LEAST = 400  # steps of the concept scorer: passes over few pictures are short
TOP = 10.0
THINGS = (
    "dog", "house", "car", "man", "boat", "lamp", "rabbit", "teapot", "woman", "robot", "chair", "train", "cat",
    "castle", "mug", "duck",
)  # fmt: skip


@dataclass(frozen=True)
class Looked:
    """Pictures as the scorers see them: `shows` (n, D) unit vectors, `clear` (n,) sharpness, with the photos' at 1."""

    shows: Tensor
    clear: Tensor

    def rows(self, which: Sequence[int]) -> "Looked":
        return Looked(self.shows[list(which)], self.clear[list(which)])

    def __add__(self, other: "Looked") -> "Looked":
        return Looked(torch.cat([self.shows, other.shows]), torch.cat([self.clear, other.clear]))


class RankPool:
    """Adds pictures of a folder to one subject's photos.

    Args:
        pool: the folder; empty adds nothing.
        cycles, query: how often pictures join, and how many at a time.
        beauty, match: weights of the two scores, 0 to 10 each.
        anneal: whether pictures that joined are trusted less with time; if not, they count as photos do.
        count: pictures of the class, and of other things, that the base makes for the concept scorer to tell apart.
        steps, scale: sampling steps and CFG scale of those.
    """

    def __init__(
        self, pool: str = "", cycles: int = 5, query: int = 2, beauty: float = 1.0, match: float = 1.0,
        anneal: bool = True, count: int = 16, steps: int = 20, scale: float = 5.0,
    ):  # fmt: skip
        self.pool, self.cycles, self.query, self.beauty, self.match = pool, cycles, query, beauty, match
        self.anneal, self.count, self.steps, self.scale = anneal, count, steps, scale

    def prepare(self, examples: Sequence[Example], kit: Kit) -> Sequence[Example]:
        """The examples and the chosen pictures; tells which.

        Raises:
            BadInput: when the folder cannot be used, or several subjects are taught. MissingWeights: without judges.
        """
        if not self.pool:
            kit.report(Warned("Only the photos are learnt from.", "Choose a folder of more pictures to draw on."))
            return examples
        if len(kit.subjects) != 1:
            raise BadInput("A folder of pictures belongs to one subject.", "Tune the subjects one after the other.")
        photos = [one for one in examples if one.role == SUBJECT]
        found, noun = self._found(kit), kit.subjects[0].noun
        prompt, things = f"a photo of a {noun}", [THINGS[k % len(THINGS)] for k in range(self.count)]
        others = self._painted(kit, prompt, [prompt] * self.count)
        elsewhere = self._painted(kit, "things", [f"a photo of a {one}" for one in things])
        elsewhere = elsewhere[[k for k, one in enumerate(things) if one != noun]]
        usual = float(torch.tensor([sharpness(one.pixels) for one in photos]).median())
        known, pool = (_looked(some, usual, kit) for some in (photos, found))
        taken = [i for cycle in self.choose(known, pool, (others, elsewhere), kit.seed) for i in cycle]
        names = ", ".join(Path(found[i].source).name for i in taken)
        advice = "If one shows something else, take it out of the folder and tune again."
        kit.report(Warned(f"Out of {len(found)} pictures these {len(taken)} are learnt from: {names}.", advice))
        return [*examples, *(found[i] for i in taken)]

    def draw(self, example: Example, among: Sequence[Example], chance: np.random.Generator) -> Example:
        return example

    def choose(self, known: Looked, pool: Looked, others: Sequence[Tensor], seed: int = 0) -> list[list[int]]:
        """Which of the pool join in each cycle.

        Args:
            known: the photos. others: kinds of pictures (n, D) that do not show the subject.
        """
        taken: list[list[int]] = []
        labels = [TOP] * len(known.clear)
        thought: list[float] = []
        for cycle in range(self.cycles):
            joined = [i for some in taken for i in some]
            left = [i for i in range(len(pool.clear)) if i not in joined]
            if not left:
                break
            mine, open_ = known + pool.rows(joined), pool.rows(left)
            trusted = [annealed(a, cycle, self.cycles) if self.anneal else TOP for a in thought]
            good = aesthetic(mine, torch.tensor(labels + trusted), open_)
            score = self.beauty * good + self.match * TOP * concept(mine.shows, others, open_.shows, seed + cycle)
            best = score.argsort(descending=True)[: self.query].tolist()
            taken.append([left[k] for k in best])
            thought += [float(good[k]) for k in best]
        return taken

    def _painted(self, kit: Kit, name: str, prompts: Sequence[str]) -> Tensor:
        made = bank(kit, name, prompts, self.steps, self.scale, "making pictures to compare with")
        return kit.see(kit.backbone.to_pixels(made.to(kit.backbone.device)))

    def _found(self, kit: Kit) -> list[Example]:
        folder = Path(self.pool).expanduser()
        if not folder.is_dir():
            raise BadInput(f"There is no folder {self.pool}.", "Choose a folder of pictures, or none.")
        found, (subject,) = [], kit.subjects
        for path in sorted(p for p in folder.iterdir() if p.suffix.lower() in KINDS):
            with suppress(BadInput):  # a file that is no picture is no loss among found ones
                found += gather([replace(subject, photos=(Photo(str(path)),))], kit.backbone.size)
        if not found:
            raise BadInput(f"The folder {folder.name} holds no pictures.", "It takes PNG, JPEG and WebP.")
        return found


def annealed(thought: float, cycle: int, cycles: int) -> float:
    """A joined picture's label: 10 at first, what the scorer thought of it at the end."""
    return TOP - (TOP - thought) * cycle / cycles


def aesthetic(mine: Looked, labels: Tensor, asked: Looked) -> Tensor:
    """Scores (m,) by a linear scorer fitted to labels (n,), kept near the first state it always starts from."""
    first = torch.zeros(mine.shows.shape[1] + 1)
    first[-1] = TOP
    seen, wanted = (torch.cat([one.shows, one.clear.clamp(max=1)[:, None]], 1) for one in (mine, asked))
    pull = torch.linalg.solve(seen.T @ seen + torch.eye(len(first)), seen.T @ (labels - seen @ first))
    return (wanted @ (first + pull)).clamp(0, TOP)


def concept(mine: Tensor, others: Sequence[Tensor], asked: Tensor, seed: int) -> Tensor:
    """How likely pictures (m, D) show the subject: 0 to 1, by a classifier that learnt from mine (n, D), and from no
    more than n of each kind of others."""
    inputs = torch.cat([mine, *(kind[: max(2, len(mine))] for kind in others)])
    labels = (torch.arange(len(inputs)) < len(mine)).long()
    width = mine.shape[1]
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(seed)
        wide = [nn.Linear(width, 4 * width), nn.BatchNorm1d(4 * width)]
        slim = [nn.Linear(4 * width, 2 * width), nn.BatchNorm1d(2 * width), nn.ReLU()]
        scorer = nn.Sequential(*wide, *slim, nn.Linear(2 * width, 2, bias=False))
        optimiser = torch.optim.Adam(scorer.parameters(), lr=RATE)
        passes = max(PASSES, LEAST // -(-len(inputs) // BATCH))
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, passes)
        for _ in range(passes):
            for part in torch.randperm(len(inputs)).split(BATCH):
                if len(part) > 1:
                    optimiser.zero_grad()
                    F.cross_entropy(scorer(inputs[part]), labels[part]).backward()
                    optimiser.step()
            schedule.step()
    with torch.no_grad():
        return scorer.eval()(asked).softmax(-1)[:, 1]


def sharpness(pixels: Tensor) -> float:
    """Mean size of the Laplacian of a picture (3, H, W)."""
    grey = pixels.mean(0)
    inner = 4 * grey[1:-1, 1:-1] - grey[:-2, 1:-1] - grey[2:, 1:-1] - grey[1:-1, :-2] - grey[1:-1, 2:]
    return float(inner.abs().mean())


def _looked(some: Sequence[Example], usual: float, kit: Kit) -> Looked:
    clear = torch.tensor([sharpness(one.pixels) / max(usual, 1e-6) for one in some])
    return Looked(kit.see(torch.stack([one.pixels for one in some])), clear)
