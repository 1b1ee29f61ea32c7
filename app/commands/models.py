"""List the models; fetch a known one, point to one of your own, choose the base that the studio uses.

The list: id, state, size, licence, name and where it lies. `get ID` fetches, with its licence in the list; `add PATH`
takes over a diffusers folder or a .safetensors file from where it lies, `add-segmenter PATH` a SAM or MobileSAM;
`use ID` chooses a base; `forget ID` takes an added one off the list.
"""

from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from app.commands.doing import settings_of
from app.jobs import Jobs
from app.library import Library
from app.migrations import migrate
from app.models import Models
from app.store import Store
from app.terminal import Terminal
from pipelines.errors import BadInput


def fill(parser: ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument(
        "deed", nargs="?", choices=("get", "add", "add-segmenter", "use", "forget"), help="nothing: list them"
    )
    parser.add_argument("model", nargs="?", default="", metavar="ID|PATH")


def run(args: Namespace) -> dict:
    """Do what was asked, print the list, and return it."""
    settings = settings_of(args)
    store = Store(settings.database)
    try:
        migrate(store)
        models = Models(Library(store, settings), Jobs(store))
        if args.deed:
            _do(models, args.deed, args.model)
        rows = models.rows()
    finally:
        store.close()
    if not args.json:
        for row in rows:
            size = f"{row.size / 1e9:.1f} GB" if (row.size or 0) > 1e9 else f"{(row.size or 0) / 1e6:.0f} MB"
            print(f"{row.id:14} {row.state:8} {size:>7}  {row.licence:23} {row.name}  {row.place}".rstrip())
    return {"models": [asdict(row) for row in rows]}


def _do(models: Models, deed: str, model: str) -> None:
    if not model:
        raise BadInput(f"models {deed} needs to know which.", "Name an id of the list, or a path for add.")
    if deed == "add":
        models.add(model)
    elif deed == "add-segmenter":
        models.add_segmenter(model)
    elif deed == "get":
        from pipelines import fetch

        fetch.run(models.task(model)[0], Terminal().listening())
    elif model not in {row.id for row in models.rows()}:
        raise BadInput(f"There is no model “{model}” on the list.", "See: python launch.py models")
    else:
        {"use": models.use, "forget": models.forget}[deed](model)
