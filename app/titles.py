"""What recipes, their runs and pictures are called, on every page and in the queue."""

from pipelines import catalogue
from pipelines.spec import Scene
from pipelines.tasks import Tune

LONGEST = 80  # letters of a title in the queue


def recipe(name: str) -> str:
    """A recipe as people call it; a name that nothing answers to any more is written plainly."""
    known = catalogue.recipes()
    return known[name].title if name in known else name.replace("_", " ")


def run(task: Tune) -> str:
    """A run, and the file it comes to: "Mix-of-Show on Pip"."""
    return f"{recipe(task.recipe)} on {' and '.join(one.name for one in task.subjects)}"


def picture(scene: Scene) -> str:
    """A picture that is being made: its words, with a large letter in front and not too many."""
    return scene.title[:1].upper() + scene.title[1:LONGEST]
