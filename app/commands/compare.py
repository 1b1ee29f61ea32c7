"""Set methods side by side: tunes each recipe on the photos, makes every prompt with every seed, scores all of it."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from app.bases import check_base
from app.commands.doing import do, folder, settings_of, subject_from, words_of
from app.commands.tune import knobs
from app.typed_path import judges_at
from pipelines import catalogue, sweep
from pipelines.errors import BadInput
from pipelines.spec import KINDS, Scene, check_numbers
from pipelines.tasks import Compare


def fill(parser: ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("--photos", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--noun", required=True, help="what kind of thing it is: cat, teapot, woman")
    parser.add_argument("--kind", default="object", choices=KINDS, help="what the photos show; a style has no masks")
    names = ", ".join(catalogue.names("recipes"))
    parser.add_argument("--recipes", required=True, metavar="A,B", help=f"of base (nothing learnt), {names}")
    parser.add_argument("--prompts", type=Path, required=True, metavar="FILE", help="one a line; {} is the subject")
    parser.add_argument("--seeds", type=int, required=True, metavar="N", help="how many pictures for each prompt")
    parser.add_argument("--set", action="append", default=[], metavar="RECIPE.KNOB=VALUE", help="turn a recipe's knob")
    parser.add_argument("--masks", default="auto", metavar="FOLDER|auto|none", help="masks of the same names; auto")
    parser.add_argument("--base", default="starter", help="starter, or a model's folder or .safetensors file")
    parser.add_argument("--judges", default="", metavar="FOLDER|starter",
                        help="CLIP, DINO ...; on photos those that were fetched, else the starter's")  # fmt: skip
    parser.add_argument("--steps", type=int, default=25, help="sampling steps of each picture")
    parser.add_argument("--guidance", default="", metavar="3,5,7.5", help="curves: every method at each CFG scale")
    parser.add_argument("--strengths", default="", metavar="0.4,0.7,1", help="curves: at each strength of its file")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="what is there is not made again")


def run(args: Namespace) -> dict:
    """Check everything first, then compare; returns the pipeline's summary."""
    recipes = [name.strip() for name in args.recipes.split(",") if name.strip()]
    for name in recipes:
        if name != "base":
            catalogue.recipe(name)
    if not 1 <= args.seeds <= 1000:
        raise BadInput(f"--seeds is {args.seeds}.", "It is how many pictures to make for each prompt, 1 to 1000.")
    scales = sweep.read("scale", args.guidance) if args.guidance else ()
    strengths = sweep.read("strength", args.strengths) if args.strengths else ()
    if scales and strengths:
        raise BadInput("Two things are swept at once.", "Give --guidance or --strengths: a curve shows one.")
    if not recipes or len(set(recipes)) < 2 and not scales and (not strengths or recipes == [sweep.BASE]):
        raise BadInput("A comparison needs two methods.", "Separate them with a comma: --recipes base,dreambooth_lora.")
    check_numbers(Scene("", steps=args.steps))
    check_base(args.base)
    turned = _turned(recipes, args.set)
    settled = tuple((name, {} if name == sweep.BASE else knobs(name, turned[name], args.base)) for name in recipes)
    prompts, settings, out = _prompts(args.prompts), settings_of(args), folder(args.out)
    subject = subject_from(args.photos, args.noun, args.masks, args, settings, args.kind)
    judges = "starter" if args.judges == "starter" else judges_at(args.judges, settings, args.base != "starter")
    task = Compare((subject,), settled, prompts, tuple(range(args.seeds)), str(out), args.base,
                   args.steps, judges=judges, scales=scales, strengths=strengths)  # fmt: skip
    return do(task, args, settings)


def _turned(recipes: list[str], pairs: list[str]) -> dict[str, list[str]]:
    """What is set of each recipe, as KNOB=VALUE."""
    found: dict[str, list[str]] = {name: [] for name in recipes}
    for pair in pairs:
        name, _, rest = pair.partition(".")
        if name == sweep.BASE or name not in recipes:
            advice = "Write RECIPE.KNOB=VALUE, for instance --set dreambooth_lora.steps=200."
            raise BadInput(f"--set {pair} is of no recipe that is compared here.", advice)
        found[name].append(rest)
    return found


def _prompts(path: Path) -> tuple[str, ...]:
    if not path.expanduser().is_file():
        raise BadInput(f"There is no file {path}.", "Write one prompt a line, with {} where the subject goes.")
    lines = [line.strip() for line in words_of(path.expanduser()).splitlines()]
    prompts = tuple(line for line in lines if line and not line.startswith("#"))
    if not prompts:
        raise BadInput(f"{path.name} holds no prompt.", "Write one a line, with {} where the subject goes.")
    for prompt in prompts:
        if "{}" not in prompt:
            raise BadInput(f"The prompt “{prompt}” has no place for the subject.", "Write {} where its name goes.")
    return prompts
