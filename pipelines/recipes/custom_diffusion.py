"""Custom Diffusion (arXiv 2212.04488): what the model reads out of words is taught anew, and a word with it."""

from dataclasses import dataclass

from pipelines.spec import Phase, Plan, Recipe, knob, use


@dataclass(frozen=True)
class CustomDiffusion(Recipe):
    """Keys and values of the cross-attentions, and a word that starts as one nobody uses, next to the class noun.

    Several subjects are learnt together by giving them to one run, each with its word, or apart and merged afterwards
    in closed form. The word starts as a row drawn at random, the code's as a rare token's. Class images are made by the
    base itself; the paper's are found in a large collection. Numbers for large bases are the authors' code's, on its
    two cards together: four photos in a step, and four class images.
    """

    title, paper, family = "Custom Diffusion", "2212.04488", "foundations"
    learns = "Keys and values of the cross-attentions, and one word."
    choose = "Choose it for two subjects of different kinds in one picture, learnt together or merged later."

    steps: int = knob(250, 1, 2000, "Steps", "How many times it looks; twice as many for two subjects.")
    rate: float = knob(2e-4, 1e-7, 1e-2, "Learning rate", "How far the change moves in a step.", large=8e-5)
    prior: float = knob(1.0, 0.0, 1.0, "Hold on to the class", "How much the class images count; 0 makes none.")
    images: int = knob(16, 1, 400, "Class images", "Made once for each class.", large=200)
    resize: bool = knob(True, label="Vary the size", help="Shows the photos smaller and closer, and says so.")
    masked: bool = knob(True, label="Learn only inside the masks", when="masks", help="Leaves the background out.")
    start: str = knob(
        "rare", label="The word starts as", choices=("rare", "noun"), group="More",
        help="A word without a meaning, or the class noun.",
    )  # fmt: skip
    every: bool = knob(False, label="Whole cross-attention", help="For faces with few photos.", group="More")
    flip: bool = knob(False, label="Mirror photos", help="On in the authors' code.", group="More")
    batch: int = knob(
        2, 1, 16, "Batch", "Photos in a step, and as many class images.", group="Memory and speed", large=4,
    )  # fmt: skip

    def plan(self) -> Plan:
        """One phase: word, keys and values; the valid part of each photo, and λ times the class images."""
        only = self.masked or self.resize
        loss = use("masked_denoise") if only else use("denoise")
        held = (use("prior_images", count=self.images),) if self.prior else ()
        kept = (use("denoise", role="prior", weight=self.prior),) if self.prior else ()
        mirror = (use("flip"),) if self.flip else ()
        sized = (use("random_resize", subject=self.masked),) if self.resize else ()
        others = (use("weight_delta", where="cross.qo"),) if self.every else ()
        edits = use("token", start=self.start), use("key_value_delta"), *others
        return Plan((Phase(
            self.steps, self.rate, self.batch, edits=edits, augment=(*held, *mirror, *sized), objectives=(loss, *kept),
        ),), fusion=use("closed_form_merge"))  # fmt: skip
