"""Nobody else's files are lost in a data folder: a foreign one is refused, and only what we named is tidied away."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from app import packing
from app.data_folder import given, held, own
from app.serve import studio
from app.settings import Settings
from pipelines.errors import BadInput, Unavailable
from tests.app.test_library import png
from tests.studio import free_port


def aged(path: Path) -> Path:
    """A file, made where there is none, of forty days ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    os.utime(path, (time.time() - 40 * 86400,) * 2)
    return path


@pytest.mark.parametrize("name", ["wedding.jpg", "photos/wedding.jpg", "temp/letter.txt", "masks/venice", "exports"])
def test_a_folder_with_files_of_somebody_else_is_refused_and_left_as_it_was(tmp_path, name):
    file = aged(tmp_path / name)
    settings = Settings(tmp_path, port=free_port())
    with pytest.raises(BadInput, match=f"holds {name}.*Choose an empty folder"), studio(settings):
        pass
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == [file]


@pytest.mark.parametrize(
    "names",
    [(), ("cache/bench/figures.json", "checkpoints/big.safetensors", "logs/a.log", "studio.lock"),
     (f"photos/{'0a' * 32}.png", f"masks/{'0a' * 32}-auto.png", "photos/.DS_Store", "lost+found/x", ".hidden"),
     ("likeness.sqlite", "letter.txt")],
)  # fmt: skip
def test_an_empty_folder_and_one_that_commands_or_an_earlier_studio_left_are_ours(tmp_path, names):
    for name in names:
        aged(tmp_path / name)
    own(Settings(tmp_path))
    own(Settings(tmp_path / "not there yet"))


def test_only_files_that_we_named_are_tidied_away(library):
    rooms = library.settings.data
    theirs = [aged(rooms / name) for name in ("photos/wedding.jpg", "masks/m.png", "exports/tax/2020.pdf", "imports/x")]
    ours = [
        aged(rooms / name) for name in (f"photos/{'0' * 64}.png", f"masks/{'1' * 24}.png", "imports/0123456789-a.pt")
    ]
    library.sweep(time.time() - 30 * 86400)
    assert all(one.is_file() for one in theirs) and not any(one.exists() for one in ours)


def test_what_is_packed_has_a_name_that_is_tidied(library):
    subject = library.add_subject("Pip & co.")
    library.add_photo(subject.id, png())
    packed = [packing.pack(library, subject.id, dialect) for dialect in packing.DIALECTS]
    assert sorted(given(library.settings.room("exports"))) == sorted(packed)


def test_a_folder_is_held_by_one_studio_until_it_closes(settings):
    settings.database.touch()
    (settings.room("temp") / "on its way.png").write_bytes(b"x")
    with held(settings):
        second = studio(replace(settings, port=free_port()))
        with pytest.raises(Unavailable, match="Another studio"), second:
            pass
        assert list(settings.room("temp").iterdir()) and not settings.database.read_bytes(), "it has touched nothing"
    with held(settings):
        pass
