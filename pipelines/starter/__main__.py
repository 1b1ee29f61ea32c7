"""Trains the starter, part by part or all at once; a stopped run goes on where it was.

    python -m pipelines.starter all --folder build/starter
    python -m pipelines.starter unet --folder build/starter --device cuda --size 768 --seconds 3600 --compiled

The numbers of steps and sizes that parts have by themselves are what a processor can afford. On a GPU, parts may run
beside one another, from the first picture that `pool` has drawn: so `assets/starter` was made in ten minutes on an
H200, with text (size 1024, 55 s), vae (96, 95 s), oracles (576, 150 s) and unet (768, 404 s, compiled). All but the
unet began from weights that two processor cores had trained for some hours; likeness and sam still are such, and the
decoder learnt for 53 minutes on one core (4,096 pictures). Pictures lie in memory, 4 GB of them for 65,536.
"""

import argparse
import os
import sys
from pathlib import Path

from pipelines.doors import open_doors

open_doors()

import numpy as np  # noqa: E402
import torch  # noqa: E402
from diffusers import AutoencoderKL  # noqa: E402
from transformers import CLIPTokenizer  # noqa: E402

from pipelines.starter import decoder, diet, identity, likeness, oracles, sam, text, unet, vae, words  # noqa: E402
from pipelines.starter.assemble import WEIGHTS, assemble, beside, finished, keep  # noqa: E402
from pipelines.starter.larder import Larder, Make, pictures  # noqa: E402
from pipelines.starter.pool import SHARD, Pool  # noqa: E402
from pipelines.weights import checksum, read_weights  # noqa: E402

PARTS = ("words", "pool", "stock", "shoots", "text", "vae", "decoder", "unet", "sam", "oracles", "likeness", "assemble")
"""In the order in which `all` trains them."""
PICTURES, SUBJECTS = 65_536, 128
STARTER = Path("assets/starter")
HANDS = os.cpu_count() or 1


def say(line: str) -> None:
    print(line, flush=True)


