"""Compositional Inversion's spatial inversion (arXiv 2312.08048): Layout-Control's energy on taught words."""

from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.spec import ATTENTION_ONLY, FILE, PUSH, How, Plan, Scene, everywhere, knob, named, use


@dataclass(frozen=True)
class SpatialInversion(How):
    """Gives greedy taught words a place of their own, so that the other words get theirs."""

    title = "Compositional Inversion, spatial"
    paper = "2312.08048"
    says = "Taught words that crowd out the others are pushed into their own place, and the other words into theirs."

    rate: float = knob(30.0, 1.0, 300.0, "Push", "How far a push goes; halve it if the colours burn.")
    until: float = knob(0.2, 0.0, 1.0, "Until", "The share of the run in which it pushes.")
    tries: int = knob(5, 1, 10, "Pushes in a step")
    enough: float = knob(0.2, 0.0, 0.9, "Good enough", "It rests once less than this is out of place.")

    def plan(self) -> Plan:
        settings = {"rate": self.rate, "until": self.until, "tries": self.tries, "enough": self.enough}
        return Plan((), guidance=(use("map_energy", taught=True, **settings),))

    def cost(self, regions: int, files: int = 0) -> float:
        return (1 + FILE * files) * (1 + PUSH * self.until * self.tries)

    def unused(self) -> Mapping[str, str]:
        return ATTENTION_ONLY

    def read(self, scene: Scene) -> Scene:
        return named(everywhere(scene))
