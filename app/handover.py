"""What other pages hand to Compose: a scene to make again, or a tuned file to place, as a draft."""

import math
import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from app.bases import weights
from app.composing import SCENE, WHOLE, Draft, choices, files, within
from app.library import Library
from app.lineage import base_name
from components import layout, layout_file
from pipelines import catalogue
from pipelines.errors import BadInput, StudioError
from pipelines.spec import Region, Scene
from pipelines.tasks import Tune

NUMBERS = {"seed": "Seed", "steps": "Steps", "scale": "CFG scale"}
SPOKEN = {"feather": "soft edge"}


def handed(hand: Mapping[str, Any], draft: Draft, library: Library) -> Draft:
    """The draft after another page handed something over: a scene to make again, or a tuned file to place.

    Raises:
        BadInput: when what was handed over is gone or unreadable.
    """
    if isinstance(hand.get("scene"), dict):
        return from_scene(_scene(hand["scene"], library), draft, library)
    if isinstance(hand.get("artefact"), str):
        return _with_subject(hand["artefact"], draft, library)
    return draft


def otherwise(hand: Mapping[str, Any], library: Library, base: str) -> BadInput | None:
    """Why a scene that was handed over makes another picture here than it did, and what to do: every reason in turn;
    None where nothing is known to differ. It was made on `hand["base"]`, or on that of the library's `hand["picture"]`;
    `base` is what is used now."""
    if not isinstance(hand.get("scene"), dict):
        return None
    given, known = _scene(hand["scene"], library), files(library).values()
    made = hand.get("base") or _made_on(hand.get("picture"), library)
    found = _missing(given, known), _boxed_in(given, library), _elsewhere(made, base, library), _changed(given)
    reasons = [one for one in found if one]
    if not reasons:
        return None
    return BadInput(" ".join(one.message for one in reasons), " ".join(one.advice for one in reasons))


def _missing(given: Scene, known: Collection[str]) -> BadInput | None:
    """Tuned files that are not in the library."""
    gone = {path for path, _ in given.artefacts} | {one.artefact for one in given.regions if one.artefact}
    names = sorted(Path(path).name for path in gone - set(known))
    if not names:
        return None
    what = f"A tuned file of this picture is not in the library: {', '.join(names)}."
    return BadInput(what, "Its subject will not be there; choose another for its place.")


def _boxed_in(given: Scene, library: Library) -> BadInput | None:
    """Drawn shapes that cannot be read, of which the box is left."""
    drawn = [(number, one) for number, one in enumerate(given.regions[: layout.MOST], 1) if one.mask]
    lost = [str(number) for number, one in drawn if not (_mine(one.mask, library) and Path(one.mask).is_file())]
    if not lost:
        return None
    which = f"region {lost[0]}" if len(lost) == 1 else f"regions {', '.join(lost)}"
    return BadInput(f"The drawn shape of {which} is not here, and its box is taken.", "Draw the shape again.")


def _made_on(picture: Any, library: Library) -> str | None:
    with suppress(StudioError):
        return library.thing(picture).task.base if isinstance(picture, str) else None
    return None


def _elsewhere(made: Any, base: str, library: Library) -> BadInput | None:
    """Another base. Nothing is said of one of the same name that holds the same weights in two places, or that cannot
    be read where it was: it may have been moved."""
    if not isinstance(made, str) or not made or made == base:
        return None
    alike = base_name(made) == base_name(base)
    if alike and weights(made) in ("", weights(base)):
        return None
    if alike and library.settings.opened:  # guests are not told where a model lies
        what = f"This picture was made on another {base_name(made)} than the one in use."
        return BadInput(what, "It will look different; for the same picture use the other one, under Models.")
    then, now = (made, base) if alike else (base_name(made), base_name(base))
    what = f"This picture was made on {then}, and {now} is in use."
    return BadInput(what, f"It will look different; for the same picture use {then}, under Models.")


