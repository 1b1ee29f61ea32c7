"""Find the subject of a photo. Points and box are pixels of the upright photo; with neither, its main thing."""

import argparse
from argparse import ArgumentParser, Namespace
from pathlib import Path

from app.commands.doing import do, keep_photo, output, settings_of
from app.segmenter_files import kind_of
from pipelines.errors import BadInput
from pipelines.tasks import Segment


def fill(parser: ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("photo", type=Path, metavar="PHOTO")
    parser.add_argument("--box", type=numbers(4), metavar="X0,Y0,X1,Y1", help="a box around the subject")
    parser.add_argument("--point", type=numbers(2), action="append", default=[], metavar="X,Y", help="belongs to it")
    parser.add_argument("--not-point", type=numbers(2), action="append", default=[], metavar="X,Y", help="does not")
    parser.add_argument(
        "--checkpoint", type=Path, metavar="FILE", help="a SAM or MobileSAM you have, instead of the starter's"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="MASK.png", help="white = subject")


def run(args: Namespace) -> dict:
    """Write the mask; returns what the pipeline found."""
    settings = settings_of(args)
    out = output(args.out, ".png")
    photo = keep_photo(args.photo, settings)
    width, height = photo.width, photo.height
    points = [(*xy, 1) for xy in args.point] + [(*xy, 0) for xy in args.not_point]
    for x, y, _ in points:
        if not (0 <= x < width and 0 <= y < height):
            raise BadInput(f"The point {x:g},{y:g} lies outside the photo.", f"It is {width} by {height} pixels.")
    model = args.checkpoint.expanduser().resolve() if args.checkpoint else None
    asked = {"segmenter": kind_of(model), "checkpoint": str(model)} if model else {}
    task = Segment(photo.path, points=tuple(points), box=args.box, out=out, **asked)
    return do(task, args, settings)


def numbers(count: int):
    """A reader of comma-separated numbers for argparse."""

    def read(text: str) -> tuple[float, ...]:
        try:
            values = tuple(float(part) for part in text.split(","))
        except ValueError:
            values = ()
        if len(values) != count:
            raise argparse.ArgumentTypeError(f"“{text}” is not {count} numbers with commas between them")
        return values

    return read
