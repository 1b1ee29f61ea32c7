"""How much the subject in a picture looks like the subject in its photos, backgrounds left out (masked CLIP-I)."""

from pipelines.masked import Masked


class MaskedLikenessClip(Masked):
    """In the space where pictures meet sentences: what can be said of the subject counts most."""

    label = "Masked likeness (CLIP-I)"
    looks = ("pictures_within", "cover")
