"""The test suite as a command: everything, the browser tests where a browser can be had."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from app.settings import ROOT, cores, is_root, limited, nicety, quiet_environment

MOST = 8  # processes that run tests side by side; each takes a gigabyte
IN_ORDER = ["--no-loadscope-reorder"]  # files with few tests, which are the long ones, would come last, one core idle
SHELL = "chromium-headless-shell"  # Chromium without windows of its own: it draws a page in half the processor time
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
)


def browser() -> Path | None:
    """A Chromium on this computer to test with, if there is one."""
    shell = shutil.which(SHELL)
    return Path(shell) if shell else whole_browser()


def whole_browser() -> Path | None:
    """The Chromium on this computer that people look through, if there is one."""
    found = [shutil.which(name) for name in NAMES] + [place for place in PLACES if Path(place).exists()]
    return next((Path(place) for place in found if place), None)


def run(words: list[str]) -> int:
    """Run pytest over all tests, or over those that `words` name; returns its exit status."""
    if not browser():
        _get_browser()
    without = []
    if not browser():
        print("There is no Chromium here and none could be installed: the browser tests are left out.", file=sys.stderr)
        without = ["-m", "not browser"]
    # All of it is shared out among the cores; what somebody asked for by name comes one by one, to be looked at.
    count = 1 if words else min(cores(), MOST)
    shared = ["-n", str(count), "--dist", "loadfile", *IN_ORDER] if count > 1 else []
    command = [sys.executable, "-m", "pytest", *shared, *without, *words]
    if hasattr(os, "nice"):  # as far as a worker that trains, which would starve beside tests that do not
        os.nice(max(0, nicety("heavy") - os.nice(0)))
    return subprocess.call(command, cwd=ROOT, env=limited(cores() // count))


def _get_browser() -> None:
    """Install Debian's Chromium, where this is Debian and we may; older ones have it only whole."""
    if not (shutil.which("apt-get") and is_root()):
        return
    print("Installing Chromium for the browser tests ...", file=sys.stderr)
    _apt("update")
    for package in (SHELL, "chromium"):
        if _apt("install", "-y", "--no-install-recommends", package):
            return


def _apt(*words: str) -> bool:
    done = subprocess.run(["apt-get", "-qq", *words], env=quiet_environment(), capture_output=True)
    return done.returncode == 0
