"""Makes pictures of scenes: words, regions, and the tuned files that speak in them."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pipelines import bleeding, catalogue, keeping, keepsake, phrases, voices
from pipelines.artefact import Header
from pipelines.backbone import Backbone
from pipelines.conditioning import Place, reach
from pipelines.denoise import SAMPLER, At, Guidance, Spoken, Watch, denoise, noise
from pipelines.device import enough_memory, machine
from pipelines.errors import BadInput, Stopped
from pipelines.events import Made, Preview, Progress, Report, Started, Warned
from pipelines.heat import Heat
from pipelines.keeping import Kept
from pipelines.present import Opened, absent, place, without
from pipelines.preview import preview
from pipelines.seams import AttentionOp, Stage, Voice
from pipelines.spec import How, Plan, Region, Scene, Use, check_numbers, use
from pipelines.tasks import Sample
from pipelines.unread import unread

EVERYTHING = (0.0, 0.0, 1.0, 1.0)
ROUTED = use("region_route")
Warn = Callable[[str, str], Any]


@dataclass(frozen=True)
class Cast:
    """Who may speak: tuned files by path, each with what it says about itself and its voice."""

    headers: Mapping[str, Header] = field(default_factory=dict)
    voices: Mapping[str, Voice] = field(default_factory=dict)

    def subjects(self) -> list[str]:
        """Ids of all whom they know, each once."""
        return list(dict.fromkeys(one["id"] for header in self.headers.values() for one in header.subjects))

    def techniques(self, family: str) -> list[Any]:
        """What they need beside their edits, each once."""
        uses = {repr(use): use for header in self.headers.values() for use in getattr(header, family)}
        return [catalogue.load(family, use["name"])(**use["settings"]) for use in uses.values()]


def run(task: Sample, report: Report) -> dict[str, Any]:
    """Make one picture.

    Returns:
        `picture` (its file), `seed`, `steps`, `width`, `height` (pixels), `sampler`, `seconds`.

    Raises:
        BadInput: when nothing can be made of what was asked, or a file that speaks everywhere cannot be used; a region
            alone that cannot take part is told of, and the rest is made.
        Stopped: when the report asked to stop; the last preview stays.
    """
    with enough_memory("Choose a smaller picture, or close other programs."):
        return _run(task, report)


def _run(task: Sample, report: Report) -> dict[str, Any]:
    began = time.perf_counter()
    check_numbers(task.scene)
    report(Started(task.scene.title, machine().label))
    backbone = Backbone.at_hand(task.base)
    warn, opened = lambda what, advice: report(Warned(what, advice)), {}
    scene, lost = prepared(task.scene, backbone, warn, opened)
    cast = gather(scene, backbone, warn, opened)
    heat = Heat(scene.height, scene.width) if task.maps else None
    watch = partial(_watch, report, scene, backbone, task.previews, heat)
    kept = keeping.kept(task.keep, scene, backbone) if task.keep else None
    pixels = backbone.to_pixels(make(scene, backbone, cast, watch, heat, kept))
    pixels = (kept.laid(pixels) if kept else pixels)[0]
    keepsake.save(task.out, pixels, task.scene, task.base, backbone.hash, SAMPLER, task.keep)
    seconds = round(time.perf_counter() - began, 3)
    size = {"width": pixels.shape[2], "height": pixels.shape[1]}
    cut = unread(scene, backbone, cast.voices)
    for number, sentence in ((number, one) for number, told in cut.items() for one in told):
        warn(f"Region {number}: {sentence}" if number else sentence, "")
    facts = {"seconds": seconds, "sampler": SAMPLER, "subjects": cast.subjects(), "unread": cut.get(0, []), **size}
    if scene.regions:
        spoken = _spoken(scene, backbone, cast)
        found = bleeding.find(spoken, task.subjects, pixels.cpu(), heat)
        facts["regions"] = [{**one.told(), "unread": cut.get(one.number, [])} for one in found]
        facts["regions"] += [{"number": k, "why": one.message, "advice": one.advice} for k, one in lost.items()]
    report(Made("picture", task.out, facts))
    told = {"picture": task.out, "seed": scene.seed, "steps": scene.steps, "sampler": SAMPLER}
    return {**told, **size, "seconds": seconds}


def make(
    scene: Scene, backbone: Backbone, cast: Cast | None = None, watch: Watch = lambda i, clean: None,
    heat: Heat | None = None, kept: Kept | None = None,
) -> Tensor:  # fmt: skip
    """Clean latents (1, C, h, w) of a scene that is `settled`; see `Backbone.to_pixels`. The cells that are `kept`, and
    what is foreseen there, are the finished picture's."""
    with performing(scene, backbone, cast or Cast(), [heat] if heat else []) as (at, guidance):
        if heat:
            heat.seek(at)
        if kept:
            rest = catalogue.load("guidance", "keep_rest")(kept.clean, kept.anew)
            guidance, seen = [rest, *guidance], watch
            watch = lambda done, clean: seen(done, rest.rest(clean))  # noqa: E731
        return denoise(at, noise(backbone, [scene.seed], scene.width, scene.height), guidance, watch)