def _changed(given: Scene) -> BadInput | None:
    """Numbers that the page does not take, and what `from_scene` makes of them."""
    now = within(given.seed, given.steps, given.scale)
    pairs = [(name, getattr(given, key), now[key]) for key, name in NUMBERS.items()]
    pairs += [("Strength", strength, _in_range("strength", strength)) for _, strength in given.artefacts]
    pairs += [
        (f"Region {number}’s {SPOKEN.get(key, key)}", getattr(one, key), _in_range(key, getattr(one, key)))
        for number, one in enumerate(given.regions[: layout.MOST], 1)
        for key in layout.NUMBERS
    ]
    said = [f"{name} {_short(then)} is {_short(taken)} here." for name, then, taken in pairs if then != taken]
    return BadInput(" ".join(said), "Compose goes as far as that; the picture will look different.") if said else None


def _in_range(key: str, value: float) -> float:
    _, low, high = layout.NUMBERS[key]
    return min(max(low, value), high)


def _short(number: float) -> str:
    return f"{number:g}" if isinstance(number, float) else str(number)


def from_scene(given: Scene, draft: Draft, library: Library) -> Draft:
    """A draft that makes this scene: tuned files and masks that are not in the library leave their region empty or a
    box. A tuned file that speaks in the whole picture becomes a region over all of it, behind the others, which leaves
    the words to the picture (`composing.wide`)."""
    find = _finder(library)
    drawn = layout.blank(_aspect(given))
    for number, region in enumerate(given.regions[: layout.MOST], 1):
        spoken = {"prompt": region.prompt, "negative": region.negative}
        spoken |= {key: _in_range(key, getattr(region, key)) for key in layout.NUMBERS}
        shape = layout_file.shape_of(region.mask, region.box) if region.mask and _mine(region.mask, library) else None
        subject = next(iter(find(region.artefact, region.prompt)), None)
        if subject and _says_all(region, given):
            spoken["prompt"] = ""
        one = {"id": f"r{number}", "number": number, "box": list(region.box), "mask": shape, "subject": subject}
        drawn["regions"].append(one | spoken)
    for path, strength in given.artefacts:
        keys = find(path, given.prompt)
        placed = {one["subject"] for one in drawn["regions"] if one["subject"] in find(path, "")}
        if len(placed) > 1 and strength == 1:  # it speaks everywhere anyway, as a file of several does
            continue
        number = len(drawn["regions"]) + 1
        drawn["regions"] = [
            {"id": f"r{at}", "number": at, "box": WHOLE, "subject": key, "strength": _in_range("strength", strength)}
            for at, key in enumerate(keys, number)
        ][: layout.MOST - number + 1] + drawn["regions"]
    numbers = within(given.seed, given.steps, given.scale)
    words = {"prompt": given.prompt, "negative": given.negative}
    if given.how in catalogue.hows():
        words |= {"how": given.how, "knobs": dict(given.knobs)}
    return replace(draft, layout=layout.check(drawn), dice=False, **words, **numbers)


def _mine(mask: str, library: Library) -> bool:
    """Whether a mask picture is one of the library's own."""
    with suppress(BadInput):
        return library.files.inside(mask).is_relative_to(library.settings.room("masks").resolve())
    return False


def _scene(value: dict[str, Any], library: Library) -> Scene:
    """The scene that was handed over, with its files where they are here: pictures tell them by name, and those of
    another place or time by paths that have gone."""
    try:
        given = SCENE.validate_python(value)
    except ValidationError:
        raise BadInput("These settings cannot be read.", "Make the picture again from the Library.") from None
    known = {Path(path).name: path for path in files(library).values()}
    masks = library.settings.room("masks").resolve()

    def here(path: str | None) -> str | None:
        return path if path in known.values() else known.get(Path(path or "").name, path)

    def drawn(mask: str | None) -> str | None:
        with suppress(OSError, ValueError):  # a name that no file can have
            if mask and not _mine(mask, library) and (masks / Path(mask).name).is_file():
                return str(masks / Path(mask).name)
        return mask

    regions = tuple(replace(one, artefact=here(one.artefact), mask=drawn(one.mask)) for one in given.regions)
    return replace(given, regions=regions, artefacts=tuple((here(path), weight) for path, weight in given.artefacts))


