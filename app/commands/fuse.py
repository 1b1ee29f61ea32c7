"""Make one tuned file out of several, so that all their subjects can stand in one picture."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from app.commands.doing import do, output, settings_of
from pipelines import catalogue
from pipelines.errors import BadInput
from pipelines.tasks import Fuse


def fill(parser: ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("files", nargs="+", metavar="FILE[=WEIGHT]", help="tuned files; a weight of 1 unless given")
    parser.add_argument("--fusion", default="weighted_sum", help=f"one of {', '.join(catalogue.names('fusions'))}")
    parser.add_argument("--base", default="starter", help="starter, or a model's folder or .safetensors file")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.safetensors")


def run(args: Namespace) -> dict:
    """Fuse; returns the pipeline's summary."""
    files = tuple(_weighted(text) for text in args.files)
    if len(files) < 2:
        raise BadInput("One file alone cannot be fused.", "Give two or more.")
    return do(Fuse(files, output(args.out, ".safetensors"), args.fusion, args.base), args, settings_of(args))


def _weighted(text: str) -> tuple[str, float]:
    name, sign, weight = text.rpartition("=") if "=" in text else (text, "", "1")
    path = Path(name).expanduser()
    if not path.is_file():
        raise BadInput(f"There is no file {name}.", "Check the path.")
    try:
        return str(path.resolve()), float(weight)
    except ValueError:
        raise BadInput(f"The weight of {path.name} is “{weight}”.", "It is a number, for instance 0.8.") from None
