"""Custom Diffusion's own set (arXiv 2212.04488): ten subjects in 20 prompts each, five pairs in 8 each.

The folder holds `prompts/` of github.com/adobe-research/custom-diffusion and the photos of its `data.zip`, a folder a
subject, in `data/` or beside `prompts/`. Most prompts mark their subject with <new1>; those of the moongate and of all
pairs do not, and get their places from the nouns.
"""

import re
from pathlib import Path

from pipelines.spec import Subject
from pipelines.suites.folder import Folder
from pipelines.suites.protocol import Case, Prompt, Protocol, Suite

TITLE = "Custom Diffusion's evaluation set"
SINGLE = {
    "barn": ("barn", ("barn",)), "cat": ("cat", ("cat",)), "chair": ("chair", ("chair",)), "dog": ("dog", ("dog",)),
    "flower": ("flower", ("flower",)), "moongate": ("moongate", ("moongate",)), "table": ("table", ("table",)),
    "teddybear": ("teddybear", ("teddybear", "teddy_bear", "teddy")),
    "tortoise_plushy": ("tortoise plushy", ("tortoise_plushy", "tortoise")),
    "wooden": ("wooden pot", ("wooden_pot", "woodenpot", "wooden")),
}  # fmt: skip
"""By the stem of the prompt file: the class noun, and what the folder of photos may be called."""
PAIRS = {
    "cat_chair": ("cat", "chair"), "moongate_dog": ("moongate", "dog"), "table_chair": ("table", "chair"),
    "wooden_pot_cat": ("wooden", "cat"), "wooden_pot_flower": ("wooden", "flower"),
}  # fmt: skip
PROTOCOL = Protocol(
    50, steps=200, scale=6.0,
    scores=(
        ("clip_t", "mean cosine of picture and prompt without <new1>, CLIP"),
        ("clip_i", "mean cosine over all pairs of a picture and a photo of its subject, CLIP"),
        ("kid", "between pictures of the class prompt and about 1000 real pictures of the class: prior drift"),
    ),
    says=(
        "DDPM sampling. That each prompt gets 50 pictures at 6 is remembered, not confirmed; 200 steps are.",
        "Training: 250 steps on two cards at batch 2 each, 1e-5, 200 regularisation pictures; pairs 500 steps.",
        "The paper's own table is of this set; the table its authors print online is of CustomConcept101.",
    ),
    class_prompt="photo of a {0}",
)  # fmt: skip


def load(folder: Path | str) -> Suite:
    """The set in a folder.

    Raises:
        BadInput: when neither its prompts nor its photos are there.
    """
    home = Folder(folder, "prompts", "data", *SINGLE, title=TITLE)
    homes = [home.path / "data", home.path]
    subjects = tuple(one for name in SINGLE if (one := _subject(home, homes, name)))
    home.absent("subjects", [name for name in SINGLE if name not in {one.id for one in subjects}], len(SINGLE))
    cases, there = [], {one.id for one in subjects}
    for name, (noun, _) in SINGLE.items():
        lines = home.lines(home.path / "prompts" / f"{name}.txt", SINGLE[name][0], 20)
        if name in there and lines:
            cases.append(Case(name, (name,), _prompts(home, name, [_single(line, noun) for line in lines], 1)))
    for name, pair in PAIRS.items():
        lines = home.lines(home.path / "prompts" / f"{name}.txt", name.replace("_", " "), 8)
        if set(pair) <= there and lines:
            nouns = [SINGLE[one][0] for one in pair]
            cases.append(Case(name, pair, _prompts(home, name, [placed(line, nouns) for line in lines], 2)))
    return Suite(
        "custom-diffusion", "Custom Diffusion, 10 × 20 and 5 pairs × 8", "2212.04488",
        "Adobe Research License, non-commercial", home.path, subjects, tuple(cases), PROTOCOL, (), tuple(home.gaps),
        {"subjects": 10, "prompts": 240, "photos": sum(len(one.photos) for one in subjects)}, notes=home.told(),
    )  # fmt: skip


def _subject(home: Folder, homes: list[Path], name: str) -> Subject | None:
    noun, called = SINGLE[name]
    where = next((root / one for root in homes for one in called if (root / one).is_dir()), None)
    photos = home.photos(where, noun) if where else ()
    return Subject(name, noun, noun, f"<{name.replace('_', '')}1>", photos) if photos else None


def _single(line: str, noun: str) -> str:
    """A line with {0} for "<new1> class"; a line without <new1> gets it at the noun."""
    marked = line.replace(f"<new1> {noun}", "{0}").replace("<new1>", "{0}")
    return marked if "{0}" in marked else placed(line, [noun])


def placed(line: str, nouns: list[str]) -> str:
    """A line with {0}, {1} ... where the nouns stand."""
    for number, noun in enumerate(nouns):
        line = re.sub(rf"\b{re.escape(noun)}\b", f"{{{number}}}", line, flags=re.I)
    return line


def _prompts(home: Folder, name: str, lines: list[str], slots: int) -> tuple[Prompt, ...]:
    bare = [k for k, line in enumerate(lines) if any(f"{{{n}}}" not in line for n in range(slots))]
    if bare:
        home.gap("broken", f"prompts/{name}.txt: {len(bare)} lines do not name every subject.", "Compare them.")
    return tuple(Prompt(line, k) for k, line in enumerate(lines))
