"""How long a task will take on this computer, whoever asked for it: what the queue tells before it begins."""

from app import comparing, composing, evaluating, fusing
from app.evaluating import Folders
from app.forecast import forecaster
from app.library import Library
from pipelines.tasks import Compare, Fuse, Published, Sample, Task, ToyBench, Tune


def seconds(task: Task, library: Library, folders: Folders | None = None) -> float | None:
    """About how many; None before anything like it was measured, and for what nobody can foresee.

    A benchmark of the literature is foreseen only where its folder was looked through: `folders` knows that.
    """
    match task:
        case Tune():
            return forecaster(library).tune(task.recipe, task.knobs, task.base).seconds
        case Fuse():
            return fusing.seconds(task, library)
        case Sample():
            pace = composing.pace(library, task.base)
            return pace and pace * task.scene.steps * composing.cost(task.scene)
        case Compare():
            return comparing.seconds(task, library)
        case ToyBench() | Published():
            order = evaluating.order(task)
            return evaluating.cost(order, library, task.base, folders or Folders(library.settings))[1]
    return None
