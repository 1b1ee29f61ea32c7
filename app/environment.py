"""From a bare Python to a ready one: makes .venv, installs the requirements once, and starts the command in there.

Standard library only, and nothing of the studio is imported before the environment stands.
"""

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".venv"
HELP = (["--help"], ["-h"])
CAUSES = (
    (r"No space left on device|errno 28|not enough space", "The disk is full.",
     "Make room (about 2 GB; 6 GB with a graphics card), then start again: it goes on where it stopped."),
    (r"Temporary failure in name resolution|getaddrinfo|Name or service not known|NewConnectionError|ConnectTimeout"
     r"|Network is unreachable|Max retries exceeded|Connection (refused|reset|aborted)|Read timed out|ProxyError",
     "The packages could not be fetched, because the network did not answer.",
     "Check the connection or proxy, then start again: it goes on where it stopped."),
    (r"No matching distribution found for (\S+)", "There is no {0} for this Python or this computer.",
     "Use a 64-bit Python 3.11 to 3.13 on Linux, macOS or Windows."),
    (r"Permission denied|errno 13", "The folder of Likeness cannot be written to.",
     "Move it to a folder of your own, or change its rights."),
)  # fmt: skip


class Trouble(Exception):
    """Something only the person can put right: what happened, and what to do."""


def start(words: list[str]) -> int:
    """Run a command line in the environment it needs; returns the exit status.

    `--skip-install` uses the Python that runs this, as it is.
    """
    skip = "--skip-install" in words
    rest = [word for word in words if word != "--skip-install"]
    try:
        if not skip and rest not in HELP and Path(sys.prefix).resolve() != HOME.resolve():
            python = prepare(tests=rest[:1] == ["test"])
            return _become([str(python), str(ROOT / "launch.py"), *rest])
        from app.cli import main

        return main(rest)  # what it needs is imported as far as it is needed
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        if not skip:
            raise
        advice = "Leave --skip-install out, or install requirements.txt."
        print(f"This Python has no {error.name}. {advice}", file=sys.stderr)
        return 1


def prepare(tests: bool = False) -> Path:
    """Make the environment when there is none, install what changed since the last time, and return its Python.

    Raises:
        Trouble: when that did not work, with the reason in a sentence.
    """
    python = _python()
    if not _runs(python):
        _say(f"Making a Python environment in {HOME.name} ...")
        _make()
    lists = ["requirements.txt", *(["requirements-test.txt"] if tests else [])]
    for name in lists:
        if _installed(name):
            continue
        _install(python, name)
        mark = _mark(name)
        try:
            mark.write_text(_sign(ROOT / name))
        except OSError as error:
            raise Trouble(_cause(str(error)) or f"{mark} could not be written: {error.strerror}.") from error
    return python


def stands() -> bool:
    """Whether a start would find everything installed."""
    return _runs(_python()) and _installed("requirements.txt")


def _installed(name: str) -> bool:
    mark = _mark(name)
    return mark.is_file() and mark.read_text() == _sign(ROOT / name)


def _mark(name: str) -> Path:
    return HOME / f"{name}.installed"


def _python() -> Path:
    return HOME / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _runs(python: Path) -> bool:
    """Whether the environment's Python is there and is the version it was made for; updates of the system break it."""
    if not python.exists() or not (HOME / "made").is_file() or (HOME / "made").read_text() != platform.python_version():
        return False
    return python.resolve() == Path(sys._base_executable).resolve() or subprocess.call([str(python), "-c", ""]) == 0


def _make() -> None:
    try:
        import ensurepip  # noqa: F401
        import venv
    except ImportError:
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        raise Trouble(f"This Python lacks its venv module. On Debian and Ubuntu: apt install {package}.") from None
    try:
        shutil.rmtree(HOME, ignore_errors=True)
        venv.create(HOME, with_pip=True, symlinks=os.name != "nt")
        (HOME / "made").write_text(platform.python_version())
    except OSError as error:
        raise Trouble(_cause(str(error)) or f"The environment could not be made: {error}.") from error
    except subprocess.CalledProcessError as error:
        said = (error.output or b"").decode(errors="replace")
        raise Trouble(_cause(said) or "The environment could not be made: pip did not come up.") from error


def _install(python: Path, name: str) -> None:
    """Run pip, a line here for every package it fetches."""
    free = shutil.disk_usage(ROOT).free
    _say(f"Installing {name} (once; {free / 1e9:.0f} GB of disk are free) ...")
    options = ["--disable-pip-version-check", "--no-input", "-r", str(ROOT / name)]
    said: list[str] = []
    with subprocess.Popen(
        [str(python), "-m", "pip", "install", *options],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
    ) as pip:  # fmt: skip
        for line in pip.stdout:
            said.append(line)
            step = re.match(r"\s*(?:Collecting|Downloading|Installing) (\S+)", line)
            if step:
                _say(f"  {step[0].strip()[:100]}")
    if pip.returncode:
        text = "".join(said)
        errors = [line.removeprefix("ERROR:").strip() for line in said if line.startswith("ERROR:")]
        raise Trouble(_cause(text) or f"Installing did not work: {errors[-1] if errors else said[-1].strip()}")


def _cause(text: str) -> str:
    """The sentence for a known kind of trouble, found in what a program said; empty for others."""
    for pattern, what, advice in CAUSES:
        found = re.search(pattern, text, re.IGNORECASE)
        if found:
            return f"{what.format(*found.groups())} {advice}"
    return ""


def _sign(path: Path) -> str:
    """Changes when the list does, or the Python that was installed for."""
    return hashlib.sha256(path.read_bytes() + platform.python_version().encode()).hexdigest()


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _become(command: list[str]) -> int:
    """Go on as another program; Windows cannot, so there it runs inside."""
    if os.name != "nt":
        os.execv(command[0], command)
    try:
        return subprocess.call(command)
    except KeyboardInterrupt:
        return 130
