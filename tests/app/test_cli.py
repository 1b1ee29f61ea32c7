"""The command line: what it takes, what it refuses, and that it always says so in one sentence."""

import errno
import io
import json
import os
import sys
from pathlib import Path

import pytest
from PIL import Image

from app import cli, mishaps
from app.commands import compare, doing, sample, segment, tune
from app.ingest import ingest
from app.samples import SAMPLES
from app.terminal import Terminal
from pipelines.errors import BadInput, DiskFull
from pipelines.events import Measure, Progress, Started, Warned
from pipelines.spec import Region, Scene, check_numbers


@pytest.fixture
def photos(tmp_path) -> Path:
    folder = tmp_path / "Pip"
    folder.mkdir()
    for name, colour in (("b.png", "red"), ("a.jpg", "blue")):
        Image.new("RGB", (40, 30), colour).save(folder / name)
    Image.new("L", (40, 30), 255).save(folder / "b-mask.png")
    (folder / "a.txt").write_text("a blue thing\n")
    (folder / "notes.md").write_text("no photo")
    return folder


def refusal(words: list[str], capsys) -> str:
    """Run a command that cannot work; returns its one sentence or two."""
    assert cli.main(words) == 1
    said = capsys.readouterr()
    assert said.out == "" and "\n" not in said.err.strip()
    return said.err.strip()


def test_the_studio_listens_to_this_computer_alone(tmp_path):
    settings = cli.read([])
    assert (settings.host, settings.port, settings.share, settings.auth) == ("127.0.0.1", 7860, False, ())
    assert settings.data == Path(cli.__file__).parent.parent / "data"


@pytest.mark.parametrize("flag", [["--port", "7900"], ["--server_port", "7900"], ["--port=7900"]])
def test_the_port_is_spelt_as_people_know_it(flag):
    assert cli.read(flag).port == 7900


@pytest.mark.parametrize("flag", [["--listen"], ["--listen", "192.168.1.5"], ["--share"]])
def test_an_open_door_wants_a_password(flag, capsys):
    assert "anybody" in refusal(flag, capsys)
    assert cli.read([*flag, "--auth", "me:secret"]).auth == (("me", "secret"),)
    assert cli.read([*flag, "--without-password"]).auth == ()
    assert cli.read(["--listen", "localhost"]).host == "localhost"


@pytest.mark.parametrize("text", ["me", "me:", ":secret", "me:secret,you"])
def test_a_password_needs_a_name(text, capsys):
    assert "NAME:PASSWORD" in refusal(["--listen", "--auth", text], capsys)


