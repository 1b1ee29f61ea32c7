"""A subject's photos, captions and masks as a folder for other trainers, packed as one file. `app.dialects` reads it.

- onetrainer: `cat.png`, `cat.txt`, `cat-masklabel.png` side by side (OneTrainer, docs/CaptioningAndMasking.md).
- kohya: `img/10_<trigger> <noun>/`, the masks of the same names below `mask/`, and a dataset.toml that names both
  (sd-scripts, docs/masked_loss_README.md).
- alpha: the mask as the PNG's transparency (sd-scripts and ai-toolkit, `alpha_mask`).
- mix_of_show: `image/`, `mask/` and `caption/` (Mix-of-Show, its datasets folder).

White means: learn this. Where every photo must have a mask, a photo without one gets a white one.
"""

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image

from app.files import write
from app.ingest import as_png
from app.library import Library, Shot
from pipelines.errors import BadInput
from pipelines.spec import Subject

DIALECTS = {
    "onetrainer": "OneTrainer",
    "kohya": "kohya, with a mask folder",
    "alpha": "kohya and ai-toolkit, mask as transparency",
    "mix_of_show": "Mix-of-Show",
}
REPEATS = 10
UNSAFE = re.compile(r"[^\w.-]+")
Put = Callable[[str, bytes], None]


def pack(library: Library, subject: str, dialect: str) -> Path:
    """Write the folder of a subject; returns the zip file.

    Raises:
        BadInput: when there is no such dialect, or no photo.
    """
    if dialect not in DIALECTS:
        raise BadInput(f"There is no form \u201c{dialect}\u201d to save in.", f"There are: {', '.join(DIALECTS)}.")
    found, shots = library.subject(subject), library.shots(subject)
    if not shots:
        raise BadInput(f"{found.name} has no photos yet.", "Add some first.")
    top, out = f"{_safe(found.name) or 'subject'}-{dialect.replace('_', '-')}", io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as folder:
        _WRITERS[dialect](found, _named(shots), lambda name, data: folder.writestr(f"{top}/{name}", data))
    path = library.settings.room("exports").resolve() / f"{top}.zip"
    write(path, out.getvalue())
    return path


def caption_of(subject: Subject, shot: Shot) -> str:
    """A photo's caption; where nobody wrote one, the plain one that is shown."""
    return shot.caption or f"a photo of {subject.trigger} {subject.noun}"


def _onetrainer(subject: Subject, shots: dict[str, Shot], put: Put) -> None:
    for stem, shot in shots.items():
        put(f"{stem}.png", Path(shot.image).read_bytes())
        put(f"{stem}.txt", caption_of(subject, shot).encode())
        if shot.mask:
            put(f"{stem}-masklabel.png", Path(shot.mask).read_bytes())


def _kohya(subject: Subject, shots: dict[str, Shot], put: Put) -> None:
    room = f"{REPEATS}_{_safe(subject.trigger) or 'subject'} {UNSAFE.sub(' ', subject.noun).strip()}"
    for stem, shot in shots.items():
        put(f"img/{room}/{stem}.png", Path(shot.image).read_bytes())
        put(f"img/{room}/{stem}.txt", caption_of(subject, shot).encode())
        put(f"mask/{room}/{stem}.png", _mask(shot))
    told = {"image_dir": f"img/{room}", "conditioning_data_dir": f"mask/{room}", "caption_extension": ".txt"}
    lines = ["[[datasets]]", "resolution = 512", "", "  [[datasets.subsets]]"]
    lines += [f'  {key} = "{value}"' for key, value in told.items()] + [f"  num_repeats = {REPEATS}"]
    put("dataset.toml", ("\n".join(lines) + "\n").encode())


def _alpha(subject: Subject, shots: dict[str, Shot], put: Put) -> None:
    for stem, shot in shots.items():
        with Image.open(shot.image) as photo:
            through = photo.convert("RGB")
        if shot.mask:
            with Image.open(shot.mask) as mask:
                through.putalpha(mask.convert("L"))
        put(f"{stem}.png", as_png(through))
        put(f"{stem}.txt", caption_of(subject, shot).encode())


def _mix_of_show(subject: Subject, shots: dict[str, Shot], put: Put) -> None:
    for stem, shot in shots.items():
        put(f"image/{stem}.png", Path(shot.image).read_bytes())
        put(f"mask/{stem}.png", _mask(shot))
        put(f"caption/{stem}.txt", caption_of(subject, shot).encode())


_WRITERS = {"onetrainer": _onetrainer, "kohya": _kohya, "alpha": _alpha, "mix_of_show": _mix_of_show}


def _mask(shot: Shot) -> bytes:
    if shot.mask:
        return Path(shot.mask).read_bytes()
    return as_png(Image.new("L", (shot.width, shot.height), 255))


def _named(shots: Sequence[Shot]) -> dict[str, Shot]:
    """Photos by file stem: what they were called where that is a name of its own, numbered otherwise."""
    found: dict[str, Shot] = {}
    for number, shot in enumerate(shots, 1):
        stem = _safe(Path(shot.name).stem) or f"{number:02d}"
        taken = {one.lower() for one in found}
        found[stem if stem.lower() not in taken else f"{stem}-{number:02d}"] = shot
    return found


def _safe(words: str) -> str:
    return UNSAFE.sub("-", words).strip("-.")[:60]
