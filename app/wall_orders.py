"""What is asked of walls: a new one, what is missing on one, or its scores once more; the last two asked for twice are
done once."""

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
            now = self.walls.get(wall.key)  # methods may have been added meanwhile
            if not self._asked(now, now.task):
                self.make(now.task, now)

    def rescore(self, wall: Wall) -> None:
        """Read the scores of its pictures again, unless that is under way or waits its turn."""
        with self._lock:
            now = self.walls.get(wall.key)
            task = replace(now.task, scores_only=True)
            if not self._asked(now, task):
                self.walls.add(now.task, self.jobs.submit(task, f"Scores of {comparing.title(now)}"))

    def _asked(self, wall: Wall, task: Compare) -> bool:
        mine = [one for one in self.jobs.list(ACTIVE) if one.id in wall.jobs and one.wished != "stop"]
        return any(one.task == task for one in mine)
