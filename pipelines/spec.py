"""The nouns of the studio: subjects, scenes, and what a recipe promises. Imports no torch."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import Field, asdict, dataclass, field, fields, replace
from typing import Any, ClassVar, Literal, get_args

from pipelines.errors import BadInput
from pipelines.knobs import checked, on_large
from pipelines.phrases import naming

Family = Literal["edits", "augment", "objectives", "attention", "guidance", "encoders", "fusions"]
Kind = Literal["object", "person", "style"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Photo:
    """One photo of a subject: upright 8-bit RGB file, optional mask of its size (white = subject), caption."""

    image: str
    mask: str | None = None
    caption: str = ""


@dataclass(frozen=True)
class Subject:
    """What is learnt: photos of one thing, its class noun, and the trigger word that will name it.

    A style is the whole picture, so its photos carry no masks.
    """

    id: str
    name: str
    noun: str
    trigger: str
    photos: tuple[Photo, ...] = ()
    kind: Kind = "object"


@dataclass(frozen=True)
class Region:
    """A place in a scene and what belongs there.

    `box` is (x, y, width, height) as shares of the picture, 0 to 1. `mask` is a PNG file (white = inside) that narrows
    the box when a lasso or brush drew it. `start` and `stop` are shares of the run during which the region speaks.
    `strength` runs from 0 to 1, `feather` is the soft edge as a share of the picture's width, 0 to 0.2.
    """

    box: tuple[float, float, float, float]
    prompt: str = ""
    negative: str = ""
    artefact: str | None = None
    mask: str | None = None
    strength: float = 1.0
    feather: float = 0.0
    start: float = 0.0
    stop: float = 1.0


@dataclass(frozen=True)
class Scene:
    """Everything a picture is made from: words, layout, artefacts that may speak, and sampling numbers.

    `artefacts` are (file, strength) pairs that speak in the whole picture; regions name their own. `width` and
    `height` are pixels, 0 meaning the base's own size. `scale` is the CFG scale; `how` names the composition method.
    """

    prompt: str
    negative: str = ""
    regions: tuple[Region, ...] = ()
    artefacts: tuple[tuple[str, float], ...] = ()
    width: int = 0
    height: int = 0
    seed: int = 0
    steps: int = 25
    scale: float = 5.0
    how: str = "region_route"
    knobs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Its words, or those of its regions where it has none of its own."""
        words = (self.prompt, ", ".join(filter(None, (one.prompt.strip() for one in self.regions))))
        return next((one.strip() for one in words if one.strip()), "A picture without words")


SEEDS = range(-(2**63), 2**63)
"""What random generators take: 64 bits."""


def check_seed(seed: int) -> None:
    """Refuse a seed that is not one of SEEDS.

    Raises:
        BadInput: says how far they go.
    """
    if seed not in SEEDS:
        raise BadInput(f"The seed is {seed}.", f"It goes from {SEEDS[0]} to {SEEDS[-1]}.")


STEPS, SCALES, STRENGTHS, SIDES = (1, 1000), (0.0, 100.0), (-10.0, 10.0), (8, 4096)
"""Between which a scene's sampling steps, CFG scale and strengths lie, and the sides of a picture in pixels."""
PLACES, FEATHERS = (-100.0, 100.0), (0.0, 1.0)
"""The same of a region's box, of which what lies outside the picture is cut off, and of its soft edge."""


