"""Who may import whom: once by reading every file, once by running with the heavy libraries forbidden."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted(
    path.relative_to(ROOT)
    for folder in ("app", "components", "pipelines")
    for path in (ROOT / folder).rglob("*.py")
    if "__pycache__" not in path.parts
)
HEAVY = {"torch", "torchvision", "diffusers", "transformers", "peft", "timm", "segment_anything"}
SLOW = HEAVY | {"cv2", "scipy", "skimage"}

NOUNS = {
    "spec", "tasks", "events", "errors", "catalogue", "recipes", "verdict", "artefact", "fusible", "phrases", "hows",
    "stopping", "suites", "statistics", "sweep", "traits", "newcomer", "glance", "original", "knobs",
    "panel",
}  # fmt: skip
SEAMS = {
    "seams", "visit", "anatomy", "voices", "conditioning", "corpus", "examples", "bank", "glimpse", "denoise", "paint",
    "references", "schedule", "masks", "doors", "device", "fusing",
}  # fmt: skip
FAMILIES = {"edits", "augment", "objectives", "attention", "guidance", "encoders", "fusions", "metrics", "set_metrics"}
JUDGING = {"eyes", "toybox", "judging", "asked", "crop", "gate", "masked", "against", "others", "faces", "readers"}
PIPELINES = {"segment", "tune", "fuse", "sample", "compare", "run"}
LOADERS = {"backbone", "eyes", "standards", "starter", "segmenters", "artefact", "benchmarks", "adopt",
           "single_file"}  # fmt: skip
"""Who may know a library of models."""
READERS = {"fetch", "masks", "cells", "results", "report_page", "toybench", "published"}
"""What the page uses beside nouns: it reads and writes files, without torch."""


def imports(path: Path, anywhere: bool = True) -> set[str]:
    """Full names of the modules a file imports, `from a import b` counting as "a.b"; only on top of it if not
    `anywhere`."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    found = set()
    for node in ast.walk(tree) if anywhere else tree.body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written in full"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def tops(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def of_pipelines(names: set[str]) -> set[str]:
    """The second part of every `pipelines.x` imported."""
    return {name.split(".")[1] for name in names if name.startswith("pipelines.")}


def room(path: Path) -> str:
    """Which room of pipelines a file lies in: a folder or a file's own name."""
    return path.parts[1].removesuffix(".py")


@pytest.mark.parametrize("path", FILES, ids=str)
def test_a_file_imports_only_what_its_place_allows(path):
    names = imports(path)
    if path.parts[0] == "components":
        assert not tops(names) & (SLOW | {"app"}), "a widget stands alone"
        assert of_pipelines(imports(path, anywhere=False)) <= {"spec", "events", "errors"}
        assert of_pipelines(names) <= NOUNS, "a demonstration may look into the catalogue"
    elif path.parts[0] == "app":
        assert not tops(names) & HEAVY, "torch belongs to the workers"
        assert not tops(imports(path, anywhere=False)) & SLOW, "the page starts without it"
        if path.parts[1] == "pages":
            assert not any(name.startswith("app.pages.") for name in names), "pages never import pages"
        light = of_pipelines(imports(path, anywhere=False))
        assert light <= NOUNS | READERS, "only nouns, and what reads files, before a worker runs"
    else:
        assert not tops(names) & {"app", "components", "gradio"}, "pipelines do not know who asks"
        _pipelines(path, names)


def _pipelines(path: Path, names: set[str]) -> None:
    place, used = room(path), of_pipelines(names) - {room(path)}
    if place in NOUNS:
        assert not tops(names) & SLOW and used <= NOUNS
    if place in FAMILIES:
        judges = JUDGING if place in ("metrics", "set_metrics") else set()
        assert used <= NOUNS | SEAMS | judges, "a technique uses seams"
        assert not any(name.startswith(f"pipelines.{place}.") for name in names), "a technique stands alone"
    if place == "toybox":
        assert not tops(names) & HEAVY and used <= NOUNS
    if place not in LOADERS:
        libraries = {"diffusers", "transformers"} & tops(names)
        assert not libraries, f"{libraries} are for those who load models"
    if place not in LOADERS | PIPELINES:
        assert not used & (PIPELINES - {"run"}), "only the door knows the pipelines"


@pytest.mark.parametrize("path", FILES, ids=str)
def test_only_settings_reads_the_environment(path):
    if path.as_posix() in ("app/settings.py", "app/environment.py"):
        return
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    read = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")]
    assert not read, f"{path} reads the environment in line {read[0].lineno}"


def test_only_evaluations_draw_from_the_splits_kept_for_them():
    """Identities for tests and for final evaluations never meet what trains, teaches or chooses."""
    for path in FILES:
        if room(path) in ("benchmarks", "toybench"):
            continue
        tree = ast.parse((ROOT / path).read_text("utf-8"))
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            given = {one.value for one in (*call.args, *(word.value for word in call.keywords))
                     if isinstance(one, ast.Constant)}  # fmt: skip
            drawn = name in ("draw", "subject", "Pool", "Identities")
            assert not (drawn and given & {"test", "reserved"}), f"{path}, line {call.lineno}"


@pytest.mark.parametrize("path", FILES, ids=str)
def test_every_module_says_what_it_is_for_and_stays_small(path):
    text = (ROOT / path).read_text("utf-8")
    assert ast.get_docstring(ast.parse(text)), "the first line says what it is for"
    assert text.count("\n") <= 350, "an idea wants its own room"
    assert not {"utils", "helpers", "common", "core", "manager", "base"} & set(path.with_suffix("").parts)


FORBIDDING = f"""
import importlib, importlib.abc, pkgutil, sys

class Forbid(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {sorted(HEAVY | {"cv2"})!r}:
            raise AssertionError(f"{{name}} was imported on the page's side")

sys.meta_path.insert(0, Forbid())
import launch, app, app.pages, app.commands, components, pipelines.recipes, pipelines.suites
from pipelines import spec, tasks, events, errors, catalogue, statistics
for package in (app, app.pages, app.commands, components, pipelines.recipes, pipelines.suites):
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
catalogue.recipes()
print("clean")
"""


def test_the_page_comes_up_where_torch_may_not():
    done = subprocess.run([sys.executable, "-c", FORBIDDING], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "clean", done.stderr[-2000:]


def test_launch_is_readable_by_old_pythons():
    source = (ROOT / "launch.py").read_text("utf-8")
    ast.parse(source, feature_version=(3, 4))
    source.encode("ascii")


def test_nothing_but_the_standard_library_before_the_environment_stands():
    for name in ("launch.py", "app/environment.py", "app/__init__.py"):
        tree = ast.parse((ROOT / name).read_text("utf-8"))
        early = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        names = {getattr(node, "module", None) or node.names[0].name for node in early}
        assert all(one.partition(".")[0] in sys.stdlib_module_names | {"app"} for one in names), names
