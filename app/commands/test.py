"""Run all tests; words that follow go to pytest, for instance: python launch.py test tests/app -k worker."""

from argparse import REMAINDER, ArgumentParser, Namespace

from app import suite


def fill(parser: ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("words", nargs=REMAINDER, help="for pytest")


def run(args: Namespace) -> dict:
    """Run them, and end with pytest's own exit status."""
    raise SystemExit(suite.run(args.words))
