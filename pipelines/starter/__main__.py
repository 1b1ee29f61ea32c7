"""Trains the starter, part by part or all at once; a stopped run goes on where it was.

    python -m pipelines.starter all --folder build/starter
    python -m pipelines.starter unet --folder build/starter --device cuda --steps 40000
"""

import argparse
import sys
from pathlib import Path

from pipelines.doors import open_doors

open_doors()

import torch  # noqa: E402
from diffusers import AutoencoderKL  # noqa: E402
from transformers import CLIPTokenizer  # noqa: E402

from pipelines.starter import sam, text, unet, vae, words  # noqa: E402
from pipelines.starter.codes import Codes  # noqa: E402
from pipelines.starter.pool import Pool  # noqa: E402

PARTS = ("pool", "words", "text", "vae", "codes", "unet", "sam")
"""In the order in which `all` trains them."""
PICTURES = 65_536


def say(line: str) -> None:
    print(line, flush=True)


class Workshop:
    """Where the parts lie while they are made, and how each is made from those before it.

    Args:
        folder: keeps pictures, checkpoints and records. device: torch's name of it. steps: of the part, None for its
            own number. share: (part, parts) of the pool that this process draws.
    """

    def __init__(self, folder: Path, device: str = "cpu", steps: int | None = None, share: tuple[int, int] = (0, 1)):
        self.folder, self.device, self.share = folder, device, share
        self.more = {"device": device, "say": say} | ({"steps": steps} if steps else {})
        self.drawn = Pool(folder / "pool")

    def pool(self) -> None:
        self.drawn.fill(PICTURES, *self.share, say=say)

    def words(self) -> CLIPTokenizer:
        folder = self.folder / "tokenizer"
        return CLIPTokenizer.from_pretrained(folder) if (folder / "vocab.json").exists() else words.build(folder)

    def text(self) -> text.Judge:
        return text.train(self.drawn, self.words(), self.folder, **self.more)

    def vae(self) -> AutoencoderKL:
        folder = self.folder / "vae"
        made = vae.train(self.drawn, self.folder, **self.more)
        made.save_pretrained(folder)
        return made

    def codes(self) -> Codes:
        encoder = AutoencoderKL.from_pretrained(self.folder / "vae", local_files_only=True).to(self.device)
        return Codes(self.drawn, encoder, self.folder / "codes.raw", say)

    def unet(self) -> None:
        judge = text.Judge(self.words())
        judge.load_state_dict(_averaged(self.folder / "text.pt"))
        unet.train(self.drawn, self.codes(), judge.words, self.words(), self.folder, **self.more)

    def sam(self) -> None:
        sam.save(sam.train(self.drawn, self.folder, **self.more), self.folder / "sam.safetensors")


def _averaged(checkpoint: Path) -> dict[str, torch.Tensor]:
    return torch.load(checkpoint, weights_only=True, map_location="cpu")["averaged"]


def main(words: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m pipelines.starter", description="Train the starter model.")
    parser.add_argument("part", choices=("all", *PARTS))
    parser.add_argument("--folder", type=Path, default=Path("build/starter"))
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--steps", type=int, help="how many, instead of the part's own number")
    parser.add_argument("--share", type=int, nargs=2, default=(0, 1), metavar=("PART", "PARTS"))
    args = parser.parse_args(words)
    workshop = Workshop(args.folder, args.device, args.steps, tuple(args.share))
    for part in PARTS if args.part == "all" else (args.part,):
        getattr(workshop, part)()


if __name__ == "__main__":
    main(sys.argv[1:])
