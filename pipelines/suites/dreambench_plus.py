"""DreamBench++ (arXiv 2406.16855): 150 subjects of one picture each, nine prompts each, judged by GPT-4o.

The folder is `data/` of its `data.zip`: `images/<category>/**.jpg`, and `captions/` with a text of the same path: the
subject's name, then nine prompts (four photo-real, three styles, two imaginative).
"""

import re
from pathlib import Path

from pipelines.spec import Subject
from pipelines.suites.folder import PHOTOS, Folder
from pipelines.suites.protocol import Case, Prompt, Protocol, Row, Suite, rows

TITLE = "DreamBench++"
CATEGORIES = {"live_subject/animal": "object", "live_subject/human": "person", "object": "object", "style": "style"}
KINDS = ("photo",) * 4 + ("style",) * 3 + ("imaginative",) * 2
SUBJECTS = 150
PROTOCOL = Protocol(
    1, seeds=(42,), steps=100, scale=7.5, references="one",
    scores=(
        ("cp", "concept preservation: GPT-4o's 0 to 4 over 4, mean of all pictures and three runs"),
        ("pf", "prompt following: likewise"),
        ("cp_pf", "the product of the two means, not the mean of products"),
        ("dino", "cosine of a picture and its one photo in ViT-S/8 DINO: another scale than S/16"),
        ("clip_i", "likewise in CLIP ViT-B/32"),
        ("clip_t", "cosine of picture and prompt, CLIP ViT-B/32"),
    ),
    says=(
        "Judge: gpt-4o-2024-05-13 at temperature 1, pictures at 512; other judges give other levels.",
        "Training there: DreamBooth 2.5e-6, 250 steps; LoRA 1e-4, 100 (SDXL 5e-5, 500); Textual Inversion 5e-4, 3000.",
    ),
)  # fmt: skip
SOURCE = "Peng et al., arXiv 2406.16855"
PARTS = (
    "cp_animal",
    "cp_human",
    "cp_object",
    "cp_style",
    "cp",
    "pf_photo",
    "pf_style",
    "pf_imaginative",
    "pf",
    "cp_pf",
)
PUBLISHED: tuple[Row, ...] = (
    *rows("GPT-4o", SOURCE, PARTS, {
        "DreamBooth-LoRA | SDXL": (.751, .311, .543, .718, .598, .898, .895, .754, .865, .517),
        "IP-Adapter ViT-G | SDXL": (.667, .558, .504, .752, .593, .743, .632, .446, .640, .380),
        "Emu2 | SDXL": (.670, .546, .447, .454, .528, .732, .719, .560, .690, .364),
        "DreamBooth | SD 1.5": (.640, .199, .488, .476, .494, .789, .775, .504, .721, .356),
        "IP-Adapter-Plus ViT-H | SDXL": (.900, .845, .759, .912, .833, .502, .384, .279, .413, .344),
        "BLIP-Diffusion | SD 1.5": (.673, .557, .469, .507, .547, .581, .510, .303, .495, .271),
        "Textual Inversion | SD 1.5": (.502, .358, .305, .358, .378, .671, .686, .437, .624, .236),
    }),
    *rows("people and machines", SOURCE, ("cp_people", "cp", "dino", "clip_i", "pf_people", "pf", "clip_t"), {
        "Textual Inversion": (.316, .378, .437, .726, .604, .624, .302),
        "DreamBooth": (.453, .493, .544, .753, .679, .721, .323),
        "DreamBooth-LoRA": (.571, .597, .628, .784, .821, .865, .341),
        "BLIP-Diffusion": (.513, .547, .649, .823, .577, .495, .286),
        "Emu2": (.410, .528, .539, .763, .641, .689, .310),
        "IP-Adapter-Plus": (.755, .833, .834, .917, .541, .413, .282),
        "IP-Adapter ViT-G": (.570, .593, .667, .855, .688, .640, .309),
    }),
    *rows("later entries", "later papers' tables", ("cp", "pf", "cp_pf"), {
        "Mentor": (.56, .84, .47), "Lumina-mGPT": (.91, .25, .23), "DreamEngine": (.68, .37, .26),
    }, first_hand=False),
)  # fmt: skip


def load(folder: Path | str) -> Suite:
    """The benchmark in a folder.

    Raises:
        BadInput: when nothing of it is there.
    """
    home = Folder(folder, "images", "captions", title=TITLE)
    if not (home.path / "images").is_dir():
        home.gap("missing", "There is no folder images.", "Unpack the whole data.zip.")
    subjects, cases = [], []
    for category, kind in CATEGORIES.items():
        for caption in sorted((home.path / "captions" / category).rglob("*.txt")):
            where = caption.relative_to(home.path / "captions").with_suffix("")
            lines = home.lines(caption, where.as_posix(), 1 + len(KINDS))
            photo = next((home.path / "images" / where.with_suffix(end) for end in sorted(PHOTOS)
                          if (home.path / "images" / where.with_suffix(end)).is_file()), None)  # fmt: skip
            if photo is None:
                home.gap("missing", f"{where.as_posix()}: its picture is not in images.", "Unpack data.zip again.")
            elif len(lines) > 1 and (found := home.photos_of(photo)):
                id = f"{'_'.join(where.parts)}_{_word(lines[0])}"
                subjects.append(Subject(id, lines[0], lines[0], "<sks>", found, kind))  # type: ignore[arg-type]
                cases.append(Case(id, (id,), _prompts(home, where.as_posix(), lines)))
    for photo in sorted(one for one in (home.path / "images").rglob("*") if one.suffix.lower() in PHOTOS):
        where = photo.relative_to(home.path / "images").with_suffix(".txt")
        if not (home.path / "captions" / where).is_file():
            home.gap("missing", f"{where.as_posix()} is not in captions: its picture has no prompts.", "Unpack again.")
    if len(subjects) != SUBJECTS:
        home.gap("count", f"{len(subjects)} subjects where {SUBJECTS} are published.", "Unpack data.zip again.")
    return Suite(
        "dreambench-plus", "DreamBench++, 150 × 9", "2406.16855", "Apache-2.0", home.path, tuple(subjects),
        tuple(cases), PROTOCOL, PUBLISHED, tuple(home.gaps), {"subjects": 150, "prompts": 1350, "photos": 150},
        notes=home.told(),
    )  # fmt: skip


def _word(name: str) -> str:
    return "_".join(name.lower().split())


def _prompts(home: Folder, where: str, lines: list[str]) -> tuple[Prompt, ...]:
    """The prompts with {0} where they name their subject."""
    name = re.compile(rf"\b{re.escape(lines[0])}\b", re.I)
    texts = [name.sub("{0}", line, count=1) for line in lines[1:]]
    bare = sum("{0}" not in text for text in texts)
    if bare:
        home.notes.append(f"{where}: {bare} prompts do not name “{lines[0]}”; no trigger word is in them.")
    return tuple(Prompt(text, k, KINDS[k] if k < len(KINDS) else "") for k, text in enumerate(texts))