class Workshop:
    """Where the parts lie while they are made, and how each is made from those before it.

    Args:
        folder: keeps pictures, checkpoints and records. device: torch's name of it. steps, size, seconds: of the part,
            None for its own number. share: (part, parts) of the pool that this process draws. out: where all of it is
            put together. begin: a starter that words, text, vae, sam and oracles begin from. pictures: how many the
            pool holds, or a part learns from. subjects: of each class in the shoots. compiled: the UNet, by
            torch.compile.
    """

    def __init__(
        self,
        folder: Path,
        device: str = "cpu",
        steps: int | None = None,
        size: int | None = None,
        seconds: float | None = None,
        share: tuple[int, int] = (0, 1),
        out: Path = STARTER,
        begin: Path | None = None,
        pictures: int = PICTURES,
        subjects: int = SUBJECTS,
        compiled: bool = False,
    ):
        self.folder, self.device, self.share, self.out, self.begin = folder, device, share, out, begin
        given = {"steps": steps, "size": size, "seconds": seconds}
        self.more = {"device": device, "say": say} | {name: value for name, value in given.items() if value}
        self.drawn, self.compiled = Pool(folder / "pool", shard=SHARD), compiled
        self.pictures, self.subjects = pictures, subjects

    def pool(self) -> None:
        self.drawn.fill(self.pictures, *self.share, tokenizer=self.words(), say=say)

    def words(self) -> CLIPTokenizer:
        folder = self.begin / "tokenizer" if self.begin else self.folder / "tokenizer"
        return CLIPTokenizer.from_pretrained(folder) if folder.exists() else words.build(folder)

    def stock(self) -> np.ndarray:
        return diet.stock(self.folder / "stock.raw", max(64, self.pictures // 16), workers=HANDS, say=say)

    def shoots(self) -> identity.Shoots:
        return identity.Shoots(self.folder / "shoots.raw", self.subjects, workers=HANDS, say=say)

    def _larder(self, make: Make, beside: Path | None = None) -> Larder:
        return Larder(self.drawn, make, self.device, self.pictures, beside).follow()

    def text(self) -> text.Judge:
        start = _judge(self.begin) if self.begin else None
        with self._larder(text.pairs(self.words())) as shelf:
            return text.train(shelf, self.words(), self.folder, start=start, **self.more)

    def vae(self) -> AutoencoderKL:
        folder = self.folder / "vae"
        start = read_weights(self.begin / "vae" / WEIGHTS) if self.begin else None
        with self._larder(pictures) as shelf:
            made = vae.train(shelf, self.stock(), self.folder, start=start, **self.more)
        made.save_pretrained(folder)
        return made

    def decoder(self) -> None:
        with self._larder(pictures) as shelf:
            made = decoder.train(self._encoder(), shelf, self.stock(), self.folder, **self.more)
        made.save_pretrained(self.folder / "finished")

    def _encoder(self) -> AutoencoderKL:
        return AutoencoderKL.from_pretrained(self.folder / "vae", local_files_only=True)

    def unet(self) -> None:
        encoder = self._encoder().to(self.device)
        judge = text.Judge(self.words())
        judge.load_state_dict(_averaged(self.folder / "text.pt"))
        # Latents of an autoencoder that has learnt more since are others.
        beside = self.folder / f"codes-{checksum(self.folder / 'vae' / WEIGHTS)[:8]}"
        with self._larder(unet.codes(encoder.eval(), self.words()), beside) as shelf:
            unet.train(shelf, judge.words, self.words(), self.folder, compiled=self.compiled, **self.more)

    def oracles(self) -> None:
        if self.begin:
            start = read_weights(self.begin / "judges" / "oracles.safetensors")
        else:
            start = _beginning("tower.", _averaged(self.folder / "text.pt"))
        with self._larder(oracles.scenes) as shelf:
            self._keep("oracles", oracles.train(shelf, self.shoots(), self.folder, start, **self.more))

    def likeness(self) -> None:
        with self._larder(pictures) as shelf:
            self._keep("likeness", likeness.train(shelf, self.folder, **self.more))

    def _keep(self, name: str, judge: torch.nn.Module) -> None:
        keep(judge.state_dict(), self.folder / f"{name}.safetensors")

    def assemble(self) -> None:
        autoencoder = finished(self.folder)
        judge = text.Judge(self.words())
        judge.load_state_dict(_averaged(self.folder / "text.pt"))
        picture_half = {name: value for name, value in judge.state_dict().items() if not name.startswith("words.")}
        denoiser = unet.network(judge.words.config.hidden_size)
        denoiser.load_state_dict(_averaged(self.folder / "unet.pt"))
        assemble(autoencoder, judge.words, self.words(), denoiser, self.out)
        if (self.folder / "oracles.pt").exists():  # as far as they have come
            keep(_averaged(self.folder / "oracles.pt"), self.folder / "oracles.safetensors")
        for name in beside(self.folder, picture_half, self.out):
            say(f"{name} is not trained yet and was left out")

    def sam(self) -> None:
        start = sam.load(self.begin / "sam.safetensors").state_dict() if self.begin else None
        workers = 0 if self.device == "cpu" else 4
        made = sam.train(self.drawn, self.folder, start=start, workers=workers, **self.more)
        sam.save(made, self.folder / "sam.safetensors")


def _judge(starter: Path) -> dict[str, torch.Tensor]:
    """The contrastive judge of a starter, whole."""
    halves = {
        f"words.{name}": value for name, value in read_weights(starter / "text_encoder" / "model.safetensors").items()
    }
    return halves | read_weights(starter / "judges" / "contrastive.safetensors")


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
    parser.add_argument("--size", type=int, help="pictures in a step, instead of the part's own number")
    parser.add_argument("--seconds", type=float, help="end after so long, by the clock")
    parser.add_argument("--pictures", type=int, default=PICTURES, help="that the pool holds")
    parser.add_argument("--subjects", type=int, default=SUBJECTS, help="of each class in the shoots")
    parser.add_argument("--compiled", action="store_true", help="unet: with torch.compile, for long runs on a GPU")
    parser.add_argument("--share", type=int, nargs=2, default=(0, 1), metavar=("PART", "PARTS"))
    parser.add_argument("--begin", type=Path, help="a starter to begin from, instead of from nothing")
    parser.add_argument("--out", type=Path, default=STARTER, help="assemble: the folder that the studio loads")
    args = parser.parse_args(words)
    if args.device == "cuda":
        torch.set_float32_matmul_precision("high")
        torch.backends.cudnn.benchmark = True
    workshop = Workshop(
        args.folder, args.device, args.steps, args.size, args.seconds, tuple(args.share), args.out, args.begin,
        args.pictures, args.subjects, args.compiled,
    )  # fmt: skip
    for part in PARTS if args.part == "all" else (args.part,):
        getattr(workshop, part)()


if __name__ == "__main__":
    main(sys.argv[1:])
