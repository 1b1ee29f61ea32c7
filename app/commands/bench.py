"""Measure a claim. A run that was stopped goes on where it was; figures that fall short are reported, not judged.

`bench studio` measures the page itself in Chromium. `bench toybench` runs the studio's own benchmark, or scores
pictures that were made elsewhere; `bench recipes` ranks every recipe on the same subjects; `bench verify FOLDER` checks
a result folder; `bench dreambooth FOLDER` and the other published ones say what of them lies in a folder, and run it
where --recipes names methods.
"""

import sys
import time
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path

from app.commands.doing import do, settings_of
from app.settings import claim_threads
from app.typed_path import judges_at
from pipelines import catalogue, stopping, suites
from pipelines.errors import BadInput
from pipelines.tasks import Published, ToyBench

VERIFY, TOYBENCH, STUDIO, RECIPES = "verify", "toybench", "studio", "recipes"


def fill(parser: ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("name", nargs="?", default="", metavar="NAME", help="which; --list names them")
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        metavar="FOLDER",
        help="verify: the result folder to check; a published benchmark: where it lies",
    )
    parser.add_argument("--list", action="store_true", help="name all benches with a line each")
    parser.add_argument("--quick", action="store_true", help="a few pictures only: to see that it runs, not to quote")
    toy = parser.add_argument_group("toybench, recipes and published benchmarks")
    toy.add_argument("--recipes", default="", metavar="A,B|all", help="which methods; toybench without any scores the "
                     "base alone, recipes ranks all, a published benchmark is only looked through")  # fmt: skip
    toy.add_argument("--judges", default="", metavar="FOLDER|starter", help="published benchmarks: the judges of the "
                     "literature; left out, those that were fetched, else the starter's, which know toys")  # fmt: skip
    toy.add_argument("--track", default="", metavar="A,B", help="some of its tracks; all when left out")
    toy.add_argument("--split", choices=("test", "reserved"), default="test",
                     help="reserved only for a final evaluation, after everything was chosen")  # fmt: skip
    toy.add_argument("--base", default="starter", help="starter, or a model's folder or .safetensors file")
    toy.add_argument("--budget", type=float, default=0, metavar="MINUTES", help="report what is finished by then")
    toy.add_argument("--manifest", type=Path, metavar="FOLDER", help="write what to make, for others to fill")
    toy.add_argument("--pictures", type=Path, metavar="FOLDER", help="score the pictures of a filled manifest")
    toy.add_argument("--ray", default="", metavar="ADDRESS", help="make the cells on a Ray cluster that sees Likeness "
                     "and --data-dir under the same paths; auto finds one that runs here")  # fmt: skip
    toy.add_argument("--out", type=Path, metavar="FOLDER", help="where the result folder goes")
    ranked = parser.add_argument_group("recipes")
    for name, what in (("subjects", "eight"), ("prompts", "twelve"), ("seeds", "two")):
        ranked.add_argument(f"--{name}", type=int, metavar="N", help=f"how many; {what} when left out")
    ranked.add_argument("--masks", choices=("both", "on", "off"), default="both", help="photos marked, not, or both")
    ranked.add_argument("--steps-share", type=float, metavar="SHARE", help="of each recipe's steps; 1 when left out")
    ranked.add_argument("--sampling-steps", type=int, metavar="N", help="of each picture; 25 when left out")
    ranked.add_argument("--stop", choices=list(stopping.RULES), default=stopping.FIXED, help="when to stop early")
    ranked.add_argument("--table", type=Path, metavar="FILE.md", help="write the ranking there, too")


def run(args: Namespace) -> dict:
    """Measure and print a table; returns DESIGN's object of a bench, or with --list the names and their lines."""
    from pipelines import benchmarks

    if args.list:
        for name, line in benchmarks.BENCHES.items():
            print(f"{name:14} {line}")
        for name, line in suites.SUITES.items():
            print(f"{name:19} {line}")
        return {"benches": benchmarks.BENCHES, "suites": suites.SUITES}
    if args.ray and args.name != TOYBENCH and not (args.name in suites.SUITES and args.recipes):
        raise BadInput("--ray is for cells.", "It goes with bench toybench, and with --recipes A,B of a published one.")
    if args.name == VERIFY:
        return _verify(args)
    if args.name in suites.SUITES:
        return _published(args) if args.recipes else _suite(args)
    if args.folder:
        raise BadInput(f"What is {args.folder} for?", "Only bench verify and published benchmarks take a folder.")
    if args.name == TOYBENCH:
        return _manifest(args) if args.manifest else _toybench(args)
    if args.name == STUDIO:
        return _studio(args)
    if args.name == RECIPES:
        return _recipes_ranked(args)
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


