"""Settings come back out of pictures as each program wrote them; anything else is refused in words."""

import json

import pytest
from PIL import Image, PngImagePlugin

from app.provenance import read
from pipelines.errors import BadInput

A1111 = """a red robot, (best:1.2)
on a beach
Negative prompt: blurry, low
Steps: 28, Sampler: DPM++ 2M, CFG scale: 6.5, Seed: 20441, Size: 512x768, Model: "a, b", RNG: CPU"""


def png(path, **notes):
    info = PngImagePlugin.PngInfo()
    for name, text in notes.items():
        info.add_itxt(name, text) if name == "late" else info.add_text(name, text)
    Image.new("RGB", (8, 8), "red").save(path, pnginfo=info)
    return path


def test_our_own_chunk_gives_the_whole_scene(tmp_path):
    scene = {"prompt": "<pip> robot", "seed": 7, "steps": 25, "scale": 5.0, "regions": [], "width": 128, "height": 128}
    origin = read(png(tmp_path / "a.png", likeness=json.dumps({"scene": scene, "base": "starter"}), parameters=A1111))
    assert origin.source == "likeness" and origin.scene == scene and origin.base == "starter" and origin.seed == 7


def test_a1111_lines(tmp_path):
    origin = read(png(tmp_path / "a.png", parameters=A1111))
    assert (origin.source, origin.seed, origin.steps, origin.scale) == ("a1111", 20441, 28, 6.5)
    assert origin.prompt == "a red robot, (best:1.2)\non a beach" and origin.negative == "blurry, low"
    assert (origin.width, origin.height, origin.sampler, origin.base) == (512, 768, "DPM++ 2M", "a, b")


def test_a1111_in_the_exif_comment_of_a_jpeg(tmp_path):
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + A1111.encode("utf-16-be")
    Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg", exif=exif)
    assert read(tmp_path / "a.jpg").seed == 20441


def test_swarmui(tmp_path):
    text = json.dumps({"sui_image_params": {"prompt": "a cat", "seed": 5, "steps": 20, "cfgscale": 7, "width": 512}})
    origin = read(png(tmp_path / "a.png", parameters=text))
    assert (origin.source, origin.prompt, origin.seed, origin.scale) == ("swarmui", "a cat", 5, 7.0)


def test_invokeai(tmp_path):
    text = json.dumps({"positive_prompt": "a cat", "seed": 5, "steps": 20, "cfg_scale": 7.5, "model": {"name": "sd15"}})
    origin = read(png(tmp_path / "a.png", invokeai_metadata=text))
    assert (origin.source, origin.prompt, origin.seed, origin.base) == ("invokeai", "a cat", 5, "sd15")


def test_comfyui_follows_the_links_into_the_sampler(tmp_path):
    graph = {
        "3": {"class_type": "KSampler", "inputs": {"seed": 9, "steps": 20, "cfg": 8, "sampler_name": "euler",
              "positive": ["7", 0], "negative": ["6", 0]}},
        "7": {"class_type": "ConditioningCombine", "inputs": {"conditioning_1": ["5", 0]}},
        "5": {"class_type": "CLIPTextEncode", "inputs": {"text": "a cat", "clip": ["4", 1]}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "bad"}},
    }  # fmt: skip
    origin = read(png(tmp_path / "a.png", prompt=json.dumps(graph)))
    assert (origin.source, origin.prompt, origin.negative, origin.seed) == ("comfyui", "a cat", "bad", 9)


@pytest.mark.parametrize(
    "notes",
    [{}, {"parameters": "{not json"}, {"likeness": "[1, 2]"}, {"likeness": "[" * 100_000}, {"prompt": "5"},
     {"comment": "hello"}, {"parameters": ""}],
)  # fmt: skip
def test_a_picture_that_says_nothing_is_refused(tmp_path, notes):
    with pytest.raises(BadInput, match="does not say how it was made"):
        read(png(tmp_path / "a.png", **notes))


def test_a_graph_that_loops_ends(tmp_path):
    graph = {
        "1": {"class_type": "KSampler", "inputs": {"seed": 1, "positive": ["2", 0]}},
        "2": {"inputs": {"x": ["2", 0]}},
    }
    assert read(png(tmp_path / "a.png", prompt=json.dumps(graph))).prompt == ""


def test_what_is_no_picture_is_refused(tmp_path):
    (tmp_path / "a.png").write_bytes(b"MZ\x90\0 not a picture")
    with pytest.raises(BadInput, match="not a picture"):
        read(tmp_path / "a.png")


def test_absurd_numbers_are_left_out(tmp_path):
    origin = read(png(tmp_path / "a.png", parameters="x\nSteps: nan, Seed: 1e400, CFG scale: true, Size: axb"))
    assert (origin.steps, origin.seed, origin.scale, origin.width) == (None, None, None, None)
