"""The one database: a SQLite file that the page and every worker open, and the only place values become text."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from pydantic import Discriminator, TypeAdapter

from pipelines.errors import DiskFull, Unavailable
from pipelines.events import Event
from pipelines.tasks import Task

TASK = TypeAdapter(Annotated[Task, Discriminator("kind")])
EVENT = TypeAdapter(Annotated[Event, Discriminator("kind")])
JSON = TypeAdapter(Any)


def pack(form: TypeAdapter, value: Any) -> str:
    """Turn a value into the text that is stored: `pack(TASK, task)`."""
    return form.dump_json(value).decode()


def unpack(form: TypeAdapter, text: str) -> Any:
    """Turn stored text back into the value it was; raises pydantic's ValidationError for text of another shape."""
    return form.validate_json(text)


class Store:
    """One connection per process, shared by its threads one at a time.

    Write-ahead logging lets others read while one writes; a writer waits up to ten seconds for its turn.
    """

    def __init__(self, path: Path):
        self.path = path
        self._lock = threading.RLock()
        with _plainly():
            self._connection = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        # SQLite's own lower() knows A to Z only.
        self._connection.create_function("folded", 1, lambda text: text and str(text).casefold(), deterministic=True)
        with _plainly():
            for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
                self._connection.execute(f"PRAGMA {pragma}")

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """All rows a statement answers with."""
        with self._lock, _plainly():
            return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> sqlite3.Row | None:
        """The first row a statement answers with, if any."""
        return next(iter(self.rows(sql, *values)), None)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing: commits at the end, undoes everything when an exception passes through."""
        with self._lock, _plainly():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()


@contextmanager
def _plainly() -> Iterator[None]:
    """Say in words what SQLite says in codes, where a person can do something about it."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_FULL:
            raise DiskFull("The disk that holds the data folder is full.", "Make room, then try again.") from error
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
            advice = "Choose another one with --data-dir, or change its rights."
            raise Unavailable("The data folder cannot be written to.", advice) from error
        raise
