"""Measure a claim. A run that was stopped goes on where it was; figures that fall short are reported, not judged."""

import sys
from argparse import ArgumentParser, Namespace

from app.commands.doing import settings_of
from app.settings import claim_threads
from pipelines.errors import BadInput


def fill(parser: ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("name", nargs="?", default="", metavar="NAME", help="which; --list names them")
    parser.add_argument("--list", action="store_true", help="name all benches with a line each")
    parser.add_argument("--quick", action="store_true", help="a few pictures only: to see that it runs, not to quote")


def run(args: Namespace) -> dict:
    """Measure and print a table; returns DESIGN's object of a bench, or with --list the names and their lines."""
    from pipelines import benchmarks

    if args.list:
        for name, line in benchmarks.BENCHES.items():
            print(f"{name:14} {line}")
        return {"benches": benchmarks.BENCHES}
    if not args.name:
        raise BadInput("Which bench?", f"There are: {', '.join(benchmarks.BENCHES)}.")
    settings = settings_of(args)
    claim_threads()
    from pipelines import device

    device.choose(settings.device)
    home = settings.room("cache").resolve() / "bench"
    found = benchmarks.measure(args.name, home, args.quick, lambda line: print(line, file=sys.stderr, flush=True))
    print(table(found))
    return found


def table(found: dict) -> str:
    """The figures for people: name, value, interval, what was hoped for."""
    head = f"{found['bench']}{' (quick: too few pictures to quote)' if found['quick'] else ''}"
    lines = [f"{head} · commit {found['commit']} · {found['machine']} · {found['seconds']:.0f} s"]
    for one in found["figures"]:
        unit = "" if one["unit"] == "share" else f" {one['unit']}"
        low, high, target = one["low"], one["high"], one["target"]
        within = f"{low:.3g} to {high:.3g}" if low is not None else ""
        hoped = "" if target is None else f"{'reached' if one['ok'] else 'SHORT'} ({target:g})"
        lines.append(f"  {one['name']:34} {one['value']:8.3f}{unit:8} {within:18} {hoped}".rstrip())
    return "\n".join(lines)
