"""Finds things in the library by subject, recipe, words and seed; quick with ten thousand pictures."""

from dataclasses import replace
from sqlite3 import Row

from app import namesakes, titles
from app.bases import alias
from app.library import Library
from app.namesakes import Namesake
from app.store import TASK, unpack
from components.picture_board import Filter, Index, Tile
from pipelines.errors import StudioError

PLAIN_SIZE = 200_000  # bytes up to which a picture is shown as it is rather than through a thumbnail
SCORES = {"likeness": "likeness", "prompt": "prompt_following"}
NAMES = {"starter": "Starter · toybox"}
SEVERAL = "several"
MOST_WORDS = 8
SHORTEST_ID = 6  # letters of an id that are asked for; fewer would be in many by chance
IN_REGION = "json_extract(region.value, '$.prompt')"


class Search:
    """Answers the library page. Rows are filtered and counted in SQL; only the tiles in sight are read whole."""

    def __init__(self, library: Library):
        self.library, self.store = library, library.store

    def index(self, asked: Filter) -> Index:
        """How many things of each day there are, and the figures of the rail."""
        where, values = self._where(asked)
        if asked.order == "newest":
            day = "date(created, 'unixepoch', 'localtime')"
            rows = self.store.rows(
                f"SELECT {day} AS day, count(*) AS n FROM made WHERE {where} GROUP BY day ORDER BY day DESC", *values
            )
            days = [(row["day"], row["n"]) for row in rows]
        else:
            count = self.store.row(f"SELECT count(*) AS n FROM made WHERE {where}", *values)["n"]
            days = [("", count)] if count else []
        room = Filter(asked.what, starred=asked.starred, bin=asked.bin)
        weight = "SELECT coalesce(sum(bytes), 0) AS n FROM made WHERE what = 'picture' AND deleted IS NULL"
        return Index(
            days, self._counts(), self._subjects(room), self._recipes(room), self._bases(room),
            self.store.row(weight)["n"],
        )  # fmt: skip

    def tiles(self, asked: Filter, offset: int, limit: int) -> list[Tile]:
        """The things from `offset` on, in the order asked for."""
        where, values = self._where(asked)
        order = "created DESC, id"
        if asked.order in SCORES:
            order = f"json_extract(facts, '$.{SCORES[asked.order]}') DESC NULLS LAST, {order}"
        sql = f"SELECT * FROM made WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?"
        return [self._tile(row) for row in self.store.rows(sql, *values, limit, offset)]

    def _tile(self, row: Row) -> Tile:
        title = self._apart(row) if row["what"] == "artefact" else row["title"]
        return Tile(row["id"], self.face(row), title, bool(row["starred"]), row["what"])

    def _apart(self, row: Row) -> str:
        """The title of a tuned file, told apart from all others that are called the same."""
        sql = "SELECT id, title, task, created FROM made WHERE what = 'artefact' AND title = ?"
        alike = self.store.rows(sql, row["title"])
        said = [Namesake(one["title"], unpack(TASK, one["task"]), one["created"]) for one in alike]
        return namesakes.apart(said)[[one["id"] for one in alike].index(row["id"])]

    def face(self, row: Row) -> str:
        """The address of a small picture that stands for a thing; empty when there is none."""
        files = self.library.files
        try:
            path = files.inside(row["path"])
            if row["what"] == "picture":
                return files.url(path) if row["bytes"] <= PLAIN_SIZE else files.promised(path)
            if row["what"] == "wall":
                first = next(iter(sorted(path.glob("**/*.png"))), None)
                return files.promised(first) if first else ""
            named = self.store.row("SELECT subject FROM made_with WHERE made = ?", row["id"])
            shots = self.library.shots(named["subject"]) if named else []
            return files.promised(shots[0].image) if shots else ""
        except (StudioError, OSError):
            return ""

    def _where(self, asked: Filter) -> tuple[str, list]:
        """The filter as SQL: a condition and its values."""
        parts, values = [f"deleted IS {'NOT ' if asked.bin else ''}NULL"], []
        if asked.starred:
            parts.append("starred")
        if not asked.starred and not asked.bin:
            parts.append("what = ?")
            values.append(asked.what)
        if asked.subject == SEVERAL:
            parts.append("(SELECT count(*) FROM made_with WHERE made = id) > 1")
        elif asked.subject:
            parts.append("id IN (SELECT made FROM made_with WHERE subject = ?)")
            values.append(asked.subject)
        if asked.base:
            made = self.store.rows("SELECT DISTINCT json_extract(task, '$.base') AS base FROM made")
            meant = [one["base"] for one in made if one["base"] and alias(one["base"]) == asked.base]
            parts.append(f"json_extract(task, '$.base') IN ({', '.join('?' * len(meant))})")
            values += meant
        if asked.recipe:
            parts.append("id IN (SELECT made FROM made_by WHERE recipe = ?)")
            values.append(asked.recipe)
        for word in asked.words.lower().split()[:MOST_WORDS]:
            plain = word.isascii()  # SQLite compares A to Z without case by itself, and that is quicker
            word = word if plain else word.casefold()
            like = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
            said = "(coalesce(json_extract(task, '$.scene.prompt'), '') || ' ' || title)"
            parts.append(
                f"({_alike(said, plain)} OR id LIKE ? ESCAPE '\\' OR json_extract(task, '$.scene.seed') = ?"
                " OR EXISTS (SELECT 1 FROM json_each(task, '$.scene.regions') AS region"
                f" WHERE {_alike(IN_REGION, plain)}))"
            )
            values += [
                like,
                like.lstrip("%") if len(word) >= SHORTEST_ID else None,
                int(word) if plain and word.isdigit() and len(word) < 19 else None,
                like,
            ]
        return " AND ".join(parts), values

    def _counts(self) -> dict[str, int]:
        rows = self.store.rows("SELECT what, count(*) AS n FROM made WHERE deleted IS NULL GROUP BY what")
        counts = {row["what"]: row["n"] for row in rows}
        flags = self.store.row(
            "SELECT coalesce(sum(starred AND deleted IS NULL), 0) AS starred,"
            " coalesce(sum(deleted IS NOT NULL), 0) AS bin FROM made"
        )
        return {**counts, "starred": flags["starred"], "bin": flags["bin"]}

    def _subjects(self, room: Filter) -> list[tuple[str, str, int, str]]:
        where, values = self._where(room)
        rows = self.store.rows(
            "SELECT subject, name, count(*) AS n FROM made_with JOIN made ON made = made.id JOIN subject ON"
            f" subject = subject.id WHERE {where.replace('deleted', 'made.deleted')} GROUP BY subject ORDER BY n DESC",
            *values,
        )
        found = [(row["subject"], row["name"], row["n"], self._portrait(row["subject"])) for row in rows]
        several, both = self._where(replace(room, subject=SEVERAL))
        count = self.store.row(f"SELECT count(*) AS n FROM made WHERE {several}", *both)["n"]
        return [*found, (SEVERAL, SEVERAL, count, "")] if count else found

    def _portrait(self, subject: str) -> str:
        try:
            shots = self.library.shots(subject)
            return self.library.files.seen(shots[0].image, 64) if shots else ""
        except (StudioError, OSError):
            return ""

    def _recipes(self, room: Filter) -> list[tuple[str, str, int, str]]:
        where, values = self._where(room)
        rows = self.store.rows(
            f"SELECT recipe, count(*) AS n FROM made_by JOIN made ON made = id WHERE {where}"
            " GROUP BY recipe ORDER BY n DESC",
            *values,
        )
        return [(r["recipe"], titles.recipe(r["recipe"]), r["n"], "") for r in rows]

    def _bases(self, room: Filter) -> list[tuple[str, str, int, str]]:
        where, values = self._where(room)
        rows = self.store.rows(
            f"SELECT json_extract(task, '$.base') AS base, count(*) AS n FROM made WHERE {where}"
            " GROUP BY base ORDER BY n DESC",
            *values,
        )
        made = [(r["base"], r["n"]) for r in rows if r["base"]]
        return [(alias(base), NAMES.get(base, base.rsplit("/", 1)[-1]), count, "") for base, count in made]


def _alike(said: str, plain: bool) -> str:
    """SQL that holds a text against a pattern, whatever is written large; `plain` where A to Z is all there is."""
    return f"{said if plain else f'folded({said})'} LIKE ? ESCAPE '\\'"
