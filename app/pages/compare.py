"""Compare: who did it best. Methods by prompts by seeds on one wall, filled as pictures come."""

from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import gradio as gr

from app import comparing
from app.bases import Bases
from app.comparing import BASE, UNTUNED, Draft
from app.reach import reach
from app.studies import QUESTIONS, Studies
from app.trial import Trial
from app.tuning import TOGETHER, choices
from app.wall_cell import WallCell
from app.wall_export import address
from app.wall_orders import WallOrders
from app.wall_view import WallView
from app.walls import Walls
from components.before_after import BeforeAfter, voted
from components.contact_sheet import EMPTY, ContactSheet
from components.herald import Herald, Notice
from components.make_bar import MakeBar
from components.script import filled
from components.study_panel import StudyPanel
from components.subject_choice import SubjectChoice
from components.tradeoff_plot import TradeoffPlot
from pipelines import catalogue
from pipelines.errors import StudioError

if TYPE_CHECKING:
    from app.studio import House

TITLE = "Compare"
NEW, MORE = "A new wall", "Add to this wall"
CURVES = [("Nothing", ""), ("CFG scale", "scale"), ("Strength", "strength")]
VALUES = {"scale": "3, 5, 7.5", "strength": "0.4, 0.6, 0.8, 1"}
JUDGES = """<div class="lk-foot"><span class="lk-11 lk-3c lk-grow">Likeness: the subject against its photos. Prompt: the
picture against its words, the trigger word left out. Under “Scores” the head of each column says how it is measured,
and by whom.</span></div>"""
HEAD = '<div class="lk-head"><h2>Set up a wall</h2></div>'


