"""One prediction for each region, laid together: exact, and the reference for the ways that take one pass."""

from dataclasses import dataclass

from pipelines.spec import FILE, How, Plan, use


@dataclass(frozen=True)
class RegionBlend(How):
    """Every region is foreseen with its own words and its own tuned file in all layers."""

    title = "Each region by itself, laid together"
    paper = ""
    says = "Every region is foreseen on its own and the parts are laid together: nothing bleeds, but it takes longest."

    def plan(self) -> Plan:
        return Plan((), guidance=(use("region_blend"),))

    def cost(self, regions: int, files: int = 0) -> float:
        return 1 + regions + FILE * files
