"""CustomConcept101 (arXiv 2212.04488): 101 subjects in 20 prompts each, 101 pairs in 12 each.

The folder is `customconcept101/` of github.com/adobe-research/custom-diffusion (`dataset.json`,
`dataset_multiconcept.json`, `prompts/`) with the photos of `benchmark_dataset.zip` in `benchmark_dataset/`.
"""

import re
from pathlib import Path, PurePosixPath
from typing import Any

from pipelines.errors import BadInput
from pipelines.spec import Subject
from pipelines.suites.folder import Folder
from pipelines.suites.protocol import Case, Prompt, Protocol, Row, Suite, rows

TITLE, SINGLE, MULTI = "CustomConcept101", "dataset.json", "dataset_multiconcept.json"
PHOTOS = range(3, 16)
PEOPLE = ("person",)
NAMES = ("text", "clip_i", "dino")
PROTOCOL = Protocol(
    50, steps=50,
    scores=(
        ("text", "mean of 2.5 · max(cosine, 0) of picture and prompt, ViT-B/32: divide by 2.5 for CLIP-T"),
        ("clip_i", "mean cosine over all pairs of a picture and a photo, ViT-B/32"),
        ("dino", "mean cosine over all pairs of a picture and a photo, ViT-S/16 DINO"),
    ),
    says=(
        "Pictures a prompt are the user's choice, 50 here by the paper's custom; published with 50 and 200 DDPM steps.",
        "The caller removes the trigger word from the text; whether the published numbers did is not stated.",
        "One line of scene_pet.txt names only its first subject: leave it out of scores that look for both.",
    ),
)  # fmt: skip
SOURCE = "adobe-research/custom-diffusion, customconcept101/README"
PUBLISHED: tuple[Row, ...] = (
    *rows("one subject, 200 DDPM steps", SOURCE, NAMES, {
        "Textual Inversion": (.6126, .7524, .5111), "DreamBooth": (.7522, .7520, .5533),
        "Custom Diffusion": (.7602, .7440, .5311),
    }, base="SD 1.4"),
    *rows("one subject, 50 DDPM steps", SOURCE, NAMES, {
        "Textual Inversion": (.6117, .7530, .5128), "DreamBooth": (.7514, .7521, .5541),
        "Custom Diffusion": (.7583, .7456, .5335),
    }, base="SD 1.4"),
    *rows("two subjects, 200 DDPM steps", SOURCE, NAMES, {
        "DreamBooth": (.7383, .6625, .3816), "Custom Diffusion, optimised merge": (.7627, .6577, .3650),
        "Custom Diffusion, joint training": (.7567, .6680, .3760),
    }, base="SD 1.4"),
    *rows("two subjects, 50 DDPM steps", SOURCE, NAMES, {
        "DreamBooth": (.7366, .6636, .3849), "Custom Diffusion, optimised merge": (.7599, .6595, .3684),
        "Custom Diffusion, joint training": (.7534, .6704, .3799),
    }, base="SD 1.4"),
)  # fmt: skip