def check_numbers(scene: Scene) -> None:
    """Refuse a scene with a number that no picture can be made with.

    Raises:
        BadInput: names the first such number, and how far it goes.
    """
    check_seed(scene.seed)
    for side in (scene.width, scene.height):
        if side and not SIDES[0] <= side <= SIDES[1]:
            what = f"The picture is {scene.width} by {scene.height} pixels."
            raise BadInput(what, f"A side has {SIDES[0]} to {SIDES[1]}; 0 is the base's own.")
    strengths = [strength for _, strength in scene.artefacts] + [one.strength for one in scene.regions]
    given = [("steps", scene.steps, STEPS, 25), ("CFG scale", scene.scale, SCALES, 5)]
    for name, value, (low, high), usual in given + [("strength", one, STRENGTHS, 1) for one in strengths]:
        if not low <= value <= high:
            advice = f"It goes from {low:g} to {high:g}; {usual} is usual."
            raise BadInput(f"The {name} {'are' if name == 'steps' else 'is'} {value:g}.", advice)
    for number, one in enumerate(scene.regions, 1):
        told = [("box", value, PLACES) for value in one.box] + [("soft edge", one.feather, FEATHERS)]
        for name, value, (low, high) in told:
            if not low <= value <= high:  # "not", so that what is no number is refused, too
                what = f"The {name} of region {number} holds {value:g}."
                raise BadInput(what, f"It goes from {low:g} to {high:g}, as a share of the picture.")


@dataclass(frozen=True)
class Use:
    """One technique, by name, with its settings."""

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)


def use(name: str, **settings: Any) -> Use:
    """Name a technique and its settings: `use("lora", where="attention", rank=8)`."""
    return Use(name, settings)


