"""Write a tuned file in the forms other programs read: LoRA for diffusers, A1111 and ComfyUI, words as embeddings."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from app.commands.doing import folder


def fill(parser: ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("artefact", type=Path, metavar="FILE", help="a file that the studio tuned")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")


def run(args: Namespace) -> dict:
    """Write what has an exact form elsewhere; returns the files by form."""
    out = folder(args.out)
    from pipelines.export import export

    files = export(args.artefact.expanduser(), out)
    if not args.json:
        print("\n".join(f"{form:12} {path}" for form, path in files.items()))
    return {"files": files}
