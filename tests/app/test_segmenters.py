"""A SAM that somebody has already is told by a look at its file, listed, used and forgotten, and never touched."""

import hashlib
from dataclasses import replace

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from app import cli, segmenter_files
from app.checkpoints import CHECKPOINTS, Checkpoint
from app.library import Library
from app.models import SEGMENTERS, Models
from app.segmenter_files import kind_of
from app.segmenters import PLACES, Segmenters
from pipelines import toybox
from pipelines.errors import BadInput
from tests.pipelines.test_segment import mobile_sam, published, tiny_sam


@pytest.fixture
def tiny(tmp_path):
    """The real architecture at small size, in the names of segment-anything."""
    path = tmp_path / "mine" / "tiny.safetensors"
    path.parent.mkdir()
    save_file(tiny_sam().state_dict(), path)
    return path


def test_the_models_are_told_apart_by_the_names_in_their_files(tiny, tmp_path):
    with torch.device("meta"):
        encoder = mobile_sam.TinyEncoder()
    names = {published(f"image_encoder.{name}") for name in encoder.state_dict()} | set(tiny_sam().state_dict())
    names -= {name for name in tiny_sam().state_dict() if name.startswith("image_encoder.")}
    save_file({name: torch.zeros(1) for name in names}, tmp_path / "mobile.safetensors")
    assert kind_of(tiny) == "sam" and kind_of(tmp_path / "mobile.safetensors") == "mobile_sam"


def test_what_is_no_sam_is_refused_in_words(tmp_path):
    encoder = {name: torch.zeros(1) for name in tiny_sam().state_dict() if name.startswith("image_encoder.")}
    save_file(encoder, tmp_path / "half.safetensors")
    (tmp_path / "broken.safetensors").write_bytes(b"\x40" + bytes(20))
    (tmp_path / "other.pth").write_bytes(b"x" * 1000)
    with open(tmp_path / "mobile_sam.pt", "wb") as file:
        file.truncate(CHECKPOINTS[0].bytes)
    for name, words in (("half.safetensors", "no SAM and no MobileSAM"), ("broken.safetensors", "damaged"),
                        ("other.pth", "none of the files"), ("mobile_sam.pt", "not its checksum"), ("", "a folder"),
                        ("nothing.pth", "not there")):  # fmt: skip
        with pytest.raises(BadInput, match=words) as refused:
            kind_of(tmp_path / name)
        assert refused.value.advice


def test_a_published_file_is_known_by_its_checksum_whatever_it_is_called(tmp_path, monkeypatch):
    path = tmp_path / "renamed.pth"
    torch.save(tiny_sam().state_dict(), path)
    sha = hashlib.sha256(path.read_bytes()).hexdigest()
    known = Checkpoint("sam_tiny", "SAM tiny", "", "r", "sam_tiny.pth", sha, path.stat().st_size)
    monkeypatch.setattr(segmenter_files, "CHECKPOINTS", (known,))
    assert kind_of(path) == "sam"


def test_a_file_is_pointed_to_used_and_forgotten_but_never_touched(library, jobs, tiny):
    models, segmenters = Models(library, jobs), Segmenters(library)
    models.add_segmenter(str(tiny))
    models.add_segmenter(str(tiny))
    (mine,) = [row for row in models.rows() if row.group == SEGMENTERS and row.own]
    assert (mine.name, mine.state, mine.place, mine.size) == ("tiny", "here", str(tiny), tiny.stat().st_size)
    segmenters.choose(mine.id)
    assert (segmenters.chosen().segmenter, segmenters.chosen().checkpoint) == ("sam", str(tiny))
    away = tiny.rename(tiny.with_name("away"))
    assert segmenters.chosen().id == "starter"
    assert next(row for row in models.rows() if row.id == mine.id).state == "missing"
    with pytest.raises(BadInput, match="not on this computer"):
        segmenters.choose(mine.id)
    models.forget(mine.id)
    assert mine.id not in [row.id for row in models.rows()] and away.is_file()


def test_a_sam_that_was_built_further_is_refused(tmp_path):
    state = tiny_sam().state_dict() | {"mask_decoder.hf_token.weight": torch.zeros(1, 8)}
    save_file(state, tmp_path / "hq.safetensors")
    with pytest.raises(BadInput, match="built further.*hf_token"):
        kind_of(tmp_path / "hq.safetensors")


def test_a_file_that_cannot_be_looked_at_breaks_no_list(library):
    library.keep_draft(PLACES, [["sam", "/" + "x" * 300]])
    (mine,) = Segmenters(library).own()
    assert not mine.here and Segmenters(library).chosen().id == "starter"


def test_guests_see_the_name_of_an_own_file_and_not_where_it_lies(store, settings, jobs, tiny):
    owner = Library(store, settings)
    Models(owner, jobs).add_segmenter(str(tiny))
    owner.keep_draft("own bases", [str(tiny.with_name("gone"))])
    for host, shown in (("127.0.0.1", True), ("0.0.0.0", False)):
        library = Library(store, replace(settings, host=host))
        mine = [row for row in Models(library, jobs).rows() if row.own]
        assert len(mine) == 2 and all((str(tiny.parent) in f"{row.place} {row.words}") == shown for row in mine)


def test_the_command_segments_with_a_file_of_ones_own(tiny, tmp_path, capsys):
    scene = toybox.shoot(toybox.subject("robot", 0, "test"), 1, 0)[0]
    Image.fromarray(toybox.render(scene, 128).pixels).save(tmp_path / "robot.png")
    out, home = tmp_path / "mask.png", ["--data-dir", str(tmp_path / "data")]
    words = ["segment", str(tmp_path / "robot.png"), "--box", "20,20,100,110", "--out", str(out), *home]
    assert cli.main([*words, "--checkpoint", str(tiny)]) == 0
    with Image.open(out) as mask:
        assert mask.size == (128, 128) and mask.convert("L").getextrema() == (0, 255)
    (tmp_path / "x.pth").write_bytes(b"x")
    assert cli.main([*words, "--checkpoint", str(tmp_path / "x.pth")]) == 1
    assert "none of the files" in capsys.readouterr().err
