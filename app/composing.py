"""What stands behind the Compose page: who may be placed, which scene a press makes, and how its takes stand."""

import json
import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from statistics import median
from typing import Any

from pydantic import TypeAdapter

from app import namesakes, redoing
from app.bases import STARTER, fits
from app.library import Library
from app.lineage import base_name
from app.namesakes import Namesake
from app.shelf import Thing
from components import layout, layout_file
from pipelines import catalogue
from pipelines.artefact import Header, read_header
from pipelines.errors import BadInput, StudioError
from pipelines.spec import Scene, Subject
from pipelines.tasks import Fuse, Keep, Sample, Tune

SCENE = TypeAdapter(Scene)
WHOLE = [0.0, 0.0, 1.0, 1.0]
MOST_SEED = 2**31 - 1
STEPS, SCALES = (1, 100), (1.0, 15.0)  # between which the page's fields lie
BUCKET = 64  # width and height of a large picture are multiples of this many pixels
CELL = 8  # pixels along a cell of every base that can be used here
DICE = 1_000_000  # thrown seeds stay below this, so that a person can read and type them
USUAL = "region_route"
FACE = 56  # pixels of a subject's photo on a card


@dataclass(frozen=True)
class Draft:
    """What a person has set up and not yet made: the layout, words and sampling numbers of the Compose page.

    `how` and `knobs` say how regions are composed, as in `spec.Scene`.
    """

    layout: dict[str, Any]
    prompt: str = ""
    negative: str = ""
    seed: int = 0
    steps: int = 25
    scale: float = 5.0
    takes: int = 1
    dice: bool = True
    how: str = USUAL
    knobs: dict[str, Any] = field(default_factory=dict)


def recalled(saved: Any) -> Draft:
    """The draft as the library kept it; an empty one where it is missing or of another shape."""
    try:
        draft = Draft(**saved)
        numbers = within(draft.seed, draft.steps, draft.scale)
        return replace(draft, layout=layout.check(draft.layout), **numbers)
    except (TypeError, BadInput):
        return Draft(layout.blank())


def within(seed: int, steps: int, scale: float) -> dict[str, Any]:
    """Sampling numbers as the page's fields take them: a longer seed wraps round, steps and CFG scale stop at the
    ends. A field that held more would have the page refuse whatever is pressed."""
    steps, scale = (min(max(low, value), high) for value, (low, high) in ((steps, STEPS), (scale, SCALES)))
    return {"seed": seed % (MOST_SEED + 1), "steps": steps, "scale": scale}


def choices(library: Library) -> list[dict[str, str]]:
    """Who may live in a region: every subject of every tuned file, newest first; `of` is the subject's id, `trigger`
    and `noun` are those it was taught by, `base` and `taught` tell on what."""
    found, said = [], []
    for made in library.things("artefact"):
        for one in made.subjects:
            try:
                subject, shots = library.subject(one), library.shots(one)
            except StudioError:
                continue
            photo = library.files.seen(shots[0].image, FACE) if shots else ""
            key = f"{made.id}.{one}" if len(made.subjects) > 1 else made.id
            heard = as_taught(made.path, subject)
            spoken = {"name": subject.name, "trigger": heard.trigger, "noun": heard.noun}
            spoken |= {"base": made.task.base, "taught": base_name(made.task.base)}
            found.append({"key": key, "of": one, "photo": photo, **spoken})
            said.append(Namesake(f"{subject.id}: {_how(made, subject, library)}", made.task, made.created))
    details = [name.partition(": ")[2] for name in namesakes.apart(said)]
    return [{**one, "detail": detail} for one, detail in zip(found, details, strict=True)]


def files(library: Library) -> dict[str, str]:
    """The tuned file behind each key of `choices`."""
    paths = {}
    for made in library.things("artefact"):
        paths |= {made.id: made.path} | {f"{made.id}.{one}": made.path for one in made.subjects}
    return paths


def _how(made: Thing, own: Subject, library: Library) -> str:
    if isinstance(made.task, Fuse):
        others = [library.subject(one).name for one in made.subjects if one != own.id]
        return f"{made.task.fusion.replace('_', ' ').capitalize()}, with {' and '.join(others)}"
    if not isinstance(made.task, Tune):
        return made.title
    try:
        title = catalogue.recipe(made.task.recipe).title
    except StudioError:
        title = made.task.recipe
    steps = made.facts.get("steps")
    return f"{title}, {steps}" if steps else title


def native(base: str) -> int:
    """Pixels along the side of the square pictures a base was made for; 512 where its folder does not say."""
    folder = STARTER if base == "starter" else Path(base)
    try:
        cells = json.loads((folder / "unet" / "config.json").read_text("utf-8"))["sample_size"]
        levels = json.loads((folder / "vae" / "config.json").read_text("utf-8"))["block_out_channels"]
        return int(cells) * 2 ** (len(levels) - 1)
    except (OSError, ValueError, KeyError, TypeError):
        return 512


