"""An identity: one continuous vector that fixes everything about a subject that words cannot spell out."""

from dataclasses import dataclass
from functools import cached_property

from pipelines.toybox.palette import COLOURS, HAIRS, NAMES, SKINS, contrasting, jitter, shade

SIZE = 32
"""Numbers in an identity vector, each from 0 to 1."""

PATTERNS = (
    "plain", "striped", "swirled", "dotted", "checkered", "zigzag", "marbled", "gridded", "two-tone",
)  # fmt: skip


@dataclass(frozen=True)
class Paint:
    """How a surface is coloured: one colour, and a second one where the pattern says.

    `scale` is the number of pattern cells per unit length, `phase` (0 to 1) where they begin, `gloss` from 0 to 1.
    """

    colour: tuple[float, float, float]
    pattern: str = "plain"
    second: tuple[float, float, float] = (1.0, 1.0, 1.0)
    scale: float = 3.0
    phase: float = 0.0
    gloss: float = 0.15


def paint(colour: tuple[float, float, float], gloss: float = 0.15) -> Paint:
    """A plain paint."""
    return Paint(colour, gloss=gloss)


@dataclass(frozen=True)
class Look:
    """What an identity vector means: colours, pattern, proportions, markings.

    Numbers 0 to 8 set the palette and pattern, 9 to 31 are proportions and markings that each class reads its own way
    through `at`.
    """

    vector: tuple[float, ...]

    @cached_property
    def colour(self) -> str:
        """The name of the main colour."""
        return NAMES[min(int(self.vector[0] * len(NAMES)), len(NAMES) - 1)]

    @cached_property
    def pattern(self) -> str:
        """The name of the main pattern."""
        return PATTERNS[min(int(self.vector[1] * len(PATTERNS)), len(PATTERNS) - 1)]

    @cached_property
    def second_name(self) -> str:
        return contrasting(self.colour, self.vector[2])

    @cached_property
    def main(self) -> Paint:
        """The patterned paint of the thing's largest part."""
        v = self.vector
        colour = jitter(COLOURS[self.colour], v[4], v[5])
        return Paint(colour, self.pattern, COLOURS[self.second_name], 4.4 + 1.6 * v[6], v[7], 0.12 + 0.25 * v[8])

    @cached_property
    def plain(self) -> Paint:
        """The main colour without its pattern."""
        return Paint(self.main.colour, gloss=self.main.gloss)

    @cached_property
    def second(self) -> Paint:
        """The second colour, plain."""
        return Paint(COLOURS[self.second_name], gloss=self.main.gloss)

    @cached_property
    def trim(self) -> Paint:
        """A third colour for small parts."""
        return Paint(COLOURS[contrasting(self.colour, self.vector[3], (self.second_name,))], gloss=self.main.gloss)

    @cached_property
    def pale(self) -> Paint:
        """A light relative of the main colour, for bellies and muzzles."""
        return Paint(shade(self.main.colour, 0.62), gloss=0.1)

    @cached_property
    def skin(self) -> tuple[float, float, float]:
        return SKINS[min(int(self.vector[29] * len(SKINS)), len(SKINS) - 1)]

    @cached_property
    def hair(self) -> str:
        """The name of the hair colour; grey goes with age."""
        if self.old:
            return "grey"
        names = ("black", "brown", "blonde", "red")
        return names[min(int(self.vector[30] * len(names)), len(names) - 1)]

    @cached_property
    def hair_colour(self) -> tuple[float, float, float]:
        return HAIRS[self.hair]

    @cached_property
    def old(self) -> bool:
        return self.vector[31] > 0.78

    @cached_property
    def glasses(self) -> bool:
        return self.vector[28] > 0.62

    @cached_property
    def beard(self) -> bool:
        return self.vector[27] > 0.55

    def at(self, index: int, low: float = 0.0, high: float = 1.0) -> float:
        """Proportion `index` (0 to 17), spread over `low` to `high`."""
        return low + (high - low) * self.vector[9 + index]

    def pick(self, index: int, among: tuple) -> object:
        """One of several shapes, chosen by proportion `index`."""
        return among[min(int(self.vector[9 + index] * len(among)), len(among) - 1)]