@contextmanager
def performing(scene: Scene, backbone: Backbone, cast: Cast, outside: Sequence[AttentionOp] = ()):
    """Visit the backbone with a scene's voices and techniques; gives where a run begins, and what guides it."""
    plan = _how(scene).plan() if scene.regions else Plan(())
    ops: list[AttentionOp] = _built("attention", plan.attention) + cast.techniques("attention")
    guidance: list[Guidance] = _built("guidance", plan.guidance) + cast.techniques("guidance")
    with backbone.adapted(cast.voices, [*outside, *ops], cast.techniques("encoders")) as stage:
        yield begin(scene, backbone, stage), guidance


def _how(scene: Scene) -> How:
    return catalogue.how(scene.how).with_knobs(scene.knobs)


def _built(family: str, uses: Sequence[Use]) -> list[Any]:
    return [catalogue.load(family, one.name)(**one.settings) for one in uses]


@torch.no_grad()
def begin(scene: Scene, backbone: Backbone, stage: Stage) -> At:
    """What is said, read by the voices that say it."""
    everywhere = dict(scene.artefacts)
    own = {region.artefact: 1.0 for region in scene.regions if region.artefact}
    heard = _listen(scene, backbone, stage)
    words = heard(scene.prompt, scene.negative, {**own, **everywhere}, "The prompt")
    with stage.speaking({**own, **everywhere}):
        named = _named(scene, backbone, stage, words.text)
    regions = []
    for number, region in enumerate(scene.regions, 1):
        if not region.prompt:
            continue
        voice = {region.artefact: 1.0} if region.artefact else {}
        said = heard(region.prompt, region.negative or scene.negative, {**everywhere, **voice}, f"Region {number}")
        regions.append(Spoken(number, region, place(region, scene, backbone), said, voice, named[number - 1]))
    seeds = (scene.seed,)
    return At(backbone, stage, words, scene.scale, everywhere, tuple(regions), steps=scene.steps, seeds=seeds)


def _named(scene: Scene, backbone: Backbone, stage: Stage, text: Tensor) -> list[Tensor | None]:
    """For each region (rows, M), 1 where the picture's words speak of it; None where they do not."""
    marks: list[Tensor | None] = []
    spelt = stage.lexicon(), stage.nouns(), backbone.readers[0].tokenizer
    for found in phrases.spans(scene.prompt, [region.prompt for region in scene.regions]):
        mark = torch.zeros(len(text), text.shape[-2], device=text.device)
        for start, end in found:
            first, last = (1 + reach(scene.prompt[:letter], *spelt) for letter in (start, end))
            mark[-1, first : min(last, text.shape[-2] - 1)] = 1
        marks.append(mark if mark.any() else None)
    return marks


def _listen(scene: Scene, backbone: Backbone, stage: Stage) -> Callable:
    def heard(prompt: str, negative: str, speaking: dict[str, float], who: str):
        with stage.speaking(speaking):
            try:
                return backbone.encode([prompt] if scene.scale == 1 else [negative.strip(), prompt], stage)
            except BadInput as error:
                raise type(error)(f"{who}: {error.message}", error.advice) from None

    return heard


