"""What a file of another program says of itself before it is taken over: its kind, its name, the word it answers to.

Read from its head alone, without torch. What would not mean the same here is refused.
"""

from dataclasses import dataclass
from pathlib import Path

from pipelines import artefact
from pipelines.errors import BadInput

TABLES = {"clip_l": "text", "clip_g": "text2"}
PICKLES = (".pt", ".bin", ".ckpt", ".pth")
OTHER_KINDS = {"dora_scale": "DoRA", "hada_": "LoHa", "lokr_": "LoKr", "oft_": "OFT", "boft_": "BOFT"}


@dataclass(frozen=True)
class Newcomer:
    """A LoRA or an embedding. `trigger` and `title` are what the file says, else made of its name; `rows` tell, by text
    encoder, under which keys an embedding keeps its vectors, and are empty for a LoRA."""

    title: str
    trigger: str
    rows: dict[str, str]

    @property
    def holds(self) -> str:
        """ "embedding" or "LoRA"."""
        return "embedding" if self.rows else "LoRA"


def look(path: str | Path) -> Newcomer:
    """Look at a file's head.

    Raises:
        BadInput: when it is a pickle, no safetensors file, this studio's own, of a kind that is not read, or neither a
            LoRA nor an embedding.
    """
    path = Path(path)
    if path.suffix.lower() in PICKLES:
        advice = "Such files can run code when opened. Look for the .safetensors file of the same."
        raise BadInput(f"{path.name} is a pickle, which is not opened here.", advice)
    notes, shapes = artefact.read_notes(path), artefact.shapes(path)
    if artefact.KEY in notes:
        raise BadInput(f"{path.name} was tuned by this studio.", "Use it as it is.")
    for sign, kind in OTHER_KINDS.items():
        if any(sign in key for key in shapes):
            raise BadInput(f"{path.name} is a {kind}, which is not read yet.", "LoRA and embeddings are.")
    rows = _embedding(shapes)
    if not rows and not any("lora" in key for key in shapes):
        raise BadInput(f"{path.name} holds neither a LoRA nor an embedding.", "Choose another file.")
    key = rows["text"] if len(rows) == 1 else ""
    said = notes.get("modelspec.trigger_phrase") or notes.get("trigger") or ("" if key == "emb_params" else key)
    trigger = said or (f"<{path.stem}>" if rows else path.stem)
    return Newcomer(notes.get("modelspec.title") or path.stem, trigger.split(",")[0].strip(), rows)


def _embedding(shapes: dict[str, tuple[int, ...]]) -> dict[str, str]:
    """Text encoder → key. Known are diffusers' own (one tensor under the word), AUTOMATIC1111's (`emb_params`), and the
    pair of SDXL."""
    if set(shapes) == set(TABLES):
        return {part: key for key, part in TABLES.items()}
    if len(shapes) == 1 and all(len(shape) in (1, 2) and "lora" not in key for key, shape in shapes.items()):
        return {"text": next(iter(shapes))}
    return {}
