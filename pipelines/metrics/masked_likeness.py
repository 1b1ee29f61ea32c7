"""How much the subject in a picture looks like the subject in its photos, backgrounds left out (masked DINO-I)."""

from pipelines.masked import Masked


class MaskedLikeness(Masked):
    """In the space of the self-supervised judge, which never read a word."""

    label = "Masked likeness (DINO-I)"
    looks = ("likeness_within", "cover")
