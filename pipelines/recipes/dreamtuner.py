"""DreamTuner (arXiv 2312.13691): fine-tuning on a photo that every self-attention goes on looking at afterwards."""

from dataclasses import dataclass

from pipelines.spec import Phase, Plan, Recipe, knob, use

WHOLE, LIGHT = "whole model", "LoRA"


@dataclass(frozen=True)
class Dreamtuner(Recipe):
    """Subject-driven fine-tuning on white, beside class images that look like the subject; self-subject-attention to
    one photo, and its interleaved guidance, when pictures are made.

    Left out is the subject-encoder with its S-E attention. It is of use only after pre-training on millions of
    pictures, a week on four large cards in the paper, and no weights were published. Without it (β = 0) captions that
    say what a photo shows matter more. There is no official code. That masks say what of a photo has to be told is
    ours: the paper's loss counts the white, too. Pictures on the way are made without interleaved guidance. Numbers for
    large bases are the paper's, LoRA's rate is diffusers'.
    """

    title, paper, family = "DreamTuner", "2312.13691", "attention"
    learns = "A word and a change of the model; the file keeps a photo for every self-attention to look at."
    choose = "Choose it when there is one good photo. Its subject-encoder, which would need pre-training, is left out."

    steps: int = knob(300, 1, 3000, "Steps", "How many times it looks.", large=800)
    rate: float = knob(5e-5, 1e-7, 1e-2, "Learning rate of the model", "How far it moves.", when=WHOLE, large=1e-6)
    lora_rate: float = knob(5e-5, 1e-7, 1e-2, "Learning rate with LoRA", "How far it moves.", when=LIGHT, large=1e-4)
    word_rate: float = knob(5e-3, 1e-5, 1e-1, "Learning rate of the word", "How far the word moves.")
    change: str = knob(LIGHT, label="What changes", choices=(WHOLE, LIGHT), help="The paper changes the whole model.")
    look: float = knob(3.0, 0.0, 10.0, "Look at the photo", "3 for photos, 2.5 for drawings, 0 is off.")
    draw: float = knob(2.0, 1.0, 12.0, "Draw towards the photo", "The scale of the steps that are guided by it.")
    share: float = knob(0.9, 0.0, 1.0, "Steps guided by the photo", "The others are guided by the words.")
    reference: int = knob(1, 1, 20, "Reference photo", "Which of the photos is looked at.")
    only: bool = knob(True, label="Look at the subject only", when="masks", help="Off also sees the background.")
    white: bool = knob(True, label="Cut out on white", when="masks", help="Photos lose their background.")
    masked: bool = knob(True, label="Learn only inside the masks", when="masks", help="Leaves the background out.")
    prior: float = knob(1.0, 0.0, 1.0, "Hold on to the class", "How much the similar images count; 0 makes none.")
    images: int = knob(16, 1, 400, "Similar images", "Made once for each photo.", large=32)
    rank: int = knob(16, 1, 128, "Rank", "Of the LoRA.", group="More")
    flip: bool = knob(False, label="Mirror photos", help="On in the paper.", group="More")
    batch: int = knob(1, 1, 16, "Batch", "Photos in a step, and as many similar images.", group="Memory and speed")

    def plan(self) -> Plan:
        """One phase with DreamBooth's losses; the reference is looked at when pictures are made."""
        loss = use("masked_denoise", background=0.05) if self.masked else use("denoise")
        similar = use("similar_images", count=self.images, weight=self.look, which=self.reference)
        held = (similar,) if self.prior else ()
        kept = (use("denoise", role="prior", weight=self.prior),) if self.prior else ()
        white = (use("plain_background"),) if self.white else ()
        mirror = (use("flip"),) if self.flip else ()
        if self.change == WHOLE:
            model, rate = use("weight_delta", where="unet+text"), self.rate
        else:
            model, rate = use("lora", where="attention+text.attention", rank=self.rank), self.lora_rate
        photo = use("reference_photo", which=self.reference, white=self.white)
        edits = use("token", rate=self.word_rate), model, photo
        look = dict(
            attention=(use("reference_attention", weight=self.look),),
            guidance=(use("reference_guidance", weight=self.draw, chance=self.share),),
            encoders=(use("noised_stream", masked=self.only),),
        )  # fmt: skip
        return Plan((Phase(
            self.steps, rate, self.batch, edits=edits, augment=(*white, *held, *mirror),
            objectives=(loss, *kept),
        ),), **(look if self.look else {}))  # fmt: skip