def load(folder: Path | str) -> Suite:
    """The benchmark in a folder; pairs of which both subjects are there.

    Raises:
        BadInput: when neither list is there.
    """
    home = Folder(folder, SINGLE, MULTI, title=TITLE)
    single = [one for one in home.json(home.path / SINGLE, "Subjects", list) or [] if _sound(home, one)]
    triples = [one for one in home.json(home.path / MULTI, "Pairs", list) or [] if _sound_pair(home, one)]
    for name, found in ((SINGLE, single), (MULTI, triples)):
        if (home.path / name).is_file() and len(found) != 101:
            home.gap("count", f"{name} holds {len(found)} entries where 101 are published.", "Compare it.")
    entries: dict[str, dict[str, Any]] = {}
    for one in (*single, *(one for triple in triples for one in triple[:2])):
        entries.setdefault(_name(one, entries), one)
    there = {
        name: one
        for name, entry in entries.items()
        if home.at(entry["instance_data_dir"]).is_dir() and (one := _subject(home, name, entry))
    }
    home.absent("subjects", [name for name in entries if name not in there], len(entries))
    renamed = [name for name, entry in entries.items() if name != PurePosixPath(entry["instance_data_dir"]).name]
    if renamed:
        home.notes.append(f"Pairs call a subject otherwise than its own prompts do: {', '.join(renamed)}.")
    files: dict[str, list[str]] = {}

    def lines(file: str, count: int) -> list[str]:
        if file not in files:
            files[file] = home.lines(home.at(file), "Prompts", count)
        return files[file]

    cases = []
    for entry in single:
        prompts = [Prompt(line.replace("{}", "{0}"), k) for k, line in enumerate(lines(entry["prompt_filename"], 20))]
        name = _name(entry, entries)
        if name in there and prompts:
            cases.append(Case(name, (name,), tuple(prompts)))
    for first, second, third in triples:
        pair = _name(first, entries), _name(second, entries)
        prompts = [Prompt(line, k) for k, line in enumerate(lines(third["prompt_filename_compose"], 12))]
        if set(pair) <= set(there) and prompts:
            cases.append(Case("+".join(pair), pair, tuple(prompts), "pairs"))
    subjects = tuple(there.values())
    return Suite(
        "custom-concept-101", "CustomConcept101, 101 × 20 and 101 pairs × 12", "2212.04488",
        "Adobe Research License, non-commercial; photos Unsplash or CC BY-SA 4.0", home.path, subjects, tuple(cases),
        PROTOCOL, PUBLISHED, tuple(home.gaps),
        {"subjects": 101 + len(renamed), "prompts": 2020 + 1212, "photos": sum(len(one.photos) for one in subjects)},
        notes=home.told(),
    )  # fmt: skip


def _name(entry: dict[str, Any], known: dict[str, dict[str, Any]]) -> str:
    """An entry's own name: its folder, and its noun where the folder is known by another one."""
    name, noun = PurePosixPath(entry["instance_data_dir"]).name, entry["class_prompt"]
    return name if name not in known or known[name]["class_prompt"] == noun else f"{name}-{noun.replace(' ', '-')}"


def _subject(home: Folder, name: str, entry: dict[str, Any]) -> Subject | None:
    photos = home.photos(home.at(entry["instance_data_dir"]), name, PHOTOS)
    noun = entry["class_prompt"]
    kind = "person" if noun in PEOPLE else "object"
    return (
        Subject(name, name.replace("_", " "), noun, f"<{re.sub('[^a-z0-9]', '', name.lower())}>", photos, kind)
        if photos
        else None
    )


def _sound(home: Folder, entry: Any, *, prompts: bool = True) -> bool:
    """Whether an entry names what it has to, inside the folder."""
    names = ("class_prompt", "instance_data_dir", *(["prompt_filename"] if prompts else []))
    missing = [name for name in names if not isinstance(entry, dict) or not isinstance(entry.get(name), str)]
    if missing:
        home.gap("broken", f"An entry lacks {', '.join(missing)}.", "Bring the original lists back.")
        return False
    return all(_inside(home, entry[name]) for name in names[1:])


def _sound_pair(home: Folder, triple: Any) -> bool:
    if not isinstance(triple, list) or len(triple) != 3 or not isinstance(triple[2], dict):
        home.gap("broken", f"An entry of {MULTI} is not two subjects and a prompt file.", "Bring the original back.")
        return False
    file = triple[2].get("prompt_filename_compose")
    if not isinstance(file, str):
        home.gap("broken", f"An entry of {MULTI} names no prompt file.", "Bring the original back.")
        return False
    return _inside(home, file) and all(_sound(home, one, prompts=False) for one in triple[:2])


def _inside(home: Folder, name: str) -> bool:
    try:
        home.at(name)
    except BadInput as error:
        home.gap("broken", error.message, error.advice)
        return False
    return True
