"""DisenBooth (arXiv 2305.03374): what a photo shows beside the subject is said by the photo, so the word need not."""

from dataclasses import dataclass

from pipelines.spec import Phase, Plan, Recipe, knob, use


@dataclass(frozen=True)
class Disenbooth(Recipe):
    """LoRA on the attentions, with a masked look at each photo beside the words while training, and without it after.

    The photos are read by the base's own VAE, where the paper has CLIP. With "Learn only inside the masks" the term
    without the photo counts inside the masks only, which is ours. What the paper can also paint, a photo's surroundings
    by themselves or with somebody else in them, is not offered. Numbers for large bases are those of the authors'
    script.
    """

    title, paper, family = "DisenBooth", "2305.03374", "masks"
    learns = "A small change of the attentions, and a look at each photo that is left out afterwards."
    choose = "Choose it when photos have no masks and their backgrounds or poses must not be learnt."

    steps: int = knob(250, 1, 3000, "Steps", "Each costs two looks. Animals need fewer than things.", large=2000)
    rate: float = knob(1e-3, 1e-6, 1e-2, "Learning rate", "How far the change moves in a step.", large=1e-4)
    rank: int = knob(4, 1, 128, "Rank", "How much the change can hold. Twice the rank is twice the file.")
    weak: float = knob(0.01, 0.0, 1.0, "The word explains alone", "How much each photo is told by the word alone.")
    contrast: float = knob(0.001, 0.0, 0.1, "Drive apart", "How far word and photo are kept from saying the same.")
    masked: bool = knob(False, label="Learn only inside the masks", when="masks", help="Of what the word tells alone.")
    flip: bool = knob(False, label="Mirror photos", help="For things alike on both sides.", group="More")
    batch: int = knob(2, 1, 16, "Batch", "Pictures in a step.", group="Memory and speed", large=1)

    def plan(self) -> Plan:
        """One phase; the identifier is a rare word that stays as it is."""
        edits = use("token", start="rare", learn=False), use("feature_mask"), use("lora", rank=self.rank)
        alone = ()
        if self.weak:
            settings = dict(weight=self.weak, background=0.05) if self.masked else dict(weight=self.weak)
            alone = (use("masked_denoise" if self.masked else "denoise", **settings),)
        mirror = (use("flip"),) if self.flip else ()
        objectives = use("disentangle", contrast=self.contrast), *alone
        return Plan((Phase(self.steps, self.rate, self.batch, edits=edits, augment=mirror, objectives=objectives),))