def build(house: "House") -> None:
    """Place the page: the wall; beside it the set-up, or the trade-off and the two pictures looked at."""
    library, jobs, bases = house.library, house.jobs, Bases(house.library)
    walls, view = Walls(library), WallView(library, jobs)
    orders = WallOrders(walls, jobs)
    trial, studies, cell = Trial(view), Studies(library, jobs), WallCell(view, library, jobs)

    def saved() -> Draft:
        return comparing.recalled(library.draft("compare"))

    def fields(draft: Draft) -> tuple[Any, ...]:
        methods = [*draft.recipes, *([BASE] if draft.untuned else [])]
        numbers = (draft.seeds, draft.first_seed, draft.steps, draft.scale)
        values = gr.update(value=draft.values, visible=bool(draft.sweep))
        return list(draft.subjects), methods, draft.prompts, *numbers, draft.sweep, values, draft.judges, draft.wall

    def gathered(*values: Any) -> Draft:
        who, methods, words, seeds, first, steps, scale, along, places, judges, wall = values
        old = saved()
        named = tuple(name for name in methods or () if name != BASE)
        numbers = int(seeds or 1), int(first or 0), int(steps or 25), float(scale or 5)
        return Draft(tuple(who), named, BASE in (methods or ()), words or "", *numbers, old.knobs, wall or "",
                     along or "", places or "", judges or "")  # fmt: skip

    def note(draft: Draft) -> str:
        count, seconds = comparing.cost(draft, library, bases.used().base)
        if not count:
            return ""
        pictures = f"{count} picture{'s' if count > 1 else ''}"
        return pictures if seconds is None else f"{pictures}, ≈ {_time(seconds)}"

    def keep(*values: Any) -> Any:
        if values[2] is None:  # the words have not been filled in yet
            return gr.skip()
        draft = gathered(*values)
        library.keep_draft("compare", asdict(draft))
        return gr.update(note=note(draft))

    def swept(along: str) -> Any:
        """Values to begin with, where a curve was asked for."""
        return gr.update(value=VALUES.get(along, ""), visible=bool(along))

    def sides(open_setup: bool, draft: Draft) -> tuple[Any, ...]:
        """Which of the two rails is shown, and the set-up's fields."""
        *first, wall = fields(draft)
        rails = gr.update(visible=open_setup), gr.update(visible=not open_setup)
        choice = gr.update(choices=[(MORE, wall), (NEW, "")], value=wall, visible=bool(wall))
        return *rails, gr.update(visible=bool(walls.all())), *first, choice, gr.update(note=note(draft))

    def opened() -> tuple[Any, ...]:
        return sides(not walls.all(), saved())

    def shown(value: dict[str, Any]) -> tuple[Any, ...]:
        asked = view.asked(value)
        study = {"wall": asked.wall.key, "blind": asked.blind} if asked else None
        return view.plot(value), trial.pair(value), study

    def adding(value: dict[str, Any]) -> tuple[Any, ...]:
        asked = view.asked(value)
        draft = comparing.of_wall(asked.wall, library.settings) if asked else saved()
        library.keep_draft("compare", asdict(draft))
        return sides(True, draft)

    def start(*values: Any) -> tuple[Any, ...]:
        draft = gathered(*values)
        stay = (gr.skip(),) * 3
        try:
            wall = walls.get(draft.wall) if draft.wall else None
            task = comparing.plan(draft, library, bases.used().base, wall)
        except StudioError as refused:
            return *stay, Notice("err", refused.message, refused.advice)
        wall = orders.make(task, wall)
        library.keep_draft("compare", asdict(replace(draft, wall="")))
        value = {**EMPTY, "wall": wall.key}
        return value, gr.update(visible=False), gr.update(visible=True), None

    def again(value: dict[str, Any]) -> Any:
        asked = view.asked(value)
        if asked is None:
            return None
        orders.fill(asked.wall)
        return Notice("ok", "The missing pictures are in the queue", "What is finished is not made again.")

    def rescore(value: dict[str, Any]) -> Any:
        asked = view.asked(value)
        if asked is None:
            return None
        orders.rescore(asked.wall)
        return Notice("ok", "Its scores are read again", "The pictures stay as they are.")

    def received(value: dict[str, Any], event: gr.EventData) -> tuple[Any, ...]:
        hand = event._data if isinstance(event._data, dict) else {}
        if (wall := walls.named(hand)) is not None:
            return {**EMPTY, "wall": wall.key}, *sides(False, saved()), None
        try:
            draft = comparing.handed(hand, saved(), library, jobs)
        except StudioError as refused:
            return gr.skip(), *sides(not walls.all(), saved()), Notice("err", refused.message, refused.advice)
        if draft is None:
            return gr.skip(), *sides(not walls.all(), saved()), None
        library.keep_draft("compare", asdict(draft))
        return gr.skip(), *sides(True, draft), None

    def blinded(value: dict[str, Any]) -> tuple[Any, ...]:
        value = trial.next(value) if value["blind"] else value
        return value, *shown(value)

    def counted(value: dict[str, Any], event: gr.EventData) -> tuple[Any, ...]:
        vote = voted(event._data)
        if vote is None:
            return gr.skip(), gr.skip()
        trial.vote(value, *vote)
        value = trial.next(value) if value["blind"] else value
        return value, trial.pair(value)

    def pointed(value: dict[str, Any], event: gr.EventData) -> tuple[Any, ...]:
        """A method was clicked in the plot: look at its cell of the same column."""
        key = event._data.get("key") if isinstance(event._data, dict) else None
        column = value["chosen"].partition(":")[2]
        if isinstance(key, str) and column:
            value = {**value, "chosen": f"{key}:{column}", "against": ""}
        return value, *shown(value)

    alone = {name: one for name, one in catalogue.recipes().items() if TOGETHER not in one.needs}
    methods = [(one.title, name) for name, one in alone.items()] + [(UNTUNED, BASE)]
    with gr.Row(elem_classes="lk-cols3 lk-compare"):
        with gr.Column(elem_classes="lk-mid"):
            sheet = ContactSheet(
                view.look, view.cells, view.scores, walls.mark, partial(address, view), cell.settings, cell.remake,
                page=TITLE, elem_classes="lk-grown", elem_id="lk-wall",
            )  # fmt: skip
        with gr.Column(elem_classes="lk-rail r", elem_id="lk-compare-rail"):
            with gr.Column(elem_classes="lk-wallsetup", visible=False) as setup:
                gr.HTML(HEAD, apply_default_css=False, elem_classes="lk-flush")
                wall = gr.Radio([(NEW, "")], value="", show_label=False, elem_classes="lk-as-seg", visible=False)
                who = SubjectChoice(lambda: choices(library, bases), empty_page="Subjects", elem_classes="lk-flush")
                ticked = gr.CheckboxGroup(methods, label="Methods", elem_classes="lk-methods")
                words = gr.Textbox(
                    label="Prompts, one a line; {} is the subject", lines=5, max_lines=12, max_length=8000
                )
                seeds = gr.Slider(1, comparing.MOST_SEEDS, 1, step=1, label="Seeds for each prompt")
                with gr.Accordion("Sampling", open=False):
                    first = gr.Number(0, label="First seed", precision=0, minimum=0)
                    steps = gr.Slider(1, 100, 25, step=1, label="Steps")
                    scale = gr.Slider(1, 15, 5.0, step=0.5, label="CFG scale")
                with gr.Accordion("Curves", open=False):
                    along = gr.Radio(
                        CURVES, value="", label="Every method at several values of", elem_classes="lk-as-seg"
                    )
                    places = gr.Textbox(label="Values, with commas between", max_length=200, visible=False)
                with gr.Accordion("Judges", open=False):
                    judges = gr.Textbox(
                        label="Judges’ folder; empty: those on Models, or the studio’s own",
                        max_length=1000,
                    )
                bar = MakeBar(label="Make the wall", dice=False, elem_classes="lk-flush lk-last")
                close = gr.Button("Back to the wall", size="sm", elem_classes="lk-back")
            with gr.Column(elem_classes="lk-wallresults") as results:
                plot = TradeoffPlot(elem_classes="lk-flush")
                pair = BeforeAfter(elem_classes="lk-flush")
                others = StudyPanel(
                    studies.look, studies.begin, studies.end, lambda: reach(house.settings), QUESTIONS,
                    elem_classes="lk-flush",
                )  # fmt: skip
                gr.HTML(JUDGES, apply_default_css=False, elem_classes="lk-flush lk-last")
        herald = Herald()

    quiet = {"queue": False, "show_progress": "hidden"}
    form = [who, ticked, words, seeds, first, steps, scale, along, places, judges, wall]
    rails = [setup, results, close, *form, bar]
    sheet.ready(opened, None, rails, **quiet).then(None, None, None, js=filled("lk-wall"))
    sheet.hand(received, sheet, [sheet, *rails, herald], **quiet)
    sheet.more(adding, sheet, rails, **quiet).then(None, None, None, js=SHOW_SETUP)
    sheet.again(again, sheet, herald, **quiet)
    sheet.rescore(rescore, sheet, herald, **quiet)
    sheet.blind(blinded, sheet, [sheet, plot, pair, others], **quiet)
    for change in (sheet.select, sheet.refresh):
        change(shown, sheet, [plot, pair, others], trigger_mode="always_last", **quiet)
    pair.vote(counted, sheet, [sheet, pair], **quiet)
    pair.results(lambda value: trial.pair(value, results=True), sheet, pair, **quiet)
    plot.select(pointed, sheet, [sheet, plot, pair, others], **quiet)
    rest = [ticked, seeds, first, steps, scale, along, wall]
    changes = [who.change, words.change, places.change, judges.change, *(one.input for one in rest)]
    along.input(swept, along, places, **quiet)
    gr.on(changes, keep, form, bar, trigger_mode="always_last", **quiet)
    bar.make(start, form, [sheet, setup, results, herald], **quiet)
    close.click(lambda: (gr.update(visible=False), gr.update(visible=True)), None, [setup, results], **quiet)


def _time(seconds: float) -> str:
    """A length of time in a few words."""
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


# On a phone the set-up lies below the wall: bring it into sight.
SHOW_SETUP = """() => setTimeout(() => {
  const rail = document.getElementById("lk-compare-rail");
  const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
  if (rail.getBoundingClientRect().top > innerHeight / 2) rail.scrollIntoView({ behavior, block: "start" });
  rail.querySelector(".lk-methods input")?.focus({ preventScroll: true });
}, 80)"""
