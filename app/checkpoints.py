"""The segmenters' weights that can be fetched, with their checksums."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Checkpoint:
    """A segmenter's weights: repository on the hub and path there, checksum, bytes."""

    id: str
    name: str
    words: str
    repository: str
    path: str
    sha256: str
    bytes: int

    @property
    def segmenter(self) -> str:
        """What tasks call the segmenter that reads it."""
        return "mobile_sam" if self.id == "mobile_sam" else "sam"


META = "ybelkada/segment-anything"
CHECKPOINTS = (
    Checkpoint(
        "mobile_sam", "MobileSAM", "Sharper outlines on real photos, and quick.",
        "dhkim2810/MobileSAM", "mobile_sam.pt",
        "6dbb90523a35330fedd7f1d3dfc66f995213d81b29a5ca8108dbcdd4e37d6c2f", 40_728_226,
    ),
    Checkpoint(
        "sam_vit_b", "SAM ViT-B", "Sharper still; some seconds for each photo.",
        META, "checkpoints/sam_vit_b_01ec64.pth",
        "ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912", 375_042_383,
    ),
    Checkpoint(
        "sam_vit_l", "SAM ViT-L", "Finer; three times as long over a photo as ViT-B.",
        META, "checkpoints/sam_vit_l_0b3195.pth",
        "3adcc4315b642a4d2101128f611684e8734c41232a17c648ed1693702a49a622", 1_249_524_607,
    ),
    Checkpoint(
        "sam_vit_h", "SAM ViT-H", "The finest outlines; six times as long over a photo as ViT-B.",
        META, "checkpoints/sam_vit_h_4b8939.pth",
        "a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e", 2_564_550_879,
    ),
)  # fmt: skip
