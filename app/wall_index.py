"""The finished cells of a wall as arrays: read once, a part at a time, and added to as more come. Fifty thousand of
them with twenty scores take some twenty megabytes."""

import json
import os
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from app.wall_folder import CellKey, Made, told
from pipelines import cells, panel, sweep
from pipelines.tasks import Compare

HELD = 4
"""Walls that are kept at hand."""
TICK = 50_000_000  # ns within which two changes of a folder may bear the same time
PLACE = ("subject", "recipe", "prompt", "seed")
NO_SCORE = {"seed", "prompt_index"}


class WallIndex:
    """What a wall's folder holds of its task, by subject, row, prompt and seed. Any thread may look while another one
    reads the folder; of a cell that is being read anew it may see a part of the scores.

    Attributes:
        axes: the values along each of the four axes. made: (S, R, P, K) bool.
        version: another number whenever something came or went. reading: whether there is more that was not read yet.
    """

    def __init__(self, task: Compare):
        self.path = Path(task.out)
        self.axes = ([one.id for one in task.subjects], [line.name for line in sweep.lines(task)],
                     list(task.prompts), list(task.seeds))  # fmt: skip
        self._at = [{value: k for k, value in enumerate(axis)} for axis in self.axes]
        self.version, self._lock = 0, threading.Lock()
        self._subjects, self._asked = task.subjects, task.judges
        self._names: list[str] = []  # of judges; their numbers stay theirs
        self._empty()

    @cached_property
    def _grounds(self) -> list[str]:
        """By subject, what its scores follow from."""
        return [cells.grounds(one) for one in self._subjects]

    def _empty(self) -> None:
        shape = tuple(map(len, self.axes))
        self.made, self._stamps = np.zeros(shape, bool), np.zeros(shape, np.int64)
        self._pictures, self._judges = np.full(shape, None, object), np.full(shape, -1, np.int16)
        self._held = np.full(shape, "", object)
        self._numbers: dict[str, np.ndarray] = {}
        self._known: dict[str, int] = {}
        self._waiting: list[str] = []
        self._odd: list[str] = []
        self._seen = 0
        self.version += 1

    @property
    def reading(self) -> bool:
        return bool(self._waiting)

    def catch_up(self, seconds: float = float("inf")) -> "WallIndex":
        """Read what came since the last time, for about so many seconds; what is left is read at the next."""
        with self._lock:
            self._list()
            give_up, came, odd = time.monotonic() + seconds, 0, self._odd
            self._odd = []
            while odd:  # half written, perhaps
                came += self._take(odd.pop())
            while self._waiting:
                came += self._take(self._waiting.pop())
                if time.monotonic() >= give_up:
                    break
            self.version += bool(came)
        return self

    def scores(self, name: str) -> np.ndarray:
        """(S, R, P, K): a score as the wall's judges gave it, not a number elsewhere: numbers of others do not mix."""
        found, judge = self._numbers.get(name), told(self.path).judge
        if found is None:
            return np.full(self.made.shape, np.nan)
        if not judge or name == "seconds":
            return found
        mine = self._names.index(judge) if judge in self._names else -2
        return np.where(self._judges == mine, found, np.nan)

    def aged(self) -> int:
        """How many pictures could be given other scores today than they have: photos, masks, judges or the way in which
        these read have changed since, or nobody was there to score."""
        about, count = told(self.path), 0
        judge, now = about.judge, panel.mark(self._asked)
        changed = bool(about.mark and now) and about.mark != now
        mine = self._names.index(judge) if judge in self._names else -2
        for k, subject in enumerate(self._subjects):
            if all(Path(photo.image).is_file() for photo in subject.photos):  # else none can be read
                others = self._judges[k] != mine if judge else False
                count += int((self.made[k] & ((self._held[k] != self._grounds[k]) | others | changed)).sum())
        return count

    def get(self, key: CellKey) -> Made | None:
        """A finished cell; None where it is not there."""
        at = tuple(axis.get(part) for axis, part in zip(self._at, key, strict=True))
        picture = self._pictures[at] if None not in at and self.made[at] else None
        if picture is None:
            return None
        judge, whose = told(self.path).judge, self._judges[at]
        mine = not judge or (whose >= 0 and self._names[whose] == judge)
        found = [(name, float(each[at])) for name, each in list(self._numbers.items())]
        numbers = {name: value for name, value in found if not np.isnan(value)}
        seconds = numbers.pop("seconds", None)
        return Made(self.path / picture, numbers if mine else {}, seconds)

    def finished(self) -> Iterator[tuple[CellKey, Made]]:
        """Every finished cell in the order in which they are made."""
        for place in np.argwhere(self.made):
            key = tuple(axis[k] for axis, k in zip(self.axes, place, strict=True))
            if cell := self.get(key):  # else it went meanwhile
                yield key, cell

    def missing(self) -> CellKey | None:
        """The first cell, in the order in which they are made, that is not there."""
        at = int(self.made.argmin())
        place = np.unravel_index(at, self.made.shape)
        return None if self.made[place] else tuple(axis[k] for axis, k in zip(self.axes, place, strict=True))

    def _list(self) -> None:
        """See what the folder holds, where it changed. A file that was written anew is another one to the disk."""
        room = self.path / "cells"
        try:
            changed = room.stat().st_mtime_ns
        except OSError:
            changed = 0
        if changed == self._seen:
            return
        there: dict[str, int] = {}
        if changed:
            with os.scandir(room) as found:
                there = {one.name: one.inode() for one in found if one.name.endswith(".json") and one.name[0] != "."}
        if self._known.keys() - there.keys():
            self._empty()
        self._waiting += [name for name, number in there.items() if self._known.get(name) != number]
        self._known = there
        self._seen = changed if time.time_ns() - changed > TICK else -1  # else more may come under the same time

    def _take(self, name: str) -> bool:
        """Read a cell; whether it belongs to the task."""
        path = self.path / "cells" / name
        try:
            facts, stamp = json.loads(path.read_text("utf-8")), path.stat().st_mtime_ns
            at = tuple(axis.get(facts[part]) for axis, part in zip(self._at, PLACE, strict=True))
            picture = facts["picture"]
        except (OSError, ValueError, KeyError, TypeError):
            self._odd.append(name)
            return False
        if None in at or stamp < self._stamps[at]:
            return False
        for each in self._numbers.values():
            each[at] = np.nan
        for what, value in facts.items():
            if what not in NO_SCORE and isinstance(value, int | float) and not isinstance(value, bool):
                self._array(what)[at] = value
        self._stamps[at], self._pictures[at] = stamp, picture
        self._judges[at] = self._judge(facts.get("judge") or "")
        self._held[at] = sys.intern(str(facts.get("held", "")))
        self.made[at] = True  # last: from now on it is looked at
        return True

    def _array(self, name: str) -> np.ndarray:
        if name not in self._numbers:
            self._numbers[name] = np.full(self.made.shape, np.nan)
        return self._numbers[name]

    def _judge(self, name: str) -> int:
        if name not in self._names:
            self._names.append(name)
        return self._names.index(name)


_held: OrderedDict[Any, WallIndex] = OrderedDict()
_door = threading.Lock()


def of(task: Compare) -> WallIndex:
    """The index of a wall, as it was when it was last caught up."""
    key = task.out, task.subjects, tuple(line.name for line in sweep.lines(task)), task.prompts, task.seeds, task.judges
    with _door:
        if key not in _held:
            _held[key] = WallIndex(task)
        _held.move_to_end(key)
        while len(_held) > HELD:
            _held.popitem(last=False)
        return _held[key]
