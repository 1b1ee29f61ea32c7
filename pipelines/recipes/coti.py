"""COTI (arXiv 2304.05265): Textual Inversion that looks for more pictures of the subject in a folder of found ones."""

from dataclasses import dataclass

from pipelines.spec import Phase, Plan, Recipe, knob, use


@dataclass(frozen=True)
class Coti(Recipe):
    """A word of eight vectors, taught by the photos and the best of a folder.

    The authors teach in five stages of falling rate and go on from the best of each; here the rate falls steadily, and
    the best step is kept by likeness and prompt-following. Numbers for large bases are the authors' code's: the first
    of its rates, all its stages, and class images for as many pictures as may have joined at the end.
    """

    title, paper, family = "COTI", "2304.05265", "augmentation"
    learns = "One new word of several vectors; the model itself stays as it is."
    choose = "Choose it when you have few good photos, and a folder of doubtful ones beside them."

    pool: str = knob(
        "", label="Folder of more pictures", help="Where found pictures lie; the best of them join.", folder=True
    )
    steps: int = knob(400, 1, 10000, "Steps", "How many times it looks.", large=10000)
    rate: float = knob(5e-3, 1e-5, 5e-2, "Learning rate", "At first.", large=5e-4)
    vectors: int = knob(8, 1, 16, "Vectors", "How many numbers the word may hold: more is closer and less flexible.")
    cycles: int = knob(5, 1, 30, "Cycles", "How often pictures join.", large=20)
    query: int = knob(2, 1, 50, "Pictures in a cycle", "How many join at a time.", large=10)
    beauty: float = knob(1.0, 0.0, 2.0, "Clear pictures", "How much it counts that a picture is good.", group="More")
    match: float = knob(1.0, 0.0, 2.0, "Same subject", "How much it counts that it shows the subject.", group="More")
    anneal: bool = knob(True, label="Trust them less with time", help="Off counts them as photos.", group="More")
    images: int = knob(
        16, 2, 400, "Class images", "To tell the subject from others of its class.", group="More", large=200,
    )  # fmt: skip
    masked: bool = knob(True, label="Learn only inside the masks", when="masks", help="Found pictures count whole.")
    batch: int = knob(2, 1, 16, "Batch", "Pictures in a step.", group="Memory and speed")

    def plan(self) -> Plan:
        """One phase: the word alone, after the pool was ranked."""
        loss = use("masked_denoise", background=0.05) if self.masked else use("denoise")
        ranked = use(
            "rank_pool", pool=self.pool, cycles=self.cycles, query=self.query, beauty=self.beauty, match=self.match,
            anneal=self.anneal, count=self.images,
        )  # fmt: skip
        return Plan((Phase(
            self.steps, self.rate, self.batch, fall=1.0, edits=(use("token", vectors=self.vectors),),
            augment=(ranked, use("templates")), objectives=(loss,),
        ),))  # fmt: skip