def cells(base: str) -> int:
    """Latent cells along the shorter side of the pictures a base makes: no region is drawn finer than that."""
    return max(1, min(native(base), 1024) // CELL)


def frame(aspect: str, side: int) -> tuple[int, int]:
    """Width and height in pixels for a shape and a base's own side; (0, 0) is the base's own square.

    Up to 512 pixels the shorter side is the base's own. Beyond that the area is, as such bases were trained.
    """
    across, down = map(int, aspect.split(":"))
    if across == down:
        return 0, 0
    if side <= 512:
        return side * across // min(across, down), side * down // min(across, down)
    scale = side / math.sqrt(across * down)
    return round(across * scale / BUCKET) * BUCKET, round(down * scale / BUCKET) * BUCKET


def readable(path: str) -> bool:
    """Whether a tuned file is there and says what it is."""
    return _header(path) is not None


def as_taught(path: str, subject: Subject) -> Subject:
    """A subject with the trigger word and noun that a tuned file knows it by; they may have been changed since. As it
    is now where the file cannot be read."""
    header = _header(path)
    known = {one["id"]: one for one in header.subjects} if header else {}
    words = known.get(subject.id)
    return replace(subject, trigger=words["trigger"], noun=words["noun"]) if words else subject


def _header(path: str) -> Header | None:
    """What a tuned file says of itself; None where it cannot be read."""
    try:
        facts = Path(path).stat()
        return _says(path, facts.st_mtime_ns, facts.st_size)
    except OSError:
        return None


@lru_cache(maxsize=1000)
def _says(path: str, changed: int, size: int) -> Header | None:
    """The same, read once as long as the file stays what it is."""
    try:
        return read_header(path)
    except StudioError:
        return None


def wide(one: Mapping[str, Any]) -> bool:
    """Whether a region covers the whole picture and leaves it to the picture's words to speak of its subject."""
    return bool(one["subject"]) and one["box"] == WHOLE and not one["mask"] and not one["prompt"].strip()


def left_out(drawn: Mapping[str, Any], library: Library, base: str) -> dict[str, BadInput]:
    """By id, the regions that would take part but cannot on this base, each with why and what to do."""
    known, reasons = files(library), {}
    taught = {one["key"]: one for one in choices(library)}
    for one in drawn["regions"]:
        if one["hidden"]:
            continue
        key, number = one["subject"], layout.label(one["number"])
        if key is not None and not (key in known and Path(known[key]).is_file()):
            what = f"The subject of region {number} is not here any more."
            reasons[one["id"]] = BadInput(what, "Choose another for it.")
        elif key in taught and not readable(known[key]):
            what = f"The file of {taught[key]['name']} in region {number} cannot be read."
            reasons[one["id"]] = BadInput(what, f"Choose another, or tune {taught[key]['name']} again.")
        elif key in taught and not fits(taught[key]["base"], base):
            who, used = taught[key], base_name(base)
            what = f"{who['name']} in region {number} was taught on {who['taught']}, and {used} has other layers."
            reasons[one["id"]] = BadInput(what, f"Tune {who['name']} again on {used}, or go back to that base.")
        elif one["mask"] and not sum(one["mask"]["data"][1::2]):
            reasons[one["id"]] = BadInput(f"There is nothing inside the shape of region {number}.", "Brush it anew.")
        elif not one["prompt"].strip() and not wide(one):
            reasons[one["id"]] = BadInput(f"Region {number} has no words.", "Say what is in it, or hide it.")
    return reasons


def sent(drawn: Mapping[str, Any], library: Library, base: str) -> list[str]:
    """Ids of the regions that the scene has, in order."""
    return [one["id"] for one in _shown(drawn, library, base)[0]]


def _shown(drawn: Mapping[str, Any], library: Library, base: str) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """The regions that take part, and the tuned files that speak in the whole picture, each with its strength.

    A region that is `wide` has no place of its own, so its file speaks everywhere, under the other regions, too. Alone
    and at full strength it stays a region, which comes to the same picture, and whose attention can be seen.
    """
    out, known = left_out(drawn, library, base), files(library)
    shown = [one for one in drawn["regions"] if not one["hidden"] and one["id"] not in out]
    if len(shown) == 1 and shown[0]["strength"] == 1:
        return shown, {}
    spread = [one for one in shown if wide(one) and _plain(one)]
    shared = dict.fromkeys(_shared(shown, library), 1.0)
    everywhere = {known[one["subject"]]: one["strength"] for one in spread}
    return [one for one in shown if one not in spread], shared | everywhere


def _plain(one: Mapping[str, Any]) -> bool:
    """Whether a region speaks all the time, has no soft edge, and keeps nothing out of its own."""
    return (one["negative"].strip(), one["feather"], one["start"], one["stop"]) == ("", 0, 0, 1)


def scene(draft: Draft, library: Library, base: str) -> Scene:
    """The scene a draft describes, without the regions that are `left_out`.

    Raises:
        BadInput: when nothing is left to make, or a number is out of range.
    """
    drawn, prompt = layout.check(draft.layout), draft.prompt.strip()
    shown, everywhere = _shown(drawn, library, base)
    if not prompt and all(wide(one) for one in shown):
        raise next(iter(left_out(drawn, library, base).values()), None) or BadInput(
            "There is nothing to make yet.", "Say what the picture shows, or draw a box and say what is in it."
        )
    if not 0 <= draft.seed <= MOST_SEED:
        raise BadInput(f"The seed is {draft.seed}.", f"It goes from 0 to {MOST_SEED}.")
    catalogue.how(draft.how).with_knobs(draft.knobs)
    width, height = frame(drawn["canvas"]["aspect"], native(base))
    regions = layout_file.to_regions(drawn | {"regions": shown}, files(library), library.settings.room("masks"))
    return Scene(
        prompt=prompt, negative=draft.negative.strip(),
        regions=tuple(one if one.prompt.strip() else replace(one, prompt=prompt) for one in regions),
        artefacts=tuple(everywhere.items()), width=width, height=height,
        seed=draft.seed, steps=draft.steps, scale=draft.scale, how=draft.how, knobs=dict(draft.knobs),
    )  # fmt: skip


def _shared(shown: list[dict[str, Any]], library: Library) -> list[str]:
    """Files that know several subjects of the scene: each speaks in the whole picture, as its paper has it. Two regions
    of one subject do not make its file such a one."""
    paths, known = files(library), {}
    for key in {one["subject"] for one in shown if one["subject"] and "." in one["subject"]}:
        known.setdefault(paths[key], []).append(key)
    return sorted(path for path, keys in known.items() if len(keys) > 1)


def redone(
    draft: Draft, base: str, region: str, made: Sample | None, drawn: Mapping[str, Any] | None, library: Library
) -> tuple[Draft, Keep]:
    """The draft that makes one region of a finished picture anew, and what of the picture is kept.

    Args:
        made: what the picture was asked for; see `Takes.finished`. drawn: the layout it was made of.

    Raises:
        BadInput: when the picture is gone, has another shape or another base, or nobody noted its layout.
    """
    if not made or not drawn or not Path(made.out).is_file():
        raise BadInput("The picture is not there any more.", "Make the whole picture.")
    if made.base != base:
        raise BadInput("The picture was made with another base.", "Make the whole picture, or go back to that base.")
    now = layout.check(draft.layout)
    anew = redoing.anew(now, drawn, region, library.settings.room("masks"))
    return replace(draft, layout=redoing.one_redone(now, drawn, region)), Keep(made.out, anew)


def people(drawn: Mapping[str, Any], library: Library) -> tuple[Subject, ...]:
    """The subjects of a layout's tuned files, with their photos."""
    found = {}
    for key in dict.fromkeys(one["subject"] for one in drawn["regions"] if one["subject"] and not one["hidden"]):
        thing, _, own = key.partition(".")
        try:
            for one in [own] if own else library.thing(thing).subjects:
                found[one] = library.subject(one)
        except BadInput:
            continue
    return tuple(found.values())


def cost(scene: Scene) -> float:
    """About how many times as long as a plain picture a scene takes."""
    if not scene.regions or scene.how not in catalogue.hows():
        return 1.0
    files = sum(bool(one.artefact) for one in scene.regions)
    return catalogue.how(scene.how).with_knobs(scene.knobs).cost(len(scene.regions), files)


def unused(draft: Draft) -> dict[str, str]:
    """What of a region's card the draft's way to compose makes no use of; see `spec.How.unused`."""
    try:
        return dict(catalogue.how(draft.how).with_knobs(draft.knobs).unused())
    except StudioError:
        return {}


def pace(library: Library, base: str) -> float | None:
    """Seconds a step of a plain picture takes on this computer with a base, from the newest pictures; None before the
    first."""
    recent = [made for made in library.things("picture", limit=20) if isinstance(made.task, Sample)]
    paces = []
    for one in recent:
        with suppress(StudioError):  # a way's knobs may have been others when the picture was made
            if one.task.base == base and one.facts.get("seconds"):
                paces.append(one.facts["seconds"] / one.task.scene.steps / cost(one.task.scene))
    return median(paces) if paces else None
