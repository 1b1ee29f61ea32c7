"""What is in a picture, as values: things, place, style, light, weather, camera. Everything follows from a seed."""

from dataclasses import dataclass, field

from pipelines.toybox.identity import Look

PLACES = (
    "grass", "beach", "snow", "desert", "forest", "street", "wooden floor", "kitchen", "studio", "moon", "seabed",
    "flower field",
)  # fmt: skip
OUTDOORS = ("grass", "beach", "snow", "desert", "forest", "street", "flower field")
"""The places that have weather and a time of day."""
STYLES = ("photo", "cartoon", "pencil sketch", "watercolour", "pixel art", "oil painting", "blueprint")
GREY_STYLES = ("pencil sketch", "blueprint")
"""Styles that show no colours, so captions name none."""
LIGHTS = ("day", "sunset", "night")
WEATHERS = ("clear", "rain", "fog", "snowfall")
POSES = ("standing", "jumping", "leaning", "lying down", "upside down", "waving", "sitting")
EXPRESSIONS = ("smiling", "sad", "surprised", "angry")
ACCESSORIES = ("top hat", "crown", "party hat", "scarf", "bow tie", "balloon", "flag", "flower")
RELATIONS = ("beside", "behind", "on")


@dataclass(frozen=True)
class Thing:
    """One thing in a scene. `identity` is its vector (32 numbers from 0 to 1); `at` is where it stands (x, z) in
    units, `turn` its heading in degrees (0 faces the camera's front), `size` its scale, `on` the index of the thing
    it stands on."""

    noun: str
    identity: tuple[float, ...]
    accessory: str = ""
    pose: str = "standing"
    expression: str = ""
    at: tuple[float, float] = (0.0, 0.0)
    turn: float = 0.0
    size: float = 1.0
    on: int | None = None

    @property
    def look(self) -> Look:
        return Look(self.identity)

    @property
    def colour(self) -> str:
        return self.look.colour

    @property
    def pattern(self) -> str:
        return self.look.pattern


@dataclass(frozen=True)
class Camera:
    """Where the picture is taken from: degrees round the scene and above it, distance in units, and what is in the
    middle of the picture (x, y) in units; `focal` is the focal length in half picture widths."""

    round: float = 0.0
    lift: float = 15.0
    distance: float = 3.4
    aim: tuple[float, float] = (0.0, 0.5)
    focal: float = 2.2


@dataclass(frozen=True)
class Scene:
    """A picture before it is drawn. `relation` is empty for one thing; of more, all are "beside" one another, the first
    is "behind" the others, or the second stands "on" the first and the others next to them. `seed` moves what nobody
    names: the grain of the ground, clouds, petals."""

    things: tuple[Thing, ...]
    place: str = "grass"
    style: str = "photo"
    light: str = "day"
    weather: str = "clear"
    relation: str = ""
    camera: Camera = field(default_factory=Camera)
    sun: tuple[float, float] = (-40.0, 50.0)
    seed: int = 0
