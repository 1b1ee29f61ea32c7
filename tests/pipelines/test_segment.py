"""The segmenting pipeline end to end: photos, prompts, caches and refusals, with real models at small size."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn

from pipelines import masks, toybox
from pipelines.doors import open_doors
from pipelines.errors import BadInput, EmptyMask, MissingModel
from pipelines.events import Made, Silent
from pipelines.run import prepare
from pipelines.segment import ENCODINGS, PHOTOS, SEGMENTERS, _with_box, segment
from pipelines.segmenters import Prompt, Reading
from pipelines.tasks import Segment

open_doors()
from segment_anything.modeling import (  # noqa: E402  (torchvision needs its door first)
    ImageEncoderViT,
    MaskDecoder,
    PromptEncoder,
    Sam,
    TwoWayTransformer,
)

from pipelines.clicks import Clicks  # noqa: E402
from pipelines.segmenters import mobile_sam, sam  # noqa: E402
from pipelines.segmenters.grabcut import Grabcut  # noqa: E402
from pipelines.segmenters.starter import Starter  # noqa: E402
from pipelines.weights import read_weights  # noqa: E402


@pytest.fixture(autouse=True)
def forgetful():
    for kept in (PHOTOS, SEGMENTERS, ENCODINGS):
        kept.clear()


@pytest.fixture
def photo(tmp_path) -> str:
    """A yellow ball on a striped floor, 900 by 600."""
    y, x = np.mgrid[:600, :900]
    pixels = np.dstack([90 + 20 * (x // 30 % 2), 80 + 0 * x, 110 + 30 * (y // 40 % 2)]).astype(np.uint8)
    pixels[np.hypot(x - 500, y - 280) < 130] = (230, 200, 40)
    Image.fromarray(pixels).save(tmp_path / "ball.png")
    return str(tmp_path / "ball.png")


BALL = np.hypot(*(np.mgrid[:600, :900] - np.array([280, 500])[:, None, None])) < 130


def iou(one, other) -> float:
    return float((one & other).sum() / (one | other).sum())


@pytest.mark.parametrize("how", [{"box": (360, 140, 640, 420)}, {"points": ((500, 280, 1),)}, {}])
def test_a_box_a_click_and_nothing_at_all_find_the_ball(photo, tmp_path, how):
    report = Silent()
    answer = segment(Segment(photo, segmenter="grabcut", out=str(tmp_path / "out" / "mask.png"), **how), report)
    mask = masks.from_png(answer["mask"])
    assert mask.shape == (600, 900) and iou(mask, BALL) > 0.93
    assert "runs" not in answer["readings"][0], "what is in the file need not be told twice"
    best = segment(Segment(photo, segmenter="grabcut", **how), report)["readings"][0]
    shown = masks.from_runs(best["runs"], best["w"], best["h"])
    assert max(shown.shape) <= 512 and abs(best["share"] - BALL.mean()) < 0.02
    assert np.abs(np.subtract(best["box"], (370, 150, 631, 411))).max() < 15
    assert [e.what for e in report.events if isinstance(e, Made)] == ["mask"]


def test_a_point_to_remove_is_kept_out(photo):
    task = Segment(photo, points=((500, 280, 1), (500, 550, 0)), segmenter="grabcut")
    best = segment(task, Silent())["readings"][0]
    mask = masks.from_runs(best["runs"], best["w"], best["h"])
    assert not mask[round(550 * best["h"] / 600), round(500 * best["w"] / 900)]


def test_points_to_leave_out_alone_leave_the_main_thing(photo, tmp_path):
    for name in ("starter", "grabcut"):
        found = segment(Segment(photo, points=((120, 60, 0),), segmenter=name, out=str(tmp_path / "m.png")), Silent())
        assert iou(masks.from_png(found["mask"]), BALL) > 0.85, name


def test_points_to_leave_out_alone_go_with_the_box_of_the_main_thing():
    """Asked about nothing else, a SAM makes a speck of them."""
    mask = np.zeros((60, 80), bool)
    mask[20:40, 30:50] = True
    empty, out = Reading(np.zeros_like(mask), 0.9), ((33.0, 21.0),)
    asked = _with_box(Prompt(remove=out), lambda: [empty, Reading(mask, 0.8)])
    x0, y0, x1, y1 = asked.box
    assert asked.remove == out and x0 <= 30 < 50 <= x1 and y0 <= 20 < 40 <= y1
    for told in (Prompt(add=out), Prompt(add=out, remove=out), Prompt(remove=out, box=(0, 0, 9, 9)), Prompt()):
        assert _with_box(told, lambda: [Reading(mask, 0.8)]) is told
    assert _with_box(Prompt(remove=out), lambda: []) == Prompt(remove=out)


@pytest.mark.parametrize(
    "how", [
        {"points": ((950, 10, 1),)}, {"points": ((float("nan"), 10, 1),)}, {"box": (50, 50, 40, 90)},
        {"box": (2000, 2000, 3000, 3000)}, {"box": (0, 0, float("inf"), 9)}, {"photo": "nowhere.png"},
    ],
)  # fmt: skip
def test_prompts_outside_the_photo_are_refused_in_words(photo, how):
    with pytest.raises(BadInput) as refusal:
        segment(Segment(**{"photo": photo, "segmenter": "grabcut", **how}), Silent())
    assert refusal.value.advice


def test_a_file_that_is_no_photo_is_refused(tmp_path):
    (tmp_path / "notes.png").write_text("hello")
    with pytest.raises(BadInput):
        segment(Segment(str(tmp_path / "notes.png"), segmenter="grabcut"), Silent())


def test_an_empty_photo_has_no_subject(tmp_path):
    Image.new("RGB", (64, 64), "grey").save(tmp_path / "grey.png")
    with pytest.raises(EmptyMask):
        segment(Segment(str(tmp_path / "grey.png"), segmenter="grabcut"), Silent())


def test_a_photo_that_changed_is_read_again(tmp_path):
    file = tmp_path / "photo.png"
    Image.new("RGB", (64, 48)).save(file)
    assert segment(Segment(str(file), segmenter="grabcut", encode_only=True), Silent())["width"] == 64
    Image.new("RGB", (80, 48)).save(file)
    assert segment(Segment(str(file), segmenter="grabcut", encode_only=True), Silent())["width"] == 80


def tiny_sam(seed: int = 0) -> Sam:
    """The real architecture, 128 pixels wide and two blocks deep, with weights drawn from a seed."""
    torch.manual_seed(seed)
    encoder = ImageEncoderViT(
        img_size=128, patch_size=16, embed_dim=32, depth=2, num_heads=4, out_chans=32, mlp_ratio=2, qkv_bias=True,
        norm_layer=partial(nn.LayerNorm, eps=1e-6), use_rel_pos=True, window_size=3, global_attn_indexes=(1,),
    )  # fmt: skip
    prompts = PromptEncoder(embed_dim=32, image_embedding_size=(8, 8), input_image_size=(128, 128), mask_in_chans=16)
    decoder = MaskDecoder(transformer_dim=32, transformer=TwoWayTransformer(2, 32, 8, 64), iou_head_hidden_dim=32)
    return Sam(encoder, prompts, decoder).eval()


@pytest.fixture
def checkpoint(tmp_path) -> str:
    save_file(tiny_sam().state_dict(), tmp_path / "tiny.safetensors")
    return str(tmp_path / "tiny.safetensors")


def test_a_sam_is_rebuilt_from_the_shapes_of_its_checkpoint(checkpoint):
    built, true = sam.model_of(read_weights(checkpoint)).eval(), tiny_sam()
    image = torch.rand(1, 3, 128, 128)
    with torch.no_grad():
        assert torch.equal(built.image_encoder(image), true.image_encoder(image))


def test_clicks_answer_as_segment_anything_s_own_predictor_does():
    from segment_anything import SamPredictor

    model, photo = tiny_sam(), np.random.default_rng(0).integers(0, 255, (96, 128, 3), np.uint8)
    predictor, clicks = SamPredictor(model), Clicks(model)
    predictor.set_image(photo)
    features = clicks.encode(photo)
    assert np.allclose(features, predictor.features.numpy(), atol=2e-3)
    true, scores, _ = predictor.predict(np.array([[40.0, 50.0]]), np.array([1]))
    ours = clicks.read(photo.shape, features, Prompt(add=((40.0, 50.0),)))
    order = np.argsort(-scores)
    assert np.allclose([r.score for r in ours], np.clip(scores[order], 0, 1), atol=0.01)
    assert np.mean([(r.mask == true[i]).mean() for r, i in zip(ours, order, strict=True)]) > 0.98
    boxed, score, _ = predictor.predict(box=np.array([20.0, 10, 90, 80]), multimask_output=False)
    ours = clicks.read(photo.shape, features, Prompt(box=(20.0, 10, 90, 80)))
    assert len(ours) == 3 and (ours[0].mask == boxed[0]).mean() > 0.98


def test_encodings_are_kept_on_disk_by_content_and_model(photo, checkpoint, tmp_path):
    cache = tmp_path / "cache"
    task = Segment(photo, points=((500, 280, 1),), segmenter="sam", checkpoint=checkpoint, cache=str(cache))
    segment(Segment(photo, segmenter="sam", checkpoint=checkpoint, cache=str(cache), encode_only=True), Silent())
    (kept,) = cache.iterdir()
    written = kept.stat().st_mtime_ns
    ENCODINGS.clear()
    assert len(segment(task, Silent())["readings"]) <= 3 and kept.stat().st_mtime_ns == written
    save_file(tiny_sam(1).state_dict(), tmp_path / "other.safetensors")
    segment(Segment(photo, segmenter="sam", checkpoint=str(tmp_path / "other.safetensors"), cache=str(cache),
                    encode_only=True), Silent())  # fmt: skip
    assert len(list(cache.iterdir())) == 2


def test_the_main_thing_is_looked_for_with_a_sam_too(photo, checkpoint):
    """Whatever the weights know, it is what clicks all over the photo find."""
    one, pixels = sam.Sam(checkpoint), cv2.resize(np.asarray(Image.open(photo)), (120, 80))
    seen, at = one.encode(pixels), (np.arange(6) + 0.5) / 6
    clicks = [Prompt(add=((120 * x, 80 * y),)) for y in at for x in at]
    told = {reading.mask.tobytes() for click in clicks for reading in one.read(pixels, seen, click)}
    found = one.read(pixels, seen, Prompt())
    assert len(found) == 3 and {reading.mask.tobytes() for reading in found} <= told


def test_a_missing_a_foreign_and_a_pickled_checkpoint_are_refused(photo, tmp_path):
    torch.save({"weights": torch.zeros(3)}, tmp_path / "sam_vit_b_01ec64.pth")
    save_file({"weights": torch.zeros(3)}, tmp_path / "foreign.safetensors")
    (tmp_path / "broken.safetensors").write_bytes(b"\x00" * 20)
    for name, kind in [("none.pth", MissingModel), ("sam_vit_b_01ec64.pth", BadInput),
                       ("foreign.safetensors", BadInput), ("broken.safetensors", BadInput)]:  # fmt: skip
        for segmenter in ("sam", "mobile_sam"):
            with pytest.raises(kind):
                segment(Segment(photo, segmenter=segmenter, checkpoint=str(tmp_path / name)), Silent())


def test_a_published_pickle_is_opened_without_running_it(tmp_path, monkeypatch):
    from pipelines.weights import checksum

    path = tmp_path / "sam.pth"
    torch.save(tiny_sam().state_dict(), path)
    assert read_weights(path, {checksum(path)}).keys() == tiny_sam().state_dict().keys()


def test_mobile_sam_has_the_published_file_s_names_and_numbers(tmp_path):
    """10,130,092 numbers in the published file, of which 321,640 are a classifier nobody uses."""
    torch.manual_seed(0)
    encoder = mobile_sam.TinyEncoder()
    parts = Sam(encoder, PromptEncoder(256, (64, 64), (1024, 1024), 16),
                MaskDecoder(transformer_dim=256, transformer=TwoWayTransformer(2, 256, 8, 2048)))  # fmt: skip
    parameters = sum(p.numel() for p in parts.parameters())
    assert parameters + 321_640 == 10_130_092
    theirs = {published(name): value for name, value in parts.state_dict().items()}
    assert {"image_encoder.patch_embed.seq.2.c.weight", "image_encoder.layers.0.blocks.1.conv3.bn.running_var",
            "image_encoder.layers.2.downsample.conv2.c.weight", "image_encoder.layers.3.blocks.1.mlp.fc2.bias",
            "image_encoder.layers.1.blocks.0.attn.attention_biases"} <= theirs.keys()  # fmt: skip
    theirs["image_encoder.norm_head.weight"] = torch.zeros(320)
    theirs["image_encoder.head.weight"] = torch.zeros(1000, 320)
    save_file(theirs, tmp_path / "mobile_sam.safetensors")
    rebuilt = mobile_sam.model_of(read_weights(tmp_path / "mobile_sam.safetensors")).state_dict()
    assert all(torch.equal(rebuilt[name], value) for name, value in parts.state_dict().items())


def published(name: str) -> str:
    """Our name of a tensor of MobileSAM to the one in the published file."""
    if ".body." not in name:
        return name
    name = name.replace(".body.", ".").replace(".conv.", ".c.")
    for ours, theirs in (("patch_embed.conv1", "patch_embed.seq.0"), ("patch_embed.conv2", "patch_embed.seq.2")):
        name = name.replace(ours, theirs)
    for stage in (1, 2, 3):
        name = name.replace(f"stages.{stage}.downsample", f"layers.{stage - 1}.downsample")
    return name.replace("stages.", "layers.")


def test_large_photos_give_masks_of_their_own_size(tmp_path):
    y, x = np.mgrid[:1800, :2400]
    pixels = np.full((1800, 2400, 3), 70, np.uint8)
    ball = np.hypot(x - 1200, y - 900) < 500
    pixels[ball] = (210, 90, 60)
    cv2.imwrite(str(tmp_path / "big.png"), pixels[..., ::-1])
    out = tmp_path / "mask.png"
    segment(Segment(str(tmp_path / "big.png"), box=(690, 390, 1710, 1410), segmenter="grabcut", out=str(out)), Silent())
    assert iou(masks.from_png(str(out)), ball) > 0.94
    assert Path(out).stat().st_size < 200_000


def test_the_starter_s_segmenter_answers_and_draws_edges(photo, tmp_path):
    """The real small SAM, untrained: whatever it says, the reading is a mask, and graph cuts take it from there."""
    from pipelines.starter import sam as small

    torch.manual_seed(0)
    small.save(small.build(), tmp_path / "sam.safetensors")
    weights, cache = str(tmp_path / "sam.safetensors"), str(tmp_path / "c")
    task = Segment(photo, points=((500, 280, 1),), checkpoint=weights, cache=cache)
    quick = segment(replace(task, refine=False), Silent())
    assert quick["segmenter"] == "starter" and 1 <= len(quick["readings"]) <= 3
    boxed = segment(replace(task, points=(), box=(360, 140, 640, 420)), Silent())["readings"][0]
    assert iou(masks.from_runs(boxed["runs"], boxed["w"], boxed["h"]), shrunk(BALL, boxed)) > 0.9
    found = segment(replace(task, points=()), Silent())["readings"][0]
    assert iou(masks.from_runs(found["runs"], found["w"], found["h"]), shrunk(BALL, found)) > 0.9


def test_the_shipped_sam_finds_what_was_clicked_better_than_colours_do():
    """On toys that nothing was trained on, from one click in the depth of a thing; one that stands alone, from none."""
    starter, cuts, found = Starter(), Grabcut(), {"sam": [], "cuts": [], "alone": []}
    for number in range(6):
        drawn = toybox.render(toybox.draw(number, "test"), 256)
        thing = max(drawn.masks, key=np.sum)
        depth = cv2.distanceTransform(np.pad(thing, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
        y, x = np.unravel_index(depth.argmax(), depth.shape)
        prompt = Prompt(add=((x + 0.5, y + 0.5),))
        for name, one in (("cuts", cuts), ("sam", starter)):
            seen = one.encode(drawn.pixels)
            found[name].append(iou(one.read(drawn.pixels, seen, prompt)[0].mask, thing))
        if len(drawn.masks) == 1:
            found["alone"].append(iou(starter.clicks.find(drawn.pixels, seen["features"])[0].mask, thing))
    assert len(found["alone"]) >= 3 and np.mean(found["alone"]) > 0.75
    assert np.mean(found["sam"]) > max(0.65, np.mean(found["cuts"]))


def shrunk(mask, like):
    return cv2.resize(mask.astype(np.float32), (like["w"], like["h"]), interpolation=cv2.INTER_AREA) >= 0.5


def test_a_quick_lane_that_is_ready_has_its_segmenter_at_hand(monkeypatch, tmp_path):
    assert list(prepare("quick", "starter")) == [None] and list(SEGMENTERS) == [("starter", "")]
    SEGMENTERS.clear()
    monkeypatch.setattr("pipelines.segment.STARTER", tmp_path / "gone.safetensors")
    assert list(prepare("quick", "starter")) == [None] and list(SEGMENTERS) == [("grabcut", "")]
