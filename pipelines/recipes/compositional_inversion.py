"""Compositional Inversion (arXiv 2312.08048), semantic side: a word that stays near its class lets others be heard."""

from dataclasses import dataclass

from pipelines.spec import Phase, Plan, Recipe, knob, use

WORD, BOTH = "word", "word and LoRA"


@dataclass(frozen=True)
class CompositionalInversion(Recipe):
    """Textual Inversion, or a word with LoRA, whose word is pulled back to the class noun while it learns.

    The paper's anchors are several, with sparse weights; here, as in the authors' code, it is the class noun alone. The
    code pulls the first of a word's vectors, here it is their mean. Steps for large bases are the code's, with Textual
    Inversion and, for LoRA, with DreamBooth; the word's rate is not raised eightfold for the batch, as it is there.
    LoRA's rate is diffusers'.
    """

    title, paper, family = "Compositional Inversion", "2312.08048", "attention"
    learns = "One new word, held near its class noun."
    choose = "Choose it when the subject is to share a picture with other things, and a rough likeness will do."

    steps: int = knob(
        400, 1, 6000, "Steps", "How many times it looks. More is closer, until it only copies.", when=WORD, large=5000,
    )  # fmt: skip
    rate: float = knob(5e-3, 1e-5, 5e-2, "Learning rate", "How far the word moves in a step.")
    pull: float = knob(
        0.95, 0.0, 0.99, "Pull to the class",
        "0 is plain Textual Inversion; more leaves more room for others and less likeness. 0.4 for a word with LoRA.",
    )  # fmt: skip
    vectors: int = knob(1, 1, 5, "Vectors", "How many numbers the word may hold.")
    host: str = knob(
        WORD, label="What learns", choices=(WORD, BOTH),
        help="The paper adds its pull to Textual Inversion, and to systems that also change the model.",
    )  # fmt: skip
    lora_steps: int = knob(
        400, 1, 6000, "Steps with LoRA", "How many times it looks, where the model changes, too.", when=BOTH, large=800,
    )  # fmt: skip
    lora_rate: float = knob(
        1e-3, 1e-6, 1e-2, "Learning rate of LoRA", "How far it moves.", when=BOTH, group="More", large=1e-4,
    )  # fmt: skip
    masked: bool = knob(True, label="Learn only inside the masks", when="masks", help="Leaves the background out.")
    batch: int = knob(4, 1, 16, "Batch", "Pictures in a step.", group="Memory and speed")

    def plan(self) -> Plan:
        """One phase: the base's own objective and the pull share a weight of 1."""
        share = 1 - self.pull
        loss = use("masked_denoise", background=0.05, weight=share) if self.masked else use("denoise", weight=share)
        held = (use("anchor", weight=self.pull),) if self.pull else ()
        word = use("token", vectors=self.vectors, rate=self.rate)
        edits, steps = (word,), self.steps
        if self.host == BOTH:
            edits, steps = (word, use("lora", where="attention", rate=self.lora_rate)), self.lora_steps
        return Plan((Phase(
            steps, self.rate, self.batch, edits=edits, augment=(use("templates"),), objectives=(loss, *held),
            fall=0.5,
        ),))  # fmt: skip
