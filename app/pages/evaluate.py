"""Evaluate: which method, honestly. A benchmark whose truth is known, run in the queue, as a table with intervals."""

from typing import TYPE_CHECKING, Any

import gradio as gr

from app.bases import Bases
from app.evaluations import Evaluations
from components.herald import Herald, Notice
from components.leaderboard import EMPTY, Leaderboard
from components.make_bar import MakeBar
from components.script import filled
from components.tradeoff_plot import TradeoffPlot
from pipelines import catalogue
from pipelines.errors import StudioError
from pipelines.toybench import plan

if TYPE_CHECKING:
    from app.studio import House

TITLE = "Evaluate"
QUICK, WHOLE = "A quick look", "All of it"
HEAD = '<div class="lk-head"><h2>Run ToyBench</h2></div>'
SAYS = """<p class="lk-12 lk-2c lk-says">Its subjects are drawn, so class, place, manner and identity are known. Three
rows of its own tell whether scores can be trusted: perfect pictures, a photo given back, the untouched base. A quick
look teaches for a few steps only: it shows that everything runs, not who is best.</p>"""


def build(house: "House") -> None:
    """Place the page: the table; beside it the set-up, or the trade-off."""
    library, bases = house.library, Bases(house.library)
    runs = Evaluations(library, house.jobs)

    def note(tracks: list[str], methods: list[str], much: str) -> Any:
        count, took = runs.cost(tracks or (), methods or (), much == QUICK, bases.used().base)
        pictures = f"{count} picture{'s' if count != 1 else ''}" if count else ""
        return gr.update(note=pictures if took is None else f"{pictures}, ≈ {_time(took)}")

    def sides(setup: bool) -> tuple[Any, ...]:
        """Which of the two rails is shown, and whether there is a table to go back to."""
        return gr.update(visible=setup), gr.update(visible=not setup), gr.update(visible=bool(runs.all()))

    def opened(*form: Any) -> tuple[Any, ...]:
        return *sides(not runs.all()), note(*form)

    def start(tracks: list[str], methods: list[str], much: str, minutes: float) -> tuple[Any, ...]:
        try:
            key = runs.begin(tracks, methods, much == QUICK, float(minutes or 0), bases.used().base)
        except StudioError as refused:
            return *(gr.skip(),) * 4, Notice("err", refused.message, refused.advice)
        return {**EMPTY, "run": key}, *sides(False), None

    def again(value: dict[str, str]) -> Any:
        run = runs.named(value["run"])
        if run is None:
            return None
        runs.again(run.key)
        return Notice("ok", "The missing pictures are in the queue", "What is finished is not made again.")

    def pack(key: str) -> tuple[str, str]:
        path = runs.report(key)
        return library.files.url(path), path.name

    def pointed(value: dict[str, str], event: gr.EventData) -> dict[str, str]:
        key = event._data.get("key") if isinstance(event._data, dict) else None
        return {**value, "chosen": key} if isinstance(key, str) else value

    methods = [(one.title, name) for name, one in catalogue.recipes().items()]
    tracks = [(f"{name.capitalize()}: {words}", name) for name, words in plan.TRACKS.items()]
    with gr.Row(elem_classes="lk-cols3 lk-compare"):
        with gr.Column(elem_classes="lk-mid"):
            table = Leaderboard(runs.look, pack, elem_classes="lk-grown", elem_id="lk-table")
        with gr.Column(elem_classes="lk-rail r", elem_id="lk-evaluate-rail"):
            with gr.Column(elem_classes="lk-wallsetup", visible=False) as setup:
                gr.HTML(HEAD + SAYS, apply_default_css=False, elem_classes="lk-flush")
                asked = gr.CheckboxGroup(tracks, value=["single"], label="What is asked", elem_classes="lk-methods")
                ticked = gr.CheckboxGroup(methods, label="Methods", elem_classes="lk-methods")
                much = gr.Radio([QUICK, WHOLE], value=QUICK, label="How much")
                minutes = gr.Slider(0, 480, 0, step=5, label="Minutes at most; 0 takes as long as it takes")
                bar = MakeBar(label="Run it", dice=False, elem_classes="lk-flush lk-last")
                close = gr.Button("Back to the table", size="sm", elem_classes="lk-back", visible=False)
            with gr.Column(elem_classes="lk-wallresults") as results:
                plot = TradeoffPlot(elem_classes="lk-flush")
        herald = Herald()

    quiet = {"queue": False, "show_progress": "hidden"}
    form, rails = [asked, ticked, much], [setup, results, close]
    table.ready(opened, form, [*rails, bar], **quiet).then(None, None, None, js=filled("lk-table"))
    table.refresh(runs.plot, table, plot, trigger_mode="always_last", **quiet)
    table.more(lambda: sides(True), None, rails, **quiet)
    table.again(again, table, herald, **quiet)
    plot.select(pointed, table, table, **quiet)
    gr.on([one.input for one in form], note, form, bar, trigger_mode="always_last", **quiet)
    bar.make(start, [*form, minutes], [table, *rails, herald], **quiet)
    close.click(lambda: sides(False), None, rails, **quiet)


def _time(seconds: float) -> str:
    """A length of time in a few words."""
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
