"""What a wall asks for: its rows, and the cells of each, under names made of all that they depend on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from pipelines import sweep
from pipelines.cells import mark
from pipelines.denoise import SAMPLER
from pipelines.spec import Scene, Subject
from pipelines.sweep import BASE
from pipelines.tasks import Compare


@dataclass(frozen=True)
class Row:
    """A method and a subject that it learns: the tuned file (none for the base), what tells it from all others, the
    lines of the wall that it fills, and the method's settled knobs."""

    subject: Subject
    recipe: str
    artefact: str
    mark: str
    lines: tuple[sweep.Line, ...]
    knobs: Mapping[str, Any]


@dataclass(frozen=True)
class Cell:
    """A picture of a row: what is asked of the base, the files of its facts and of the picture, and what it says of
    itself beside its scores and its cost."""

    scene: Scene
    place: Path
    picture: Path
    about: dict[str, Any]

    @property
    def there(self) -> bool:
        """Whether both files are; they may be damaged."""
        return self.place.is_file() and self.picture.is_file()


def said(prompt: str, recipe: str, subject: Subject) -> str:
    """A prompt as a method gets it: the untuned base knows no trigger word."""
    return prompt.replace("{}", subject.noun if recipe == BASE else f"{subject.trigger} {subject.noun}")


def turn(task: Compare, row: Row, line: sweep.Line) -> str:
    """What tells this asking for the cells of a line from all others."""
    # Of fewer pictures than the last time the rest would still count by what came between.
    return mark(row.mark, task.steps, line.scale, SAMPLER, task.prompts, task.seeds, *_weaker(line))


def cells(task: Compare, row: Row, line: sweep.Line) -> Iterator[Cell]:
    """The cells of a line of a row, prompt by prompt, and of each seed by seed."""
    folder = Path(task.out)
    for (index, prompt), seed in product(enumerate(task.prompts), task.seeds):
        scene = Scene(
            said(prompt, row.recipe, row.subject), seed=seed, steps=task.steps, scale=line.scale,
            artefacts=((row.artefact, line.strength),) if row.artefact else (),
        )  # fmt: skip
        key = mark(row.mark, scene.prompt, seed, scene.steps, scene.scale, SAMPLER, *_weaker(line))
        about = {
            "subject": row.subject.id, "recipe": line.name, "prompt": prompt, "prompt_index": index, "seed": seed,
            "said": scene.prompt, "picture": f"pictures/{key}.png",
        }  # fmt: skip
        yield Cell(scene, folder / "cells" / f"{key}.json", folder / "pictures" / f"{key}.png", about)


def lacking(task: Compare, row: Row) -> set[Path]:
    """Where the cells of a row will lie that are not there yet."""
    return {cell.place for line in row.lines for cell in cells(task, row, line) if not cell.there}


def _weaker(line: sweep.Line) -> tuple[float, ...]:
    """A strength that is not the one of the teaching, which names do not tell."""
    return () if line.strength == 1 else (line.strength,)
