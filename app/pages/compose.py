"""Compose: who goes where, in words and boxes, and the picture as it comes."""

import json
import secrets
from dataclasses import asdict, replace
from html import escape
from typing import TYPE_CHECKING, Any

import gradio as gr

from app import composing, fusing, handover
from app.bases import Bases, alias, fits
from app.composing import MOST_SEED, SCALES, STEPS, Draft
from app.pointing import pointer
from app.takes import Takes
from app.tuning import untaught
from app.windows import Windows
from components import layout
from components.fuse_panel import FusePanel
from components.herald import Herald, Notice
from components.how_choice import HowChoice
from components.live_preview import LivePreview
from components.make_bar import MakeBar
from components.region_canvas import RegionCanvas
from components.script import closed, filled
from pipelines import catalogue
from pipelines.errors import StudioError

if TYPE_CHECKING:
    from app.studio import House

TITLE = "Compose"


def build(house: "House") -> None:
    """Place the page: scene, canvas, live preview, takes."""
    library, jobs, bases = house.library, house.jobs, Bases(house.library)
    takes, windows = Takes(library, jobs), Windows(library, "compose")

    def fields(draft: Draft) -> tuple[Any, ...]:
        return (
            draft.layout,
            draft.prompt,
            draft.negative,
            draft.seed,
            draft.steps,
            draft.scale,
            draft.takes,
            {"how": draft.how, "knobs": draft.knobs},
            draft.dice,
        )

    def gathered(*values: Any) -> Draft:
        drawn, prompt, negative, seed, steps, scale, count, how, dice = values
        words, numbers = (prompt or "", negative or ""), (int(seed or 0), int(steps), float(scale), int(count))
        return Draft(drawn, *words, *numbers, dice, how["how"], how["knobs"])

    def saved() -> Draft:
        return composing.recalled(library.draft("compose"))

    def kept(draft: Draft, request: gr.Request) -> Any:
        """Keep what a window holds; what its canvas then has to say."""
        return gr.skip() if windows.keep(request.session_hash, asdict(draft)) else gr.update(elsewhere=True)

    def keep(request: gr.Request, *values: Any) -> tuple[Any, Any]:
        draft = gathered(*values)
        return together(draft), kept(draft, request)

    def mine(request: gr.Request, *values: Any) -> tuple[Any, Any]:
        draft = gathered(*values)
        windows.keep(request.session_hash, asdict(draft), over=True)
        return together(draft), gr.update(elsewhere=False)

    def together(draft: Draft) -> Any:
        """The files that could become one, and how."""
        named = fusing.sources(draft.layout, library)
        return gr.update(files=named, ways=fusing.offers(named, library), job=library.draft("fusion", ""))

    def fuse(drawn: dict[str, Any], asked: dict[str, Any]) -> tuple[Any, ...]:
        try:
            wanted = fusing.task(asked, drawn, library)
        except StudioError as refused:
            return gr.skip(), Notice("err", refused.message, refused.advice)
        job = jobs.submit(wanted, fusing.title(drawn, library))
        library.keep_draft("fusion", job)
        return gr.update(job=job), None

    def note(draft: Draft) -> str:
        base = bases.used().base
        pace = composing.pace(library, base)
        try:
            longer = composing.cost(composing.scene(draft, library, base)) if pace else 1
        except StudioError:
            longer = 1
        return f"≈ {max(pace * draft.steps * draft.takes * longer, 0.1):.0f} s" if pace else ""

    def opened(request: gr.Request) -> tuple[Any, ...]:
        draft = composing.recalled(windows.show(request.session_hash))
        drawn, *rest, dice = fields(draft)
        return (
            gr.update(value=drawn, elsewhere=False, **around()),
            *rest,
            gr.update(value=dice, note=note(draft)),
            gr.update(unit=unit()),
            together(draft),
        )

    def looked(request: gr.Request) -> Any:
        return gr.update(elsewhere=windows.behind(request.session_hash))

    def theirs(request: gr.Request) -> tuple[Any, ...]:
        """What another window keeps, also where this one drew last: a canvas does not listen to its own session."""
        canvas, *rest = opened(request)
        return canvas | {"value": canvas["value"] | {"session": ""}}, *rest

    def spoken() -> tuple[str, str]:
        draft = saved()
        return draft.prompt, draft.negative

    def opened_words(event: gr.EventData) -> tuple[str, str]:
        words = event._data if isinstance(event._data, dict) else {}
        return tuple(str(words.get(name) or "")[:1000] for name in ("prompt", "negative"))

    def around() -> dict[str, Any]:
        used, paths = bases.used(), composing.files(library)
        base = {"key": alias(used.base), "name": used.name}
        return {
            "subjects": [
                one
                | {"fits": fits(one["base"], used.base), "whole": composing.readable(paths[one["key"]])}
                | {"base": alias(one["base"])}
                for one in composing.choices(library)
            ],
            "untaught": untaught(library, jobs),
            "unit": unit(),
            "cells": composing.cells(used.base),
            "base": base,
            "unused": composing.unused(saved()),
        }

    def unit() -> int:
        side = composing.native(bases.used().base)
        return side if side <= 256 else 64

    def thrown(draft: Draft) -> Draft:
        return replace(draft, seed=secrets.randbelow(composing.DICE)) if draft.dice else draft

    def silent(draft: Draft) -> Notice | None:
        """Which regions of the picture that is asked for take no part."""
        out = list(composing.left_out(draft.layout, library, bases.used().base).values())
        if not out:
            return None
        others = f" So do {len(out) - 1} others." if len(out) > 2 else " So does one other." if len(out) > 1 else ""
        return Notice("warn", f"{out[0].message} It takes no part.{others}", out[0].advice)

    def make(request: gr.Request, *values: Any) -> tuple[Any, ...]:
        draft = thrown(gathered(*values))
        try:
            first = takes.begin(draft, bases.used().base)[0]
        except StudioError as refused:
            return *[gr.skip()] * 4, Notice("err", refused.message, refused.advice)
        return first, draft.seed, gr.update(note=note(draft)), kept(draft, request), silent(draft)

    def redo(event: gr.EventData, request: gr.Request, *values: Any) -> tuple[Any, ...]:
        asked, base = event._data if isinstance(event._data, dict) else {}, bases.used().base
        draft = thrown(gathered(*values))
        try:
            region, job = (layout.name(what, asked.get(what)) for what in ("region", "key"))
            drawn, _ = takes.drawn(job) or (None, [])
            one, keep = composing.redone(draft, base, region, takes.finished(job), drawn, library)
            first = takes.begin(one, base, keep)[0]
        except StudioError as refused:
            return *[gr.skip()] * 3, Notice("err", refused.message, refused.advice)
        return first, draft.seed, kept(draft, request), silent(one)

    def picked(event: gr.EventData) -> tuple[Any, str]:
        job = event._data.get("job") if isinstance(event._data, dict) else None
        found = takes.picture(job) if isinstance(job, str) else None
        if not found:
            return gr.update(backdrop=None), ""
        drawn, cut = takes.drawn(job), takes.unread(job)
        told = {"drawn": drawn[0], "seen": takes.seen(job)} if drawn else {}
        line = f'<div class="lk-noteline warn" role="status">{escape(cut)}</div>' if cut else ""
        return gr.update(backdrop={"key": job, "url": found[1], **told}), line

    def received(event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        hand = event._data if isinstance(event._data, dict) else {}
        try:
            draft = handover.handed(hand, saved(), library)
            differs = handover.otherwise(hand, library, bases.used().base)
        except StudioError as refused:
            return *[gr.skip()] * (len(scene) + 1), Notice("err", refused.message, refused.advice)
        windows.keep(request.session_hash, asdict(draft), over=True)
        drawn, *rest = fields(draft)
        said = Notice("warn", differs.message, differs.advice) if differs else None
        return gr.update(value=drawn, elsewhere=False, **around()), *rest, together(draft), said

    with gr.Row(elem_classes="lk-cols3 lk-compose"):
        with gr.Column(elem_classes="lk-rail l"):
            gr.HTML('<div class="lk-head"><h2>Scene</h2></div>', apply_default_css=False, elem_classes="lk-flush")
            prompt = gr.Textbox(
                label="Whole picture", lines=2, max_lines=5, max_length=1000, elem_classes="lk-pad",
                placeholder="three friends on a sunny beach, clear sky",
            )  # fmt: skip
            unread = gr.HTML("", apply_default_css=False, elem_classes="lk-flush lk-unread")
            gr.HTML('<div id="lk-compose-regions"></div>', apply_default_css=False, elem_classes="lk-flush")
            fused = FusePanel(page=TITLE, heaviest=fusing.HEAVIEST, elem_classes="lk-flush")
            with gr.Accordion("How regions meet", open=False, elem_id="lk-how-regions"):
                how = HowChoice(catalogue.hows())
            with gr.Accordion("Sampling", open=False, elem_id="lk-sampling"):
                negative = gr.Textbox(label="Not in the picture", lines=1, max_lines=3, max_length=1000)
                steps = gr.Slider(*STEPS, 25, step=1, label="Steps")
                scale = gr.Slider(*SCALES, 5.0, step=0.5, label="CFG scale")
                with gr.Row():
                    seed = gr.Number(0, label="Seed", precision=0, minimum=0, maximum=MOST_SEED, min_width=100)
                    count = gr.Slider(1, 12, 1, step=1, label="Takes, one seed each", min_width=120)
            bar = MakeBar(label="Make picture", elem_classes="lk-flush lk-last")
        with gr.Column(elem_classes="lk-mid"):
            with gr.Row(elem_classes="lk-pair"):
                with gr.Column(elem_classes="lk-half"):
                    canvas = RegionCanvas(
                        slot="lk-compose-regions", page=TITLE, point=pointer(library, jobs, takes), spoken=spoken,
                        elem_classes="lk-grown", elem_id="lk-canvas",
                    )  # fmt: skip
                with gr.Column(elem_classes="lk-half"):
                    live = LivePreview(takes.look, slot="lk-compose-takes", elem_classes="lk-grown", elem_id="lk-live")
            gr.HTML('<div id="lk-compose-takes"></div>', apply_default_css=False, elem_classes="lk-flush")
        herald = Herald()

    quiet = {"queue": False, "show_progress": "hidden"}
    scene = [canvas, prompt, negative, seed, steps, scale, count, how, bar]
    changes = [canvas.input, bar.input, *(one.input for one in scene[1:-1])]
    ready = canvas.ready(opened, None, [*scene, live, fused], **quiet).then(None, None, None, js=filled("lk-canvas"))
    canvas.shown(lambda: (gr.update(**around()), together(saved())), None, [canvas, fused], **quiet)
    canvas.looked(looked, None, canvas, **quiet)
    canvas.theirs(theirs, None, [*scene, live, fused], **quiet)
    canvas.mine(mine, scene, [fused, canvas], **quiet)
    canvas.hand(received, None, [*scene, fused, herald], **quiet)
    gr.on(changes, keep, scene, [fused, canvas], trigger_mode="always_last", **quiet)
    ways = {name: way.title for name, way in catalogue.hows().items()}
    chosen = closed("lk-how-regions", f"way => ({json.dumps(ways)})[way?.how] || ''")
    for told in (how.input, how.change):
        told(None, how, None, js=chosen)
    ready.then(None, how, None, js=chosen)
    ready.then(None, [steps, scale, seed], None, js=SAMPLING)
    for one in (steps, scale, seed):
        one.change(None, [steps, scale, seed], None, js=SAMPLING)
    how.input(lambda way: gr.update(unused=composing.unused(Draft({}, **way))), how, canvas, **quiet)
    bar.make(make, scene, [live, seed, bar, canvas, herald], **quiet)
    canvas.opened(opened_words, None, [prompt, negative], **quiet).then(keep, scene, [fused, canvas], **quiet)
    fused.fuse(fuse, [canvas, fused], [fused, herald], **quiet)
    canvas.redo(redo, scene, [live, seed, canvas, herald], **quiet)
    live.select(picked, None, [canvas, unread], **quiet)
    live.stop(takes.stop, None, None, **quiet)


SAMPLING = closed("lk-sampling", "(steps, scale, seed) => `${steps} steps · CFG ${scale} · seed ${seed}`")
