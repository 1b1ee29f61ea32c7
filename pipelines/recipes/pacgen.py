"""PACGen (arXiv 2306.17154), its tuning: DreamBooth on photos that are moved, scaled and seen in other lights."""

from dataclasses import dataclass

from pipelines.spec import Phase, Plan, Recipe, knob, use

WHOLE, LIGHT = "whole UNet", "LoRA"


@dataclass(frozen=True)
class Pacgen(Recipe):
    """The subject without its place: whoever draws a box for it later finds it willing to go there.

    The authors published no code: ranges are a reconstruction, and numbers for large bases are those of DreamBooth and
    its LoRA in diffusers. Their regionally guided sampling is chosen when a picture is composed.
    """

    title, paper, family = "PACGen", "2306.17154", "masks"
    learns = "The whole UNet, or LoRA, from photos that show the subject anywhere and at any size."
    choose = "Choose it when the subject is to be put at places and sizes that its photos never show."

    steps: int = knob(300, 1, 3000, "Steps", "How many times it looks.", large=800)
    rate: float = knob(5e-5, 1e-7, 1e-2, "Learning rate of the model", "How far it moves.", when=WHOLE, large=5e-6)
    change: str = knob(WHOLE, label="What changes", choices=(WHOLE, LIGHT), help="LoRA makes a small file.")
    smallest: float = knob(0.2, 0.1, 1.0, "Smallest size", "Of the photo on its canvas; 1 leaves photos in place.")
    close: float = knob(0.1, 0.0, 1.0, "Close cuts", "Share of looks from close by.")
    fill: str = knob("blur", label="Around the photo", choices=("blur", "grey"), help="Grey looks pasted later on.")
    cut: bool = knob(False, label="Cut the subject out", help="Puts only the masked part there.", when="masks")
    light: float = knob(0.2, 0.0, 0.5, "Other lights", "How far brightness, contrast and saturation go; 0 is off.")
    masked: bool = knob(True, label="Learn mainly inside the masks", help="A tenth counts outside. Off is the paper's.")
    prior: float = knob(1.0, 0.0, 1.0, "Hold on to the class", "How much the class images count; 0 makes none.")
    images: int = knob(
        16, 1, 400, "Class images", "Made once for each class, and used again by other runs.", large=200,
    )  # fmt: skip
    lora_rate: float = knob(
        5e-5, 1e-7, 1e-2, "Learning rate with LoRA", "How far it moves.", when=LIGHT, group="More", large=1e-4,
    )  # fmt: skip
    rank: int = knob(16, 1, 128, "Rank", "Of the LoRA.", group="More")
    flip: bool = knob(False, label="Mirror photos", help="On in the paper's kind of set-up.", group="More")
    batch: int = knob(
        2, 1, 16, "Batch", "Photos in a step, and as many class images.", group="Memory and speed", large=1,
    )  # fmt: skip

    def plan(self) -> Plan:
        """One phase: DreamBooth's losses, on photos that never stay where they were."""
        loss = use("masked_denoise", background=0.1) if self.masked else use("denoise")
        held = (use("prior_images", count=self.images),) if self.prior else ()
        kept = (use("denoise", role="prior", weight=self.prior),) if self.prior else ()
        light = (use("photometric", light=self.light),) if self.light else ()
        place = use("place_and_scale", smallest=self.smallest, close=self.close, fill=self.fill, cut=self.cut)
        mirror = (use("flip"),) if self.flip else ()
        if self.change == WHOLE:
            model, rate = use("weight_delta", where="unet"), self.rate
        else:
            model, rate = use("lora", where="attention", rank=self.rank), self.lora_rate
        edits = use("token", start="rare", learn=False), model
        augment = (*held, *light, place, *mirror)
        return Plan((Phase(self.steps, rate, self.batch, edits=edits, augment=augment, objectives=(loss, *kept)),))
