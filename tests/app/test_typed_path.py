"""Which of the paths that somebody types on a page the studio follows."""

from argparse import Namespace
from pathlib import Path

import pytest
from PIL import Image

from app import cli, composing, evaluating, handover, tuning
from app.bases import Bases
from app.commands.doing import settings_of
from app.evaluating import Folders, Order
from app.jobs import Jobs
from app.library import Library
from app.migrations import migrate
from app.newcomers import Newcomers
from app.segmenters import Segmenters
from app.settings import Settings
from app.store import Store
from app.typed_path import typed_path
from pipelines.errors import BadInput
from pipelines.spec import Photo, Region, Scene, Subject


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
    # The answer does not tell which of them is there.
    for path in (owned / "secret.safetensors", owned / "nothing.safetensors", "~root/x", "~nobody-of-that-name/x"):
        with pytest.raises(BadInput, match="open to others"):
            typed_path(path, settings)
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
    for wrong, words in (("~nobody-of-that-name/x", "no path"), ("a\0b", "no path"), ("/" + "a" * 300, "cannot be")):
        with pytest.raises(BadInput, match=words):
            typed_path(wrong, settings)


def test_every_page_that_takes_a_path_asks(owned, tmp_path):
    settings = Settings(tmp_path / "data", share=True)
    store = Store(settings.database)
    migrate(store)
    library = Library(store, settings)
    form = {"recipe": "coti", "knobs": {"pool": str(owned)}, "kept": {}}
    shot = Photo(str(owned / "a.png"))
    pip = Subject("pip", "Pip", "robot", "<pip>", photos=(shot,))
    judged = Order("dreambooth", folder=str(tmp_path / "data"), judges=str(owned))
    for page in (
        lambda: Bases(library).add(str(owned)),
        lambda: Segmenters(library).add(str(owned / "secret.safetensors")),
        lambda: Folders(settings).look("dreambooth", str(owned)),
        lambda: evaluating.task(judged, settings, "key", "starter"),
        lambda: Newcomers(library, Jobs(store)).look(str(owned)),
        lambda: tuning.plan(library, [pip], ["coti"], form, "starter", 0, (), 0),
    ):
        with pytest.raises(BadInput, match="open to others"):
            page()


def test_a_scene_from_elsewhere_shows_no_picture_of_this_computer(tmp_path):
    """Its mask would come back to the page as a silhouette."""
    settings = Settings(tmp_path / "data")
    store = Store(settings.database)
    migrate(store)
    picture = Image.new("L", (8, 8), 255)
    picture.paste(0, (0, 0, 4, 4))
    picture.save(tmp_path / "private.png")
    given = Scene("x", regions=(Region((0.1, 0.1, 0.9, 0.9), "a duck", mask=str(tmp_path / "private.png")),))
    (region,) = handover.from_scene(given, composing.recalled({}), Library(store, settings)).layout["regions"]
    assert region["kind"] == "box" and not region["mask"]


def test_a_data_folder_is_absolute_wherever_the_studio_goes_to_work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.read(["--data-dir", "mine"]).data == (tmp_path / "mine").resolve()
    assert settings_of(Namespace(data_dir=Path("mine"), device="cpu")).data == (tmp_path / "mine").resolve()


def test_folders_are_named_when_the_studio_starts(owned):
    words = ["--listen", "--auth", "me:secret", "--allowed-path", str(owned)]
    assert cli.read(words).allowed == (owned.resolve(),)
    with pytest.raises(BadInput, match="There is no folder"):
        cli.read(["--allowed-path", str(owned / "none")])
