"""How well a picture shows what its prompt says (CLIP-T's place): the class noun stands where the trigger was."""

from collections.abc import Sequence

from torch import Tensor

from pipelines.judging import Case


class PromptFollowing:
    """Cosine of picture and sentence in the space of the contrastive judge."""

    label = "Prompt-following (CLIP-T)"
    how = "Cosine between the picture and its prompt; the trigger word is removed, the class noun stays."
    looks, better = ("pictures", "sentences"), "more"

    def __init__(self, case: Case):
        self.eyes = case.eyes

    def __call__(self, pixels: Tensor, prompts: Sequence[str]) -> list[float]:
        return (self.eyes.pictures(pixels) * self.eyes.sentences(prompts)).sum(1).tolist()