def test_passwords_never_show(tmp_path):
    assert "secret" not in repr(cli.read(["--auth", "me:secret"]))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--prot", "7900"], "Unrecognized arguments: --prot 7900."),
        (["--port", "many"], "invalid int value"),
        (["segment"], "required: PHOTO, --out"),
        (["segment", "nowhere.png", "--out", "m.png"], "There is no photo nowhere.png."),
        (["segment", "x.png", "--box", "1,2,3", "--out", "m.png"], "not 4 numbers"),
        (["segment", "x.png", "--out", "m.jpg"], "should end in .png"),
        (["tune", "--photos", ".", "--noun", "cat", "--recipe", "nothing", "--out", "a.safetensors"], "“nothing”"),
        (["compare", "--photos", ".", "--noun", "cat", "--recipes", "base,svdiff", "--set", "lora.steps=2", "--prompts",
          "p", "--seeds", "1", "--out", "w"], "--set lora.steps=2 is of no recipe that is compared here."),
        (["compare", "--photos", ".", "--noun", "cat", "--recipes", "base,svdiff", "--set", "svdiff.stops=2",
          "--prompts", "p", "--seeds", "1", "--out", "w"], "stops"),
        (["sample", "--out", "p.png"], "--prompt --scene is required"),
        (["sample", "--prompt", "x", "--artefact", "no.safetensors", "--out", "p.png"], "no file no.safetensors"),
        (["sample", "--prompt", "x", "--keep", "p.png", "--out", "p.png"], "belong together"),
        (["sample", "--prompt", "x", "--steps", "0", "--out", "p.png"], "The steps are 0."),
        (["fuse", "no.safetensors", "too.safetensors", "--out", "c.safetensors"], "no file no.safetensors"),
        (["export", "no.safetensors", "--out", "there"], "no file no.safetensors"),
        (["sample", "--prompt", "x", "--seed", str(2**63), "--out", "p.png"], f"The seed is {2**63}."),
        (["tune", "--photos", ".", "--noun", "cat", "--recipe", "svdiff", "--seed", str(-(2**63) - 1), "--out",
          "a.safetensors"], "It goes from -9223372036854775808 to 9223372036854775807."),
        (["toybox", "shoot", "--out", "x"], "needs to know of what"),
        (["compare", "--photos", ".", "--noun", "cat", "--recipes", "base,svdiff", "--prompts", "p.txt", "--seeds", "1",
          "--steps", "0", "--out", "wall"], "The steps are 0."),
        (["toybox", "sheet", "--count", "0", "--out", "x.png"], "--count is 0."),
        (["toybox", "sheet", "--seed", "-1", "--out", "x.png"], "--seed is -1."),
        (["toybox", "shoot", "--noun", "robot", "--subject", "-2", "--out", "x"], "--subject is -2."),
        (["models", "use"], "needs to know which"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_with_a_sentence(words, told, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = ["--data-dir", str(tmp_path / "data")] if words[0] in cli.COMMANDS else []
    assert told in refusal([*words, *data], capsys)
    assert not list(tmp_path.glob("*.*"))


def test_json_ends_with_one_line_also_when_refused(tmp_path, capsys):
    assert cli.main(["segment", "nowhere.png", "--out", str(tmp_path / "m.png"), "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said == {"ok": False, "error": "There is no photo nowhere.png.", "advice": "Check the path."}
    assert cli.main(["toybox", "shoot", "--noun", "robot", "--count", "1", "--out", str(tmp_path / "r"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["photos"] == ["00.png"]


def test_text_that_is_not_utf8_is_refused_by_name(photos, tmp_path, capsys):
    (tmp_path / "prompts.txt").write_bytes("{} im Café".encode("latin-1"))
    (tmp_path / "good.txt").write_text("{} on a beach")
    given = ["--photos", str(photos), "--noun", "cat", "--masks", "none", "--data-dir", str(tmp_path / "data")]
    wall = ["compare", *given, "--recipes", "base,svdiff", "--seeds", "1", "--out", str(tmp_path / "wall"), "--prompts"]
    assert "prompts.txt is no text in UTF-8." in refusal([*wall, str(tmp_path / "prompts.txt")], capsys)
    (photos / "a.txt").write_bytes(b"\xff\xfeb\x00")
    assert "a.txt is no text in UTF-8." in refusal([*wall, str(tmp_path / "good.txt")], capsys)
    lesson = ["tune", *given, "--recipe", "svdiff", "--out", str(tmp_path / "a.safetensors")]
    assert "a.txt is no text in UTF-8." in refusal(lesson, capsys)


def test_the_mark_that_windows_puts_before_text_is_no_part_of_it(tmp_path):
    path = tmp_path / "prompts.txt"
    path.write_bytes("{} im Café".encode("utf-8-sig"))
    assert compare._prompts(path) == ("{} im Café",)


def test_a_place_to_write_to_is_looked_at_first(photos, tmp_path, capsys):
    (tmp_path / "p.txt").write_text("{}")
    (tmp_path / "p.png").mkdir()
    wall = ["compare", "--photos", str(photos), "--noun", "cat", "--recipes", "base,svdiff", "--seeds", "1",
            "--prompts", str(tmp_path / "p.txt"), "--data-dir", str(tmp_path / "data"), "--out"]  # fmt: skip
    for place in (tmp_path / "p.txt", tmp_path / "p.txt" / "wall"):
        assert "p.txt is a file. Give --out a folder." in refusal([*wall, str(place)], capsys)
    assert "p.png is a folder." in refusal(["sample", "--prompt", "x", "--out", str(tmp_path / "p.png")], capsys)
    assert not (tmp_path / "data").exists()


def test_a_folder_that_is_closed_is_named(tmp_path, capsys):
    tmp_path.chmod(0o555)
    if os.access(tmp_path, os.W_OK):
        pytest.skip("nothing is closed to an administrator")
    assert "cannot be written to" in refusal(["sample", "--prompt", "x", "--out", str(tmp_path / "p.png")], capsys)
    assert "cannot be used" in refusal(["models", "--data-dir", str(tmp_path / "data")], capsys)


@pytest.mark.parametrize(
    "words",
    [["models"], ["bench", "starter"], ["segment", "b.png", "--out", "m.png"],
     ["tune", "--photos", ".", "--noun", "cat", "--recipe", "svdiff", "--out", "a.safetensors"]],
)  # fmt: skip
def test_a_data_folder_that_is_a_file_is_named(words, photos, capsys, monkeypatch):
    monkeypatch.chdir(photos)
    assert cli.main([*words, "--data-dir", "notes.md", "--json"]) == 1
    said = capsys.readouterr()
    told = json.loads(said.out)
    assert "notes.md cannot be used" in told["error"] and "--data-dir" in told["advice"]
    assert said.err.strip() == f"{told['error']} {told['advice']}"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
def test_a_full_disk_is_told_in_a_sentence(tmp_path, capsys):
    (tmp_path / "00.png").symlink_to("/dev/full")
    words = ["toybox", "shoot", "--noun", "robot", "--count", "1", "--out", str(tmp_path), "--json"]
    assert cli.main(words) == 1
    said = capsys.readouterr()
    assert json.loads(said.out)["error"] == "The disk is full." and said.err.startswith("The disk is full. Make room")


@pytest.mark.parametrize(
    "number, told",
    [('"width": 1000000, "height": 1000000', "1000000 by 1000000 pixels"), ('"height": -8', "0 by -8 pixels"),
     ('"steps": 0', "The steps are 0."), ('"scale": NaN', "The CFG scale is nan."), ('"seed": 1e30', "seed"),
     ('"artefacts": [["a.safetensors", 1e9]]', "The strength is 1e\\+09."),
     ('"regions": [{"box": [0, 0, NaN, 1], "prompt": "a"}]', "The box of region 1 holds nan."),
     ('"regions": [{"box": [0, 0, 1, 1], "feather": -0.1}]', "The soft edge of region 1 holds -0.1.")],
)  # fmt: skip
def test_a_number_that_makes_no_picture_is_refused_before_anything_is_read(tmp_path, number, told):
    (tmp_path / "a.safetensors").touch()
    (tmp_path / "s.json").write_text(f'{{"prompt": "x", {number}}}')
    with pytest.raises(BadInput, match=told):
        check_numbers(sample.read(tmp_path / "s.json"))


def test_what_the_system_refuses_names_the_file():
    closed = mishaps.told(PermissionError(errno.EACCES, "Permission denied", "/there/m.png"))
    assert str(closed).startswith("/there/m.png: Permission denied. Choose another place")
    assert type(mishaps.told(OSError(errno.EDQUOT, "Disk quota exceeded"))) is DiskFull
    assert mishaps.told(OSError("Cannot load it.\nMany lines follow.")).message == "Cannot load it."


def test_a_folder_of_photos_becomes_a_subject(photos, settings):
    subject = doing.subject_from(photos, "robot", "none", None, settings)
    assert (subject.name, subject.noun, subject.trigger) == ("Pip", "robot", "<robot1>")
    assert [photo.caption for photo in subject.photos] == ["a blue thing", ""]
    assert all(Path(photo.image).parent == settings.room("photos").resolve() for photo in subject.photos)
    assert Path(subject.photos[1].image).read_bytes() == ingest(photos / "b.png").png


def test_the_folder_one_stands_in_has_a_name_too(photos, settings, monkeypatch):
    monkeypatch.chdir(photos)
    subject = doing.subject_from(Path("."), "robot", "none", None, settings)
    assert (subject.name, subject.id) == ("Pip", "robot-Pip")


@pytest.mark.parametrize("real", [True, False])
def test_the_starter_says_what_to_expect_of_real_photos(photos, capsys, monkeypatch, tmp_path, real):
    class Begun(Exception):
        """What is to be heard is heard before anything is learnt."""

    def begin(*_):
        raise Begun

    monkeypatch.setattr(tune, "do", begin)
    words = ["tune", "--photos", str(photos if real else SAMPLES / "pip"), "--noun", "robot", "--recipe", "svdiff"]
    words += ["--masks", "none", "--out", str(tmp_path / "a.safetensors"), "--data-dir", str(tmp_path / "data")]
    with pytest.raises(Begun):
        cli.main(words)
    assert ("a real robot comes out as a toy" in capsys.readouterr().err) == real


def test_a_folder_of_pictures_becomes_a_style(photos, settings):
    """Neither the mask beside the photo nor one that would be looked for is taken: a style is the whole picture."""
    subject = doing.subject_from(photos, "style", "auto", None, settings, "style")
    assert subject.kind == "style" and [photo.mask for photo in subject.photos] == [None, None]


def test_masks_come_from_a_folder_by_name(photos, settings, tmp_path):
    masks = tmp_path / "masks"
    masks.mkdir()
    Image.new("L", (40, 30), 255).save(masks / "a.png")
    with pytest.raises(BadInput, match="no mask for b.png"):
        doing.subject_from(photos, "robot", str(masks), None, settings)
    Image.new("L", (40, 30), 255).save(masks / "b.png")
    subject = doing.subject_from(photos, "robot", str(masks), None, settings)
    assert [Path(photo.mask).name for photo in subject.photos] == ["a.png", "b.png"]


@pytest.mark.parametrize(
    ("mask", "told"),
    [(Image.new("L", (30, 40), 255), "The mask of a.jpg is 30 by 40 pixels, and the photo 40 by 30."),
     (Image.new("L", (40, 30), 0), "The mask of a.jpg is empty."), (None, "a.png is not a picture.")],
)  # fmt: skip
def test_a_mask_that_does_not_go_with_its_photo_is_named(mask, told, photos, settings, tmp_path):
    (tmp_path / "masks").mkdir()
    if mask:
        mask.save(tmp_path / "masks" / "a.png")
    else:
        (tmp_path / "masks" / "a.png").write_text("x")
    with pytest.raises(BadInput, match=told):
        doing.subject_from(photos, "robot", str(tmp_path / "masks"), None, settings)


def test_a_mask_beside_the_photo_is_taken_before_one_is_looked_for(photos, settings):
    (photos / "a.jpg").unlink()
    subject = doing.subject_from(photos, "robot", "auto", None, settings)
    assert Path(subject.photos[0].mask).name == "b-mask.png" and len(subject.photos) == 1


def test_transparency_is_a_mask(tmp_path, settings):
    folder = tmp_path / "cut out"
    folder.mkdir()
    picture = Image.new("RGBA", (40, 30), (255, 0, 0, 255))
    picture.paste((0, 0, 0, 0), (0, 0, 20, 30))
    picture.save(folder / "a.png")
    mask = doing.subject_from(folder, "robot", "auto", None, settings).photos[0].mask
    with Image.open(mask) as found:
        assert found.getpixel((5, 5)) == 0 and found.getpixel((35, 5)) == 255


@pytest.mark.parametrize("name", ["empty", "missing"])
def test_a_folder_without_photos_is_refused(name, tmp_path, settings):
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="There is no (photo in|folder)"):
        doing.subject_from(tmp_path / name, "cat", "none", None, settings)


def test_a_base_that_is_not_there_is_told_before_any_photo_is_looked_at(photos, tmp_path, capsys):
    words = ["--photos", str(photos), "--base", str(tmp_path / "gone"), "--data-dir", str(tmp_path / "data")]
    (tmp_path / "words.txt").write_text("a {} in the snow\n")
    ways = (
        ["tune", "--noun", "cat", "--recipe", "dreambooth_lora", "--out", str(tmp_path / "a.safetensors")],
        ["compare", "--noun", "cat", "--recipes", "base,dreambooth_lora", "--prompts", str(tmp_path / "words.txt"),
         "--seeds", "1", "--out", str(tmp_path / "wall")],
    )  # fmt: skip
    for way in ways:
        assert refusal([*way, *words], capsys).startswith("There is no gone at that place.")
    assert not (tmp_path / "data" / "photos").exists() or not [*(tmp_path / "data" / "photos").iterdir()]


def test_a_scene_file_names_what_lies_beside_it(tmp_path):
    (tmp_path / "pip.safetensors").write_bytes(b"x")
    scene = {"prompt": "a beach", "artefacts": [["pip.safetensors", 0.8]], "seed": 7,
             "regions": [{"box": [0, 0, 0.5, 1], "prompt": "pip", "artefact": "pip.safetensors"}]}  # fmt: skip
    path = tmp_path / "scene.json"
    path.write_text(json.dumps(scene))
    file = str((tmp_path / "pip.safetensors").resolve())
    region = Region((0, 0, 0.5, 1), "pip", artefact=file)
    assert sample.read(path) == Scene("a beach", regions=(region,), artefacts=((file, 0.8),), seed=7)


@pytest.mark.parametrize(
    ("text", "told"),
    [("{", "not JSON"), ("[" * 100_000, "not JSON"), ("[]", "the scene"), ('{"prompt": 3}', "prompt"),
     ('{"prompt": "x", "seed": "a"}', "seed"),
     ('{"prompt": "x", "regions": [{"box": [0, 1]}]}', "regions.0.box"),
     ('{"prompt": "x", "artefacts": [["no.safetensors", 1]]}', "no file")],
)  # fmt: skip
def test_a_scene_file_that_is_wrong_says_where(text, told, tmp_path):
    path = tmp_path / "scene.json"
    path.write_text(text)
    with pytest.raises(BadInput) as refused:
        sample.read(path)
    assert told in str(refused.value)


def test_points_outside_the_photo_are_refused(photos, tmp_path, capsys):
    words = ["segment", str(photos / "b.png"), "--point", "40,3", "--out", str(tmp_path / "m.png")]
    assert "40 by 30 pixels" in refusal([*words, "--data-dir", str(tmp_path / "data")], capsys)


def test_knobs_come_as_they_do_on_the_base_and_what_is_set_wins():
    small, large = (tune.knobs("dreambooth_lora", ["steps=30"], base) for base in ("starter", "gone.safetensors"))
    assert (small["steps"], small["rate"], large["steps"], large["rate"]) == (30, 3e-3, 30, 1e-4)
    assert tune.knobs("dreambooth_lora", ["rate=2e-3"], "gone.safetensors")["rate"] == 2e-3
    assert small.keys() == large.keys(), "all of them"


def test_numbers_are_read_with_their_commas():
    assert segment.numbers(4)("1,2.5,3,4") == (1, 2.5, 3, 4)


def test_prompts_are_lines_with_a_place_for_the_subject(tmp_path):
    path = tmp_path / "prompts.txt"
    path.write_text("# places\n{} on a beach\n\n{} in the snow\n")
    assert compare._prompts(path) == ("{} on a beach", "{} in the snow")
    path.write_text("a beach\n")
    with pytest.raises(BadInput, match="no place for the subject"):
        compare._prompts(path)


def test_progress_without_a_screen_is_a_line_every_tenth(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    told = Terminal()
    told(Started("Tuning", "cpu"))
    for step in range(1, 101):
        told(Measure(step, {"loss": 0.5}))
        told(Progress(step, 100))
    told(Warned("It is dark.", "Add a photo."))
    lines = sys.stderr.getvalue().splitlines()
    assert lines[0] == "Tuning, on cpu" and lines[-1] == "It is dark. Add a photo."
    assert len(lines) == 13 and "100 of 100  loss 0.500" in lines[-2]
