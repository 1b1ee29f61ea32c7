"""How the database came to look as it does: a list of steps, each applied once, none ever edited."""

import json
import time
from collections.abc import Callable
from sqlite3 import Connection
from typing import Any

from app.store import Store

STEPS: list[Callable[[Connection], None]] = []
step = STEPS.append


def migrate(store: Store) -> list[str]:
    """Apply the steps this database has not seen, all or nothing; return their names."""
    with store.transaction() as db:
        db.execute("CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, at REAL NOT NULL)")
        seen = {row["name"] for row in db.execute("SELECT name FROM migration")}
        fresh = [step for step in STEPS if step.__name__ not in seen]
        for one in fresh:
            one(db)
            db.execute("INSERT INTO migration VALUES (?, ?)", (one.__name__, time.time()))
    return [one.__name__ for one in fresh]


@step
def m001_jobs(db: Connection) -> None:
    """Jobs, the events they append, and the workers that run them."""
    db.execute("""
        CREATE TABLE job (
            id TEXT PRIMARY KEY, title TEXT NOT NULL, lane TEXT NOT NULL, state TEXT NOT NULL, task TEXT NOT NULL,
            answer INTEGER NOT NULL DEFAULT 0, place REAL NOT NULL, created REAL NOT NULL, started REAL, ended REAL,
            worker TEXT, cancel INTEGER NOT NULL DEFAULT 0, pause INTEGER NOT NULL DEFAULT 0, runs INTEGER NOT NULL
            DEFAULT 0, result TEXT, fault TEXT, message TEXT, advice TEXT)""")
    db.execute("CREATE INDEX job_by_turn ON job (lane, state, place)")
    db.execute("""
        CREATE TABLE event (
            job TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE, seq INTEGER NOT NULL, at REAL NOT NULL,
            kind TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (job, seq)) WITHOUT ROWID""")
    db.execute("""
        CREATE TABLE worker (
            lane TEXT PRIMARY KEY, id TEXT NOT NULL, pid INTEGER NOT NULL, state TEXT NOT NULL, beat REAL NOT NULL,
            note TEXT NOT NULL DEFAULT '', machine TEXT NOT NULL DEFAULT '{}', used INTEGER NOT NULL DEFAULT 0)""")


@step
def m002_library(db: Connection) -> None:
    """What the user owns: subjects with their photos, and everything made from them."""
    db.execute("""
        CREATE TABLE subject (
            id TEXT PRIMARY KEY, name TEXT NOT NULL, noun TEXT NOT NULL, trigger TEXT NOT NULL, kind TEXT NOT NULL,
            created REAL NOT NULL, deleted REAL)""")
    db.execute("""
        CREATE TABLE photo (
            id TEXT PRIMARY KEY, subject TEXT NOT NULL REFERENCES subject (id) ON DELETE CASCADE, place REAL NOT NULL,
            image TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, mask TEXT, accepted INTEGER NOT NULL
            DEFAULT 0, caption TEXT NOT NULL DEFAULT '', name TEXT NOT NULL, facts TEXT NOT NULL, created REAL NOT NULL,
            deleted REAL, UNIQUE (subject, image))""")
    db.execute("CREATE INDEX photo_by_image ON photo (image)")
    db.execute("""
        CREATE TABLE made (
            id TEXT PRIMARY KEY, what TEXT NOT NULL, path TEXT NOT NULL UNIQUE, title TEXT NOT NULL, job TEXT,
            task TEXT NOT NULL, facts TEXT NOT NULL, bytes INTEGER NOT NULL, starred INTEGER NOT NULL DEFAULT 0,
            created REAL NOT NULL, deleted REAL)""")
    db.execute("CREATE INDEX made_by_kind ON made (what, created)")
    db.execute("""
        CREATE TABLE made_with (
            made TEXT NOT NULL REFERENCES made (id) ON DELETE CASCADE, subject TEXT NOT NULL,
            PRIMARY KEY (made, subject)) WITHOUT ROWID""")
    db.execute("CREATE TABLE draft (name TEXT PRIMARY KEY, body TEXT NOT NULL, changed REAL NOT NULL)")


@step
def m003_recipes(db: Connection) -> None:
    """Which recipes had a hand in a thing, so that the library can be searched by them."""
    db.execute("""
        CREATE TABLE made_by (
            made TEXT NOT NULL REFERENCES made (id) ON DELETE CASCADE, recipe TEXT NOT NULL,
            PRIMARY KEY (made, recipe)) WITHOUT ROWID""")
    db.execute("CREATE INDEX made_by_recipe ON made_by (recipe)")


@step
def m004_studies(db: Connection) -> None:
    """Blind studies of walls, and the votes of people who have nothing but a number."""
    db.execute("""
        CREATE TABLE study (
            id TEXT PRIMARY KEY, wall TEXT NOT NULL, question TEXT NOT NULL, secret TEXT NOT NULL,
            open INTEGER NOT NULL DEFAULT 1, created REAL NOT NULL)""")
    db.execute("CREATE INDEX study_by_wall ON study (wall, created)")
    db.execute("""
        CREATE TABLE voter (
            study TEXT NOT NULL REFERENCES study (id) ON DELETE CASCADE, mark TEXT NOT NULL, number INTEGER NOT NULL,
            PRIMARY KEY (study, mark)) WITHOUT ROWID""")
    db.execute("""
        CREATE TABLE ballot (
            study TEXT NOT NULL REFERENCES study (id) ON DELETE CASCADE, voter INTEGER NOT NULL, subject TEXT NOT NULL,
            place TEXT NOT NULL, first TEXT NOT NULL, second TEXT NOT NULL, choice TEXT NOT NULL, at REAL NOT NULL,
            PRIMARY KEY (study, voter, subject, place, first, second)) WITHOUT ROWID""")


