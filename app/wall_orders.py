"""What is asked of walls: a new one, what is missing on one, or its scores once more; asked for twice, done once."""

import threading
from dataclasses import replace

from app import comparing
from app.jobs import ACTIVE, Jobs
from app.walls import Wall, Walls
from pipelines.tasks import Compare


class WallOrders:
    """Lines up the jobs of walls. Safe to call from many threads."""

    def __init__(self, walls: Walls, jobs: Jobs):
        self.walls, self.jobs, self._lock = walls, jobs, threading.Lock()

    def make(self, task: Compare, wall: Wall | None) -> Wall:
        """A new wall, or one that was there with the task it has now."""
        title = comparing.title(replace(wall, task=task) if wall else self.walls.fresh(task))
        return self.walls.add(task, self.jobs.submit(task, title))

    def fill(self, wall: Wall) -> None:
        """Make what is missing, unless that is under way or waits its turn."""
        with self._lock:
            if not self._asked(wall, wall.task):
                self.make(wall.task, wall)

    def rescore(self, wall: Wall) -> None:
        """Read the scores of its pictures again, unless that is under way or waits its turn."""
        task = replace(wall.task, scores_only=True)
        with self._lock:
            if not self._asked(wall, task):
                self.walls.add(wall.task, self.jobs.submit(task, f"Scores of {comparing.title(wall)}"))

    def _asked(self, wall: Wall, task: Compare) -> bool:
        mine = self.walls.get(wall.key).jobs
        return any(one.id in mine and one.task == task for one in self.jobs.list(ACTIVE))
