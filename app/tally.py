"""What the jobs of a run said of finished cells so far: read once, added to as more is said, a row worked out anew only
where a cell came to it."""

import threading
from collections.abc import Sequence
from typing import Any

from app.store import JSON, Store, unpack
from pipelines import results

Facts = dict[str, Any]
Key = tuple[str, str]
"""Part of the benchmark, and method."""


class Tally:
    """The cells of one run by the row they belong to; one told twice counts once."""

    def __init__(self, store: Store):
        self.store, self._lock, self._heard = store, threading.Lock(), dict[str, int]()
        self._cells: dict[Key, dict[str, Facts]] = {}
        self._rows: dict[Key, Facts] = {}

    def told(self, jobs: Sequence[str], track: str) -> tuple[list[Facts], list[Facts]]:
        """The rows (see `results.tabled`) and the cells of a part, as these jobs have told until now."""
        with self._lock:  # several pages may ask at once
            for job in jobs:
                self._hear(job)
            keys = [key for key in self._cells if key[0] == track]
            for key in keys:
                if key not in self._rows:
                    (self._rows[key],) = results.tabled(list(self._cells[key].values()))
            cells = [cell for key in keys for cell in self._cells[key].values()]
            return [self._rows[key] for key in keys], cells

    def _hear(self, job: str) -> None:
        """Take in what a job said since it was last heard."""
        sql = "SELECT seq, body FROM event WHERE job = ? AND seq > ? AND kind = 'made' ORDER BY seq"
        for row in self.store.rows(sql, job, self._heard.get(job, 0)):
            told = unpack(JSON, row["body"])
            if told.get("what") == "cell":
                facts = told["facts"]
                key = facts["track"], facts["method"]
                cell = {"group": key[0], "case": facts["case"], "method": key[1], "scores": facts["scores"]}
                cell["who"] = facts.get("who", "")
                self._cells.setdefault(key, {})[told["path"]] = cell
                self._rows.pop(key, None)
            self._heard[job] = row["seq"]
