"""Break-A-Scene (arXiv 2305.16311): several subjects out of one photo, told apart by their masks."""

from dataclasses import dataclass

from pipelines.spec import Phase, Plan, Recipe, knob, use

WHOLE, LIGHT = "whole model", "LoRA"


@dataclass(frozen=True)
class BreakAScene(Recipe):
    """First the words alone, then words and model, both on random subsets of whom a photo shows.

    Give the same photo to each subject, with a mask of its own. The second phase moves every weight of UNet and text
    encoder but the rows of other words, which the paper moves too. Saying each noun after its word, and "LoRA", are
    ours, not the paper's. Numbers for large bases are the paper's; how many beach pictures, the code's; LoRA's rate,
    diffusers'.
    """

    title, paper, family = "Break-A-Scene", "2305.16311", "attention"
    learns = "A word for each subject, then every weight of the model."
    choose = "Choose it when all you have is one photo with several subjects in it."
    needs = ("photos", "masks", "two subjects")

    word_steps: int = knob(200, 1, 2000, "Steps for the words", "The first phase.", large=400)
    model_steps: int = knob(150, 1, 2000, "Steps for words and model", "The second phase.", large=400)
    word_rate: float = knob(1e-2, 1e-5, 1e-1, "Learning rate of the words", "In the first phase.", large=5e-4)
    rate: float = knob(5e-5, 1e-7, 1e-2, "Learning rate of the model", "How far it moves.", when=WHOLE, large=2e-6)
    change: str = knob(
        WHOLE, label="What changes", choices=(WHOLE, LIGHT), help="LoRA makes a small file, and may tell less apart.",
    )  # fmt: skip
    look: float = knob(0.01, 0.0, 0.1, "Words look at their subjects", "How strongly their attention is held to masks.")
    masked: bool = knob(True, label="Learn only inside the masks", help="Off learns the background with them.")
    noun: bool = knob(
        True, label="Say the nouns too", group="More",
        help="Teaches “<pip> robot and <dot> duck”. Off is the paper's way: the words alone.",
    )  # fmt: skip
    subsets: bool = knob(True, label="Random subsets", help="Off always names everybody.", group="More")
    prior: float = knob(0.0, 0.0, 1.0, "Hold on to the model", "1 in the authors' code, 0 in the paper.", group="More")
    images: int = knob(16, 1, 400, "Pictures to hold on to", "Of a beach, made once.", group="More", large=100)
    lora_rate: float = knob(
        5e-5, 1e-7, 1e-2, "Learning rate with LoRA", "How far it moves.", when=LIGHT, group="More", large=1e-4,
    )  # fmt: skip
    rank: int = knob(16, 1, 128, "Rank", "Of the LoRA.", group="More")
    flip: bool = knob(False, label="Mirror photos", help="On in the authors' code.", group="More")
    batch: int = knob(2, 1, 16, "Batch", "Pictures in a step.", group="Memory and speed", large=1)

    def plan(self) -> Plan:
        """Two phases with the same losses, each with an optimiser of its own."""
        loss = use("masked_denoise", over="picture") if self.masked else use("denoise")
        held = (use("maps_match_mask", weight=self.look),) if self.look else ()
        kept = (use("denoise", role="prior", weight=self.prior),) if self.prior else ()
        beach = (use("prior_images", count=self.images, prompt="a photo at the beach"),) if self.prior else ()
        some = (use("concept_subset"),) if self.subsets else ()
        mirror = (use("flip"),) if self.flip else ()
        if self.change == WHOLE:
            model, rate = (use("weight_delta", where="unet+text"),), self.rate
        else:
            model, rate = (use("lora", where="attention+text.attention", rank=self.rank),), self.lora_rate
        shared = dict(
            batch=self.batch, augment=(*beach, *some, *mirror), objectives=(loss, *held, *kept)
        )  # fmt: skip
        words = use("token", instead=not self.noun)
        return Plan((
            Phase(self.word_steps, self.word_rate, edits=(words,), **shared),
            Phase(self.model_steps, rate, edits=(words, *model), **shared),
        ))  # fmt: skip
