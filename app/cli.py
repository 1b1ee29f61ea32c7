"""Everything the studio can do, as commands: `python launch.py COMMAND`, the studio itself when none is named."""

import argparse
import importlib
import json
import sys
from dataclasses import replace
from pathlib import Path

from app import mishaps
from app.settings import DEVICES, Settings, has_screen
from pipelines.errors import BadInput, StudioError

COMMANDS = {
    "segment": "find the subject of a photo and write its mask",
    "tune": "teach a base model a subject from a folder of photos",
    "fuse": "make one tuned file out of several",
    "sample": "make a picture",
    "adopt": "take over a LoRA or an embedding that another program taught",
    "export": "write a tuned file in the forms other programs read",
    "compare": "set methods side by side on one wall",
    "models": "list, fetch and choose models",
    "bench": "measure a claim",
    "toybox": "draw the toy world: contact sheets and photo shoots",
    "doctor": "say what this computer has and what is missing",
    "test": "run all tests",
}


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, like everything else here."""

    def error(self, message: str) -> None:  # type: ignore[override]
        raise BadInput(f"{message[0].upper()}{message[1:]}.", f"See: python {self.prog} --help")


def main(words: list[str]) -> int:
    """Run one command line; returns the exit status: 0, 1 with a sentence on standard error, or 130 when stopped."""
    try:
        if words and words[0] in COMMANDS:
            return _command(words[0], words[1:])
        return _studio(words)
    except StudioError as error:
        return _refused(error, words)
    except OSError as error:
        return _refused(mishaps.told(error), words)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130


def _refused(error: StudioError, words: list[str]) -> int:
    print(error, file=sys.stderr)
    if "--json" in words:
        print(json.dumps({"ok": False, "error": error.message, "advice": error.advice}))
    return 1


def _command(name: str, words: list[str]) -> int:
    """A command is a module of app.commands: `fill(parser)` says what it takes, `run(args)` returns plain JSON."""
    command = importlib.import_module(f"app.commands.{name}")
    parser = Parser(prog=f"launch.py {name}", description=command.__doc__)
    parser.add_argument("--json", action="store_true", help="end with one line of JSON on standard output")
    parser.add_argument("--device", choices=DEVICES, default="auto", help="where to compute; cuda stands for ROCm too")
    parser.add_argument("--data-dir", type=Path, default=Settings.data, metavar="FOLDER", help="the data folder")
    command.fill(parser)
    args = parser.parse_args(words)
    result = command.run(args)
    if args.json:
        print(json.dumps({"ok": True, **result}, ensure_ascii=False))
    return 0


def _studio(words: list[str]) -> int:
    settings = read(words)
    from app.serve import serve

    serve(settings)
    return 0


def read(words: list[str]) -> Settings:
    """What the flags of the studio ask for.

    Raises:
        BadInput: for an unknown flag, or an open door without a password.
    """
    listing = "\n".join(f"  {name:9} {words}" for name, words in COMMANDS.items())
    parser = Parser(
        prog="launch.py", description="Open the studio.", formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"commands (python launch.py COMMAND --help tells more):\n{listing}", allow_abbrev=False,
    )  # fmt: skip
    parser.add_argument("--listen", nargs="?", const="0.0.0.0", default="127.0.0.1", metavar="ADDRESS",
                        help="answer other computers too")  # fmt: skip
    parser.add_argument("--port", "--server_port", type=int, default=7860)
    parser.add_argument("--share", action="store_true", help="a public address for 72 hours, through Gradio's relay")
    parser.add_argument("--auth", default="", metavar="NAME:PASSWORD[,NAME:PASSWORD]", help="who may sign in")
    parser.add_argument("--without-password", action="store_true", help="allow --listen and --share without --auth")
    parser.add_argument("--allowed-path", action="append", type=Path, default=[], metavar="FOLDER",
                        help="pages may name files below it though others can open the studio")  # fmt: skip
    parser.add_argument("--data-dir", type=Path, default=Settings.data, metavar="FOLDER", help="all that you own")
    parser.add_argument("--device", choices=DEVICES, default="auto", help="where to compute; cuda stands for ROCm too")
    parser.add_argument("--autolaunch", action=argparse.BooleanOptionalAction, default=None, help="open the browser")
    parser.add_argument("--mcp", action="store_true", help="let assistants use the endpoints, at /gradio_api/mcp")
    parser.add_argument("--skip-install", action="store_true", help="use this Python as it is")
    args = parser.parse_args(words)
    auth = _pairs(args.auth)
    allowed = tuple(_folder(one) for one in args.allowed_path)
    data = args.data_dir.expanduser().resolve()
    asked = Settings(data, args.listen, args.port, args.share, auth, args.device, False, args.mcp, allowed)
    if asked.opened and not auth and not args.without_password:
        raise BadInput(
            "Without a password anybody who finds this studio could use this computer.",
            "Add --auth NAME:PASSWORD, or --without-password if the network is safe.",
        )
    return replace(asked, browse=has_screen() and not asked.opened if args.autolaunch is None else args.autolaunch)


def _folder(path: Path) -> Path:
    place = path.expanduser().resolve()
    if not place.is_dir():
        raise BadInput(f"There is no folder {path}.", "Give --allowed-path one that is there.")
    return place


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    pairs = tuple(tuple(pair.split(":", 1)) for pair in text.split(",") if pair)
    if any(len(pair) < 2 or not all(pair) for pair in pairs):
        raise BadInput("--auth is not of the form NAME:PASSWORD.", "Several are separated by commas.")
    return pairs
