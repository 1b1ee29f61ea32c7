"""A data folder that was moved, or copied: what its database says of the files in it follows to where they lie now."""

import json
from collections.abc import Sequence
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from app.store import JSON, Store, pack

HOME = "home"
"""The draft that remembers where the data folder was when it was last opened."""

TEXTS = (
    ("job", "task", "id"), ("job", "result", "id"), ("event", "body", "job, seq"), ("made", "task", "id"),
    ("made", "facts", "id"), ("draft", "body", "name"),
)  # fmt: skip
"""Table, column of JSON in which absolute paths stand, and the columns that name a row."""


def follow(store: Store, home: Path) -> None:
    """Where the data folder, now at `home`, was somewhere else when it was last opened, write every path below its old
    place as the one below `home`; all or nothing. What a file itself says (a picture's own notes) stays as it is.

    Tasks, events and drafts name files absolutely, because workers and commands read them as they are.
    """
    with store.transaction() as db:
        homes = sorted({str(home), *_earlier(db)}, key=len, reverse=True)
        if len(homes) > 1:
            for table, column, key in TEXTS:
                _rewrite(db, table, column, key, homes, str(home))
        db.execute("INSERT OR REPLACE INTO draft VALUES (?, ?, 0)", (HOME, pack(JSON, str(home))))


def _earlier(db: Connection) -> set[str]:
    """Where the folder was. One last opened before that was remembered tells by the files it made: a row has the path
    in the folder, its task the whole one."""
    kept = db.execute("SELECT body FROM draft WHERE name = ?", (HOME,)).fetchone()
    if kept:
        return {json.loads(kept["body"])}
    found = db.execute("SELECT path, json_extract(task, '$.out') AS out FROM made")
    return {out.removesuffix(f"/{path}") for path, out in found if out and out.endswith(f"/{path}")}


def _rewrite(db: Connection, table: str, column: str, key: str, homes: Sequence[str], home: str) -> None:
    """One column of one table; rows that name nothing below an earlier home are not touched."""
    spelt = [json.dumps(one, ensure_ascii=False)[1:-1] for one in homes if one != home]
    where = " OR ".join([f"instr({column}, ?)"] * len(spelt))
    rows = db.execute(f"SELECT {key}, {column} AS text FROM {table} WHERE {where}", spelt).fetchall()
    marks = " AND ".join(f"{name} = ?" for name in key.split(", "))
    for *names, text in rows:
        moved = json.dumps(_moved(json.loads(text), homes, home), ensure_ascii=False)
        db.execute(f"UPDATE {table} SET {column} = ? WHERE {marks}", (moved, *names))


def _moved(value: Any, homes: Sequence[str], home: str) -> Any:
    """A JSON value whose texts that are paths below one of `homes`, the longest first, lie below `home`."""
    if isinstance(value, list):
        return [_moved(one, homes, home) for one in value]
    if isinstance(value, dict):
        return {_moved(name, homes, home): _moved(one, homes, home) for name, one in value.items()}
    if isinstance(value, str):
        old = next((one for one in homes if value == one or value.startswith((f"{one}/", f"{one}\\"))), "")
        return home + value[len(old) :] if old else value
    return value
