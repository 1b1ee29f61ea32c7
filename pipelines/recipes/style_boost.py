"""StyleBoost (doi 10.1109/ICTC58733.2023.10392676): a style under a new word, and varied pictures under "style"."""

from dataclasses import dataclass

from pipelines.spec import Phase, Plan, Recipe, knob, use

WHOLE, LIGHT = "whole model", "LoRA"


@dataclass(frozen=True)
class StyleBoost(Recipe):
    """DreamBooth for a style: UNet and text encoder learn it, held by auxiliary pictures instead of class images.

    The base paints those from detailed prompts; the authors collect theirs by hand. Show people and places alike. Two
    styles in one run, one of people and one of places, are its version with two words; they share what holds them,
    where the authors' have pictures for each. LoRA is ours. Numbers for large bases are the authors' code's, the middle
    of its steps; LoRA's rate is diffusers'.
    """

    title, paper, family = "StyleBoost", "2404.05256", "regularisation"
    learns = "UNet and text encoder, or a small change of both, bound to a word for the style."
    choose = "Choose it for a style: people and things stay what they are, only their manner is new."
    needs = ("photos", "style")

    steps: int = knob(250, 1, 3000, "Steps", "How many times it looks. Too many only copy.", large=750)
    rate: float = knob(5e-5, 1e-7, 1e-2, "Learning rate of the model", "How far it moves.", when=WHOLE, large=1e-6)
    change: str = knob(WHOLE, label="What changes", choices=(WHOLE, LIGHT), help="LoRA makes a small file.")
    held: float = knob(1.0, 0.0, 2.0, "Hold on to things", "How much the auxiliary pictures count; 0 makes none.")
    images: int = knob(20, 1, 200, "Auxiliary pictures", "Of many things in many manners, made once for all styles.")
    bare: bool = knob(
        True, label='Call them "style"', group="More",
        help="Or whatever its noun is; the paper's way. Off says of each what it shows: that holds words, not style.",
    )  # fmt: skip
    lora_rate: float = knob(
        5e-5, 1e-7, 1e-2, "Learning rate with LoRA", "How far it moves.", when=LIGHT, group="More", large=1e-4,
    )  # fmt: skip
    rank: int = knob(16, 1, 128, "Rank", "Of the LoRA.", group="More")
    batch: int = knob(
        2, 1, 16, "Batch", "Photos in a step, and as many auxiliary pictures.", group="Memory and speed", large=1,
    )  # fmt: skip

    def plan(self) -> Plan:
        """One phase: the style's loss, and λ times the auxiliary pictures'."""
        said = "a photo of {}" if self.bare else ""
        held = (use("auxiliary_images", count=self.images, said=said),) if self.held else ()
        kept = (use("denoise", role="prior", weight=self.held),) if self.held else ()
        if self.change == WHOLE:
            model, rate = use("weight_delta", where="unet+text"), self.rate
        else:
            model, rate = use("lora", where="attention+text.attention", rank=self.rank), self.lora_rate
        edits = use("token", start="rare", learn=False), model
        return Plan((Phase(
            self.steps, rate, self.batch, edits=edits, augment=held, objectives=(use("denoise"), *kept),
        ),))  # fmt: skip
