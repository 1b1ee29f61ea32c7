"""The story of a made thing, from photos to picture, and whether every file of it is still there."""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from app import titles
from app.bases import KNOWN
from app.library import Library
from app.search import NAMES
from app.shelf import Thing
from components.provenance import Link, Sheet
from pipelines import catalogue
from pipelines.errors import StudioError
from pipelines.spec import Scene, Subject
from pipelines.tasks import Adopt, Compare, Sample, Tune

SCORE_NAMES = {"likeness": "likeness", "prompt_following": "prompt", "bleed": "bleed"}


class Lineage:
    """Reads what the panel shows of one thing. A picture's own file is asked first, the library's row second."""

    def __init__(self, library: Library):
        self.library, self.files = library, library.files

    def sheet(self, thing: str) -> Sheet:
        """Everything about one thing; raises BadInput when there is none of that id."""
        made = self.library.thing(thing)
        row = self.library.store.row("SELECT deleted FROM made WHERE id = ?", thing)
        common = {
            "id": made.id, "what": made.what, "title": made.title, "starred": made.starred,
            "binned": row["deleted"] is not None, "scores": self._scores(made),
        }  # fmt: skip
        if isinstance(made.task, Sample):
            return self._picture(made, common)
        if isinstance(made.task, Tune):
            return self._tuned(made, common)
        parts = [path for path, _ in getattr(made.task, "artefacts", ())]
        links, complete = self._tuned_files(parts)
        hand = {"wall": made.id} if isinstance(made.task, Compare) else {"artefact": made.id}
        what = made.title if made.what == "artefact" else "methods side by side"
        if isinstance(made.task, Adopt):
            words = f"{made.facts.get('holds', 'LoRA')} on {base_name(made.task.base)}"
            links = (Link("upload", "Another program’s file", words),)
        return Sheet(**common, prompt=what, lineage=(*links, self._self(made)), complete=complete, hand=hand)

    def _picture(self, made: Thing, common: dict) -> Sheet:
        scene, base = made.task.scene, made.task.base
        used = dict.fromkeys([p for p, _ in scene.artefacts] + [r.artefact for r in scene.regions if r.artefact])
        tuned, there = self._tuned_files(used)
        photos, found = self._photos(self._subjects_of(made, used))
        layout = (Link("wall", "Layout", f"{len(scene.regions)} regions"),) if scene.regions else ()
        image = self.files.url(made.path) if Path(made.path).is_file() else ""
        keep = made.task.keep
        rest = (Link("picture", "Kept round it", Path(keep.picture).name),) if keep else ()
        there = there and (not keep or Path(keep.picture).is_file())
        return Sheet(
            **common, image=image, file=image, prompt=scene.prompt, negative=scene.negative,
            lineage=(*photos, *tuned, *layout, *rest, self._self(made)), complete=there and found and bool(image),
            facts=self._facts(made, scene, base), regions=tuple((one.prompt, one.negative) for one in scene.regions),
            way=_way(scene) if scene.regions else "",
            hand={"scene": asdict(scene), "picture": made.id},
        )  # fmt: skip

    def _tuned(self, made: Thing, common: dict) -> Sheet:
        photos, there = self._photos(made.task.subjects)
        file = self.files.url(made.path) if Path(made.path).is_file() else ""
        recipe, base = titles.recipe(made.task.recipe), base_name(made.task.base)
        facts = [
            ("Recipe", recipe),
            ("Base", base),
            ("Seed", str(made.task.seed)),
            ("File", f"{made.bytes / 1e6:.2g} MB"),
        ]
        if made.facts.get("best_step") is not None:
            facts.append(("Step kept", str(made.facts["best_step"])))
        return Sheet(
            **common, file=file, prompt=titles.run(made.task),
            lineage=(*photos, self._self(made)), complete=there and bool(file), facts=tuple(facts),
            hand={"artefact": made.id},
        )  # fmt: skip

    def _subjects_of(self, made: Thing, used: Iterable[str]) -> list[Subject]:
        """Those named by the picture itself, and those its tuned files learnt."""
        rows = [self._row(path) for path in used]
        ids = dict.fromkeys([*made.subjects, *(one for row in rows if row for one in row.subjects)])
        found = []
        for one in ids:
            try:
                found.append(self.library.subject(one))
            except StudioError:
                continue
        return found

    def _photos(self, subjects: Iterable[Subject]) -> tuple[tuple[Link, ...], bool]:
        """Two links, photos and masks, and whether their files are there."""
        subjects = list(subjects)
        photos = [photo for one in subjects for photo in one.photos]
        masks = [photo.mask for photo in photos if photo.mask]
        if not photos:
            return (), True
        there = all(Path(path).is_file() for path in [*(p.image for p in photos), *masks])
        small = tuple(seen for photo in photos[:8] if (seen := self.files.seen(photo.image, 64)))
        names = [Path(path).stem for path in (photos[0].image, *masks[:1])]
        links = [Link("picture", _many(len(photos), "photo"), f"of {_names(subjects)}", names[0][:4] + "…", small)]
        if masks:
            words = "one for every photo" if len(masks) == len(photos) else f"for {len(masks)} of {len(photos)} photos"
            links.append(Link("scissors", _many(len(masks), "mask"), words, names[1][:4] + "…"))
        return tuple(links), there

    def _tuned_files(self, paths: Iterable[str]) -> tuple[tuple[Link, ...], bool]:
        paths = list(paths)
        rows = [row for path in paths if (row := self._row(path))]
        if not paths:
            return (), True
        steps = [str(row.facts["best_step"]) for row in rows if row.facts.get("best_step") is not None]
        recipes = dict.fromkeys(titles.recipe(row.task.recipe) for row in rows if isinstance(row.task, Tune))
        kept = f"{'steps' if len(steps) > 1 else 'step'} {' and '.join(steps)}" if steps else ""
        words = ", ".join(filter(None, (*recipes, kept)))
        hashes = " ".join(row.id[:4] + "…" for row in rows[:3])
        return (Link("disc", _many(len(paths), "tuned file"), words, hashes),), all(Path(p).is_file() for p in paths)

    def _row(self, path: str) -> Thing | None:
        try:
            row = self.library.store.row("SELECT id FROM made WHERE path = ?", self.files.relative(path))
        except StudioError:
            return None
        return self.library.thing(row["id"]) if row else None

    def _self(self, made: Thing) -> Link:
        names = {"picture": "This picture", "artefact": "This file", "wall": "This wall"}
        words = []
        if isinstance(made.task, Sample):
            words = [f"seed {made.task.scene.seed}", f"{made.task.scene.steps} steps"]
        if made.facts.get("seconds"):
            words.append(f"{made.facts['seconds']:.3g} s")
        return Link("star", names[made.what], ", ".join(words), _digest(Path(made.path)))

    def _facts(self, made: Thing, scene: Scene, base: str) -> tuple[tuple[str, str], ...]:
        size = f"{scene.width} × {scene.height}" if scene.width else "the base’s own"
        sampler = str(made.facts.get("sampler", ""))
        pairs = [("Sampler", sampler), ("CFG", f"{scene.scale:g}"), ("Size", size), ("Base", base_name(base)),
                 ("Seed", str(scene.seed)), ("Steps", str(scene.steps))]  # fmt: skip
        return tuple(pair for pair in pairs if pair[1])

    def _scores(self, made: Thing) -> tuple[tuple[str, float], ...]:
        found = [
            (SCORE_NAMES[k], float(v)) for k, v in made.facts.items() if k in SCORE_NAMES and isinstance(v, int | float)
        ]
        return tuple(found)


def base_name(base: str) -> str:
    """A base as people call it: a well-known one by its name, any other by that of its folder or file."""
    place = Path(base).name.removesuffix(".safetensors")
    return NAMES.get(base) or next((one.name for one in KNOWN if one.id == place), place)


def _way(scene: Scene) -> str:
    """How the regions of a scene were composed, with the knobs that were turned."""
    known = catalogue.hows().get(scene.how)
    if known is None:
        return scene.how.replace("_", " ")
    labels = {one.name: one.metadata["label"] for one in known.knobs()}
    turned = [f"{labels.get(name, name)} {value}" for name, value in scene.knobs.items()]
    return ", ".join([known.title, *turned])


def _names(subjects: Iterable[Subject]) -> str:
    return " and ".join(one.name for one in subjects)


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _digest(path: Path) -> str:
    """Four hexadecimal digits of a file's SHA-256; empty for folders and files that are gone."""
    if not path.is_file():
        return ""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:4] + "…"
