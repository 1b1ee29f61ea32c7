"""What the user owns: subjects and their photos here, what was made from them on the shelf it extends."""

import io
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from sqlite3 import Row
from typing import Any

from PIL import Image

from app.data_folder import given
from app.jobs import new_id
from app.shelf import Shelf
from app.store import JSON, pack, unpack
from pipelines.errors import BadInput
from pipelines.events import Made
from pipelines.spec import KINDS, Photo, Subject
from pipelines.tasks import Adopt, Segment, Task

CHANGEABLE = ("name", "noun", "trigger", "kind")
NOUNS = {"object": "thing", "person": "person", "style": "style"}
"""The class noun of a subject of each kind until somebody says a better one."""
KEPT_NAME = re.compile(r"[0-9a-f]{24}(?:[0-9a-f]{40})?(?:-auto)?\.png")
"""How files are named in the rooms of photos and masks: by their content, so that a name means one file."""


@dataclass(frozen=True)
class Shot:
    """One photo as the library keeps it: upright 8-bit RGB PNG of `width` x `height` pixels, its mask (white = subject)
    if there is one, whether a person accepted that mask, and what ingest noticed (`facts`)."""

    id: str
    subject: str
    image: str
    width: int
    height: int
    mask: str | None
    accepted: bool
    caption: str
    name: str
    facts: dict[str, Any]

    @property
    def photo(self) -> Photo:
        """The same photo as a task carries it."""
        return Photo(self.image, self.mask, self.caption)