@step
def m005_wishes(db: Connection) -> None:
    """What a person asks of a run while it goes on: words with spaces between, taken out by the worker."""
    db.execute("ALTER TABLE job ADD COLUMN wish TEXT NOT NULL DEFAULT ''")


@step
def m006_held_base(db: Connection) -> None:
    """Which base model a worker holds, and whether it is only being loaded."""
    db.execute("ALTER TABLE worker ADD COLUMN base TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE worker ADD COLUMN loading INTEGER NOT NULL DEFAULT 0")


@step
def m007_tide(db: Connection) -> None:
    """How often the library has changed, by kind of thing, whoever changed it: pages see what others do."""
    db.execute("CREATE TABLE tide (what TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID")
    db.executemany("INSERT INTO tide VALUES (?, 0)", [("made",), ("subject",), ("wall",)])
    for table, what in (("made", "made"), ("subject", "subject"), ("photo", "subject")):
        for deed in ("INSERT", "UPDATE", "DELETE"):
            rise = f"UPDATE tide SET n = n + 1 WHERE what = '{what}'"
            db.execute(f"CREATE TRIGGER tide_{table}_{deed.lower()} AFTER {deed} ON {table} BEGIN {rise}; END")
    for deed, row in (("INSERT", "new"), ("UPDATE", "new"), ("DELETE", "old")):
        rise = f"WHEN {row}.name LIKE 'wall/%' BEGIN UPDATE tide SET n = n + 1 WHERE what = 'wall'; END"
        db.execute(f"CREATE TRIGGER tide_draft_{deed.lower()} AFTER {deed} ON draft {rise}")


@step
def m008_numbers_of_their_own(db: Connection) -> None:
    """Recipes got other defaults for large bases, and a rate of its own for LoRA: what was asked for before keeps the
    numbers that it had then."""
    for table in ("job", "made"):
        for row in db.execute(f"SELECT id, task FROM {table}").fetchall():
            task = json.loads(row["task"])
            if _written_out(task):
                db.execute(f"UPDATE {table} SET task = ? WHERE id = ?", (json.dumps(task), row["id"]))
    for row in db.execute("SELECT name, body FROM draft").fetchall():
        body = json.loads(row["body"])
        if row["name"].startswith("wall/") and "task" in body:
            changed = _written_out(body["task"])
        elif row["name"] == "evaluations":
            changed = any([_written_out(one["task"]) for one in body])
        elif row["name"].startswith("presets/"):
            changed = any([_with_lora(row["name"].partition("/")[2], knobs) for knobs in body.values()])
        else:
            continue
        if changed:
            db.execute("UPDATE draft SET body = ? WHERE name = ?", (json.dumps(body), row["name"]))


def _written_out(task: dict[str, Any]) -> bool:
    """Give a task the defaults of those days; whether it changed."""
    base, little = task.get("base", "starter"), QUICK if task.get("quick") else ()
    asked = task["recipes"] if task["kind"] in ("compare", "toybench", "published") else []
    asked = [(task["recipe"], task["knobs"])] if task["kind"] == "tune" else asked
    changed = False
    for recipe, knobs in asked:
        changed |= _with_lora(recipe, knobs)
        for name, value in BEFORE.get(recipe, {}).items() if base != "starter" else ():
            if name not in knobs and name not in little:
                knobs[name], changed = value, True
    return changed


def _with_lora(recipe: str, knobs: dict[str, Any]) -> bool:
    """The rate was LoRA's, too."""
    if recipe not in LORA or "rate" not in knobs or "lora_rate" in knobs:
        return False
    knobs["lora_rate"] = knobs["rate"]
    return True


LORA = ("break_a_scene", "dreamtuner", "pacgen", "style_boost")
QUICK = ("steps", "word_steps", "model_steps", "images")
BEFORE: dict[str, dict[str, Any]] = {
    "break_a_scene": {"word_steps": 200, "model_steps": 150, "word_rate": 1e-2, "rate": 5e-5, "images": 16,
                      "lora_rate": 5e-5, "batch": 2},
    "compositional_inversion": {"steps": 400, "lora_rate": 1e-3},
    "cones_2": {"steps": 300, "rate": 5e-5, "sentences": 256, "batch": 2},
    "coti": {"steps": 400, "rate": 5e-3, "cycles": 5, "query": 2, "images": 16},
    "custom_diffusion": {"rate": 2e-4, "images": 16, "batch": 2},
    "disenbooth": {"steps": 250, "rate": 1e-3, "batch": 2},
    "dreambooth": {"steps": 250, "rate": 5e-5, "images": 16, "batch": 2},
    "dreambooth_lora": {"steps": 150, "rate": 2e-3, "rank": 8, "word_rate": 5e-3, "images": 16, "batch": 4},
    "dreamtuner": {"steps": 300, "rate": 5e-5, "images": 16, "lora_rate": 5e-5},
    "mix_of_show": {"steps": 250, "rate": 1e-3, "word_rate": 5e-3, "text_rate": 1e-4},
    "pacgen": {"steps": 300, "rate": 5e-5, "images": 16, "lora_rate": 5e-5, "batch": 2},
    "perfusion": {"batch": 4},
    "style_boost": {"steps": 250, "rate": 5e-5, "lora_rate": 5e-5, "batch": 2},
    "svdiff": {"steps": 300, "images": 16, "batch": 2},
    "textual_inversion": {"steps": 400, "vectors": 2},
    "vico": {"steps": 300, "rate": 3e-4, "gentle": True, "batch": 2},
}  # fmt: skip
"""What was usual on every base, of what is another on large ones since."""
