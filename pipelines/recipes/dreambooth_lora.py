"""DreamBooth with LoRA (arXiv 2208.12242, 2106.09685): a small change of the attentions, and a word for the subject."""

from dataclasses import dataclass

from pipelines.spec import Phase, Plan, Recipe, knob, use


@dataclass(frozen=True)
class DreamboothLora(Recipe):
    """Low-rank changes of every attention projection, by PEFT, and one new word that starts as the class noun.

    Numbers for large bases are those of diffusers' script, the word's rate is that of its script for Textual Inversion.
    """

    title, paper, family = "DreamBooth-LoRA", "2208.12242", "foundations"
    learns = "A small change of the attentions, and one word."
    choose = "Choose it first: close, quick, and a small file that other programs read."

    steps: int = knob(
        100, 1, 3000, "Steps", "How many times it looks. More is closer, until it only copies.", large=500,
    )  # fmt: skip
    rate: float = knob(3e-3, 1e-6, 1e-2, "Learning rate", "How far the change moves in a step.", large=1e-4)
    rank: int = knob(8, 1, 128, "Rank", "How much the change can hold. Twice the rank is twice the file.", large=4)
    masked: bool = knob(True, label="Learn only inside the masks", when="masks", help="Leaves the background out.")
    word: bool = knob(True, label="Learn the word too", help="Off takes a rare word that stays as it is.")
    word_rate: float = knob(
        5e-3, 1e-5, 5e-2, "Learning rate of the word", "How far the word moves.", group="More", large=5e-4,
    )  # fmt: skip
    prior: float = knob(0.0, 0.0, 1.0, "Hold on to the class", "How much class images count.", group="More")
    images: int = knob(16, 1, 400, "Class images", "Made once for each class.", group="More", large=200)
    dropout: float = knob(0.0, 0.0, 0.5, "Dropout", "Share of the change left out at random.", group="More")
    flip: bool = knob(False, label="Mirror photos", help="For things alike on both sides.", group="More")
    batch: int = knob(4, 1, 16, "Batch", "Pictures in a step.", group="Memory and speed", large=1)

    def plan(self) -> Plan:
        """One phase: LoRA and word together."""
        loss = use("masked_denoise", background=0.05) if self.masked else use("denoise")
        held = (use("prior_images", count=self.images),) if self.prior else ()
        kept = (use("denoise", role="prior", weight=self.prior),) if self.prior else ()
        mirror = (use("flip"),) if self.flip else ()
        word = use("token", rate=self.word_rate) if self.word else use("token", start="rare", learn=False)
        edits = word, use("lora", where="attention", rank=self.rank, dropout=self.dropout)
        return Plan((Phase(
            self.steps, self.rate, self.batch, edits=edits, augment=(*held, *mirror), objectives=(loss, *kept),
            fall=0.5,
        ),))  # fmt: skip
