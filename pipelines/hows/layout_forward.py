"""Layout-Control, forward guidance (arXiv 2304.03373)."""

from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.spec import ATTENTION_ONLY, FILE, How, Plan, Scene, everywhere, knob, named, use


@dataclass(frozen=True)
class LayoutForward(How):
    """Gathers the attention of each region's words into a window over the region."""

    title = "Layout-Control, forward"
    paper = "2304.03373"
    says = "The attention of each region’s words is gathered into its place; quick, and gentler than pushing."

    pull: float = knob(0.8, 0.0, 1.0, "Pull", "How much of the attention is gathered.")
    soft: float = knob(0.1, 0.0, 0.5, "Soft edge of the window", "As a share of the region’s side.")
    until: float = knob(0.8, 0.0, 1.0, "Until", "The share of the run in which it gathers.")

    def plan(self) -> Plan:
        return Plan((), attention=(use("map_window", pull=self.pull, soft=self.soft, until=self.until),))

    def cost(self, regions: int, files: int = 0) -> float:
        return 1.02 + FILE * files

    def unused(self) -> Mapping[str, str]:
        return ATTENTION_ONLY

    def read(self, scene: Scene) -> Scene:
        return named(everywhere(scene))
