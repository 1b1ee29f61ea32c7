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

from pipelines.starter import identity, likeness, oracles, sam, text, unet, vae, words  # noqa: E402
from pipelines.starter.assemble import assemble, beside, keep  # noqa: E402
from pipelines.starter.codes import Codes  # noqa: E402
from pipelines.starter.pool import Pool  # noqa: E402

PARTS = ("pool", "words", "text", "vae", "codes", "unet", "sam", "oracles", "likeness", "assemble")
"""In the order in which `all` trains them."""
PICTURES = 65_536
STARTER = Path("assets/starter")


def say(line: str) -> None:
    print(line, flush=True)


class Workshop:
    """Where the parts lie while they are made, and how each is made from those before it.

    Args:
        folder: keeps pictures, checkpoints and records. device: torch's name of it. steps: of the part, None for its
            own number. share: (part, parts) of the pool that this process draws. out: where all of it is put together.
    """

    def __init__(
        self,
        folder: Path,
        device: str = "cpu",
        steps: int | None = None,
        share: tuple[int, int] = (0, 1),
        out: Path = STARTER,
    ):
        self.folder, self.device, self.share, self.out = folder, device, share, out
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

    def codes(self) -> None:
        encoder = AutoencoderKL.from_pretrained(self.folder / "vae", local_files_only=True).to(self.device)
        Codes(self.folder / "codes.raw").fill(self.drawn, encoder, say)

    def unet(self) -> None:
        judge = text.Judge(self.words())
        judge.load_state_dict(_averaged(self.folder / "text.pt"))
        unet.train(self.drawn, Codes(self.folder / "codes.raw"), judge.words, self.words(), self.folder, **self.more)

    def oracles(self) -> None:
        start = _beginning("tower.", _averaged(self.folder / "text.pt"))
        shoots = identity.Shoots(self.folder / "shoots.raw", say=say)
        self._keep("oracles", oracles.train(self.drawn, shoots, self.folder, start, **self.more))

    def likeness(self) -> None:
        self._keep("likeness", likeness.train(self.drawn, self.folder, **self.more))

    def _keep(self, name: str, judge: torch.nn.Module) -> None:
        keep(judge.state_dict(), self.folder / f"{name}.safetensors")

    def assemble(self) -> None:
        judge = text.Judge(self.words())
        judge.load_state_dict(_averaged(self.folder / "text.pt"))
        picture_half = {name: value for name, value in judge.state_dict().items() if not name.startswith("words.")}
        denoiser = unet.network(judge.words.config.hidden_size)
        denoiser.load_state_dict(_averaged(self.folder / "unet.pt"))
        encoder = AutoencoderKL.from_pretrained(self.folder / "vae", local_files_only=True)
        assemble(encoder, judge.words, self.words(), denoiser, self.out)
        if (self.folder / "oracles.pt").exists():  # as far as they have come
            keep(_averaged(self.folder / "oracles.pt"), self.folder / "oracles.safetensors")
        for name in beside(self.folder, picture_half, self.out):
            say(f"{name} is not trained yet and was left out")

    def sam(self) -> None:
        sam.save(sam.train(self.drawn, self.folder, **self.more), self.folder / "sam.safetensors")


def _beginning(part: str, weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The weights of one part, under the names they have inside it."""
    return {name.removeprefix(part): value for name, value in weights.items() if name.startswith(part)}


def _averaged(checkpoint: Path) -> dict[str, torch.Tensor]:
    return torch.load(checkpoint, weights_only=True, map_location="cpu")["averaged"]


def main(words: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m pipelines.starter", description="Train the starter model.")
    parser.add_argument("part", choices=("all", *PARTS))
    parser.add_argument("--folder", type=Path, default=Path("build/starter"))
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--steps", type=int, help="how many, instead of the part's own number")
    parser.add_argument("--share", type=int, nargs=2, default=(0, 1), metavar=("PART", "PARTS"))
    parser.add_argument("--out", type=Path, default=STARTER, help="assemble: the folder that the studio loads")
    args = parser.parse_args(words)
    workshop = Workshop(args.folder, args.device, args.steps, tuple(args.share), args.out)
    for part in PARTS if args.part == "all" else (args.part,):
        getattr(workshop, part)()


if __name__ == "__main__":
    main(sys.argv[1:])
