"""Mix-of-Show's ED-LoRA (arXiv 2305.18292): layered words say what they can, LoRA says the rest; made to be fused."""

from dataclasses import dataclass

from pipelines.spec import Phase, Plan, Recipe, knob, use


@dataclass(frozen=True)
class MixOfShow(Recipe):
    """A word of two parts with vectors of its own for every cross-attention, and LoRA on text encoder and UNet.

    The authors' code also lays whole photos at random places on black, and shuffles what captions say; both are
    switches here. What only their research branch has is left out: dropping the LoRA of keys and values at random, and
    drawing words into the density of the vocabulary. Rates for large bases are the authors', steps those of the paper
    for characters and scenes. They merge a single file at a strength of 0.7, which is chosen with the picture.
    """

    title, paper, family = "Mix-of-Show", "2305.18292", "attention"
    learns = "A word for every layer, and a small change of the attentions and of how text is read."
    choose = "Choose it when several subjects are to meet in one picture: its files fuse with little loss."

    steps: int = knob(
        250, 1, 4000, "Steps", "How many times it looks. More is closer, until it only copies.", large=1000,
    )  # fmt: skip
    rate: float = knob(1e-3, 1e-6, 1e-2, "Learning rate", "Of the UNet's LoRA.", large=1e-4)
    word_rate: float = knob(5e-3, 1e-5, 5e-2, "Learning rate of the word", "How far the word moves.", large=1e-3)
    text_rate: float = knob(
        1e-4, 1e-7, 1e-2, "Learning rate of the text LoRA", "How far it moves.", group="More", large=1e-5,
    )  # fmt: skip
    rank: int = knob(4, 1, 32, "Rank", "How much the change can hold. Twice the rank is twice the file.")
    masked: bool = knob(True, label="Learn only inside the masks", when="masks", help="Leaves the background out.")
    background: float = knob(
        0.05, 0.0, 1.0, "Weight of the background",
        "0 is the paper's; a little holds it in place. None where photos are shown whole.", when="masks", group="More",
    )  # fmt: skip
    look: float = knob(
        0.01, 0.0, 0.1, "Word looks at its subject", "How strongly the word's attention is held to the mask; 0 is off.",
        when="masks",
    )  # fmt: skip
    whole: bool = knob(
        True, label="All inside is the subject", when="masks", group="More",
        help="Off for people whose clothes may change.",
    )  # fmt: skip
    uncut: bool = knob(
        False, label="Whole photos, too", when="masks", group="More", large=True,
        help="Every second time all of a photo lies somewhere on black, which is not learnt.",
    )  # fmt: skip
    shuffle: bool = knob(
        False, label="Shuffle captions", group="More", large=True,
        help="Says what stands between commas in another order each time.",
    )  # fmt: skip
    spread: float = knob(1.0, 0.1, 3.0, "Random start", "1 is the usual size of a word.", group="More")
    ceiling: float = knob(1.5, 1.0, 10.0, "Longest word", "In lengths of a usual word; then it stops.", group="More")
    offset: float = knob(0.01, 0.0, 0.1, "Noise offset", "Lets light and dark be learnt.", group="More")
    batch: int = knob(4, 1, 16, "Batch", "Pictures in a step.", group="Memory and speed")

    def plan(self) -> Plan:
        """One phase: words, text LoRA and UNet LoRA, each at its own rate, all falling to zero."""
        uncut = self.uncut and self.masked
        background = 0.0 if uncut else self.background
        loss = use("masked_denoise", background=background) if self.masked else use("denoise")
        augment = (use("whole_photo"),) * uncut + (use("shuffled_tags"),) * self.shuffle
        held = (use("attention_to_mask", weight=self.look, whole=self.whole),) if self.look else ()
        edits = (
            use("layered_token", spread=self.spread, ceiling=self.ceiling, rate=self.word_rate),
            use("lora", where="text.attention", rank=self.rank, rate=self.text_rate),
            use("lora", where="attention", rank=self.rank),
        )
        return Plan((Phase(
            self.steps, self.rate, self.batch, edits=edits, augment=(*augment, use("templates")),
            objectives=(loss, *held), fall=1.0, offset=self.offset,
        ),))  # fmt: skip
