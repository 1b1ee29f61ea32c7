"""Claims about the studio, each a file that can be run: `launch.py bench NAME`. This door imports nothing heavy."""

import importlib
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pipelines.benchmarks.figures import Figure
from pipelines.benchmarks.parts import Parts
from pipelines.errors import BadInput

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"
"""Real photos for trying things out, where a machine has them beside the repository."""

BENCHES = {
    "studio": "how quick the page is, in Chromium: start, tabs, strokes, clicks, first preview, what previews cost",
    "starter": "how good the model, the judges and the segmenter in assets/starter are, on test identities",
    "first-recipes": "Textual Inversion, DreamBooth and DreamBooth-LoRA on eight test subjects, beside the base",
    "recipes": "every recipe on eight test subjects, with masks and without: scores, drift, seconds, memory, files",
    "lora_step": "a step of DreamBooth-LoRA beside the official script's, losses equal first",
    "ti_step": "a step of Textual Inversion beside the official script's, which moves a table of 49,408 words",
    "concept_fusion": "three subjects fused in closed form beside LBFGS with Mix-of-Show's settings",
    "svdiff": "spectral shifts beside weights that are built anew in every forward",
    "second_concept": "the second subject of a class beside a script that makes its class images again",
    "regions": "two and three subjects in one picture: every way to compose regions, beside the plain prompt",
    "regions-speed": "what 1 to 8 regions cost beside a plain picture, with words alone and with a tuned file each",
    "toybench": "every method on subjects whose truth is known: five tracks, intervals over subjects, a result folder",
}


def measure(name: str, home: Path, quick: bool = False, say: Callable[[str], Any] = print) -> dict[str, Any]:
    """Run a bench, or what is left of it. Not from here: toybench is a task of its own, see `pipelines.toybench`,
    recipes are asked in more words, see its file, and studio is measured from outside, see `app.timings`.

    Args:
        name: one of BENCHES. home: folder that keeps finished parts; a run with the same weights and code goes on
            where an earlier one was. quick: a few pictures only, to see that it runs. say: hears what is happening.

    Returns:
        {"bench", "commit", "machine", "seconds", "quick", "figures"}; `seconds` counts the earlier runs' parts too.
    """
    if name not in BENCHES or name in ("toybench", "recipes", "studio"):
        raise BadInput(f"There is no bench “{name}”.", f"There are: {', '.join(BENCHES)}.")
    parts = Parts(home / f"{name}{'-quick' if quick else ''}", say)
    began = time.monotonic()
    figures: list[Figure] = importlib.import_module(f"pipelines.benchmarks.{name.replace('-', '_')}").run(parts, quick)
    return told(name, round(time.monotonic() - began + parts.earlier, 1), quick, figures)


def told(name: str, seconds: float, quick: bool, figures: Sequence[Figure]) -> dict[str, Any]:
    """What a bench answers, as plain JSON."""
    return {
        "bench": name,
        "commit": commit(),
        "machine": machine(),
        "seconds": seconds,
        "quick": quick,
        "figures": [figure.told() for figure in figures],
    }


def commit() -> str:
    """The commit of this tree, with "+" behind it where files differ from it; "unknown" outside a repository."""
    try:
        head = _git("rev-parse", "--short=12", "HEAD")
        return head + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def machine() -> str:
    """What this was measured on."""
    from pipelines import device

    found = device.machine()
    return f"{found.label}, {found.threads} thread{'s' if found.threads != 1 else ''}"
