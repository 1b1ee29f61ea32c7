"""Mix-of-Show's regionally controllable sampling (arXiv 2305.18292), each region with its own tuned file."""

from dataclasses import dataclass, replace

from pipelines.phrases import besides
from pipelines.spec import How, Plan, Scene, knob, use


@dataclass(frozen=True)
class RegionRoute(How):
    """One pass; every region asks its own words and its own tuned file in the cross-attentions."""

    title = "Each region hears its own words"
    paper = "2305.18292"
    says = "Every region listens to its own words and its own subject, all in one pass."

    others: bool = knob(False, label="Keep the other subjects out", help="Each region also keeps away from what the "
                        "other regions show.", when="two or more regions")  # fmt: skip

    def plan(self) -> Plan:
        return Plan((), attention=(use("region_route"),))

    def cost(self, regions: int, files: int = 0) -> float:
        return 1.06 + 0.0225 * regions + 0.055 * files if regions else 1.0

    def read(self, scene: Scene) -> Scene:
        if not self.others:
            return scene
        regions = []
        for place, one in enumerate(scene.regions):
            away = besides(one.prompt, [other.prompt for k, other in enumerate(scene.regions) if k != place])
            said = [text for text in (one.negative or scene.negative, away) if text.strip()]
            regions.append(replace(one, negative=", ".join(said)))
        return replace(scene, regions=tuple(regions))