def _studio(args: Namespace) -> dict:
    """Start a studio of its own and measure it in a browser."""
    from app.timings.measuring import measure

    began = time.monotonic()
    figures = measure(args.device, args.quick, lambda line: print(line, file=sys.stderr, flush=True))
    claim_threads()
    from pipelines import benchmarks

    found = {
        "bench": STUDIO, "commit": benchmarks.commit(), "machine": benchmarks.machine(),
        "seconds": round(time.monotonic() - began, 1), "quick": args.quick,
        "figures": [one.told() for one in figures],
    }  # fmt: skip
    print(table(found))
    return found


def _toybench(args: Namespace) -> dict:
    """Run or score; returns DESIGN's object with the result folder, and what is missing or failed."""
    settings, recipes = settings_of(args), _recipes(args.recipes)
    home = settings.room("cache").resolve() / "bench" / TOYBENCH
    ending = "filled" if args.pictures else f"{args.split}{'-quick' if args.quick else ''}"
    out = (args.out.expanduser() if args.out else home / f"result-{ending}").resolve()
    if args.split == "reserved":
        print("Reserved subjects are for a final evaluation: choose nothing by these numbers.", file=sys.stderr)
    task = ToyBench(
        str(out), str(home), tuple((name, {}) for name in recipes), _words(args.track), args.split, args.base,
        args.quick, _seconds(args), str(args.pictures.expanduser().resolve()) if args.pictures else "", args.ray,
    )  # fmt: skip
    told = do(task, args, settings)
    found = _measured(TOYBENCH, told, args)
    print(table(found))
    _ended(told)
    return found


def _published(args: Namespace) -> dict:
    """Run what of a published benchmark lies in a folder; returns DESIGN's object with the result folder, the scores of
    sets of pictures, and what is missing."""
    if not args.folder:
        raise BadInput(f"Where is {args.name}?", f"Give its folder: bench {args.name} FOLDER.")
    settings, recipes = settings_of(args), _recipes(args.recipes)
    home = settings.room("cache").resolve() / "bench" / "published"
    out = (args.out.expanduser() if args.out else home / f"{args.name}{'-quick' if args.quick else ''}").resolve()
    judges = "starter" if args.judges == "starter" else judges_at(args.judges, settings, photos=True)
    task = Published(
        args.name, str(args.folder.expanduser().resolve()), str(out), str(home), tuple((name, {}) for name in recipes),
        args.base, judges, args.quick, _seconds(args), args.ray,
    )  # fmt: skip
    told = do(task, args, settings)
    found = _measured(args.name, told, args)
    print(beside(args.name, args.folder, told))
    for note in told["notes"]:
        print(f"  {note}")
    _ended(told)
    return found | {key: told[key] for key in ("labels", "sets", "notes")}


def beside(name: str, folder: Path, told: dict) -> str:
    """Our rows with their judges, then the published ones, each with its source."""
    lines, labels = [], told["labels"]
    sets = {(track, method): values for track, method, values in told["sets"]}
    for row in told["rows"]:
        lines.append(f"{row['group']} · {row['method']} · {row['cases']} subjects, {row['cells']} pictures")
        for score, one in row["scores"].items():
            lines.append(f"  {labels[score]:64} {one['value']:7.3f}  {one['low']:.3f} to {one['high']:.3f}")
        for score, value in sets.get((row["group"], row["method"]), {}).items():
            lines.append(f"  {labels[score]:64} {value:7.3f}  all its pictures together")
    lines.append("Published, by other judges and protocols:")
    for row in suites.load(name, folder).published:
        scores = ", ".join(f"{key} {value:g}" for key, value in row.scores.items())
        said = f"{row.table} · {row.method}{f' on {row.base}' if row.base else ''}: {scores}"
        lines.append(f"  {said} · {row.source}{'' if row.first_hand else ' (read in a later paper)'}")
    return "\n".join(lines)


def _measured(name: str, told: dict, args: Namespace) -> dict:
    """DESIGN's object of a benchmark that ran as a task."""
    from pipelines import benchmarks
    from pipelines.benchmarks.figures import Figure

    figures = []
    for row in told["rows"]:
        who = f"{_word(row['group'])}_{_word(row['method'])}"
        figures += [Figure(f"{who}_{score}", one["value"], "", one["low"], one["high"]).told()
                    for score, one in row["scores"].items()]  # fmt: skip
    return {
        "bench": name, "commit": benchmarks.commit(), "machine": benchmarks.machine(), "seconds": told["seconds"],
        "quick": args.quick, "figures": figures,
    } | {key: told[key] for key in ("result", "cells", "made", "left", "failed", "judge")}  # fmt: skip


def _ended(told: dict) -> None:
    for one in told["failed"]:
        print(f"  {one['method']} could not learn {one['case']}: {one['why']}")
    left = f", {told['left']} left" if told["left"] else ""
    print(f"{told['cells']} cells, {told['made']} of them new{left}. Result: {Path(told['result']) / 'index.html'}")


