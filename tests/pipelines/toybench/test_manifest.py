"""The folder that others fill: it says all that they need, and what comes back wrong is named."""

import json

import pytest
from PIL import Image

from pipelines.errors import BadInput
from pipelines.toybench import manifest


@pytest.fixture
def folder(tmp_path):
    told = manifest.write(tmp_path / "theirs", ["single", "layout"], "test", quick=True)
    assert (told["cells"], told["subjects"]) == (4, 3 - 1)
    return tmp_path / "theirs"


def fill(folder, method="Theirs", **sizes) -> list[str]:
    told = json.loads((folder / manifest.FILE).read_text())
    for cell in told["cells"]:
        Image.new("RGB", sizes.get(cell["name"], (128, 128)), "teal").save(folder / cell["picture"])
    (folder / manifest.FILE).write_text(json.dumps(told | {"method": method, "base": "SD 9"}))
    return [cell["name"] for cell in told["cells"]]


def test_it_says_all_that_is_needed(folder):
    told = json.loads((folder / manifest.FILE).read_text())
    single, *_, layout = told["cells"]
    assert single["prompt"] == "a photo of a {0} on a beach" and single["plain"] == "a photo of a robot on a beach"
    assert len(layout["boxes"]) == len(layout["subjects"]) == 2
    for subject in told["subjects"]:
        for photo in subject["photos"]:
            assert (folder / photo["image"]).is_file() and (folder / photo["mask"]).is_file()


def test_a_filled_folder_is_read_back(folder):
    names = fill(folder)
    found = manifest.read(folder)
    assert (found.method, found.about["base"], found.split) == ("Theirs", "SD 9", "test")
    assert list(found.pictures) == names and found.missing == () and found.broken == ()


def test_what_is_missing_or_broken_is_named_and_the_rest_kept(folder):
    first, second, third, fourth = fill(folder)
    (folder / "pictures" / f"{first}.png").unlink()
    (folder / "pictures" / f"{second}.png").write_text("no picture")
    Image.new("RGB", (128, 96)).save(folder / "pictures" / f"{third}.png")
    found = manifest.read(folder)
    assert found.missing == (first,) and found.broken == (second, third) and list(found.pictures) == [fourth]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"method": " "}, "which method"),
        ({"version": 0}, "another ToyBench"),
        ({"protocol": "0123"}, "another ToyBench"),
        ({"tracks": ["songs"]}, "no track"),
        ({"format": "zip"}, "not ToyBench's"),
    ],
)
def test_a_manifest_that_is_not_ours_is_refused(folder, change, words):
    fill(folder)
    told = json.loads((folder / manifest.FILE).read_text())
    (folder / manifest.FILE).write_text(json.dumps(told | change))
    with pytest.raises(BadInput, match=words):
        manifest.read(folder)


def test_pictures_elsewhere_are_not_looked_at(folder):
    fill(folder)
    told = json.loads((folder / manifest.FILE).read_text())
    told["cells"][0]["picture"] = "../../etc/passwd"
    (folder / manifest.FILE).write_text(json.dumps(told))
    with pytest.raises(BadInput, match="lies elsewhere"):
        manifest.read(folder)


def test_a_folder_without_manifest_or_pictures_is_said(folder, tmp_path):
    with pytest.raises(BadInput, match="no manifest.json"):
        manifest.read(tmp_path)
    told = json.loads((folder / manifest.FILE).read_text())
    (folder / manifest.FILE).write_text(json.dumps(told | {"method": "Theirs"}))
    with pytest.raises(BadInput, match="no picture"):
        manifest.read(folder)
    (folder / manifest.FILE).write_text("{")
    with pytest.raises(BadInput, match="cannot be read"):
        manifest.read(folder)


def test_a_manifest_is_not_written_over(folder):
    with pytest.raises(BadInput, match="already holds"):
        manifest.write(folder, ["single"], "test", quick=True)