@dataclass(frozen=True)
class Phase:
    """One stretch of training: how long, how fast, and which techniques take part.

    `batch` examples of every role are looked at in a step. `fall` is the share of the phase, at its end, over which the
    rate falls to zero; 1 falls from the first step, 0 never. `offset` adds that much noise which is the same in all
    cells of a channel (Mix-of-Show's noise offset).
    """

    steps: int
    rate: float
    batch: int = 4
    fall: float = 0.0
    offset: float = 0.0
    edits: tuple[Use, ...] = ()
    augment: tuple[Use, ...] = ()
    objectives: tuple[Use, ...] = (Use("denoise"),)
    attention: tuple[Use, ...] = ()
    encoders: tuple[Use, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What a recipe does: training phases, and what stays on when its artefact is sampled with.

    `keeps` are the edits that the artefact holds, where they are not those that learnt but worked out of them.
    """

    phases: tuple[Phase, ...]
    keeps: tuple[Use, ...] = ()
    attention: tuple[Use, ...] = ()
    guidance: tuple[Use, ...] = ()
    encoders: tuple[Use, ...] = ()
    fusion: Use | None = None


def knob(
    default: Any,
    low: float | None = None,
    high: float | None = None,
    label: str = "",
    help: str = "",
    *,
    choices: tuple[str, ...] = (),
    when: str = "",
    group: str = "",
    folder: bool = False,
    large: Any = None,
) -> Any:
    """A recipe field the user may turn: default, range or choices, label, plain-word help.

    `when` says in words when the knob matters ("two or more subjects"), or is the choice of another knob with which it
    does; `group` names the closed accordion it belongs to, empty for the first rows; `folder` marks a path on this
    computer. `large` is the default on a large base (`traits.Traits.large`), as published; None where it is the same.
    """
    meta = dict(low=low, high=high, label=label, help=help, choices=choices, when=when, group=group, folder=folder)
    return field(default=default, metadata=meta | {"large": large})


FAMILIES = ("foundations", "attention", "masks", "augmentation", "regularisation")
"""Of recipes, in the survey's order."""


def place_of(family: str) -> tuple[int, str]:
    """Where a family of recipes stands among all; those that the survey does not know come last."""
    return FAMILIES.index(family) if family in FAMILIES else len(FAMILIES), family


@dataclass(frozen=True)
class Recipe(ABC):
    """A published system as data: fields are knobs, `plan()` names techniques.

    Subclasses set `title`, `paper` (arXiv number), `family` (the survey's), `needs` (subset of "photos", "masks",
    "two subjects", "person"), `learns` and `choose` (a sentence each: what it learns, when to choose it).
    """

    title: ClassVar[str]
    paper: ClassVar[str]
    family: ClassVar[str]
    learns: ClassVar[str]
    choose: ClassVar[str]
    needs: ClassVar[tuple[str, ...]] = ("photos",)

    @abstractmethod
    def plan(self) -> Plan:
        """Return the phases and techniques these knobs stand for."""

    @classmethod
    def on(cls, large: bool) -> "type[Recipe]":
        """The recipe as it comes on a base: the defaults of its knobs are those for a large one, or for a small one."""
        return on_large(cls) if large else cls

    @classmethod
    def knobs(cls) -> tuple[Field, ...]:
        """The fields a form shows, in order; each carries its range and words in `metadata`."""
        return fields(cls)

    @classmethod
    def with_knobs(cls, values: Mapping[str, Any]) -> "Recipe":
        """Build the recipe from user-given values, with every value checked.

        Raises:
            BadInput: for an unknown knob, a value of the wrong type, or one out of range; names the knob, what was
                given, and what is accepted.
        """
        return checked(cls, values)

    @classmethod
    def settled(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """Every knob's value, those that were not given too: what a task carries, so that it stays the same whatever
        becomes of defaults. Raises as `with_knobs`."""
        return asdict(cls.with_knobs(values))

    @classmethod
    def turned(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """Of values, those that are not the defaults."""
        plain = {one.name: one.default for one in cls.knobs()}
        return {name: value for name, value in values.items() if name in plain and value != plain[name]}


@dataclass(frozen=True)
class How(ABC):
    """A way to compose regions, as data: fields are knobs, `plan()` names techniques, `read()` says what it makes of a
    scene.

    Subclasses set `title`, `paper` (arXiv number, empty for none) and `says` (one plain sentence: what it does to a
    picture).
    """

    title: ClassVar[str]
    paper: ClassVar[str]
    says: ClassVar[str]

    @abstractmethod
    def plan(self) -> Plan:
        """The techniques these knobs stand for; no phases, for nothing is trained."""

    @abstractmethod
    def cost(self, regions: int, files: int = 0) -> float:
        """About how many times as long as a plain picture one with so many regions takes, `files` of which bring a
        tuned file."""

    def unused(self) -> Mapping[str, str]:
        """What of a region with a taught word this way makes no use of: field of `Region` → a plain sentence to stand
        beside it."""
        return {}

    def read(self, scene: Scene) -> Scene:
        """The scene as this way takes it: other words, other places for voices. The caller keeps the original."""
        return scene

    @classmethod
    def knobs(cls) -> tuple[Field, ...]:
        """See `Recipe.knobs`."""
        return fields(cls)

    @classmethod
    def with_knobs(cls, values: Mapping[str, Any]) -> "How":
        """See `Recipe.with_knobs`."""
        return checked(cls, values)


FILE = 0.12
"""The share of a plain picture's time that a tuned file adds where it speaks in the whole picture."""
ATTENTION_ONLY = {
    "negative": "This way keeps out only what the whole picture does.",
    "feather": "This way draws a hard edge.",
}
"""What ways make no use of that only look at where the picture's own words are looked for; see `How.unused`."""
PUSH = 0.95
"""The share of a guided prediction's time that one push takes: forward and back, without the words to keep away."""


def named(scene: Scene) -> Scene:
    """The scene with a prompt that speaks of every region: what it does not say yet is said at its end."""
    return replace(scene, prompt=naming(scene.prompt, [one.prompt for one in scene.regions]))


def everywhere(scene: Scene) -> Scene:
    """The scene with the tuned files of its regions speaking in the whole picture."""
    known = dict(scene.artefacts)
    more = {one.artefact: 1.0 for one in scene.regions if one.artefact and one.artefact not in known}
    return replace(scene, artefacts=(*scene.artefacts, *more.items()))


def steered(scene: Scene, title: str) -> Scene:
    """The scene, if it has guidance at all.

    Raises:
        BadInput: at a CFG scale of 1, at which words to keep away from are never asked.
    """
    if scene.scale == 1:
        raise BadInput(f"{title} weighs answers against each other, and at CFG scale 1 there is only one.", "Raise it.")
    return scene
