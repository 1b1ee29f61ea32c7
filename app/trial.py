"""Two cells side by side, and the vote between them: whose names stay hidden, what the votes say, how well they agree
with the likeness score."""

import hashlib
import itertools
from dataclasses import replace
from typing import Any

from app import wall_folder
from app.wall_view import Asked, WallView, columns_of, keys_of, letter_of, title_of
from app.walls import Vote, Wall
from components.before_after import Ballot, Pair, Side
from components.contact_sheet import Column

WANTED = 20  # votes after which a ranking means something


class Trial:
    """Reads pairs off a wall and keeps votes on it."""

    def __init__(self, view: WallView):
        self.view = view

    def pair(self, value: dict[str, Any], results: bool = False) -> Pair | None:
        """The two cells that are looked at; None while there is none. `results` shows how the votes went."""
        asked = self.view.asked(value)
        if asked is None or not value["chosen"]:
            return None
        left, right = value["chosen"], value["against"]
        if asked.blind and right and _coin(asked.wall, left, right):
            left, right = right, left
        column = self._column(asked, left)
        if column is None:
            return None
        sides = [self._side(asked, cell, column, name) for cell, name in ((left, "left"), (right, "right"))]
        ballot = None
        if sides[0].image and sides[1].image:
            ballot = self._ballot(asked, f"{asked.subject.id}|{left}|{right}", results)
        title = f"{column.label[:1].upper()}{column.label[1:]}, " + ("same seed" if right else f"seed {column.seed}")
        return Pair(title, *sides, ballot, asked.blind)

    def vote(self, value: dict[str, Any], pair: str, choice: str) -> None:
        """Count a vote on a pair of the wall that is looked at; one on anything else counts for nothing."""
        asked, parts = self.view.asked(value), pair.split("|")
        if asked is None or len(parts) != 3:
            return
        subject, left, right = parts
        if subject == asked.subject.id and {left, right} <= set(self._finished(asked)):
            self.view.walls.vote(asked.wall.key, Vote(subject, left, right, choice))

    def next(self, value: dict[str, Any]) -> dict[str, Any]:
        """The page's value turned to the pair that was voted on least; unchanged where there is no pair."""
        asked = self.view.asked(value)
        if asked is None:
            return value
        pairs, votes = self._pairs(asked), asked.wall.votes
        if not pairs:
            return value
        held = [{one.left, one.right} for one in votes if one.subject == asked.subject.id]
        salt = f"{asked.wall.key}{len(votes)}"
        first, second = min(pairs, key=lambda pair: (held.count(set(pair)), _number(salt, *pair)))
        return {**value, "chosen": first, "against": second}

    def _pairs(self, asked: Asked) -> list[tuple[str, str]]:
        columns: dict[str, list[str]] = {}
        for cell in self._finished(asked):
            columns.setdefault(cell.partition(":")[2], []).append(cell)
        return [pair for cells in columns.values() for pair in itertools.combinations(cells, 2)]

    def _finished(self, asked: Asked) -> dict[str, wall_folder.Made]:
        """Finished cells by the key they have on the page."""
        made, columns = wall_folder.cells(asked.wall.path), _columns(asked)
        keys = keys_of(asked.wall, asked.subject)
        named = [(f"{key[1]}:{columns[place % len(columns)].key}", key) for place, key in enumerate(keys)]
        return {name: made[key] for name, key in named if key in made}

    def _column(self, asked: Asked, cell: str) -> Column | None:
        return next((one for one in _columns(asked) if one.key == cell.partition(":")[2]), None)

    def _side(self, asked: Asked, cell: str, column: Column, place: str) -> Side:
        recipe, one = cell.partition(":")[0], self._finished(asked).get(cell)
        image = self.view.library.files.url(one.picture) if one and one.picture.is_file() else ""
        if asked.blind:
            return Side(image, place, f"the {place} one, {column.label}")
        tag = letter_of(asked.wall, recipe)
        return Side(image, tag, f"{title_of(recipe)}, {column.label}" if recipe else "")

    def _ballot(self, asked: Asked, pair: str, results: bool) -> Ballot:
        votes = [one for one in asked.wall.votes if one.subject == asked.subject.id]
        ballot = Ballot(
            pair, f"Which is more like {asked.subject.name}?", "The place does not matter here, only who it is.",
            len(votes), WANTED,
        )  # fmt: skip
        if asked.blind and not results:
            return ballot
        return replace(ballot, agree=self._agree(asked, votes), results=self._results(asked, votes))

    def _agree(self, asked: Asked, votes: list[Vote]) -> int | None:
        """How many decided votes went to the cell with the higher likeness."""
        made = self._finished(asked)
        decided = [(made.get(one.left), made.get(one.right), one.choice) for one in votes if one.choice != "same"]
        scored = [
            (left.likeness > right.likeness) == (choice == "left")
            for left, right, choice in decided
            if left and right and left.likeness is not None and right.likeness is not None
        ]
        return sum(scored) if scored else None

    def _results(self, asked: Asked, votes: list[Vote]) -> tuple[dict[str, Any], ...]:
        """Rows by the share of votes they won; a draw is half a win for both."""
        won: dict[str, float] = {}
        of: dict[str, int] = {}
        for one in votes:
            for cell, side in ((one.left, "left"), (one.right, "right")):
                row = cell.partition(":")[0]
                of[row] = of.get(row, 0) + 1
                won[row] = won.get(row, 0.0) + (1.0 if one.choice == side else 0.5 if one.choice == "same" else 0.0)
        found = [
            {"letter": letter, "name": title_of(row), "share": won[row] / of[row], "won": round(won[row], 1),
             "of": of[row]}
            for row in of if (letter := letter_of(asked.wall, row))
        ]  # fmt: skip
        return tuple(sorted(found, key=lambda one: -one["share"]))


def _columns(asked: Asked) -> tuple[Column, ...]:
    return columns_of(asked.wall.task.prompts, asked.wall.task.seeds)


def _coin(wall: Wall, left: str, right: str) -> bool:
    """Whether the sides are swapped: the same for a pair until the next vote."""
    return _number(wall.key, str(len(wall.votes)), *sorted((left, right))) % 2 == 0


def _number(*words: str) -> int:
    return int.from_bytes(hashlib.sha256("|".join(words).encode()).digest()[:6], "big")
