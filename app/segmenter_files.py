"""Which segmenter a model file is for: a look at names and sizes, or at the checksum; nothing is loaded."""

import hashlib
from pathlib import Path

from app.checkpoints import CHECKPOINTS
from pipelines.errors import BadInput
from pipelines.original import header

SAM, MOBILE = "sam", "mobile_sam"
ROOM = "mask_decoder."
DECODER = f"{ROOM}iou_token.weight"
PARTS = {"transformer", "iou_token", "mask_tokens", "output_upscaling", "output_hypernetworks_mlps",
         "iou_prediction_head"}  # fmt: skip
"""Of the mask decoder, in both."""
ENCODERS = {
    "image_encoder.patch_embed.proj.weight": SAM,
    "image_encoder.patch_embed.seq.0.c.weight": MOBILE,
}
"""What the first layer of the image encoder is called → whose it is (segment-anything; MobileSAM's TinyViT)."""


def kind_of(place: Path) -> str:
    """The name of the segmenter that reads a file: "sam" or "mobile_sam".

    A `.safetensors` file of any origin is told by its names. Other files can run code when they are opened, so only
    those that the models' makers published are taken, known by size and sha256 (some seconds for each gigabyte).

    Raises:
        BadInput: when there is no such file, or it is neither; says which files would do.
    """
    if not place.is_file():
        what = "a folder" if place.is_dir() else "not there"
        raise BadInput(f"{place.name} is {what}.", "Give the full path of a SAM or MobileSAM file.")
    return _by_names(place) if place.suffix == ".safetensors" else _published(place)


def _by_names(place: Path) -> str:
    names = header(place)
    found = next((kind for first, kind in ENCODERS.items() if first in names), "")
    if not found or DECODER not in names:
        raise BadInput(
            f"{place.name} holds no SAM and no MobileSAM.",
            "Their files hold an image_encoder, a prompt_encoder and a mask_decoder. Other models go above, as a base.",
        )
    if other := next((name for name in names if name.startswith(ROOM) and name.split(".")[1] not in PARTS), ""):
        raise BadInput(
            f"{place.name} is a SAM that was built further: it has a {other}.",
            "SAM and MobileSAM can be used as they were published, not HQ-SAM and the like.",
        )
    return found


def _published(place: Path) -> str:
    size = place.stat().st_size
    likely = next((one for one in CHECKPOINTS if one.bytes == size), None)
    if likely is None:
        known = ", ".join(f"{Path(one.path).name} ({one.bytes / 1e6:.0f} MB)" for one in CHECKPOINTS)
        raise BadInput(
            f"{place.name} is none of the files that the makers of SAM and MobileSAM published.",
            f"Those are {known}. Others are read as .safetensors, which cannot run code.",
        )
    with open(place, "rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != likely.sha256:
            raise BadInput(
                f"{place.name} has the size of {likely.name}, but not its checksum.",
                "It is damaged or changed. Fetch it again.",
            )
    return likely.segmenter