def _spoken(scene: Scene, backbone: Backbone, cast: Cast) -> list[tuple[int, Region, Place, str]]:
    """The regions that say something, with the id of whom they show: whom its tuned file knows by a word it says."""
    found = []
    for number, region in enumerate(scene.regions, 1):
        if region.prompt:
            known = cast.headers[region.artefact].people() if region.artefact else ()
            who = next((one.id for one in known if one.trigger in region.prompt), "")
            found.append((number, region, place(region, scene, backbone), who))
    return found


def settled(scene: Scene, backbone: Backbone, warn: Warn) -> Scene:
    """The scene as it can be made: sides that fit the base, and regions that cannot take part silent."""
    return prepared(scene, backbone, warn)[0]


def prepared(
    scene: Scene, backbone: Backbone, warn: Warn, opened: Opened | None = None
) -> tuple[Scene, dict[int, BadInput]]:
    """`settled`, and by number the regions that are silent, each with why; see `present.absent` for `opened`.

    Raises:
        BadInput: when nobody is left to say anything.
    """
    grain = backbone.grain
    asked = (scene.width or backbone.size, scene.height or backbone.size)
    wide, high = (max(grain, round(side / grain) * grain) for side in asked)
    if (wide, high) != asked:
        advice = f"This base needs sides that are multiples of {grain}."
        warn(f"The picture is made {wide} × {high} pixels large.", advice)
    scene = replace(scene, width=wide, height=high)
    lost = absent(scene, backbone, opened)
    if lost and not scene.prompt.strip() and len(lost) == len(scene.regions):
        raise next(iter(lost.values()))
    for why in lost.values():
        warn(why.message, why.advice)
    scene = without(scene, lost, opened)
    return _everywhere(_how(scene).read(scene) if any(one.prompt for one in scene.regions) else scene), lost


def _everywhere(scene: Scene) -> Scene:
    """A tuned file whose region is the whole picture speaks in the whole picture, where regions are routed: it then
    has the layers, too, in which a voice has no place. Other ways say themselves who speaks where."""
    shown = [one for one in scene.regions if one.prompt]
    if len(shown) != 1 or not shown[0].artefact or ROUTED not in _how(scene).plan().attention:
        return scene
    one = shown[0]
    whole = (one.box, one.mask, one.feather, one.strength, one.start, one.stop) == (EVERYTHING, None, 0, 1, 0, 1)
    known = any(path == one.artefact for path, _ in scene.artefacts)
    return scene if not whole or known else replace(scene, artefacts=(*scene.artefacts, (one.artefact, 1.0)))


def gather(scene: Scene, backbone: Backbone, warn: Warn, opened: Opened | None = None) -> Cast:
    """The tuned files a scene names, ready to speak; those already `opened` are taken from there.

    Raises:
        BadInput: when one is not there, or was taught on another base; says which region asked for it.
    """
    asked: dict[str, str] = {}
    for number, region in enumerate(scene.regions, 1):
        if region.artefact:
            asked.setdefault(region.artefact, f"Region {number}: ")
    asked |= {path: "" for path, _ in scene.artefacts if path not in asked}
    headers, found = {}, {}
    for path, who in asked.items():
        try:
            headers[path], found[path] = (opened or {}).get(path) or voices.load(path, backbone)
        except BadInput as error:
            raise BadInput(f"{who}{error.message}", error.advice) from None
        if headers[path].base_hash != backbone.hash:
            what = f"{who}{Path(path).name} was taught on {headers[path].base}, not on {backbone.name}."
            warn(what, "It may look less like its subject; choose the base it was taught on.")
    return Cast(headers, found)


def _watch(
    report: Report, scene: Scene, backbone: Backbone, previews: bool, heat: Heat | None, done: int, clean: Tensor
) -> None:  # fmt: skip
    report(Progress(done, scene.steps))
    if previews:
        report(Preview(done, scene.steps, preview(clean, backbone), maps=heat.maps() if heat else ()))
    if report.stop() and done < scene.steps:
        raise Stopped(f"The last preview, after step {done} of {scene.steps}.")
    report.wait()
