"""Make a picture from a prompt, or from a scene file with its layout; how it was made is kept inside the file."""

import json
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from app.commands.doing import do, output, settings_of
from pipelines import catalogue
from pipelines.errors import BadInput
from pipelines.spec import Scene, check_numbers
from pipelines.tasks import Keep, Sample

SCENE = TypeAdapter(Scene)


def fill(parser: ArgumentParser) -> None:
    """What it takes."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--prompt", metavar="TEXT")
    what.add_argument("--scene", type=Path, metavar="FILE.json", help="a scene: prompt, regions, artefacts, numbers")
    parser.add_argument("--artefact", type=Path, action="append", default=[], metavar="FILE", help="a tuned file")
    parser.add_argument("--how", choices=catalogue.names("hows"), help="the way regions are composed")
    parser.add_argument("--keep", type=Path, metavar="PICTURE.png", help="keep a finished picture, except --anew")
    parser.add_argument("--anew", type=Path, metavar="MASK.png", help="white where the kept picture is made anew")
    parser.add_argument("--base", default="starter", help="starter, or a model's folder or .safetensors file")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--out", type=Path, required=True, metavar="PICTURE.png")


def run(args: Namespace) -> dict:
    """Make it; returns the pipeline's summary."""
    scene = read(args.scene) if args.scene else Scene(args.prompt)
    extra = tuple((_there(path), 1.0) for path in args.artefact)
    if args.how and args.how != scene.how:
        scene = replace(scene, knobs={})
    given = {name: getattr(args, name) for name in ("seed", "steps", "how") if getattr(args, name) is not None}
    scene = replace(scene, artefacts=(*scene.artefacts, *extra), **given)
    catalogue.how(scene.how).with_knobs(scene.knobs)
    check_numbers(scene)
    if (args.keep is None) != (args.anew is None):
        raise BadInput(
            "--keep and --anew belong together.", "Give the picture to keep, and a mask of what is made anew."
        )
    keep = Keep(_there(args.keep), _there(args.anew)) if args.keep else None
    task = Sample(scene, output(args.out, ".png"), args.base, previews=False, keep=keep)
    return do(task, args, settings_of(args))


def read(path: Path) -> Scene:
    """A scene from its file; the files it names are looked for beside it.

    Raises:
        BadInput: when it is not there, no JSON, or no scene; names the first thing that is wrong.
    """
    try:
        scene = SCENE.validate_python(json.loads(path.expanduser().read_text("utf-8")))
    except OSError:
        raise BadInput(f"There is no scene {path}.", "Check the path.") from None
    except (ValueError, RecursionError) as error:
        if not isinstance(error, ValidationError):
            raise BadInput(f"{path.name} is not JSON ({error}).", "Save the scene again.") from None
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the scene"
        what = f"{path.name}: {where}: {first['msg'].lower()}."
        raise BadInput(what, "Save the scene again, or put it right.") from None
    regions = tuple(
        replace(one, artefact=_beside(path, one.artefact), mask=_beside(path, one.mask)) for one in scene.regions
    )
    artefacts = tuple((_beside(path, file), strength) for file, strength in scene.artefacts)
    return replace(scene, regions=regions, artefacts=artefacts)


def _beside(scene: Path, file: str | None) -> str | None:
    return _there(scene.expanduser().parent / Path(file).expanduser()) if file else file


def _there(path: Path) -> str:
    if not path.expanduser().is_file():
        raise BadInput(f"There is no file {path}.", "Check the path.")
    return str(path.expanduser().resolve())
