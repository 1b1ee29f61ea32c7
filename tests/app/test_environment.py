"""A bare Python becomes a ready one, once; what goes wrong on the way is told in a sentence."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app import environment
from app.environment import Trouble, prepare, stands, start

PLAIN = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}


def cloned(folder: Path, patch: pytest.MonkeyPatch) -> Path:
    """A clone that asks for nothing that would have to be fetched."""
    patch.setattr(environment, "ROOT", folder)
    patch.setattr(environment, "HOME", folder / ".venv")
    (folder / "requirements.txt").write_text("# nothing\n")
    (folder / "requirements-test.txt").write_text("# nothing\n")
    return folder


@pytest.fixture
def bare(tmp_path, monkeypatch) -> Path:
    return cloned(tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def ready(tmp_path_factory) -> Path:
    """An environment, which takes seconds to make."""
    with pytest.MonkeyPatch.context() as patch:
        folder = cloned(tmp_path_factory.mktemp("ready"), patch)
        prepare()
    return folder / ".venv"


@pytest.fixture
def made(bare, ready) -> Path:
    """A clone with a copy of that environment, in which nothing has been installed yet."""
    shutil.copytree(ready, bare / ".venv", symlinks=True)
    (bare / ".venv" / "requirements.txt.installed").unlink()
    return bare


def test_the_environment_is_made_once_and_again_when_the_list_changes(bare, capfd):
    assert not stands()
    python = prepare()
    assert subprocess.check_output([str(python), "-c", "import sys; print(sys.prefix)"], text=True).strip() == str(
        bare / ".venv"
    )
    assert "Making" in capfd.readouterr().err and stands()
    assert prepare() == python and capfd.readouterr().err == ""
    prepare(tests=True)
    assert "requirements-test.txt" in capfd.readouterr().err
    (bare / "requirements.txt").write_text("# something else\n")
    assert not stands()
    prepare()
    said = capfd.readouterr().err
    assert "Installing requirements.txt" in said and "Making" not in said
    mark = bare / ".venv" / "requirements.txt.installed"
    mark.unlink()
    mark.mkdir()
    with pytest.raises(Trouble, match="requirements.txt.installed could not be written"):
        prepare()


def test_an_environment_whose_python_has_gone_is_made_again(made, capfd):
    python = prepare()
    assert "Making" not in capfd.readouterr().err
    python.unlink()
    assert prepare().exists() and "Making" in capfd.readouterr().err


def test_a_package_that_does_not_exist_is_named(made):
    (made / "requirements.txt").write_text("no-such-package-as-this-one==1.0\n")
    with pytest.raises(Trouble, match="no-such-package-as-this-one|network did not answer"):
        prepare()
    assert not (made / ".venv" / "requirements.txt.installed").exists()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("NewConnectionError: Failed to establish a new connection: [Errno -3] Temporary failure in name resolution",
         "network did not answer"),
        ("ERROR: No matching distribution found for torch==2.13.0", "no torch==2.13.0 for this Python"),
        ("PermissionError: [Errno 13] Permission denied: '/opt/likeness/.venv'", "cannot be written to"),
    ],
)  # fmt: skip
def test_known_troubles_are_told_in_a_sentence(said, told):
    assert told in environment._cause(said)
    assert environment._cause("something nobody has seen before") == ""


def test_help_needs_no_environment(bare, capfd):
    with pytest.raises(SystemExit, match="0"):
        start(["--help"])
    assert "segment" in capfd.readouterr().out and not (bare / ".venv").exists()


def test_the_first_command_ends_with_a_sentence_when_installing_does_not_work(made, capfd):
    (made / "requirements.txt").write_text("no-such-package-as-this-one==1.0\n")
    assert start(["doctor"]) == 1
    assert len(capfd.readouterr().err.strip().splitlines()[-1]) < 250


def test_a_python_without_the_packages_is_told_which_one_it_lacks():
    """`-S` leaves out all that was installed."""
    launch = Path(environment.__file__).parent.parent / "launch.py"
    words = [sys.executable, "-S", str(launch), "--skip-install", "tune", "--photos", ".", "--noun", "cat"]
    words += ["--recipe", "svdiff", "--out", "a.safetensors"]
    done = subprocess.run(words, capture_output=True, text=True, env=PLAIN)
    assert done.returncode == 1 and done.stderr.startswith("This Python has no ") and "Traceback" not in done.stderr


def test_an_old_python_hears_which_one_is_needed():
    """The first lines alone, run by a Python that says it is old."""
    root = Path(environment.__file__).parent.parent
    code = f"import sys; sys.version_info = (3, 8, 1); exec(open({str(root / 'launch.py')!r}).read())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=PLAIN)
    assert done.returncode == 1
    assert done.stderr.startswith("Likeness needs Python 3.11 or newer, and this is Python 3.8.")
