"""Which of the paths that somebody types on a page the studio follows."""

from pathlib import Path

import pytest

from app import cli
from app.bases import Bases
from app.evaluating import Folders
from app.jobs import Jobs
from app.library import Library
from app.migrations import migrate
from app.newcomers import Newcomers
from app.settings import Settings
from app.store import Store
from app.typed_path import typed_path
from pipelines.errors import BadInput


@pytest.fixture
def owned(tmp_path):
    """A folder beside the data folder, with a file in it."""
    (tmp_path / "owned").mkdir()
    (tmp_path / "owned" / "secret.safetensors").write_bytes(b"x")
    return tmp_path / "owned"


@pytest.mark.parametrize("door", [{"host": "0.0.0.0"}, {"share": True}])
def test_a_studio_open_to_others_follows_only_its_own_folders(owned, tmp_path, door):
    settings = Settings(tmp_path / "data", **door)
    settings.room("imports")
    for name in ("secret.safetensors", "nothing.safetensors"):  # the answer does not tell which of them is there
        with pytest.raises(BadInput, match="open to others"):
            typed_path(str(owned / name), settings)
    (settings.room("imports") / "way-out").symlink_to(owned)
    with pytest.raises(BadInput, match="open to others"):
        typed_path(str(settings.room("imports") / "way-out" / "secret.safetensors"), settings)
    inside = settings.room("imports") / "a.safetensors"
    assert typed_path(str(inside), settings) == inside.resolve()
    named = Settings(tmp_path / "data", **door, allowed=(owned.resolve(),))
    assert typed_path(str(owned / "secret.safetensors"), named) == (owned / "secret.safetensors").resolve()


def test_at_ones_own_computer_any_path_will_do(owned, tmp_path):
    settings = Settings(tmp_path / "data")
    assert typed_path(f"{owned}/../owned/secret.safetensors", settings) == (owned / "secret.safetensors").resolve()
    for wrong in ("~nobody-of-that-name/x", "a\0b"):
        with pytest.raises(BadInput, match="no path"):
            typed_path(wrong, settings)


def test_every_page_that_takes_a_path_asks(owned, tmp_path):
    settings = Settings(tmp_path / "data", share=True)
    store = Store(settings.database)
    migrate(store)
    library = Library(store, settings)
    for page in (
        lambda path: Bases(library).add(path),
        lambda path: Folders(settings).look("dreambooth", path),
        lambda path: Newcomers(library, Jobs(store)).look(Path(path)),
    ):
        with pytest.raises(BadInput, match="open to others"):
            page(str(owned))


def test_folders_are_named_when_the_studio_starts(owned):
    words = ["--listen", "--auth", "me:secret", "--allowed-path", str(owned)]
    assert cli.read(words).allowed == (owned.resolve(),)
    with pytest.raises(BadInput, match="There is no folder"):
        cli.read(["--allowed-path", str(owned / "none")])