class Library(Shelf):
    """The one door to rows and files of the data folder. Paths given out are absolute."""

    def subjects(self) -> list[Subject]:
        """All subjects, newest first, each with its photos in order."""
        rows = self.store.rows("SELECT * FROM subject WHERE deleted IS NULL ORDER BY created DESC")
        return [self._subject(row) for row in rows]

    def subject(self, subject: str) -> Subject:
        """One subject with its photos; raises BadInput when there is none of that id."""
        row = self.store.row("SELECT * FROM subject WHERE id = ?", subject)
        if row is None:
            raise BadInput("This subject is not in the library.", "Choose another one.")
        return self._subject(row)

    def add_subject(self, name: str = "", noun: str = "", trigger: str = "", kind: str = "object") -> Subject:
        """A new subject. What is left out gets a good default; the trigger word is one no other subject has.

        Raises:
            BadInput: for a kind that there is not.
        """
        _known(kind)
        taken = {row["trigger"] for row in self.store.rows("SELECT trigger FROM subject")}
        name, word = name.strip() or f"Subject {len(taken) + 1}", trigger.strip()
        if not word or word in taken:
            stem = re.sub(r"[\W\d_]+", "", (word or name).lower()) or "subject"
            word = next(f"<{stem}{n}>" for n in range(1, len(taken) + 2) if f"<{stem}{n}>" not in taken)
        row = (new_id(), name, noun.strip() or NOUNS[kind], word, kind, time.time())
        with self.store.transaction() as db:
            db.execute("INSERT INTO subject (id, name, noun, trigger, kind, created) VALUES (?, ?, ?, ?, ?, ?)", row)
        return self.subject(row[0])

    def change_subject(self, subject: str, **values: str) -> Subject:
        """Set any of name, noun, trigger and kind. A noun that nobody chose follows the kind.

        Raises:
            BadInput: for an empty value, a kind that there is not, or a trigger word that another subject has.
        """
        for column, value in values.items():
            if column not in CHANGEABLE:
                raise BadInput(f"A subject has no {column}.", f"It has: {', '.join(CHANGEABLE)}.")
            if not value.strip():
                raise BadInput(f"The {column} of a subject cannot be empty.", "Type at least one letter.")
        if "kind" in values:
            before, kind = self.subject(subject), _known(values["kind"].strip())
            values = {"noun": NOUNS[kind] if before.noun == NOUNS[before.kind] else before.noun, **values}
        word = values.get("trigger", "").strip()
        twin = self.store.row("SELECT name FROM subject WHERE trigger = ? AND id != ?", word, subject)
        if twin:
            raise BadInput(f"“{word}” already stands for {twin['name']}.", "Choose another trigger word.")
        with self.store.transaction() as db:
            for column, value in values.items():
                db.execute(f"UPDATE subject SET {column} = ? WHERE id = ?", (value.strip(), subject))
        return self.subject(subject)

    def discard_subject(self, subject: str, back: bool = False) -> None:
        """Put a subject away, or take it back; what was made from it stays."""
        with self.store.transaction() as db:
            db.execute("UPDATE subject SET deleted = ? WHERE id = ?", (None if back else time.time(), subject))

    def put_away(self) -> list[Subject | Shot]:
        """Subjects that were put away, and photos taken out of subjects that are there; the latest first."""
        gone = self.store.rows("SELECT * FROM subject WHERE deleted IS NOT NULL")
        sql = (
            "SELECT photo.* FROM photo JOIN subject ON subject.id = photo.subject"
            " WHERE photo.deleted IS NOT NULL AND subject.deleted IS NULL"
        )
        found: list[tuple[float, Subject | Shot]] = [(row["deleted"], self._subject(row)) for row in gone]
        found += [(row["deleted"], self._shot(row)) for row in self.store.rows(sql)]
        return [one for _, one in sorted(found, key=lambda pair: pair[0], reverse=True)]

    def shots(self, subject: str) -> list[Shot]:
        """A subject's photos in order."""
        sql = "SELECT * FROM photo WHERE subject = ? AND deleted IS NULL ORDER BY created, place"
        return [self._shot(row) for row in self.store.rows(sql, subject)]

    def shot(self, shot: str) -> Shot:
        """One photo; raises BadInput when there is none of that id."""
        row = self.store.row("SELECT * FROM photo WHERE id = ?", shot)
        if row is None:
            raise BadInput("This photo is not in the library.", "Choose another one.")
        return self._shot(row)

    def add_photo(self, subject: str, png: bytes, name: str = "", facts: Mapping[str, Any] | None = None) -> Shot:
        """Keep a photo that ingest made safe: `png` is upright 8-bit RGB. The same photo in a subject is kept once.

        `name` is the original file name, kept as text only; `facts` is what ingest noticed.
        """
        with Image.open(io.BytesIO(png)) as picture:
            width, height = picture.size
        image = self.files.keep("photos", png, ".png")
        row = (new_id(), subject, image, width, height, name, pack(JSON, dict(facts or {})), time.time())
        with self.store.transaction() as db:
            db.execute(
                "INSERT INTO photo (id, subject, image, width, height, name, facts, created, place)"
                " SELECT ?, ?, ?, ?, ?, ?, ?, ?, 1 + coalesce(max(place), 0) FROM photo WHERE subject = ?"
                " ON CONFLICT (subject, image) DO UPDATE SET deleted = NULL",
                (*row, subject),
            )
        return self._shot(self.store.row("SELECT * FROM photo WHERE subject = ? AND image = ?", subject, image))

    def set_mask(self, shot: str, png: bytes | None, accepted: bool) -> Shot:
        """Give a photo its mask (8-bit grey PNG of the photo's size, white = subject), or take it away with None, which
        its facts remember as `bare`.

        Raises:
            BadInput: when the mask has another size than the photo.
        """
        kept = self.shot(shot)
        if png is None:
            facts = pack(JSON, {**kept.facts, "bare": True})
            return self._change_shot(shot, mask=None, accepted=False, facts=facts)
        with Image.open(io.BytesIO(png)) as picture:
            size = picture.size
        if size != (kept.width, kept.height):
            what = f"The mask is {size[0]} by {size[1]} pixels, the photo {kept.width} by {kept.height}."
            raise BadInput(what, "Give a mask of the photo's size.")
        return self._change_shot(shot, mask=self.files.keep("masks", png, ".png"), accepted=accepted)

    def set_caption(self, shot: str, caption: str) -> Shot:
        """Say what a photo shows."""
        return self._change_shot(shot, caption=caption.strip())

    def discard_photo(self, shot: str, back: bool = False) -> None:
        """Take a photo out of its subject, or put it back."""
        self._change_shot(shot, deleted=None if back else time.time())

    def record(self, job: str | None, task: Task, made: Made) -> dict[str, Any]:
        """Note what a worker made. A mask becomes the proposal of every photo it was found for that has none; one that
        a person drew meanwhile stays, and where a person took it away there stays none. A file that was taken over
        brings its subject. For everything else see `Shelf.record`."""
        if isinstance(task, Adopt) and made.what == "artefact":
            self._newcomer(task, made.facts)
        if not isinstance(task, Segment):
            return super().record(job, task, made)
        if made.what == "mask":
            mask, image = Path(made.path).read_bytes(), self.files.relative(task.photo)
            for row in self.store.rows("SELECT * FROM photo WHERE image = ? AND mask IS NULL", image):
                if not self._shot(row).facts.get("bare"):
                    self.set_mask(row["id"], mask, accepted=False)
        return {}

    def sweep(self, older_than: float) -> None:
        """Remove for good what was put away before this time, and the files that nothing uses any more, but no file
        with a name that is not of our giving. What the computer does not let go of stays.

        In use is what a photo has, and what anything made, any job or draft names: a region's drawn shape lies beside
        the masks of photos, and a kept run is carried on with the photos it began with.
        """
        self.empty_bin(older_than)
        with self.store.transaction() as db:
            db.execute("DELETE FROM subject WHERE deleted < ?", (older_than,))
            db.execute("DELETE FROM photo WHERE deleted < ?", (older_than,))
        sql = (
            "SELECT image FROM photo UNION ALL SELECT mask FROM photo WHERE mask IS NOT NULL"
            " UNION ALL SELECT task FROM made UNION ALL SELECT task FROM job UNION ALL SELECT body FROM draft"
        )
        used = {name for row in self.store.rows(sql) for name in KEPT_NAME.findall(row[0])}
        for room in ("photos", "masks"):
            self._tidy(room, older_than, used)
        for room in ("exports", "imports"):
            self._tidy(room, older_than, set())

    def tide(self) -> dict[str, int]:
        """How often the library has changed so far: things made, subjects with their photos, walls."""
        return {row["what"]: row["n"] for row in self.store.rows("SELECT what, n FROM tide")}

    def keep_draft(self, name: str, value: Any) -> None:
        """Remember a page's unfinished work (any JSON) under a name, so that a reload or a crash loses nothing."""
        with self.store.transaction() as db:
            db.execute("INSERT OR REPLACE INTO draft VALUES (?, ?, ?)", (name, pack(JSON, value), time.time()))

    def change_draft(self, name: str, change: Callable[[Any], Any], default: Any = None) -> Any:
        """Put in a draft's place what `change` makes of it, and give that; of two pages that do so at once none undoes
        the other's."""
        with self.store.transaction() as db:
            row = db.execute("SELECT body FROM draft WHERE name = ?", (name,)).fetchone()
            value = change(unpack(JSON, row["body"]) if row else default)
            db.execute("INSERT OR REPLACE INTO draft VALUES (?, ?, ?)", (name, pack(JSON, value), time.time()))
        return value

    def draft(self, name: str, default: Any = None) -> Any:
        """What was remembered under a name."""
        row = self.store.row("SELECT body FROM draft WHERE name = ?", name)
        return unpack(JSON, row["body"]) if row else default

    def _tidy(self, room: str, older_than: float, used: set[str]) -> None:
        """Remove the old files of a room, but for those of the names in use."""
        for path in given(self.settings.room(room)):
            with suppress(OSError):
                if path.name not in used and path.stat().st_mtime < older_than:
                    path.unlink()

    def _newcomer(self, task: Adopt, facts: Mapping[str, Any]) -> None:
        """The subject of a file that was taken over, without photos, under the id and the word that the file has."""
        row = (task.subject, facts["name"], facts["noun"], facts["trigger"], "object", time.time())
        with self.store.transaction() as db:
            sql = "INSERT OR IGNORE INTO subject (id, name, noun, trigger, kind, created) VALUES (?, ?, ?, ?, ?, ?)"
            db.execute(sql, row)

    def _change_shot(self, shot: str, **values: Any) -> Shot:
        with self.store.transaction() as db:
            for column, value in values.items():
                db.execute(f"UPDATE photo SET {column} = ? WHERE id = ?", (value, shot))
        return self.shot(shot)

    def _subject(self, row: Row) -> Subject:
        photos = tuple(shot.photo for shot in self.shots(row["id"]))
        if row["kind"] == "style":
            photos = tuple(replace(photo, mask=None) for photo in photos)
        return Subject(row["id"], row["name"], row["noun"], row["trigger"], photos, row["kind"])

    def _shot(self, row: Row) -> Shot:
        return Shot(
            id=row["id"], subject=row["subject"], image=str(self.files.inside(row["image"])), width=row["width"],
            height=row["height"], mask=str(self.files.inside(row["mask"])) if row["mask"] else None,
            accepted=bool(row["accepted"]), caption=row["caption"], name=row["name"], facts=unpack(JSON, row["facts"]),
        )  # fmt: skip


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise BadInput(f"A subject is no “{kind}”.", f"It is one of: {', '.join(KINDS)}.")
    return kind