def _finder(library: Library):
    """`find(path, words)`: keys of the subjects of a tuned file whom these words name by their trigger; the first one
    where they name nobody, and none where the file is not known. Without words, all of them."""
    known, people = files(library), {}
    for one in choices(library):
        people.setdefault(known[one["key"]], []).append((one["key"], one["trigger"]))
    for key, path in known.items():  # a file whose subject was taken away still speaks
        people.setdefault(path, [(key, "")])

    def find(path: str | None, words: str) -> list[str]:
        those = people.get(path or "", [])
        named = [key for key, trigger in those if not words or trigger and trigger in words]
        return named or [key for key, _ in those[:1]]

    return find


def _says_all(region: Region, given: Scene) -> bool:
    """Whether a region is the whole picture in place and words."""
    return list(region.box) == WHOLE and not region.mask and region.prompt == given.prompt


def _aspect(given: Scene) -> str:
    if not given.width or not given.height:
        return "1:1"
    wanted = math.log(given.width / given.height)
    return min(layout.ASPECTS, key=lambda text: abs(math.log(int(text[0]) / int(text[2])) - wanted))


def _with_subject(artefact: str, draft: Draft, library: Library) -> Draft:
    """The draft with a tuned file in it.

    A file of several subjects takes over the regions in which they stand already; those who stand nowhere, or the one
    subject of a file, get a box of their own, unless they are placed with this very file.
    """
    people = [one for one in choices(library) if re.match(rf"{re.escape(artefact)}(\.|$)", one["key"])]
    if not people:
        raise BadInput("That tuned file is not in the library.", "Choose another subject.")
    owners = {one["key"]: one["of"] for one in choices(library)}
    taken = {one["of"]: one["key"] for one in people} if len(people) > 1 else {}
    regions = [
        one | {"subject": taken.get(owners.get(one["subject"] or ""), one["subject"])}
        for one in draft.layout["regions"]
    ]
    placed = {one["subject"] for one in regions}
    for who in people:
        if who["key"] not in placed and len(regions) < layout.MOST:
            regions.append(_boxed(who, regions))
    if regions == draft.layout["regions"]:
        return draft
    draft = replace(draft, negative=draft.negative.strip() or _side_by_side(artefact, library))
    return replace(draft, layout=layout.check(draft.layout | {"rev": draft.layout["rev"] + 1, "regions": regions}))


def _side_by_side(artefact: str, library: Library) -> str:
    """Words to keep out of pictures of those who were taught side by side in one picture (SVDiff, arXiv 2303.11305,
    section 3.3): their nouns in either order, which is how the line between two halves is spoken of. Empty for
    others."""
    task = library.thing(artefact).task
    if not isinstance(task, Tune) or len(task.subjects) < 2:
        return ""
    with suppress(StudioError):
        phases = catalogue.recipe(task.recipe).with_knobs(task.knobs).plan().phases
        if any(one.name == "cut_mix" for phase in phases for one in phase.augment):
            nouns = dict.fromkeys(one.noun for one in task.subjects)
            return ", ".join(f"a {one} and a {other}" for one, other in permutations(nouns, 2))
    return ""


def _boxed(who: Mapping[str, str], regions: list[dict[str, Any]]) -> dict[str, Any]:
    """A region for somebody, beside the others."""
    number = next(n for n in range(1, len(regions) + 2) if n not in {one["number"] for one in regions})
    name = next(n for n in range(number, number + len(regions) + 1) if f"a{n}" not in {one["id"] for one in regions})
    box = [0.06 + 0.3 * (len(regions) % 3), 0.22, 0.34, 0.62]
    words = f"{who['trigger']} {who['noun']}"
    return {"id": f"a{name}", "number": number, "box": box, "subject": who["key"], "prompt": words}
