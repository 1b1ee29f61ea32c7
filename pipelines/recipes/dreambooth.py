"""DreamBooth (arXiv 2208.12242): the whole UNet learns the subject under a rare word, and is held to its class."""

from dataclasses import dataclass

from pipelines.spec import Phase, Plan, Recipe, knob, use


@dataclass(frozen=True)
class Dreambooth(Recipe):
    """Every weight of the UNet moves; pictures of the class, made beforehand, keep the class what it was.

    Steps and rate for large bases are the paper's for Stable Diffusion; batch and class images are diffusers'.
    """

    title, paper, family = "DreamBooth", "2208.12242", "foundations"
    learns = "The whole UNet, bound to a rare word that itself is not learnt."
    choose = "Choose it when likeness is all that counts, and the size of the file is not."

    steps: int = knob(250, 1, 2000, "Steps", "How many times it looks.", large=1000)
    rate: float = knob(5e-5, 1e-7, 1e-3, "Learning rate", "How far the weights move in a step.", large=5e-6)
    prior: float = knob(1.0, 0.0, 1.0, "Hold on to the class", "How much the class images count; 0 makes none.")
    images: int = knob(
        16, 1, 400, "Class images", "Made once for each class, and used again by other runs.", large=200,
    )  # fmt: skip
    masked: bool = knob(True, label="Learn only inside the masks", when="masks", help="Leaves the background out.")
    flip: bool = knob(False, label="Mirror photos", help="For things alike on both sides.", group="More")
    batch: int = knob(
        2, 1, 16, "Batch", "Photos in a step, and as many class images.", group="Memory and speed", large=1,
    )  # fmt: skip

    def plan(self) -> Plan:
        """One phase: the UNet's change, the subject's loss, and λ times the class's."""
        loss = use("masked_denoise", background=0.05) if self.masked else use("denoise")
        held = (use("prior_images", count=self.images),) if self.prior else ()
        kept = (use("denoise", role="prior", weight=self.prior),) if self.prior else ()
        mirror = (use("flip"),) if self.flip else ()
        edits = use("token", start="rare", learn=False), use("weight_delta", where="unet")
        return Plan((Phase(
            self.steps, self.rate, self.batch, edits=edits, augment=(*held, *mirror), objectives=(loss, *kept),
        ),))  # fmt: skip
