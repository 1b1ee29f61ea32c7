"""How a picture was made, read out of the picture itself: ours, and what other programs write."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError

from app.workflow import Workflow
from pipelines.errors import BadInput

TEXT_LIMIT = 4_000_000  # characters of metadata worth reading
USER_COMMENT, EXIF_ROOM = 0x9286, 0x8769
PAIR = re.compile(r'\s*([\w][\w \-/]*?):\s*("(?:\\.|[^\\"])*"|[^,]*)(?:,|$)')


@dataclass(frozen=True)
class Origin:
    """What a picture says about itself.

    `source` is likeness, a1111, swarmui, invokeai or comfyui. Numbers are None where the file says nothing. `scene`
    is our own scene as plain JSON, `whole` everything else that was written, for showing.
    """

    source: str
    prompt: str = ""
    negative: str = ""
    seed: int | None = None
    steps: int | None = None
    scale: float | None = None
    sampler: str = ""
    width: int | None = None
    height: int | None = None
    base: str = ""
    scene: dict[str, Any] | None = None
    whole: dict[str, Any] = field(default_factory=dict)


def read(path: str | Path) -> Origin:
    """Read a PNG's text chunks, or the EXIF comment of a JPEG or WebP.

    Raises:
        BadInput: when it is no picture, or says nothing about how it was made.
    """
    try:
        with Image.open(path) as picture:
            picture.load()  # text may stand behind the pixels
            notes = {k: v for k, v in picture.info.items() if isinstance(v, str) and len(v) < TEXT_LIMIT}
            comment = _comment(picture)
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError):
        raise BadInput("This file is not a picture that can be read.", "Drop a PNG, JPEG or WebP.") from None
    if comment and "parameters" not in notes:
        notes["parameters"] = comment
    for name, reader in READERS.items():
        if name in notes and (origin := _tried(reader, notes[name])):
            return origin
    raise BadInput(
        "This picture does not say how it was made.",
        "Pictures keep that only when they are saved as they came, not as a screenshot or through a messenger.",
    )


def likeness(text: str) -> Origin | None:
    """Our own chunk: the whole scene, and what it was made with."""
    whole = _object(text)
    scene = whole.get("scene")
    if not isinstance(scene, dict):
        return None
    return Origin(
        "likeness", _text(scene.get("prompt")), _text(scene.get("negative")), _whole(scene.get("seed")),
        _whole(scene.get("steps")), _number(scene.get("scale")), _text(whole.get("sampler")),
        _whole(scene.get("width")) or None, _whole(scene.get("height")) or None, _text(whole.get("base")), scene, whole,
    )  # fmt: skip


def parameters(text: str) -> Origin | None:
    """The `parameters` text: A1111's lines, or SwarmUI's JSON under the same name."""
    if text.lstrip().startswith("{"):
        return swarmui(text)
    return a1111(text)


def a1111(text: str) -> Origin | None:
    """Prompt lines, then `Negative prompt:`, then one line of at least three `Key: value` pairs."""
    lines = text.strip().split("\n")
    pairs = {key.strip(): _unquoted(value.strip()) for key, value in PAIR.findall(lines[-1])}
    if len(pairs) < 3:
        pairs, lines = {}, [*lines, ""]
    words = "\n".join(lines[:-1])
    prompt, _, negative = words.partition("Negative prompt:")
    if not pairs and not prompt.strip():
        return None
    width, _, height = pairs.get("Size", "").partition("x")
    return Origin(
        "a1111", prompt.strip(), negative.strip(), _whole(pairs.get("Seed")), _whole(pairs.get("Steps")),
        _number(pairs.get("CFG scale")), pairs.get("Sampler", ""), _whole(width), _whole(height),
        pairs.get("Model", ""), None, dict(pairs),
    )  # fmt: skip


def swarmui(text: str) -> Origin | None:
    """SwarmUI's JSON, its numbers under `sui_image_params`."""
    whole = _object(text)
    given = whole.get("sui_image_params")
    if not isinstance(given, dict):
        return None
    return Origin(
        "swarmui", _text(given.get("prompt")), _text(given.get("negativeprompt")), _whole(given.get("seed")),
        _whole(given.get("steps")), _number(given.get("cfgscale")), _text(given.get("sampler")),
        _whole(given.get("width")), _whole(given.get("height")), _text(given.get("model")), None, whole,
    )  # fmt: skip


def invokeai(text: str) -> Origin | None:
    """InvokeAI's flat record."""
    given = _object(text)
    if "positive_prompt" not in given and "seed" not in given:
        return None
    model = given.get("model")
    return Origin(
        "invokeai", _text(given.get("positive_prompt")), _text(given.get("negative_prompt")), _whole(given.get("seed")),
        _whole(given.get("steps")), _number(given.get("cfg_scale")), _text(given.get("scheduler")),
        _whole(given.get("width")), _whole(given.get("height")),
        _text(model.get("name") if isinstance(model, dict) else model), None, given,
    )  # fmt: skip


def comfyui(text: str) -> Origin | None:
    """ComfyUI's graph: the sampler's numbers, and the texts that lead into it."""
    graph = _object(text)
    told = Workflow(graph).told()
    if told is None:
        return None
    return Origin(
        "comfyui", told["prompt"], told["negative"], _whole(told["seed"]), _whole(told["steps"]),
        _number(told["scale"]), _text(told["sampler"]), _whole(told["width"]), _whole(told["height"]),
        _text(told["base"]), whole=graph,
    )  # fmt: skip


READERS = {"likeness": likeness, "invokeai_metadata": invokeai, "parameters": parameters, "prompt": comfyui}


def _tried(reader: Any, text: str) -> Origin | None:
    try:
        return reader(text)
    except (ValueError, RecursionError):
        return None


def _comment(picture: Image.Image) -> str:
    """The EXIF comment as text; eight bytes before it name its alphabet."""
    raw = picture.getexif().get_ifd(EXIF_ROOM).get(USER_COMMENT, b"")
    if isinstance(raw, str):
        return raw
    body = bytes(raw[8:])
    if raw[:7] == b"UNICODE":
        order = "utf-16-le" if body[1::2].count(0) >= body[::2].count(0) else "utf-16-be"
        return body.decode(order, "replace").strip("\0")
    return body.decode("utf-8", "replace").strip("\0")


def _object(text: str) -> dict[str, Any]:
    found = json.loads(text)
    return found if isinstance(found, dict) else {}


def _unquoted(value: str) -> str:
    return str(json.loads(value)) if value.startswith('"') and value.endswith('"') and len(value) > 1 else value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _whole(value: Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):  # a large seed is more than a float can hold
        return value if abs(value) < 2**64 else None
    number = _number(value)
    return int(number) if number is not None and number == int(number) else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if number == number and abs(number) < 2**64 else None
