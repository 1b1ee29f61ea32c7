"""Contact sheets and photo shoots as files, to look at the world with one's own eyes.

python launch.py toybox sheet --out sheet.png [--count 64] [--seed 0] [--noun cat]
python launch.py toybox shoot --out folder --noun robot [--subject 3] [--count 5] [--seed 0]
"""

from pathlib import Path

import numpy as np
from PIL import Image

from pipelines import toybox
from pipelines.errors import BadInput


def sheet(out: Path, count: int = 64, seed: int = 0, noun: str = "", size: int = 128) -> dict:
    """Write `count` pictures as one PNG: made-up scenes, or one portrait each of different individuals of a class.

    Returns:
        {"out", "count", "captions"}.
    """
    if noun:
        _known(noun)
        scenes = [toybox.shoot(toybox.subject(noun, seed + k), 1, k)[0] for k in range(count)]
    else:
        scenes = [toybox.draw(seed + k) for k in range(count)]
    tile([toybox.render(s, size).pixels for s in scenes], out)
    return {"out": str(out), "count": count, "captions": [toybox.caption(s) for s in scenes]}


def shoot(out: Path, noun: str, subject: int = 0, count: int = 5, seed: int = 0, size: int = 128) -> dict:
    """Write a photo shoot of one individual: `00.png` ... with `00-mask.png` (white = subject) and `00.txt` captions.

    Returns:
        {"out", "noun", "photos"}.
    """
    _known(noun)
    out.mkdir(parents=True, exist_ok=True)
    photos = []
    for k, scene in enumerate(toybox.shoot(toybox.subject(noun, subject), count, seed)):
        picture = toybox.render(scene, size)
        Image.fromarray(picture.pixels).save(out / f"{k:02d}.png")
        Image.fromarray(picture.masks[0].astype(np.uint8) * 255).save(out / f"{k:02d}-mask.png")
        (out / f"{k:02d}.txt").write_text(toybox.caption(scene) + "\n")
        photos.append(f"{k:02d}.png")
    return {"out": str(out), "noun": noun, "photos": photos}


def tile(pictures: list[np.ndarray], out: Path, columns: int = 8) -> None:
    """Write equally large pictures (S, S, 3) side by side as one PNG."""
    size = pictures[0].shape[0]
    columns = min(columns, len(pictures))
    board = np.full((-(-len(pictures) // columns) * size, columns * size, 3), 255, np.uint8)
    for k, picture in enumerate(pictures):
        row, column = divmod(k, columns)
        board[row * size : (row + 1) * size, column * size : (column + 1) * size] = picture
    out.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(board).save(out)


def _known(noun: str) -> None:
    if noun not in toybox.NOUNS:
        raise BadInput(f"The toybox has no “{noun}”.", f"It has: {', '.join(toybox.NOUNS)}.")
