"""Teach a base model a subject from a folder of photos; the tuned file goes to --out. Run again, it carries on."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from app.bases import check_base
from app.commands.doing import do, output, settings_of, subject_from
from app.samples import SAMPLES, toy_hint
from pipelines import catalogue, stopping
from pipelines.errors import BadInput
from pipelines.spec import KINDS, check_seed
from pipelines.tasks import Tune
from pipelines.traits import built


def fill(parser: ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("--photos", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--noun", required=True, help="what kind of thing it is: cat, teapot, woman")
    parser.add_argument("--kind", default="object", choices=KINDS, help="what the photos show; a style has no masks")
    names = ", ".join(catalogue.names("recipes"))
    parser.add_argument("--recipe", required=True, metavar="NAME", help=f"one of {names}")
    parser.add_argument("--masks", default="auto", metavar="FOLDER|auto|none", help="masks of the same names; auto")
    parser.add_argument("--set", action="append", default=[], metavar="KNOB=VALUE", help="turn a knob of the recipe")
    parser.add_argument("--base", default="starter", help="starter, or a model's folder or .safetensors file")
    parser.add_argument("--stop", default=stopping.PLATEAU, choices=list(stopping.RULES), help="when to stop early")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.safetensors")


def run(args: Namespace) -> dict:
    """Check everything first, then tune; returns the pipeline's summary."""
    settings, out = settings_of(args), output(args.out, ".safetensors")
    check_base(args.base)
    values = knobs(args.recipe, args.set, args.base)
    check_seed(args.seed)
    subject = subject_from(args.photos, args.noun, args.masks, args, settings, args.kind)
    if args.base == "starter" and not args.photos.expanduser().resolve().is_relative_to(SAMPLES):
        print(toy_hint(subject), file=sys.stderr)
    cache = str(settings.room("cache").resolve())
    task = Tune(
        (subject,), args.recipe, out, values, args.base, args.seed, samples_every=0, cache=cache, stop=args.stop
    )
    return do(task, args, settings)


def knobs(recipe: str, pairs: list[str], base: str) -> dict:
    """All knobs of a recipe, each of its own type: those that are set, and the others as they come on this base.

    Raises:
        UnknownTechnique: for a recipe that is not there.
        BadInput: for a knob that is not there, or a value it does not take.
    """
    kind, given = catalogue.recipe(recipe).on(built(base).large), {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign:
            raise BadInput(f"--set {pair} sets nothing.", "Write KNOB=VALUE, for instance --set steps=200.")
        given[name.strip()] = value.strip()
    return kind.settled(given)
