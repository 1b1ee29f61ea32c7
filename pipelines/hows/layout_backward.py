"""Layout-Control, backward guidance (arXiv 2304.03373)."""

from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.hows.region_route import RegionRoute
from pipelines.spec import ATTENTION_ONLY, FILE, PUSH, How, Plan, Scene, everywhere, knob, named, use


@dataclass(frozen=True)
class LayoutBackward(How):
    """Moves the early picture until the words of each region look at their region."""

    title = "Layout-Control, backward"
    paper = "2304.03373"
    says = "The first steps are pushed until the words of each region look at their place; the rest is a plain picture."

    rate: float = knob(30.0, 1.0, 300.0, "Push", "How far a push goes; halve it if the colours burn.")
    until: float = knob(0.2, 0.0, 1.0, "Until", "The share of the run in which it pushes.")
    tries: int = knob(5, 1, 10, "Pushes in a step")
    enough: float = knob(0.2, 0.0, 0.9, "Good enough", "It rests once less than this is out of place.")
    route: bool = knob(False, label="Regions also hear their own words", help="Adds Mix-of-Show’s routing: each "
                       "subject speaks in its own region only.")  # fmt: skip

    def plan(self) -> Plan:
        pushed = use("map_energy", rate=self.rate, until=self.until, tries=self.tries, enough=self.enough)
        return Plan((), attention=(use("region_route"),) * self.route, guidance=(pushed,))

    def cost(self, regions: int, files: int = 0) -> float:
        plain = RegionRoute().cost(regions, files) if self.route else 1 + FILE * files
        return plain * (1 + PUSH * self.until * self.tries)

    def unused(self) -> Mapping[str, str]:
        return {} if self.route else ATTENTION_ONLY

    def read(self, scene: Scene) -> Scene:
        return named(scene) if self.route else named(everywhere(scene))
