"""Saying what is in a scene, in several phrasings, with some details left out as people do."""

from pipelines.toybox.draw import Dice
from pipelines.toybox.scene import GREY_STYLES, OUTDOORS, Scene, Thing
from pipelines.toybox.things import PEOPLE

WHERE = {
    "grass": ("on grass", "on the grass", "in a meadow"),
    "beach": ("on a beach", "on the beach", "by the sea"),
    "snow": ("in the snow", "on snow"),
    "desert": ("in a desert", "in the desert"),
    "forest": ("in a forest", "in the forest", "in the woods"),
    "street": ("on a street", "on a street in the city", "in the city"),
    "wooden floor": ("on a wooden floor", "on the wooden floor of a room"),
    "kitchen": ("in a kitchen", "on a kitchen floor"),
    "studio": ("in a studio", "in a grey studio"),
    "moon": ("on the moon",),
    "seabed": ("under water", "on the seabed"),
    "flower field": ("in a flower field", "among flowers"),
}
HOW = {
    "photo": ("a photo of {}", "{}", "a picture of {}", "{}"),
    "cartoon": ("a cartoon of {}", "{} in cartoon style"),
    "pencil sketch": ("a pencil sketch of {}", "a pencil drawing of {}"),
    "watercolour": ("a watercolour of {}", "a watercolour painting of {}"),
    "pixel art": ("pixel art of {}", "{} as pixel art"),
    "oil painting": ("an oil painting of {}", "{} in oil paint"),
    "blueprint": ("a blueprint of {}", "{} as a blueprint"),
}
TIME = {"day": ("by day",), "sunset": ("at sunset",), "night": ("at night",)}
WEATHER = {
    "rain": ("in the rain",),
    "fog": ("in fog", "in the fog"),
    "snowfall": ("in falling snow", "while snow falls"),
}
WORN = ("top hat", "crown", "party hat", "scarf", "bow tie")
VOWELS = "aeiou"


def caption(scene: Scene, dice: Dice | None = None, full: bool = False) -> str:
    """A sentence about a scene.

    Args:
        scene: what to describe. dice: draws the phrasing and leaves details out; None takes the first phrasing.
        full: name everything that has a name.
    """
    pick = dice.one if dice else (lambda among: among[0])
    keep = (lambda p: True) if full or not dice else dice.chance
    named = [_named(t, scene, pick, keep) for t in scene.things]
    text = _together(named, scene, pick, keep)
    if keep(0.9):
        text += f" {pick(WHERE[scene.place])}"
    if scene.place in OUTDOORS:
        if scene.light != "day" and keep(0.92):
            text += f" {pick(TIME[scene.light])}"
        if scene.weather != "clear" and keep(0.9):
            text += f" {pick(WEATHER[scene.weather])}"
    return pick(HOW[scene.style]).format(text)


def with_article(words: str) -> str:
    """ "a cat", "an orange cat"."""
    return f"{'an' if words[0] in VOWELS else 'a'} {words}"


def _named(thing: Thing, scene: Scene, pick, keep) -> str:
    """One thing in words: a red striped cat wearing a crown, jumping."""
    look, words, after = thing.look, [], []
    colours = scene.style not in GREY_STYLES
    clothes = []
    person = thing.noun in PEOPLE
    if person and look.old and keep(0.5):
        words.append("old" if thing.noun in ("man", "woman") else "little")
    target = clothes if person else words
    if colours and keep(0.85):
        target.append(thing.colour)
    if thing.pattern != "plain" and keep(0.8):
        target.append(thing.pattern)
    text = with_article(" ".join([*words, thing.noun]))
    if person:
        text += _person(thing, clothes, colours, pick, keep)
    if thing.expression and keep(0.7):
        text += f" {_face(thing, pick)}"
    if thing.accessory and keep(0.88):
        verb = pick(("wearing", "with")) if thing.accessory in WORN else "with"
        after.append(f"{verb} {with_article(thing.accessory)}")
    if thing.pose != "standing" and keep(0.88):
        after.append(thing.pose)
    return " ".join([text, *after])


def _person(thing: Thing, clothes: list[str], colours: bool, pick, keep) -> str:
    look, text = thing.look, ""
    traits = []
    if look.glasses and keep(0.55):
        traits.append("glasses")
    if thing.noun == "man" and look.beard and keep(0.6):
        traits.append("a beard")
    if colours and thing.noun in ("woman", "girl") and keep(0.35):
        traits.append(f"{look.hair} hair")
    if traits:
        text += f" with {' and '.join(traits)}"
    if clothes:
        garment = "dress" if thing.noun in ("woman", "girl") else "shirt"
        text += f" in {with_article(' '.join([*clothes, garment]))}"
    return text


def _face(thing: Thing, pick) -> str:
    return pick(("smiling",)) if thing.expression == "smiling" else f"looking {thing.expression}"


def _together(named: list[str], scene: Scene, pick, keep) -> str:
    """Join the things, with how they stand to one another where that is said."""
    if len(named) == 1:
        return named[0]
    if scene.relation == "on":
        under, rider, *others = named
        pair = f"{rider} {pick(('on', 'on top of'))} {under}"
        return f"{pair} {pick(('next to', 'beside'))} {_listed(others)}" if others else pair
    order = sorted(range(len(named)), key=lambda k: scene.things[k].at[0])
    left_first = [named[k] for k in order]
    if scene.relation == "behind":
        front = _listed([named[k] for k in order if k])
        return f"{named[0]} behind {front}" if pick((0, 1)) == 0 else f"{front} in front of {named[0]}"
    if not keep(0.85):
        return _listed(named if len(named) == 2 else left_first)
    if len(named) > 2:
        *row, last = left_first
        phrasings = [f"{_listed(left_first)} from left to right", f"{_listed(row)} to the left of {last}"]
        if len(named) == 3:
            phrasings.append("{} on the left, {} in the middle and {} on the right".format(*left_first))
        return pick(tuple(phrasings))
    left, right = left_first
    return pick((
        f"{left} on the left and {right} on the right",
        f"{left} to the left of {right}",
        f"{right} to the right of {left}",
    ))  # fmt: skip


def _listed(named: list[str]) -> str:
    """One; one and another; one, another and a third."""
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
