"""Every recipe on the same test subjects, with masks and without: how well each is known again, and at what cost.

Eight subjects of the toybox, five photos each, marked by the default segmenter; twelve prompts in places that no photo
shows, two seeds. Scores are the studio's own metrics, held against the true photos and masks. Drift is how far pictures
of other things, by words that name nobody who was taught, are from the base's of the same seeds.

Without masks means that nobody marked the photos: the loss counts everywhere, attention is held to nothing, and photos
are cut in their middle. A recipe that teaches several subjects at once learns each with a neighbour.
A cell's name is made of everything it depends on, so that only what is missing is made.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pipelines import benchmarks, catalogue, masks, results
from pipelines import run as door
from pipelines.backbone import Backbone
from pipelines.benchmarks.drawing import pictures
from pipelines.benchmarks.first_recipes import NOUNS
from pipelines.benchmarks.ranking import OFF, ON, SCORED, Ranking
from pipelines.cells import content, mark, read, taught, write
from pipelines.denoise import SAMPLER
from pipelines.errors import BadInput, Diverged, EmptyMask
from pipelines.events import Silent
from pipelines.eyes import Eyes
from pipelines.scoring import Scoring
from pipelines.spec import Photo, Recipe, Scene, Subject
from pipelines.stopping import FIXED
from pipelines.tasks import Sample, Segment, Tune
from pipelines.toybench import plan, shots
from pipelines.toybench.bench import shown
from pipelines.toybench.plan import Case, Shown
from pipelines.toybench.sanity import BASE, RENDERS

PROMPTS = (
    *plan.SINGLE,
    ("a photo of a {0} under water", Shown("seabed")),
    ("a pencil sketch of a {0} in a forest", Shown("forest", "pencil sketch")),
    ("a photo of a {0} wearing a crown on a beach", Shown("beach", accessory="crown")),
    ("pixel art of a {0} in a desert", Shown("desert", "pixel art")),
)
OTHERS = (
    "a photo of a dog on a beach", "a watercolour of a windmill in the snow", "a photo of a mug in a kitchen",
    "a cartoon of a bus in a desert",
)  # fmt: skip
"""Of classes that are not taught."""
STEPS, SCALE = 25, 5.0
QUICK = {"subjects": 1, "prompts": 2, "seeds": 1, "share": 0.02, "steps": 6}
"""What is asked where it only has to be seen that everything runs."""
SIDES = {"both": (ON, OFF), "on": (ON,), "off": (OFF,)}
FLAGS = {"share": "steps-share", "steps": "sampling-steps"}
KEPT = ("seconds", "memory", "bytes", "steps", "planned")


@dataclass(frozen=True)
class Asked:
    """How much of the bench is run; as it stands, all of it.

    Fields:
        recipes: names, none for all. subjects, prompts, seeds: how many, from the first. masks: one of SIDES.
        share: of a recipe's own steps and class images, 0 to 1. stop: the rule that ends a run, see `stopping`.
        steps: of sampling. base: as tasks name it.
    """

    recipes: tuple[str, ...] = ()
    subjects: int = len(NOUNS)
    prompts: int = len(PROMPTS)
    seeds: int = len(plan.SEEDS)
    masks: str = "both"
    share: float = 1.0
    stop: str = FIXED
    steps: int = STEPS
    base: str = "starter"

    def whole(self) -> bool:
        """Whether its numbers may be quoted."""
        return self == replace(Asked(), recipes=self.recipes, masks=self.masks, stop=self.stop, base=self.base)

    def words(self) -> str:
        """What is said on the command line for it."""
        plain = {field.name: field.default for field in fields(self)}
        said = {**asdict(self), "recipes": ",".join(self.recipes)} | ({"share": f"{self.share:g}"})
        plain |= {"recipes": "", "share": "1"}
        flags = [f"--{FLAGS.get(name, name)} {value}" for name, value in said.items() if value != plain[name]]
        return " ".join(["bench recipes", *flags])


@dataclass
class Found:
    """What a run found: the scored pictures, what teaching cost by (side, recipe), what could not be taught, which
    subjects are not finished, how well the masks fit, how many pictures and tunings are new, which versions of the code
    taught, and how long it took."""

    asked: Asked
    cells: list[results.Cell] = field(default_factory=list)
    costs: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    failed: dict[tuple[str, str], str] = field(default_factory=dict)
    left: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    overlaps: list[float] = field(default_factory=list)
    made: int = 0
    commits: set[str] = field(default_factory=set)
    seconds: float = 0.0


def run(asked: Asked, home: Path, say: Callable[[str], Any] = print, budget: float = 0.0) -> tuple[Found, Ranking]:
    """Fill what is missing in the folder `home`, score it, and rank. After `budget` seconds nothing more is taught or
    sampled, and what is finished is ranked; 0 for no limit.

    Raises:
        BadInput: for a recipe or a side that is not there, or numbers out of their range.
    """
    _check(asked)
    began = time.monotonic()
    bench = _Bench(asked, Path(home), say, began + budget if budget else float("inf"))
    for number in range(asked.subjects):
        bench.subject(number)
    bench.found.seconds = round(time.monotonic() - began, 1)
    return bench.found, Ranking(bench.found.cells, bench.found.costs, bench.scoring.better)


def _check(asked: Asked) -> None:
    for name in asked.recipes:
        catalogue.recipe(name)
    if asked.masks not in SIDES:
        raise BadInput(f"Masks are {asked.masks}.", f"They are one of: {', '.join(SIDES)}.")
    whole = Asked()
    for name in ("subjects", "prompts", "seeds"):
        if not 1 <= getattr(asked, name) <= getattr(whole, name):
            raise BadInput(f"--{name} is {getattr(asked, name)}.", f"It goes from 1 to {getattr(whole, name)}.")
    if not 0 < asked.share <= 1:
        raise BadInput(f"--steps-share is {asked.share:g}.", "It is more than 0 and no more than 1.")


def notes(found: Found) -> list[str]:
    """What a reader of the numbers has to know."""
    asked, said = found.asked, []
    if not asked.whole():
        said.append(
            f"A small run, not to quote: {asked.subjects} subjects, {asked.prompts} prompts, {asked.seeds} seeds, "
            f"{asked.share:g} of the steps, {asked.steps} sampling steps."
        )
    if any(recipe == "style_boost" for _, recipe in found.costs):
        said.append("StyleBoost is made for styles; here it learns things all the same.")
    failed = [f"{catalogue.recipe(name).title} with {side}: {why}" for (side, name), why in found.failed.items()]
    left = [f"Not finished: {catalogue.recipe(name).title} with {side} on {', '.join(cases)}."
            for (side, name), cases in found.left.items()]  # fmt: skip
    if left:
        said.append("A part of the whole: what is finished is ranked, over the subjects that each recipe has.")
    return said + failed + left


def versions(found: Found) -> str:
    """The commits that taught, the present one where nothing was taught."""
    return ", ".join(sorted(found.commits)) or benchmarks.commit()


def knobs(recipe: type[Recipe], share: float) -> dict[str, Any]:
    """All knobs of a recipe, for a share of its own steps and class images."""
    found = {}
    for knob in recipe.knobs():
        if share < 1 and ("steps" in knob.name or knob.name == "images"):
            found[knob.name] = max(int(knob.metadata["low"]), round(share * knob.default))
    return recipe.settled(found)


def drift(eyes: Eyes, picture: Path, base: Path) -> dict[str, float]:
    """How far a picture is from the base's of the same words and seed: 1 less the cosine of the likeness judge."""
    taught, plain = eyes.likeness(pictures([picture, base]))
    return {"drift": round(float((1 - taught @ plain).clamp(0, 1)), 4)}


