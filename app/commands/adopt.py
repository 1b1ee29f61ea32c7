"""Take over a LoRA or an embedding that another program taught, as a tuned file; the result goes to --out.

Read are .safetensors files in the namings of diffusers, PEFT and kohya (A1111, ComfyUI), taught on the base at hand.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from app.commands.doing import do, output, settings_of
from pipelines.tasks import Adopt


def fill(parser: ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("file", type=Path, metavar="FILE.safetensors")
    parser.add_argument("--base", default="starter", help="starter, or a model's folder or .safetensors file")
    parser.add_argument("--noun", default="thing", help="what kind of thing it is: cat, teapot, woman")
    parser.add_argument("--trigger", default="", help="the word it answers to; what the file says when left out")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.safetensors")


def run(args: Namespace) -> dict:
    """Take it over; returns what it holds."""
    out = output(args.out, ".safetensors")
    task = Adopt(str(args.file.expanduser().resolve()), out, args.base, args.noun, args.trigger)
    told = do(task, args, settings_of(args))
    if not args.json:
        print(f"{told['holds']} on {told['layers']} layers, “{told['trigger']}”: {told['artefact']}")
    return told
