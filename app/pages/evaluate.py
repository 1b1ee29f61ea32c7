"""Evaluate: which method, honestly. ToyBench, whose truth is known, and the benchmarks of the literature, run in the
queue, as a table with intervals."""

import html
from typing import TYPE_CHECKING, Any

import gradio as gr

from app import evaluating
from app.bases import Bases
from app.evaluating import TITLES, TOY, Folders, Order
from app.evaluations import Evaluations
from components.herald import Herald, Notice
from components.leaderboard import EMPTY, Leaderboard
from components.make_bar import MakeBar
from components.script import filled
from components.tradeoff_plot import TradeoffPlot
from pipelines import catalogue, suites
from pipelines.errors import StudioError
from pipelines.toybench import plan

if TYPE_CHECKING:
    from app.studio import House

TITLE = "Evaluate"
QUICK, WHOLE = "A quick look", "All of it"
HEAD = '<div class="lk-head"><h2>Run a benchmark</h2></div>'
TOYS = """Its subjects are drawn, so class, place, manner and identity are known. Three rows of its own tell whether
scores can be trusted: perfect pictures, a photo given back, the untuned base."""
PRINTED = """It is read from a folder of yours and run as published; what is missing there is named, and the printed
rows stand below the table."""
LITTLE = "A quick look teaches for a few steps only: it shows that everything runs, not who is best."


def build(house: "House") -> None:
    """Place the page: the table; beside it the set-up, or the trade-off."""
    library, bases, folders = house.library, Bases(house.library), Folders(house.settings)
    runs = Evaluations(library, house.jobs)

    def ordered(*form: Any) -> Order:
        bench, tracks, folder, judges, methods, much, minutes = form
        texts = (folder or "").strip(), (judges or "").strip()
        return Order(bench, tuple(methods or ()), much == QUICK, float(minutes or 0), tuple(tracks or ()), *texts)

    def note(*form: Any) -> Any:
        count, took = evaluating.cost(ordered(*form), library, bases.used().base, folders)
        pictures = f"{count} picture{'s' if count != 1 else ''}" if count else ""
        return gr.update(note=pictures if took is None else f"{pictures}, ≈ {_time(took)}")

    def chosen(bench: str) -> tuple[Any, ...]:
        """What has to be said about a benchmark: tracks of ToyBench, a folder of the others."""
        toys = bench == TOY
        line = "" if toys else suites.SUITES[bench]
        words = TOYS if toys else f"{line[0].upper()}{line[1:]}. {PRINTED}"
        place = gr.update(visible=not toys)
        return _says(f"{words} {LITTLE}"), gr.update(visible=toys), place, place, place, gr.update(visible=False)

    def looked(*form: Any) -> tuple[Any, ...]:
        order = ordered(*form)
        try:
            there = evaluating.told(folders.look(order.bench, order.folder))
        except StudioError as refused:
            return gr.update(visible=False), note(*form), Notice("err", refused.message, refused.advice)
        return gr.update(value=_says(*there), visible=True), note(*form), None

    def sides(setup: bool) -> tuple[Any, ...]:
        """Which of the two rails is shown, and whether there is a table to go back to."""
        return gr.update(visible=setup), gr.update(visible=not setup), gr.update(visible=bool(runs.all()))

    def opened(*form: Any) -> tuple[Any, ...]:
        return *sides(not runs.all()), note(*form)

    def start(*form: Any) -> tuple[Any, ...]:
        try:
            key = runs.begin(ordered(*form), bases.used().base)
        except StudioError as refused:
            return *(gr.skip(),) * 4, Notice("err", refused.message, refused.advice)
        foresee(key)
        return {**EMPTY, "run": key}, *sides(False), None

    def foresee(key: str) -> None:
        """Tell the queue how long a run will take: what was found in its folder is known here alone."""
        run = runs.named(key)
        house.feed.foresee(run.jobs[-1], run.task, folders)

    def again(value: dict[str, str]) -> Any:
        run = runs.named(value["run"])
        if run is None:
            return None
        runs.again(run.key)
        foresee(run.key)
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
                gr.HTML(HEAD, apply_default_css=False, elem_classes="lk-flush")
                bench = gr.Dropdown([(title, name) for name, title in TITLES.items()], value=TOY, label="Benchmark")
                says = gr.HTML(_says(f"{TOYS} {LITTLE}"), apply_default_css=False, elem_classes="lk-flush")
                asked = gr.CheckboxGroup(tracks, value=["single"], label="What is asked", elem_classes="lk-methods")
                folder = gr.Textbox(label="Its folder on this computer", max_length=1000, visible=False)
                look = gr.Button("Look through it", size="sm", elem_classes="lk-back", visible=False)
                there = gr.HTML("", apply_default_css=False, elem_classes="lk-flush", visible=False)
                judges = gr.Textbox(
                    label="Judges’ folder; empty: those on Models, or the studio’s own",
                    max_length=1000,
                    visible=False,
                )
                ticked = gr.CheckboxGroup(methods, label="Methods", elem_classes="lk-methods")
                much = gr.Radio([QUICK, WHOLE], value=QUICK, label="How much")
                minutes = gr.Slider(0, 480, 0, step=5, label="Minutes at most; 0 takes as long as it takes")
                bar = MakeBar(label="Run it", dice=False, elem_classes="lk-flush lk-last")
                close = gr.Button("Back to the table", size="sm", elem_classes="lk-back", visible=False)
            with gr.Column(elem_classes="lk-wallresults") as results:
                plot = TradeoffPlot(elem_classes="lk-flush")
        herald = Herald()

    quiet = {"queue": False, "show_progress": "hidden"}
    form, rails = [bench, asked, folder, judges, ticked, much, minutes], [setup, results, close]
    table.ready(opened, form, [*rails, bar], **quiet).then(None, None, None, js=filled("lk-table"))
    table.refresh(runs.plot, table, plot, trigger_mode="always_last", **quiet)
    table.more(lambda: sides(True), None, rails, **quiet)
    table.again(again, table, herald, **quiet)
    plot.select(pointed, table, table, **quiet)
    bench.input(chosen, bench, [says, asked, folder, look, judges, there], **quiet)
    look.click(looked, form, [there, bar, herald], **quiet)
    gr.on(
        [one.input for one in (bench, asked, folder, ticked, much, minutes)],
        note,
        form,
        bar,
        trigger_mode="always_last",
        **quiet,
    )
    bar.make(start, form, [table, *rails, herald], **quiet)
    close.click(lambda: sides(False), None, rails, **quiet)


def _says(*sentences: str) -> str:
    """Sentences as small print, each a paragraph."""
    return "".join(f'<p class="lk-12 lk-2c lk-says">{html.escape(one)}</p>' for one in sentences)


def _time(seconds: float) -> str:
    """A length of time in a few words."""
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
