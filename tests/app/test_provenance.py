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


def comfy(tmp_path, **nodes):
    """What is read of a picture whose graph has these nodes: id → (class, inputs)."""
    graph = {key[1:]: {"class_type": kind, "inputs": given} for key, (kind, given) in nodes.items()}
    return read(png(tmp_path / "a.png", prompt=json.dumps(graph)))


def test_comfyui_sdxl_says_its_words_twice(tmp_path):
    cut, size = (
        "text, watermark",
        {"width": 4096, "height": 4096, "crop_w": 0, "crop_h": 0, "target_width": 4096, "target_height": 4096},
    )
    origin = comfy(
        tmp_path,
        _4=("CheckpointLoaderSimple", {"ckpt_name": "sd_xl_base_1.0.safetensors"}),
        _5=("EmptyLatentImage", {"width": 1216, "height": 832, "batch_size": 1}),
        _10=("KSamplerAdvanced", {"add_noise": "enable", "noise_seed": 721897303308196, "steps": 25, "cfg": 8.0,
             "sampler_name": "euler", "scheduler": "normal", "start_at_step": 0, "end_at_step": 20, "model": ["4", 0],
             "positive": ["75", 0], "negative": ["82", 0], "latent_image": ["5", 0]}),
        _75=("CLIPTextEncodeSDXL", {"text_g": "a lake at dawn", "text_l": "oil painting", "clip": ["4", 1], **size}),
        _82=("CLIPTextEncodeSDXL", {"text_g": cut, "text_l": cut, "clip": ["4", 1], **size}),
        _17=("VAEDecode", {"samples": ["10", 0], "vae": ["4", 2]}),
    )  # fmt: skip
    assert (origin.prompt, origin.negative) == ("a lake at dawn, oil painting", cut)
    assert (origin.seed, origin.steps, origin.scale) == (721897303308196, 25, 8.0)
    assert (origin.width, origin.height, origin.base) == (1216, 832, "sd_xl_base_1.0.safetensors")


def flux(**more):
    return {
        "_6": ("CLIPTextEncode", {"text": "cute anime girl in a garden", "clip": ["11", 0]}),
        "_11": ("DualCLIPLoader", {"clip_name1": "t5xxl_fp16", "clip_name2": "clip_l", "type": "flux"}),
        "_12": ("UNETLoader", {"unet_name": "flux1-dev.safetensors", "weight_dtype": "default"}),
        "_13": ("SamplerCustomAdvanced", {"noise": ["25", 0], "guider": ["22", 0], "sampler": ["16", 0],
                "sigmas": ["17", 0], "latent_image": ["27", 0]}),
        "_16": ("KSamplerSelect", {"sampler_name": "euler"}),
        "_17": ("BasicScheduler", {"scheduler": "simple", "steps": 20, "denoise": 1.0, "model": ["30", 0]}),
        "_22": ("BasicGuider", {"model": ["30", 0], "conditioning": ["26", 0]}),
        "_25": ("RandomNoise", {"noise_seed": 219670278747233}),
        "_26": ("FluxGuidance", {"guidance": 3.5, "conditioning": ["6", 0]}),
        "_27": ("EmptySD3LatentImage", {"width": 1024, "height": 768, "batch_size": 1}),
        "_30": ("ModelSamplingFlux", {"max_shift": 1.15, "base_shift": 0.5, "width": 1024, "height": 1024,
                "model": ["12", 0]}),
        **more,
    }  # fmt: skip


def test_comfyui_leaves_words_and_seed_to_a_guider_and_a_noise_node(tmp_path):
    origin = comfy(tmp_path, **flux())
    assert (origin.prompt, origin.negative, origin.seed) == ("cute anime girl in a garden", "", 219670278747233)
    assert (origin.steps, origin.sampler, origin.scale) == (20, "euler", None)
    assert (origin.width, origin.height, origin.base) == (1024, 768, "flux1-dev.safetensors")
    guided = ("CFGGuider", {"model": ["30", 0], "positive": ["26", 0], "negative": ["40", 0], "cfg": 4.5})
    zero = ("ConditioningZeroOut", {"conditioning": ["6", 0]})
    origin = comfy(tmp_path, **flux(_22=guided, _40=zero))
    assert (origin.prompt, origin.negative, origin.scale) == ("cute anime girl in a garden", "", 4.5)


def test_comfyui_values_that_stand_in_nodes_of_their_own(tmp_path):
    origin = comfy(
        tmp_path,
        _3=("KSampler", {"seed": ["50", 0], "steps": ["51", 0], "cfg": 7, "sampler_name": "dpmpp_2m", "model": ["4", 0],
            "positive": ["60", 0], "negative": ["60", 1], "latent_image": ["5", 0]}),
        _4=("CheckpointLoaderSimple", {"ckpt_name": "dream.safetensors"}),
        _5=("EmptyLatentImage", {"width": ["52", 0], "height": 512, "batch_size": 1}),
        _50=("Seed (rgthree)", {"seed": 1125899906842624123}),
        _51=("PrimitiveInt", {"value": 30}),
        _52=("PrimitiveInt", {"value": 768}),
        _60=("ControlNetApplyAdvanced", {"strength": 1, "positive": ["61", 0], "negative": ["62", 0],
             "control_net": ["63", 0], "image": ["64", 0]}),
        _61=("CLIPTextEncode", {"text": ["65", 0], "clip": ["4", 1]}),
        _62=("CLIPTextEncode", {"text": "blurry", "clip": ["4", 1]}),
        _64=("LoadImage", {"image": "pose.png"}),
        _65=("StringConcatenate", {"string_a": "a fox", "string_b": ["66", 0], "delimiter": ", "}),
        _66=("PrimitiveStringMultiline", {"value": "in the snow"}),
    )  # fmt: skip
    assert (origin.prompt, origin.negative) == ("a fox, in the snow", "blurry"), "each side has its own words"
    assert (origin.seed, origin.steps, origin.width, origin.height) == (1125899906842624123, 30, 768, 512)


def test_a_graph_of_many_loops_ends_soon(tmp_path):
    every = {str(n): [str(m), 0] for n, m in enumerate(range(100, 140))}
    nodes = {f"_{n}": ("Tangle", dict(every)) for n in range(100, 140)}
    sampler = ("KSampler", {"seed": ["100", 0], "positive": ["100", 0], "negative": ["5"]})
    assert comfy(tmp_path, _1=sampler, **nodes).prompt == ""


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
