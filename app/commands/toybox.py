"""Draw the toy world: `sheet` writes many pictures as one PNG, `shoot` photos of one of its things, with masks,
`samples` the subjects that come with the studio."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from app.commands.doing import folder, output
from pipelines.errors import BadInput


def fill(parser: ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("kind", choices=("sheet", "shoot", "samples"))
    parser.add_argument("--out", type=Path, required=True, metavar="SHEET.png|FOLDER")
    parser.add_argument("--noun", default="", help="a class of things; a sheet without one shows whole scenes")
    parser.add_argument("--subject", type=int, default=0, help="shoot: which individual of the class")
    parser.add_argument("--count", type=int, help="how many pictures; 64 on a sheet, 5 of a shoot")
    parser.add_argument("--seed", type=int, default=0)


def run(args: Namespace) -> dict:
    """Draw; returns what was written."""
    from pipelines.toybox import samples, sheet

    usual = 64 if args.kind == "sheet" else 5
    count = usual if args.count is None else args.count
    if not 1 <= count <= 10_000:
        raise BadInput(f"--count is {count}.", "It goes from 1 to 10000.")
    for name in ("seed", "subject"):
        if getattr(args, name) < 0:
            raise BadInput(f"--{name} is {getattr(args, name)}.", "It goes from 0 upwards.")
    if args.kind == "samples":
        return samples.write(folder(args.out))
    if args.kind == "shoot" and not args.noun:
        raise BadInput("A shoot needs to know of what.", "Say a class of things, for instance --noun robot.")
    if args.kind == "sheet":
        return sheet.sheet(Path(output(args.out, ".png")), count, args.seed, args.noun)
    return sheet.shoot(folder(args.out), args.noun, args.subject, count, args.seed)
