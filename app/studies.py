"""Blind studies: people vote between two pictures of a wall and never learn whose they are; what their votes say."""

import hashlib
import hmac
import itertools
import secrets
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app import wall_index, wall_scores
from app.jobs import Jobs
from app.library import Library
from app.wall_view import columns_of, letter_of, place_of, title_of
from app.walls import Wall, Walls
from components.study_panel import Standing, Study
from pipelines import statistics
from pipelines.errors import BadInput, StudioError
from pipelines.spec import Subject

QUESTIONS = {
    "likeness": "Which is more like the one in the photos?",
    "prompt_following": "Which shows better what the sentence says?",
}
"""What is asked, by the automatic score that the answers are held against."""
CHOICES = ("left", "right", "same")
VOTERS, EACH, WANTED, PHOTOS, PLACES = 1000, 500, 20, 3, 200
"""Voters of a study and votes of one, at most; votes after which one has done enough; photos of a subject, and prompts
by seeds, that are shown."""
FRESH = 5.0  # seconds after which the wall is looked at again


@dataclass(frozen=True)
class Kept:
    """A study as it is kept. `secret` makes the names under which its pictures are shown."""

    id: str
    wall: str
    question: str
    secret: str
    open: bool


@dataclass(frozen=True)
class Shown:
    """A picture of a study: whose it is, in which place of the wall, and its file."""

    subject: str
    recipe: str
    place: str
    path: Path


