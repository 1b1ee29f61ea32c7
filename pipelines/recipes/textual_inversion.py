"""Textual Inversion (arXiv 2208.01618): the subject becomes a new word; nothing else is learnt."""

from dataclasses import dataclass

from pipelines.spec import Phase, Plan, Recipe, knob, use


@dataclass(frozen=True)
class TextualInversion(Recipe):
    """A word of one or more vectors, in the place of the trigger.

    Steps and vectors for large bases are the paper's; the rate is the authors' on every base, not raised with the
    batch.
    """

    title, paper, family = "Textual Inversion", "2208.01618", "foundations"
    learns = "One new word; the model itself stays as it is."
    choose = "Choose it for the smallest file there is, or for a style. The likeness stays rough."

    steps: int = knob(
        400, 1, 6000, "Steps", "How many times it looks. More is closer, until it only copies.", large=5000,
    )  # fmt: skip
    rate: float = knob(5e-3, 1e-5, 5e-2, "Learning rate", "How far the word moves in a step.")
    vectors: int = knob(
        2, 1, 8, "Vectors", "How many numbers the word may hold: more is closer and less flexible.", large=1,
    )  # fmt: skip
    masked: bool = knob(True, label="Learn only inside the masks", when="masks", help="Leaves the background out.")
    noun: bool = knob(
        True, label="Say the noun too", group="More",
        help="Teaches “<pip> robot”, as prompts here say it. Off is the paper's way: the word alone.",
    )  # fmt: skip
    flip: bool = knob(False, label="Mirror photos", help="For things alike on both sides.", group="More")
    batch: int = knob(4, 1, 16, "Batch", "Pictures in a step.", group="Memory and speed")

    def plan(self) -> Plan:
        """One phase: the word, and the base's own objective."""
        loss = use("masked_denoise", background=0.05) if self.masked else use("denoise")
        mirror = (use("flip"),) if self.flip else ()
        words = use("token", vectors=self.vectors)
        augment = (use("templates", noun=self.noun), *mirror)
        phase = Phase(self.steps, self.rate, self.batch, edits=(words,), augment=augment, objectives=(loss,), fall=0.5)
        return Plan((phase,))
