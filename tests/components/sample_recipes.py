"""Two small recipes that show every kind of knob, for the tests of the widgets that draw them."""

from dataclasses import dataclass

from pipelines.spec import Phase, Plan, Recipe, knob, use


@dataclass(frozen=True)
class Layered(Recipe):
    """Words and attention; one knob of each kind."""

    title, paper, family = "Layered", "2305.18292", "attention"
    learns, choose = "Learns words.", "Choose it for several."
    steps: int = knob(800, 50, 3000, "Steps", "How long it looks.", large=2000)
    rate: float = knob(1e-4, 1e-6, 1e-2, "Learning rate", large=1e-5)
    masked: bool = knob(True, label="Masked loss")
    where: str = knob("both", label="Where", choices=("unet", "text", "both"), group="Memory and speed")
    mix: float = knob(0.6, 0.0, 1.0, "Share of mixed", when="two or more subjects")

    def plan(self) -> Plan:
        edits = (use("layered_tokens"), use("lora", where="attention", rank=4))
        losses = (use("denoise"), use("denoise", role="prior"))
        return Plan((Phase(self.steps, self.rate, edits=edits, objectives=losses, augment=(use("masked_crop"),)),))


@dataclass(frozen=True)
class Whole(Recipe):
    """The whole network."""

    title, paper, family = "Whole", "2208.12242", "foundations"
    learns, choose = "Learns everything.", "Choose it when likeness is all."
    steps: int = knob(400, 50, 3000, "Steps")

    def plan(self) -> Plan:
        return Plan((Phase(self.steps, 1e-5, edits=(use("full_delta", where="unet"),)),))


RECIPES = {"layered": Layered, "whole": Whole}