class Studies:
    """Starts and ends studies, deals pairs, counts votes."""

    def __init__(self, library: Library, jobs: Jobs):
        self.library, self.jobs, self.walls = library, jobs, Walls(library)
        self._seen: dict[str, tuple[float, dict[str, Shown]]] = {}

    def begin(self, wall: str, question: str) -> Kept:
        """Open a study of a wall; one that is open on it is ended.

        Raises:
            BadInput: when the wall has no two methods to vote between, or the question is not one of QUESTIONS.
        """
        if question not in QUESTIONS:
            raise BadInput("There is no such question.", "Reload the page.")
        study = Kept(secrets.token_urlsafe(12), wall, question, secrets.token_hex(16), True)
        if self.deal(study, "") is None:
            raise BadInput("There are no two pictures to vote between.", "Finish the wall with two methods first.")
        with self.library.store.transaction() as db:
            db.execute("UPDATE study SET open = 0 WHERE wall = ?", (wall,))
            row = study.id, wall, question, study.secret, 1, time.time()
            db.execute("INSERT INTO study VALUES (?, ?, ?, ?, ?, ?)", row)
        return study

    def end(self, wall: str) -> None:
        """Take no more votes on a wall; those that were given stay."""
        with self.library.store.transaction() as db:
            db.execute("UPDATE study SET open = 0 WHERE wall = ?", (wall,))

    def get(self, id: str) -> Kept | None:
        """A study by the name in its link."""
        return _kept(self.library.store.row("SELECT * FROM study WHERE id = ?", id))

    def of(self, wall: str) -> Kept | None:
        """The newest study of a wall."""
        return _kept(
            self.library.store.row("SELECT * FROM study WHERE wall = ? ORDER BY created DESC, rowid DESC", wall)
        )

    def pictures(self, study: Kept) -> dict[str, Shown]:
        """Every picture that may be shown, by a name that tells nothing: finished cells of rows that are not hidden."""
        then, found = self._seen.get(study.id, (0.0, {}))
        if time.monotonic() - then > FRESH or not found:
            wall = self.walls.get(study.wall)
            found = {_hidden(study, one): one for subject in wall.task.subjects for one in _cells(study, wall, subject)}
            self._seen = {study.id: (time.monotonic(), found)}
        return found

    def photos(self, study: Kept) -> dict[str, Path]:
        """Photos of the subjects, by names like those of pictures."""
        wall = self.walls.get(study.wall)
        return {_photo(study, subject, k): Path(photo.image)
                for subject in wall.task.subjects for k, photo in enumerate(subject.photos[:PHOTOS])}  # fmt: skip

    def deal(self, study: Kept, voter: str) -> dict[str, Any] | None:
        """The pair to be voted on next: of the two methods that met least often, a place that this voter has not seen.
        Sides are drawn anew for every voter. None where everything has been voted on, or enough.

        Args:
            voter: what the voter's browser says of itself; empty for somebody new.
        """
        number = self._number(study, voter)
        mine = self.library.store.rows("SELECT * FROM ballot WHERE study = ? AND voter = ?", study.id, number)
        if len(mine) >= EACH:
            return None
        done = {(one["subject"], one["place"], one["first"], one["second"]) for one in mine}
        sql = "SELECT first, second, count(*) AS n FROM ballot WHERE study = ? GROUP BY first, second"
        met = {(one["first"], one["second"]): one["n"] for one in self.library.store.rows(sql, study.id)}
        places: dict[tuple[str, str], dict[str, str]] = {}
        for name, one in self.pictures(study).items():
            places.setdefault((one.subject, one.place), {})[one.recipe] = name
        pairs: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for at, there in places.items():
            for pair in itertools.combinations(sorted(there), 2):
                if (*at, *pair) not in done:
                    pairs.setdefault(pair, []).append(at)
        if not pairs:
            return None
        salt = study.secret, voter, str(len(done))
        pair = min(pairs, key=lambda one: (met.get(one, 0), _chance(*salt, *one)))
        at = min(pairs[pair], key=lambda one: _chance(*salt, *one))
        left, right = (places[at][one] for one in (pair if _chance(*salt) % 2 else pair[::-1]))
        subject = next(one for one in self.walls.get(study.wall).task.subjects if one.id == at[0])
        photos = [_photo(study, subject, k) for k in range(len(subject.photos[:PHOTOS]))]
        words = _words(self.walls.get(study.wall), subject, at[1])
        return {"left": left, "right": right, "photos": photos, "words": words, "done": len(mine), "wanted": WANTED}

    def vote(self, study: Kept, voter: str, left: str, right: str, choice: str) -> None:
        """Count a vote; a second one of the same voter on the same pair takes the first one's place.

        Raises:
            BadInput: when the study is over, full, or does not show these two beside each other.
        """
        shown = self.pictures(study)
        one, other = shown.get(left), shown.get(right)
        fits = one and other and one.recipe != other.recipe and (one.subject, one.place) == (other.subject, other.place)
        if not study.open or choice not in CHOICES or not fits or not voter:
            raise BadInput("This vote cannot be counted.", "Reload the page.")
        number = self._number(study, voter, fresh=True)
        first, second = sorted((one.recipe, other.recipe))
        chosen = "same" if choice == "same" else (one if choice == "left" else other).recipe
        row = study.id, number, one.subject, one.place, first, second, chosen, time.time()
        with self.library.store.transaction() as db:
            db.execute("INSERT OR REPLACE INTO ballot VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)

    def look(self, wall: str) -> Study | None:
        """How the newest study of a wall stands; None where there is none."""
        study = self.of(wall)
        if study is None:
            return None
        votes = self.library.store.rows("SELECT * FROM ballot WHERE study = ?", study.id)
        rows, note = self._standings(study, [dict(one) for one in votes])
        both = [(one.strength, one.score) for one in rows if one.score is not None]
        agreement = _agreement(both) if len(both) == len(rows) else None
        return Study(
            study.id, study.open, study.question, QUESTIONS[study.question], len(votes),
            len({one["voter"] for one in votes}), rows, *(agreement or (None, None)), note,
        )  # fmt: skip

    def _standings(self, study: Kept, votes: list[dict[str, Any]]) -> tuple[tuple[Standing, ...], str]:
        """Methods by strength, or why there are none yet."""
        wins: Counter[tuple[str, str]] = Counter()
        for one in votes:
            pair = one["first"], one["second"]
            for winner, loser in (pair, pair[::-1]):
                wins[winner, loser] += 0.5 if one["choice"] == "same" else float(one["choice"] == winner)
        try:
            strengths = statistics.bradley_terry(wins)
        except BadInput:
            return (), "Nobody has voted yet." if not votes else "Not every method has met the others yet."
        wall = self.walls.get(study.wall)
        scores = _scores(wall, study.question)
        met, won = Counter(), Counter()
        for (winner, loser), times in wins.items():
            met.update({winner: times, loser: times})
            won[winner] += times
        found = [
            Standing(name, letter_of(wall, name) or "?", title_of(name), *values, won[name], met[name],
                     scores.get(name))
            for name, values in strengths.items()
        ]  # fmt: skip
        return tuple(sorted(found, key=lambda one: -one.strength)), ""

    def _number(self, study: Kept, voter: str, fresh: bool = False) -> int:
        """A voter's number, 0 for somebody who never voted; `fresh` gives one out.

        Raises:
            BadInput: when a study has all the voters it takes.
        """
        mark = hashlib.sha256(f"{study.secret}{voter}".encode()).hexdigest()
        with self.library.store.transaction() as db:
            row = db.execute("SELECT number FROM voter WHERE study = ? AND mark = ?", (study.id, mark)).fetchone()
            if row or not fresh:
                return row["number"] if row else 0
            count = db.execute("SELECT count(*) AS n FROM voter WHERE study = ?", (study.id,)).fetchone()["n"]
            if count >= VOTERS:
                raise BadInput("This study has enough voters.", "Thank you all the same.")
            db.execute("INSERT INTO voter VALUES (?, ?, ?)", (study.id, mark, count + 1))
            return count + 1


def _kept(row: Any) -> Kept | None:
    return Kept(row["id"], row["wall"], row["question"], row["secret"], bool(row["open"])) if row else None


def _cells(study: Kept, wall: Wall, subject: Subject) -> list[Shown]:
    """What may be shown of a subject; of very many places some, the same for all voters."""
    index, hidden = wall_index.of(wall.task).catch_up(), wall.marks.get("hide", ())
    places = sorted(columns_of(wall.task), key=lambda one: _chance(study.secret, subject.id, one[0]))[:PLACES]
    rows, found = [name for name in index.axes[1] if name not in hidden], []
    for key, prompt, seed in places:
        for row in rows:
            one = index.get((subject.id, row, prompt, seed))
            if one is not None and one.picture.is_file():
                found.append(Shown(subject.id, row, key, one.picture))
    return found


def _words(wall: Wall, subject: Subject, place: str) -> str:
    """What a picture was asked for, in words that anybody knows."""
    prompt, _ = place_of(wall.task, place)
    return prompt.replace("{}", subject.noun)


def _scores(wall: Wall, name: str) -> dict[str, float]:
    """By method, the mean of an automatic score over all its cells."""
    index = wall_index.of(wall.task).catch_up()
    means = wall_scores.mean(index.scores(name), (0, 2, 3))
    return {row: float(value) for row, value in zip(index.axes[1], means, strict=True) if value == value}


def _agreement(both: list[tuple[float, float]]) -> tuple[float, float] | None:
    """Kendall's and Spearman's rank correlation of strengths and scores; None where there is no order to compare."""
    try:
        people, machine = zip(*both, strict=True) if both else ((), ())
        return statistics.kendall(people, machine), statistics.spearman(people, machine)
    except StudioError:
        return None


def _hidden(study: Kept, one: Shown) -> str:
    return _sign(study, "picture", one.subject, one.recipe, one.place)


def _photo(study: Kept, subject: Subject, number: int) -> str:
    return _sign(study, "photo", subject.id, str(number))


def _sign(study: Kept, *words: str) -> str:
    return hmac.new(study.secret.encode(), "|".join(words).encode(), "sha256").hexdigest()[:24]


def _chance(*words: str) -> int:
    return int.from_bytes(hashlib.sha256("|".join(words).encode()).digest()[:6], "big")
