"""Cones 2 layout guidance (arXiv 2305.19327)."""

from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.spec import ATTENTION_ONLY, FILE, How, Plan, Scene, everywhere, knob, named, use

HARD = -1e8


@dataclass(frozen=True)
class ConesLayout(How):
    """Strengthens the words of a region inside it, and silences them outside."""

    title = "Cones 2 layout"
    paper = "2305.19327"
    says = "The words of a region are strengthened in its place and silenced everywhere else."

    inside: float = knob(2.5, 0.0, 5.0, "Strengthen inside")
    hard: bool = knob(True, label="Silence outside completely", help="Off: they are only weakened there, and the more "
                      "the earlier the step.")  # fmt: skip
    weight: float = knob(0.08, 0.0, 0.2, "Weight")
    again: int = knob(1, 0, 3, "Repeats of a step", "Every repeat costs a step more.")
    until: float = knob(0.4, 0.0, 1.0, "Repeat until", "The share of the run in which steps are repeated; 1 in the "
                        "paper’s code.")  # fmt: skip

    def plan(self) -> Plan:
        outside = HARD if self.hard else -self.inside
        bias = use("region_bias", inside=self.inside, outside=outside, weight=self.weight)
        again = use("resample", again=self.again, until=self.until)
        return Plan((), attention=(bias,), guidance=(again,) * (self.again > 0))

    def cost(self, regions: int, files: int = 0) -> float:
        return (1.04 + 0.02 * regions + FILE * files) * (1 + self.again * self.until)

    def unused(self) -> Mapping[str, str]:
        return ATTENTION_ONLY

    def read(self, scene: Scene) -> Scene:
        return named(everywhere(scene))
