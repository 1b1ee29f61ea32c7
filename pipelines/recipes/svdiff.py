"""SVDiff (arXiv 2303.11305): only the singular values of the weights move, and two subjects learn to stay apart."""

from dataclasses import dataclass

from pipelines.spec import Phase, Plan, Recipe, knob, use

ALL, CROSS, WORDS = "everything", "cross-attention", "keys and values"
TOGETHER = "two or more subjects"
LAYERS = {ALL: "unet.matrices", CROSS: "cross", WORDS: "cross.kv"}


@dataclass(frozen=True)
class Svdiff(Recipe):
    """One number for each singular value of UNet and text encoder, under a rare word that itself is not learnt.

    With two subjects or more, their photos are cut into one picture (Cut-Mix), and each word is kept from looking at
    the other's half (Unmix). The paper's editing of a single photo is not here. Embeddings are not moved;
    normalisations move at a rate of their own, as mkshing's do. Numbers for large bases are mkshing's, within the
    paper's.
    """

    title, paper, family = "SVDiff", "2303.11305", "regularisation"
    learns = "One number for each singular value of the model's weights, about a megabyte for SD 1.5."
    choose = "Choose it for a small file that moves the whole model a little, or for two subjects side by side."

    steps: int = knob(300, 1, 3000, "Steps", "How many times it looks.", large=500)
    rate: float = knob(1e-3, 1e-6, 1e-1, "Learning rate", "How far the singular values move in a step.")
    prior: float = knob(1.0, 0.0, 1.0, "Hold on to the class", "How much the class images count; 0 makes none.")
    images: int = knob(16, 1, 400, "Class images", "Made once for each class.", large=200)
    masked: bool = knob(True, label="Learn only inside the masks", when="masks", help="Leaves the background out.")
    mix: float = knob(
        0.6, 0.0, 1.0, "Cut-Mix", "Share of photos that show two subjects, side by side.", when=TOGETHER,
    )  # fmt: skip
    unmix: float = knob(
        10.0, 0.0, 100.0, "Unmix", "How strongly a word is kept from the other's half; 0 is off.", when=TOGETHER,
    )  # fmt: skip
    layers: str = knob(
        ALL, label="What moves in the UNet", choices=tuple(LAYERS), help="Less makes a smaller file.", group="More",
    )  # fmt: skip
    text: bool = knob(True, label="Text encoder too", help="Moves how words are read.", group="More")
    norm_rate: float = knob(1e-6, 0.0, 1e-1, "Learning rate of norms", "0 leaves them as they are.", group="More")
    placed: bool = knob(
        True, label="Say who is where", help="“on the left”, “on the right” in mixed pictures.", when=TOGETHER,
        group="More",
    )  # fmt: skip
    flip: bool = knob(False, label="Mirror photos", help="For things alike on both sides.", group="More")
    batch: int = knob(
        2, 1, 16, "Batch", "Photos in a step, and as many class images.", group="Memory and speed", large=1,
    )  # fmt: skip

    def plan(self) -> Plan:
        """One phase: L + λ·L_prior + γ·L_unmix."""
        loss = use("masked_denoise", background=0.05) if self.masked else use("denoise")
        held = (use("prior_images", count=self.images),) if self.prior else ()
        kept = (use("denoise", role="prior", weight=self.prior),) if self.prior else ()
        mirror = (use("flip"),) if self.flip else ()
        mixed = (use("cut_mix", share=self.mix, placed=self.placed),) if self.mix else ()
        apart = (use("unmix_maps", weight=self.unmix),) if self.mix and self.unmix else ()
        where = LAYERS[self.layers] + ("+text.matrices" if self.text else "")
        norms = "unet.norms" * (self.layers == ALL) + "+text.norms" * self.text
        edits = [use("token", start="rare", learn=False), use("spectral_shift", where=where)]
        if self.norm_rate and norms:
            edits.append(use("spectral_shift", where=norms.lstrip("+"), rate=self.norm_rate))
        return Plan((Phase(
            self.steps, self.rate, self.batch, edits=tuple(edits), augment=(*held, *mirror, *mixed),
            objectives=(loss, *kept, *apart),
        ),), fusion=use("weighted_sum"))  # fmt: skip
