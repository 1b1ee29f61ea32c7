"""Perfusion (arXiv 2305.01644): a word with a gate behind it, locked to what its noun looks at."""

from dataclasses import dataclass

from pipelines.spec import Phase, Plan, Recipe, knob, use


@dataclass(frozen=True)
class Perfusion(Recipe):
    """A word in the noun's place, and what each cross-attention brings when it is said; keys stay the noun's.

    Locking is local, in the word's own place; the paper's global locking, for which the whole prompt is read twice, is
    not here. The gate it speaks through is set when it is taught; the paper turns it for each picture. The masks are
    the photos' own instead of CLIPSeg's. Rates and steps are on every base what all implementations share; so is the
    batch on large ones.
    """

    title, paper, family = "Perfusion", "2305.01644", "attention"
    learns = "A word, and for each cross-attention what it brings: 100 KB for SD 1.5."
    choose = "Choose it for very small files and pictures that do what the prompt says."

    steps: int = knob(400, 1, 3000, "Steps", "How many times it looks.")
    rate: float = knob(0.03, 1e-4, 0.3, "Learning rate", "How far what it brings moves in a step.")
    word_rate: float = knob(0.006, 1e-5, 0.1, "Learning rate of the word", "How far the word moves in a step.")
    through: float = knob(
        0.7, 0.3, 0.95, "Threshold", "How alike what is said must be before the subject comes in: lower lets more in.",
    )  # fmt: skip
    softness: float = knob(0.15, 0.05, 0.3, "Softness", "How gradually the gate opens.", group="More")
    taught_through: float = knob(0.75, 0.3, 0.95, "Threshold while learning", "0.75 in the paper.", group="More")
    taught_softness: float = knob(0.1, 0.05, 0.3, "Softness while learning", "0.1 in the paper.", group="More")
    masked: bool = knob(True, label="Learn only inside the masks", when="masks", help="Leaves the background out.")
    flip: bool = knob(False, label="Mirror photos", help="For things alike on both sides.", group="More")
    batch: int = knob(4, 1, 16, "Batch", "Photos in a step.", group="Memory and speed", large=16)

    def plan(self) -> Plan:
        """One phase: the word and the values learn, the keys are kept."""
        loss = use("masked_denoise") if self.masked else use("denoise")
        mirror = (use("flip"),) if self.flip else ()
        gate = dict(
            threshold=self.taught_through, softness=self.taught_softness, said_threshold=self.through,
            said_softness=self.softness,
        )  # fmt: skip
        edits = (
            use("token", rate=self.word_rate, instead=True),
            use("locked_rank_one", where="cross.k", learn=False, **gate),
            use("locked_rank_one", where="cross.v", **gate),
        )
        return Plan((Phase(
            self.steps, self.rate, self.batch, edits=edits, augment=(use("templates"), *mirror), objectives=(loss,),
        ),), fusion=use("joint_gate"))  # fmt: skip
