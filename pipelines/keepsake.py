"""A picture that remembers how it was made: PNG with the text other programs read, and our own scene beside it."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from PIL import Image, PngImagePlugin
from torch import Tensor

from pipelines.artefact import replacing
from pipelines.spec import Scene
from pipelines.tasks import Keep

KEY = "likeness"


def image(pixels: Tensor) -> Image.Image:
    """A picture of pixels (3, H, W), 0 to 1."""
    return Image.fromarray((pixels.float().cpu().permute(1, 2, 0) * 255).round().byte().numpy())


def save(
    path: str | Path, pixels: Tensor, scene: Scene, base: str, base_hash: str, sampler: str, keep: Keep | None = None
) -> None:
    """Write pixels (3, H, W) as PNG; the same scene on the same base writes the same bytes. `keep` tells that only a
    part is made from the scene. Files are noted by name, not by place: a picture that is shown around should not tell
    whose folders it comes from."""
    picture = image(pixels)
    notes = PngImagePlugin.PngInfo()
    about = {"scene": asdict(by_name(scene)), "base": _name(base), "base_hash": base_hash, "sampler": sampler}
    about |= {"keep": asdict(Keep(_name(keep.picture), _name(keep.anew)))} if keep else {}
    notes.add_text("parameters", parameters(scene, about, picture.size))
    notes.add_itxt(KEY, json.dumps(about, ensure_ascii=False))
    with replacing(path) as temporary:
        picture.save(temporary, "PNG", pnginfo=notes)


def by_name(scene: Scene) -> Scene:
    """The scene with the names of its files in place of their paths."""
    regions = tuple(replace(one, artefact=_name(one.artefact), mask=_name(one.mask)) for one in scene.regions)
    return replace(scene, regions=regions, artefacts=tuple((_name(path), weight) for path, weight in scene.artefacts))


def _name(path: str | None) -> str | None:
    return path and Path(path).name


def parameters(scene: Scene, about: dict[str, Any], size: tuple[int, int]) -> str:
    """The lines A1111 writes, which nearly every other program reads."""
    lines = [scene.prompt or ", ".join(region.prompt for region in scene.regions)]
    if scene.negative:
        lines.append(f"Negative prompt: {scene.negative}")
    pairs = {
        "Steps": scene.steps, "Sampler": about["sampler"], "CFG scale": f"{scene.scale:g}", "Seed": scene.seed,
        "Size": f"{size[0]}x{size[1]}", "Model hash": about["base_hash"][:10],
        "Model": _quoted(Path(about["base"]).stem),
    }  # fmt: skip
    return "\n".join([*lines, ", ".join(f"{name}: {value}" for name, value in pairs.items())])


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False) if any(sign in text for sign in ',:"\n') else text
