"""What the toybox holds: one function a class, in six families. Each reads an identity and builds with solids."""

from collections.abc import Callable

from pipelines.toybox.assembly import Assembly
from pipelines.toybox.identity import Look
from pipelines.toybox.things import animals, buildings, household, people, toys, vehicles

Builder = Callable[[Look, str, str], Assembly]
"""(look, pose, expression) -> the thing, standing on y = 0, facing +z, about one unit tall."""

FAMILIES: dict[str, dict[str, Builder]] = {
    "toys": {"robot": toys.robot, "duck": toys.duck, "teddy bear": toys.teddy_bear, "rocket": toys.rocket},
    "animals": {"cat": animals.cat, "dog": animals.dog, "rabbit": animals.rabbit, "penguin": animals.penguin},
    "vehicles": {"car": vehicles.car, "bus": vehicles.bus, "boat": vehicles.boat, "train": vehicles.train},
    "buildings": {
        "house": buildings.house,
        "castle": buildings.castle,
        "lighthouse": buildings.lighthouse,
        "windmill": buildings.windmill,
    },
    "household": {"mug": household.mug, "teapot": household.teapot, "lamp": household.lamp, "chair": household.chair},
    "people": {"man": people.man, "woman": people.woman, "boy": people.boy, "girl": people.girl},
}
BUILDERS: dict[str, Builder] = {noun: build for family in FAMILIES.values() for noun, build in family.items()}
NOUNS = tuple(BUILDERS)
PEOPLE = tuple(FAMILIES["people"])
LIMBED = ("robot", "teddy bear", "cat", "dog", "rabbit", "penguin", *PEOPLE)
"""Things that can wave and sit."""
FACED = ("robot", "teddy bear", *PEOPLE)
"""Things whose face can show an expression."""


def family(noun: str) -> str:
    """The family a class belongs to."""
    return next(name for name, members in FAMILIES.items() if noun in members)
