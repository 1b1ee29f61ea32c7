"""PACGen's regionally guided sampling (arXiv 2306.17154)."""

from dataclasses import dataclass, replace

from pipelines.spec import FILE, How, Plan, Region, Scene, everywhere, knob, named, steered, use

MODES = ("inside", "everywhere", "nowhere")


@dataclass(frozen=True)
class RegionalNegative(How):
    """Keeps every subject out of where it was not painted, by words to keep away from."""

    title = "PACGen suppression"
    paper = "2306.17154"
    says = "Outside its region each subject is among the words to keep away from; inside, words of quality mend it."

    quality: str = knob("high quality, color image", label="Words of quality")
    pull: float = knob(0.5, 0.0, 3.0, "Pull of quality", "0 leaves them out and saves a third of the time.")
    where: str = knob("inside", label="Quality", choices=MODES, help="The paper does not say; inside is our reading.")

    def plan(self) -> Plan:
        pull = self.pull if self.where != "nowhere" else 0.0
        settings = {"quality": self.quality, "pull": pull, "whole": self.where == "everywhere"}
        return Plan((), guidance=(use("regional_negative", **settings),))

    def cost(self, regions: int, files: int = 0) -> float:
        return (1 + FILE * files) * (1 + regions + (self.pull > 0 and self.where != "nowhere"))

    def read(self, scene: Scene) -> Scene:
        scene = named(everywhere(steered(scene, self.title)))
        regions = tuple(replace(one, negative=self._away(scene, one)) for one in scene.regions)
        return replace(scene, negative=self._away(scene, None), regions=regions)

    def _away(self, scene: Scene, own: Region | None) -> str:
        """What a region, or the rest of the picture, keeps away from; a blank for nothing."""
        others = [one.prompt for one in scene.regions if one is not own and one.prompt != (own.prompt if own else None)]
        first = scene.negative if own is None else own.negative or scene.negative
        return ", ".join(text for text in (first, *others) if text.strip()) or " "
