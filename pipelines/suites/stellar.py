"""Stellar (arXiv 2312.06116): 400 people from two photos each, 20,400 prompts. Its data is given out on request, for
research only; nothing of it comes along.

The folder is what its official build writes: `NNN/0.jpg`, `NNN/1.jpg`, `NNN/prompts_t.json`, `NNN/prompts_h.json`, and
for APS `NNN/0_attributes.json`, `NNN/1_attributes.json`.
People 000 to 199 are the test (50 templated and 50 written prompts each), 200 to 399 the validation (2 templated each).
"""

from pathlib import Path
from typing import Any

from pipelines.spec import Subject
from pipelines.suites.folder import Folder
from pipelines.suites.protocol import Case, Prompt, Protocol, Row, Suite, rows

TITLE, PEOPLE, TEST = "Stellar", 400, 200
LISTS = {"prompts_t.json": "templated", "prompts_h.json": "written"}
COUNTS = {("test", "prompts_t.json"): 50, ("test", "prompts_h.json"): 50, ("validation", "prompts_t.json"): 2}
ATTRIBUTES = ("Young", "Male", "High_Cheekbones", "Pointy_Nose", "Narrow_Eyes", "Double_Chin", "Big_Lips", "Big_Nose")
"""Of a face, that APS asks about."""
SOURCE = "Stellar's leaderboard"
PROTOCOL = Protocol(
    1, seeds=(42,), steps=100, scale=5.0, references="one", plain="a person",
    scores=(
        ("ips", "largest cosine of face embeddings over all pairs of faces; 0 without a face"),
        ("aps", "how well face attributes read from the picture match the person's, ROC-AUC"),
        ("sis", "smallest ips over all photos of the person"),
        ("goa", "mean confidence of an open-vocabulary detector in the things a prompt names"),
        ("rfs", "whether the prompted relation is found; no formula was released"),
    ),
    says=(
        "One picture for each photo and prompt.",
        "ips, aps and sis count a picture only if its text score exceeds its photo's by two standard deviations.",
        "The official code has quirks (a face margin of 0.9, a resize that is lost): its numbers need them.",
    ),
    by_kind=True,
)  # fmt: skip
NAMES = ("ips", "aps", "sis", "goa", "rfs")
PUBLISHED: tuple[Row, ...] = (
    *rows("templated prompts", SOURCE, NAMES, {
        "StellarNet": (.637, .693, .577, .305, .134), "ELITE": (.383, .490, .355, .260, .106),
        "DreamBooth": (.252, .317, .232, .302, .103), "Textual Inversion": (.287, .510, .262, .229, .082),
    }),
    *rows("written prompts", SOURCE, NAMES[:3], {
        "StellarNet": (.622, .685, .564), "ELITE": (.368, .449, .342), "DreamBooth": (.246, .299, .228),
        "Textual Inversion": (.299, .419, .273),
    }),
)  # fmt: skip


def load(folder: Path | str) -> Suite:
    """The benchmark in a folder.

    Raises:
        BadInput: when nobody of it is there.
    """
    names = [f"{number:03d}" for number in range(PEOPLE)]
    home = Folder(folder, *names, title=TITLE)
    there = [name for name in names if (home.path / name).is_dir()]
    home.absent("people", [name for name in names if name not in there], PEOPLE)
    subjects, cases, noted = [], [], {}
    for name in there:
        photos = home.photos(home.path / name, f"person {name}", 2)
        photos = tuple(one for one in photos if Path(one.image).stem in ("0", "1"))
        split = "test" if int(name) < TEST else "validation"
        prompts = _prompts(home, name, split)
        noted |= {one.image: found for one in photos if (found := _noted(home, Path(one.image)))}
        if photos:
            subjects.append(Subject(name, f"person {name}", "person", f"<person{name}>", photos, "person"))
            if prompts:
                cases.append(Case(name, (name,), prompts, split))
    return Suite(
        "stellar", "Stellar", "2312.06116", "on request, non-commercial research", home.path, tuple(subjects),
        tuple(cases), PROTOCOL, PUBLISHED, tuple(home.gaps), {"subjects": 400, "prompts": 20_400, "photos": 800},
        notes=home.told(), noted=noted,
    )  # fmt: skip


def _prompts(home: Folder, name: str, split: str) -> tuple[Prompt, ...]:
    """Templated prompts first, then written ones."""
    found: list[Prompt] = []
    for file, kind in LISTS.items():
        due = COUNTS.get((split, file))
        if due is None:
            continue
        told = home.json(home.path / name / file, f"person {name}")
        texts, things = (told or {}).get("prompts"), (told or {}).get("detectables", [])
        if told is None or not _texts(texts):
            if told is not None:
                home.gap("broken", f"{name}/{file} holds no list of prompts.", "Build it again.")
            continue
        if len(texts) != due:
            home.gap("count", f"{name}/{file} has {len(texts)} prompts where {due} are published.", "Build it again.")
        if len(things) != len(texts):
            home.gap("broken", f"{name}/{file}: prompts and detectables are not as many.", "Build it again.")
            things = [[]] * len(texts)
        bare = sum("{}" not in text for text in texts)
        if bare:
            home.gap("broken", f"{name}/{file}: {bare} prompts have no place for the person.", "Build it again.")
        for text, seen in zip(texts, things, strict=True):
            found.append(Prompt(text.replace("{}", "{0}"), len(found), kind, tuple(map(str, seen))))
    return tuple(found)


def _noted(home: Folder, photo: Path) -> tuple[int, ...]:
    """What CelebA notes of the face in a photo, of ATTRIBUTES; nothing where its file is not there, or lacks some."""
    file = photo.with_name(f"{photo.stem}_attributes.json")
    told = (home.json(file, f"person {photo.parent.name}") or {}).get("attributes") if file.is_file() else None
    found = tuple(told.get(name) for name in ATTRIBUTES) if isinstance(told, dict) else ()
    return found if found and all(one in (1, -1) for one in found) else ()


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
