"""Face-Diffuser's saliency-adaptive noise fusion (arXiv 2311.10329), of the base and the regions' tuned files."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pipelines.phrases import plain
from pipelines.spec import ATTENTION_ONLY, FILE, How, Plan, Scene, knob, named, steered, use


@dataclass(frozen=True)
class SaliencyFusion(How):
    """The base draws the scene, tuned files draw their subjects, and each cell goes to the more responsive."""

    title = "Face-Diffuser fusion"
    paper = "2311.10329"
    says = "The base begins the scene; then, cell by cell, whoever responds more draws; subjects finish their regions."

    start: float = knob(0.2, 0.0, 1.0, "Scene alone until", "The share of the run that only the base draws.")
    stop: float = knob(0.6, 0.0, 1.0, "Fuse until", "The share after which each subject finishes its region.")
    smooth: int = knob(0, 0, 9, "Smoothing, in cells", "0 chooses it by the picture’s size.")

    def plan(self) -> Plan:
        return Plan((), guidance=(use("saliency_fusion", start=self.start, stop=self.stop, smooth=self.smooth),))

    def cost(self, regions: int, files: int = 0) -> float:
        return 1 + (1 - self.start) * (regions + FILE * files)

    def unused(self) -> Mapping[str, str]:
        return {
            "negative": "This way does not hear it beside a taught word.",
            "strength": "This way gives each place whole to whoever responds more.",
            "feather": ATTENTION_ONLY["feather"],
        }

    def read(self, scene: Scene) -> Scene:
        return replace(scene, prompt=plain(named(steered(scene, self.title)).prompt))
