"""Cones 2 (arXiv 2305.19327): what the subject adds to its noun, found by tuning a text encoder that is then let go."""

from dataclasses import dataclass

from pipelines.spec import Phase, Plan, Recipe, knob, use

SENTENCES, ALONE = "sentences", "the noun alone"


@dataclass(frozen=True)
class Cones2(Recipe):
    """A text encoder learns the subject behind a frozen UNet, held to what it said beside the noun; of what it learnt,
    the mean shift of the noun is kept.

    The table of words stays as it is; the authors' code moves it, too. Pictures on the way are made with what would be
    kept. Compose with "Cones 2 layout", or in any region.

    Not reached here: after 25 steps on the starter the words beside the noun had moved about as far as the noun (0.9 to
    1.2 of it), where a tenth is hoped for, and the residual varied from sentence to sentence by as much as its size.
    Numbers for large bases are the authors' code's; how many sentences, the paper's.
    """

    title, paper, family = "Cones 2", "2305.19327", "attention"
    learns = "What the subject adds to its noun, after the text was read: 3 KB for SD 1.5."
    choose = "Choose it for the smallest files that meet in one picture without having been learnt together."

    steps: int = knob(300, 1, 6000, "Steps", "How many times it looks.", large=4000)
    rate: float = knob(5e-5, 1e-7, 1e-2, "Learning rate", "Of the text encoder.", large=5e-6)
    keep: float = knob(1e-2, 0.0, 1.0, "Hold sentences", "How much all that is said beside the noun is held in place.")
    held: str = knob(
        SENTENCES, label="What is held", choices=(SENTENCES, ALONE), group="More",
        help="Sentences are the paper's. The noun alone is the authors' code, which holds it with 0.001.",
    )  # fmt: skip
    sentences: int = knob(256, 27, 1000, "Sentences", "What is held and averaged over.", large=1000)
    masked: bool = knob(True, label="Learn only inside the masks", when="masks", help="Leaves the background out.")
    flip: bool = knob(False, label="Mirror photos", help="For things alike on both sides.", group="More")
    batch: int = knob(2, 1, 16, "Batch", "Photos in a step.", group="Memory and speed", large=1)

    def plan(self) -> Plan:
        """One phase: L + λ·L_reg on the text encoder's weights. The artefact holds the residuals only."""
        loss = use("masked_denoise", background=0.05) if self.masked else use("denoise")
        alone = self.held == ALONE
        held = (use("preserve_text", weight=self.keep, sentences=self.sentences, alone=alone),) if self.keep else ()
        mirror = (use("flip"),) if self.flip else ()
        kept = use("residual_token", sentences=self.sentences)
        edits = use("residual_token", learn=False), use("weight_delta", where="text")
        return Plan(
            (Phase(self.steps, self.rate, self.batch, edits=edits, augment=mirror, objectives=(loss, *held)),),
            keeps=(kept,), fusion=use("weighted_sum"),
        )  # fmt: skip
