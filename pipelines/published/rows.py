"""Which rows a published benchmark's table has, and what each is asked. No torch: the page counts with it."""

from collections.abc import Sequence

from pipelines import catalogue
from pipelines.asking import BASE, TOGETHER, UNTUNED
from pipelines.published.parts import CLASS, PAIRS, Part
from pipelines.spec import Subject
from pipelines.suites import Suite
from pipelines.toybench.sanity import PHOTOS

SHUFFLED = "shuffled"
TITLES = {PHOTOS: "A photo given back", SHUFFLED: "A photo of another subject", BASE: f"{UNTUNED}, class word"}
STEPS, SCALE = 50, 7.5
"""Of sampling, where the benchmark leaves them open: by custom."""


def asked(suite: Suite, method: str, case: Part) -> bool:
    """Whether a method has a row in a case. Rows of photos show one subject; what a recipe needs decides about it."""
    if method in (PHOTOS, SHUFFLED):
        return len(case.who) == 1 and case.track != CLASS and (method == PHOTOS or other(suite, case) is not None)
    return method == BASE or fits(method, case)


def seeds_of(method: str, seeds: Sequence[int]) -> tuple[int, ...]:
    """A photo is the same whatever the seed."""
    return tuple(seeds[:1] if method in (PHOTOS, SHUFFLED) else seeds)


def other(suite: Suite, case: Part) -> Subject | None:
    """The next subject of another class; None where there is none."""
    there, mine = suite.subjects, case.known[0]
    at = there.index(mine)
    return next((one for one in (*there[at + 1 :], *there[:at]) if one.noun != mine.noun), None)


def fits(recipe: str, case: Part) -> bool:
    """Whether a recipe can be asked in a case, by what it says it needs. Nobody marked masks here."""
    needs = set(catalogue.recipe(recipe).needs)
    kinds = {one.kind for one in case.who}
    if "masks" in needs or "style" in needs and kinds != {"style"} or "person" in needs and kinds != {"person"}:
        return False
    return TOGETHER not in needs or case.track == PAIRS


def count(suite: Suite, cases: Sequence[Part], seeds: Sequence[int], recipes: Sequence[str]) -> tuple[int, int]:
    """How many pictures models make of cases, the untuned base among them, and how many times a recipe learns."""
    pictures, learnt = 0, set()
    for method in (BASE, *recipes):
        for case in cases:
            if not asked(suite, method, case):
                continue
            pictures += len(case.asks) * len(seeds_of(method, seeds))
            if method != BASE:
                together = TOGETHER in catalogue.recipe(method).needs
                learnt |= {(method, group) for group in ([case.who] if together else case.who)}
    return pictures, len(learnt)
