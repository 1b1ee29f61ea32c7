"""Two cells side by side, and the vote between them: whose names stay hidden, what the votes say, how well they agree
with the likeness score."""

import hashlib
import itertools
from collections import Counter
from dataclasses import replace
from typing import Any

from app import wall_folder
from app.wall_view import Asked, WallView, columns_of, labels_of, letter_of, place_of, title_of
from app.walls import Vote, Wall
from components.before_after import Ballot, Pair, Side

COLUMNS = 60  # of a large wall that are voted on
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
        task, place = asked.wall.task, place_of(asked.wall.task, left.partition(":")[2])
        if place is None:
            return None
        label = labels_of(task.prompts)[task.prompts.index(place[0])]
        sides = [self._side(asked, cell, label, name) for cell, name in ((left, "left"), (right, "right"))]
        ballot = None
        if sides[0].image and sides[1].image:
            ballot = self._ballot(asked, f"{asked.subject.id}|{left}|{right}", results)
        title = f"{label[:1].upper()}{label[1:]}, " + ("same seed" if right else f"seed {place[1]}")
        return Pair(title, *sides, ballot, asked.blind)

    def vote(self, value: dict[str, Any], pair: str, choice: str) -> None:
        """Count a vote on a pair of the wall that is looked at; one on anything else counts for nothing."""
        asked, parts = self.view.asked(value), pair.split("|")
        if asked is None or len(parts) != 3:
            return
        subject, left, right = parts
        if subject == asked.subject.id and self._made(asked, left) and self._made(asked, right):
            self.view.walls.vote(asked.wall.key, Vote(subject, left, right, choice))

    def next(self, value: dict[str, Any]) -> dict[str, Any]:
        """The page's value turned to the pair that was voted on least; unchanged where there is no pair."""
        asked = self.view.asked(value)
        if asked is None:
            return value
        pairs, votes = self._pairs(asked), asked.wall.votes
        if not pairs:
            return value
        held = Counter(frozenset((one.left, one.right)) for one in votes if one.subject == asked.subject.id)
        salt = f"{asked.wall.key}{len(votes)}"
        first, second = min(pairs, key=lambda pair: (held[frozenset(pair)], _number(salt, *pair)))
        return {**value, "chosen": first, "against": second}

    def _pairs(self, asked: Asked) -> list[tuple[str, str]]:
        """Pairs of finished cells that were asked the same; of very many columns, some drawn by lot for this wall."""
        index = self.view.index(asked.wall)
        names, columns = index.axes[1], columns_of(asked.wall.task)
        made = index.made[index.axes[0].index(asked.subject.id)].reshape(len(names), -1)
        full = [at for at, count in enumerate(made.sum(0)) if count > 1]
        some = sorted(full, key=lambda at: _number(asked.wall.key, columns[at][0]))[:COLUMNS]
        return [
            pair for at in sorted(some)
            for pair in itertools.combinations([f"{names[k]}:{columns[at][0]}" for k in made[:, at].nonzero()[0]], 2)
        ]  # fmt: skip

    def _made(self, asked: Asked, cell: str) -> wall_folder.Made | None:
        """A finished cell by the key that it has on the page."""
        row, _, column = cell.partition(":")
        place = place_of(asked.wall.task, column)
        return self.view.index(asked.wall).get((asked.subject.id, row, *place)) if place else None

    def _side(self, asked: Asked, cell: str, label: str, place: str) -> Side:
        recipe, one = cell.partition(":")[0], self._made(asked, cell)
        image = self.view.library.files.url(one.picture) if one and one.picture.is_file() else ""
        if asked.blind:
            return Side(image, place, f"the {place} one, {label}")
        tag = letter_of(asked.wall, recipe)
        return Side(image, tag, f"{title_of(recipe)}, {label}" if recipe else "")

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
        decided = [(self._made(asked, one.left), self._made(asked, one.right), one.choice)
                   for one in votes if one.choice != "same"]  # fmt: skip
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


def _coin(wall: Wall, left: str, right: str) -> bool:
    """Whether the sides are swapped: the same for a pair until the next vote."""
    return _number(wall.key, str(len(wall.votes)), *sorted((left, right))) % 2 == 0


def _number(*words: str) -> int:
    return int.from_bytes(hashlib.sha256("|".join(words).encode()).digest()[:6], "big")
