"""ViCo (arXiv 2306.00971): a word, and blocks that look at a photo of the subject; the model itself stays frozen."""

from dataclasses import dataclass

from pipelines.spec import Phase, Plan, Recipe, knob, use


@dataclass(frozen=True)
class Vico(Recipe):
    """A word in the noun's place, and image cross-attention in every second block of the way up.

    While learning, each photo looks at another of the same subject; the artefact holds one of them for making pictures.
    Where to look is found in the word's own attention, no mask is needed; that masks say what of a photo has to be told
    is ours, the paper's loss counts all of it. Numbers for large bases are the authors'
    code's, which has a photo on each of four cards; the word's rate is not raised with that.
    """

    title, paper, family = "ViCo", "2306.00971", "attention"
    learns = "A word, and a few blocks that read a photo kept in the file: 200 MB for SD 1.5."
    choose = "Choose it when details count, and the model must stay as it is. Poses tend to be the photo's."

    steps: int = knob(300, 1, 3000, "Steps", "How many times it looks.", large=400)
    rate: float = knob(3e-4, 1e-7, 1e-2, "Learning rate", "Of the blocks.", large=1e-5)
    word_rate: float = knob(5e-3, 1e-5, 1e-1, "Learning rate of the word", "How far the word moves.")
    reference: int = knob(1, 1, 20, "Reference photo", "Which of the photos pictures are made from.")
    gap: float = knob(
        5e-4, 0.0, 5e-3, "Word looks at the whole thing", "How far its attention is held to the text's end; 0 is off.",
    )  # fmt: skip
    only: bool = knob(True, label="Read the subject only", help="Off reads the photo's background, too.")
    masked: bool = knob(True, label="Learn only inside the masks", when="masks", help="Leaves the background out.")
    gentle: bool = knob(
        True, label="Start silent", group="More", large=False,
        help="New blocks change nothing at first, and need a high rate to be heard. Off is the authors' start.",
    )  # fmt: skip
    batch: int = knob(2, 1, 16, "Batch", "Photos in a step.", group="Memory and speed", large=4)

    def plan(self) -> Plan:
        """One phase: L + λ·L_reg; pictures are made with the same second look."""
        loss = use("masked_denoise", background=0.05) if self.masked else use("denoise")
        look = (use("paired_stream", masked=self.only),)
        held = (use("attention_gap", weight=self.gap),) if self.gap else ()
        edits = (
            use("token", rate=self.word_rate, instead=True),
            use("image_branch", gentle=self.gentle),
            use("reference_photo", which=self.reference),
        )
        return Plan((Phase(
            self.steps, self.rate, self.batch, edits=edits, augment=(use("templates"),),
            objectives=(loss, *held), encoders=look,
        ),), encoders=look)  # fmt: skip