def _seconds(args: Namespace) -> float:
    """The budget.

    Raises:
        BadInput: when it is negative.
    """
    if args.budget < 0:
        raise BadInput(f"--budget is {args.budget:g}.", "It is minutes, 0 for no limit.")
    return args.budget * 60


def _recipes_ranked(args: Namespace) -> dict:
    """Rank the recipes; returns DESIGN's object, with what could not be taught."""
    settings = settings_of(args)
    claim_threads()
    from pipelines import benchmarks, device
    from pipelines.benchmarks import ranking_page, recipes

    device.choose(settings.device)
    given = {name: getattr(args, name) for name in ("subjects", "prompts", "seeds")}
    given |= {"share": args.steps_share, "steps": args.sampling_steps}
    little = recipes.QUICK if args.quick else {}
    named = () if args.recipes.strip() == "all" else _words(args.recipes)
    asked = recipes.Asked(named, masks=args.masks, stop=args.stop, base=args.base,
                          **little | {name: value for name, value in given.items() if value is not None})  # fmt: skip
    home = settings.room("cache").resolve() / "bench" / RECIPES
    budget = _seconds(args)
    found, ranking = recipes.run(asked, home, lambda line: print(line, file=sys.stderr, flush=True), budget)
    figures = ranking.figures(found.overlaps)
    told = benchmarks.told(RECIPES, found.seconds, not asked.whole() or bool(found.left), figures)
    print(table(told))
    notes = recipes.notes(found)
    for note in notes:
        print(f"  {note}")
    if args.table:
        command = f"python launch.py {asked.words()} --table {typed(args.table)}"
        facts = {"command": command, "commit": recipes.versions(found), "machine": told["machine"]}
        ranking_page.write(args.table.expanduser(), ranking_page.page(ranking, facts, notes))
        print(f"Table: {args.table}")
    return told | {"made": found.made, "left": sum(map(len, found.left.values())), "notes": notes}


def typed(path: Path) -> Path:
    """A path as somebody in the studio's own folder would type it; of what lies elsewhere, the name alone."""
    from pipelines.benchmarks import ROOT

    whole = path.expanduser().resolve()
    return whole.relative_to(ROOT) if whole.is_relative_to(ROOT) else Path(whole.name)


def _manifest(args: Namespace) -> dict:
    from pipelines.toybench import manifest, plan

    folder = args.manifest.expanduser().resolve()
    told = manifest.write(folder, _words(args.track) or tuple(plan.TRACKS), args.split, args.quick)
    print(f"{told['cells']} pictures of {told['subjects']} subjects are asked for in {told['manifest']}.")
    return told


def _verify(args: Namespace) -> dict:
    from pipelines.verify import verify

    if not args.folder:
        raise BadInput("Verify what?", "Give the result folder: bench verify FOLDER.")
    found = verify(args.folder)
    for line in (*found["broken"], *found["moved"]):
        print(f"  {line}")
    odd = len(found["broken"])
    print(f"{odd} things are not as they were written." if odd else "As it was written.")
    if found["unscored"]:
        print(f"Its pictures were not scored anew. {found['unscored']}")
    else:
        what = f"{len(found['moved'])} scores came out otherwise" if found["moved"] else "the same scores came out"
        print(f"{found['rescored']} of its pictures were scored anew: {what}.")
    if found["differs"]:
        print("Other here than there; numbers made here could differ:")
        for line in found["differs"]:
            print(f"  {line}")
    return found


def _suite(args: Namespace) -> dict:
    """What of a published benchmark is in a folder, and how it is run and scored."""
    if not args.folder:
        raise BadInput(f"Where is {args.name}?", f"Give its folder: bench {args.name} FOLDER.")
    suite = suites.load(args.name, args.folder)
    print(f"{suite.title} · arXiv {suite.paper} · {suite.licence}")
    print("  " + ", ".join(f"{count} of {suite.whole[what]} {what}" for what, count in suite.here.items()))
    for gap in suite.gaps:
        print(f"  {gap.kind:8} {gap.what} {gap.advice}".rstrip())
    for note in (*suite.notes, *suite.protocol.says):
        print(f"  {note}")
    names = ("name", "title", "paper", "licence", "complete", "here", "notes")
    told = {name: getattr(suite, name) for name in names} | {"folder": str(suite.folder), "whole": dict(suite.whole)}
    return told | {
        "gaps": [asdict(gap) for gap in suite.gaps], "protocol": asdict(suite.protocol),
        "published": [asdict(row) for row in suite.published],
    }  # fmt: skip


def _recipes(words: str) -> tuple[str, ...]:
    if words.strip() == "all":
        return tuple(catalogue.recipes())
    for name in _words(words):
        if name != "base":
            catalogue.recipe(name)
    return _words(words)


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def _word(method: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in method.lower())