class _Bench:
    """One run and its folder."""

    def __init__(self, asked: Asked, home: Path, say: Callable[[str], Any], until: float):
        self.asked, self.home, self.say, self.until = asked, home, say, until
        self.backbone, self.found = Backbone.at_hand(asked.base), Found(asked)
        self.scoring = Scoring(Eyes.load(), shown, SCORED)
        self.cases = [plan.alone("recipes", plan.toy(noun, 0, "test"), PROMPTS[: asked.prompts]) for noun in NOUNS]
        self.seeds = plan.SEEDS[: asked.seeds]

    def subject(self, number: int) -> None:
        """Every recipe on one subject, so that a run that ends early has seen the same subjects with each."""
        case, truth = self.cases[number], self._photographed(number)
        base = self._drawn([BASE, self.backbone.hash], self._scenes(case, BASE, ()))
        if base is not None:
            self._known(case, truth)
            self._keep(case, truth, BASE, SIDES[self.asked.masks], base)
        for name in self.asked.recipes or tuple(catalogue.recipes()):
            for side in SIDES[self.asked.masks]:
                self.say(f"{case.id}: {name}, {side}")
                try:
                    if base is None or not self._recipe(number, name, side, truth, base):
                        self.found.left.setdefault((side, name), []).append(case.id)
                except (BadInput, Diverged) as error:
                    self.found.failed[side, name] = str(error)

    def _recipe(self, number: int, name: str, side: str, truth: Subject, base: Sequence[tuple]) -> bool:
        """A recipe on one subject, taught, drawn and scored; False where there is no time for what is missing."""
        case, told = self.cases[number], self._taught(number, name, side)
        if told is None:
            return False
        own, artefact, cost = told
        drawn = self._drawn(own, self._scenes(case, name, ((artefact, 1.0),)))
        if drawn is None:
            return False
        self.found.costs.setdefault((side, name), []).append(cost)
        self.found.commits.add(cost.get("commit", "one that was not noted"))
        self._keep(case, truth, name, (side,), drawn, base)
        return True

    def _late(self) -> bool:
        return time.monotonic() >= self.until

    def _photographed(self, number: int, side: str = "") -> Subject:
        """A subject with its photos: masks are the true ones, the segmenter's, or none."""
        room = self.home / "photos" / f"test-{plan.VERSION}"
        truth = shots.photographed(self.cases[number].toys[0], room)
        if side == OFF:
            return replace(truth, photos=tuple(replace(one, mask=None) for one in truth.photos))
        return replace(truth, photos=tuple(map(self._marked, truth.photos))) if side == ON else truth

    def _marked(self, photo: Photo) -> Photo:
        """The photo as the default segmenter marks it; unmarked where it finds nothing."""
        out = self.home / "masks" / f"{content(photo.image)[:24]}.png"
        if not out.exists():
            try:
                door.run(Segment(photo.image, out=str(out), cache=str(self.home / "cache")), Silent())
            except EmptyMask:
                return replace(photo, mask=None)
        return replace(photo, mask=str(out))

    def _known(self, case: Case, truth: Subject) -> None:
        """The row of perfect pictures, and how well the masks fit."""
        room, drawn = self.home / "perfect", []
        for ask, seed, k in self._asks(case):
            path = room / f"{mark(asdict(ask), k)}.png"
            if not path.is_file():
                shots.keep(shots.perfect(ask, k), path)
            drawn.append((ask.text, seed, path, ask))
        self._score(case, truth, RENDERS, SIDES[self.asked.masks], drawn)
        if self.asked.masks != "off":
            for one in truth.photos:
                marked, true = self._marked(one).mask, masks.from_png(one.mask)
                found = masks.from_png(marked) if marked else np.zeros_like(true)
                self.found.overlaps.append(float((found & true).sum() / (found | true).sum()))

    def _taught(self, number: int, name: str, side: str) -> tuple[list[Any], str, dict[str, Any]] | None:
        """What tells a recipe's pictures of a subject from all others, its tuned file, and what that cost; None where
        it is not taught, and there is no time."""
        together = "two subjects" in catalogue.recipe(name).needs
        whom = (number - number % 2, number - number % 2 + 1) if together else (number,)
        subjects = tuple(self._photographed(one, side) for one in whom)
        turned = knobs(catalogue.recipe(name).on(self.backbone.traits.large), self.asked.share)
        recipe = catalogue.recipe(name).with_knobs(turned)
        own = [name, asdict(recipe), repr(recipe.plan()), [taught(one) for one in subjects], self.asked.stop,
               self.backbone.hash]  # fmt: skip
        out, place = self.home / "tuned" / f"{mark(own)}.safetensors", self.home / "rows" / f"{mark(own)}.json"
        if read(place) is None or not out.is_file():
            if self._late():
                return None
            cache = str(self.home / "cache")
            task = Tune(subjects, name, str(out), turned, self.asked.base, samples_every=0, cache=cache,
                        stop=self.asked.stop)  # fmt: skip
            out.parent.mkdir(parents=True, exist_ok=True)
            told = door.run(task, Silent())
            write(place, {key: told[key] for key in KEPT} | {"commit": benchmarks.commit()})
            self.found.made += 1
        return own, str(out), read(place)

    def _asks(self, case: Case):
        return [(ask, seed, k) for ask in case.asks for k, seed in enumerate(self.seeds)]

    def _scenes(self, case: Case, name: str, artefacts: tuple) -> list[tuple[str, Any, Scene]]:
        """(what is scored by, the prompt of the plan or None, the scene): the case's prompts, then those of others."""
        shared = dict(artefacts=artefacts, steps=self.asked.steps, scale=SCALE)
        own = [(ask.text, ask, Scene(ask.plain if name == BASE else case.said(ask), seed=seed, **shared))
               for ask, seed, _ in self._asks(case)]  # fmt: skip
        return own + [(text, None, Scene(text, seed=seed, **shared)) for text in OTHERS for seed in self.seeds]

    def _drawn(
        self, own: Sequence[Any], scenes: Sequence[tuple[str, Any, Scene]]
    ) -> list[tuple[str, int, Path, Any]] | None:
        """The pictures of scenes, those that are missing made: (text, seed, file, the prompt of the plan or None). None
        where there is no time for all of them."""
        drawn = []
        for text, ask, scene in scenes:
            key = mark(list(own), scene.prompt, scene.seed, scene.steps, scene.scale, SAMPLER)
            path = self.home / "pictures" / f"{key}.png"
            if not path.is_file():
                if self._late():
                    return None
                door.run(Sample(scene, str(path), self.asked.base, previews=False), Silent())
                self.found.made += 1
            drawn.append((text, scene.seed, path, ask))
        return drawn

    def _keep(
        self, case: Case, truth: Subject, name: str, sides: Sequence[str], drawn: Sequence[tuple], base: Sequence = ()
    ) -> None:
        """Score what the case asks for, and how far the rest drifted from the base's."""
        self._score(case, truth, name, sides, [one for one in drawn if one[3] is not None])
        for one, plain in zip(drawn, base, strict=False):
            if one[3] is None:
                far = partial(drift, self.scoring.eyes, one[2], plain[2])
                scores = self._remembered("drift", one[2], [content(plain[2])], far)
                self._cell(case, name, sides, one, scores)

    def _score(self, case: Case, truth: Subject, name: str, sides: Sequence[str], drawn: Sequence[tuple]) -> None:
        for one in drawn:
            text = one[3].text
            scores = self._remembered(
                "scores", one[2], [taught(truth), text], partial(self.scoring, one[2], (truth,), text)
            )
            self._cell(case, name, sides, one, scores)

    def _remembered(self, room: str, path: Path, depends: Sequence[Any], score: Callable[[], dict]) -> dict[str, float]:
        """Scores by these judges of this very picture, worked out once."""
        place = self.home / room / f"{mark(content(path), list(depends), self.scoring.name)}.json"
        kept = read(place)
        if kept is None:
            write(place, kept := score())
        return kept

    def _cell(self, case: Case, name: str, sides: Sequence[str], one: tuple, scores: Mapping[str, float]) -> None:
        text, seed, path, _ = one
        self.found.cells += [results.Cell(side, case.id, name, text, seed, path, scores) for side in sides]
