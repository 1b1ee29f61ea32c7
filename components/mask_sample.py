"""A desk without a studio behind it: one drawn photo, where a click finds everything of its colour around it."""

import base64
import io
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from components.mask_editor import Box, Desk, Drawn, MaskEditor, Point
from components.payload import File
from pipelines.errors import EmptyMask

WIDTH, HEIGHT = 480, 360
BALL, SPOT = (214, 68, 52), (240, 200, 70)


class SampleDesk:
    """Three drawn photos of a ball; see `components.mask_editor.Desk`. What is kept is forgotten with the process."""

    def __init__(self) -> None:
        self.subject = {"id": "ball", "name": "Ball", "noun": "ball", "trigger": "<ball1>", "kind": "object"}
        self.pictures = {f"photo{i}": _photo(i) for i in range(3)}
        self.kept: dict[str, dict[str, Any]] = {name: {"caption": "a photo of <ball1> ball"} for name in self.pictures}
        self.gone: set[str] = set()

    def open(self, subject: str) -> dict[str, Any]:
        shown = [name for name in self.pictures if name not in self.gone]
        told = {"subject": self.subject, "photos": [self._told(name) for name in shown], "notes": []}
        return {**told, "dialects": {"plain": "Plain"}, **self.use("")}

    def ready(self, photo: str) -> None:
        return None

    def find(self, photo: str, points: tuple[Point, ...], box: Box | None, refine: bool) -> dict[str, Any]:
        pixels = np.asarray(self.pictures[photo]).astype(int)
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, 1) if box else None
        added = [p for p in (*points, middle) if p and p[2]]
        readings = []
        for reach in (60, 110, 30):
            mask = np.zeros((HEIGHT, WIDTH), bool)
            for x, y, _ in added:
                at = min(HEIGHT - 1, max(0, int(y))), min(WIDTH - 1, max(0, int(x)))
                mask |= abs(pixels - pixels[at]).sum(axis=2) < reach
            if box:
                x0, y0, x1, y1 = map(int, box)
                mask[:y0], mask[y1:], mask[:, :x0], mask[:, x1:] = False, False, False, False
            if mask.any():
                readings.append({"score": 0.9 - reach / 500, "share": float(mask.mean()), **_runs(mask)})
        if not readings:
            raise EmptyMask("Nothing was found there.", "Click on the ball.")
        return {"readings": readings}

    def things(self, photo: str) -> dict[str, Any]:
        """The ground, the ball, and the spot on it."""
        pixels = np.asarray(self.pictures[photo]).astype(int)
        ball, spot = (abs(pixels - colour).sum(axis=2) < 110 for colour in (BALL, SPOT))
        return {"things": [{"score": 0.9, "share": float(m.mean()), **_runs(m)} for m in (~ball & ~spot, ball, spot)]}

    def keep(self, photo: str, mask: Drawn | None, feather: int, accepted: bool, untouched: bool) -> dict[str, Any]:
        self.kept[photo] |= {"mask": mask, "accepted": accepted}
        return {"kept": self._mark(photo)}

    def caption(self, photo: str, words: str) -> None:
        self.kept[photo]["caption"] = words

    def change(self, subject: str, field: str, value: str) -> None:
        self.subject[field] = value

    def use(self, segmenter: str) -> dict[str, Any]:
        colour = {"id": "colour", "name": "Colour", "words": "Everything of the colour clicked.", "here": True}
        return {"segmenters": [colour], "segmenter": "colour"}

    def mend(self, subject: str, photos: tuple[str, ...], deed: str) -> dict[str, Any]:
        return {}

    def discard(self, photo: str) -> None:
        self.gone.add(photo)

    def restore(self, photo: str) -> None:
        self.gone.discard(photo)

    def add(self, subject: str, files: tuple[File, ...]) -> dict[str, Any]:
        return {
            "refused": [{"error": "The sample keeps its three photos.", "advice": "Start the studio to add yours."}]
        }

    def pack(self, subject: str, dialect: str) -> dict[str, str]:
        return {"address": "data:text/plain,", "name": f"{subject}-{dialect}.txt"}

    def _mark(self, name: str) -> str:
        return str(hash(repr((self.kept[name].get("mask"), self.kept[name].get("accepted", False)))))

    def _told(self, name: str) -> dict[str, Any]:
        file, kept = io.BytesIO(), self.kept[name]
        self.pictures[name].save(file, "JPEG", quality=90)
        url = "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()
        w, h, runs = kept.get("mask") or (None, None, None)
        mask = {"w": w, "h": h, "runs": runs, "accepted": kept.get("accepted", False), "busy": False,
                "kept": self._mark(name)}  # fmt: skip
        size = {"width": WIDTH, "height": HEIGHT, "caption": kept["caption"], "written": True}
        return {"id": name, "url": url, "thumb": url, **size, **mask}


def place(desk: Desk, subject: str = "ball") -> None:
    """The editor in the middle and its inspector at the right, as the page places them."""
    with gr.Row(elem_classes="lk-cols3 lk-subjects"):
        with gr.Column(elem_classes="lk-mid"):
            MaskEditor(desk, subject=subject, slot="lk-maskslot", elem_id="lk-mask", elem_classes="lk-grown")
        with gr.Column(elem_classes="lk-rail r"):
            gr.HTML('<div id="lk-maskslot"></div>', apply_default_css=False, elem_classes="lk-grown")


def _photo(i: int) -> Image.Image:
    photo = Image.effect_noise((WIDTH, HEIGHT), 40).convert("RGB").filter(ImageFilter.GaussianBlur(2))
    photo = Image.blend(photo, Image.new("RGB", photo.size, ((96, 130, 88), (150, 140, 120), (90, 110, 140))[i]), 0.8)
    pen, x, y, r = ImageDraw.Draw(photo), 200 + 40 * i, 190 - 20 * i, 90 + 10 * i
    pen.ellipse((x - r, y - r, x + r, y + r), fill=BALL)
    pen.ellipse((x - r // 2, y - r // 2, x + r // 6, y + r // 6), fill=SPOT)
    return photo


def _runs(mask: np.ndarray) -> dict[str, Any]:
    turns = np.flatnonzero(np.diff(mask.ravel())) + 1
    lengths = np.diff(np.concatenate(([0], turns, [mask.size]))).tolist()
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = [int(columns[0]), int(rows[0]), int(columns[-1] + 1), int(rows[-1] + 1)]
    return {"w": WIDTH, "h": HEIGHT, "runs": ([0] if mask.flat[0] else []) + lengths, "box": box}
