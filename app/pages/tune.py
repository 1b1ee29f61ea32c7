"""Tune: which methods, at what cost, and is it getting there."""

from typing import TYPE_CHECKING, Any

import gradio as gr

from app.bases import Bases
from app.forecast import Forecaster
from app.presets import Presets
from app.tuning import choices, conditions, forecast, plan, times, title, why_not
from components.cost_card import Cost, CostCard
from components.herald import Herald, Notice
from components.recipe_card import RecipeCard
from components.recipe_form import RecipeForm
from components.recipe_rows import RecipeRows
from components.run_panel import RunPanel
from components.script import closed, script
from components.subject_choice import SubjectChoice
from pipelines import catalogue, stopping
from pipelines.errors import StudioError
from pipelines.traits import built

if TYPE_CHECKING:
    from app.studio import House

TITLE = "Tune"
FIRST = "dreambooth_lora"
SETUP = '<div class="lk-head" data-starts="lk-start"><h2>Set up</h2></div>'
PLACES = ("on a beach", "in the snow", "at night", "in a forest", "on a wooden floor", "on grass")


def build(house: "House") -> None:
    """Place the page: recipes, set-up, run."""
    library, jobs, recipes = house.library, house.jobs, catalogue.recipes()
    feed, forecaster, bases = house.feed, Forecaster(library), Bases(library)

    def facts(ids: list[str]) -> tuple[Any, Any, Any]:
        subjects = [library.subject(one) for one in ids]
        base = bases.used().base
        large = built(base).large
        here = {name: times(forecaster, name, base) for name in recipes}
        odd = {name: why for name, recipe in recipes.items() if (why := why_not(recipe.on(large)(), subjects, base))}
        listed, told = ({name: getattr(one, how) for name, one in odd.items()} for how in ("brief", "why"))
        form = gr.update(conditions=conditions(subjects), large=large)
        return gr.update(times=here, off=listed), gr.update(off=told, large=large), form

    def cost(ids: list[str], rows: dict, form: dict) -> Cost:
        return forecast(forecaster, bases.used().base, ids, rows["chosen"] or [form["recipe"]], form)

    def start(ids: list[str], rows: dict, form: dict, seed: float | None, prompts: list[str], every: int, stop: str):
        try:
            subjects, base = [library.subject(one) for one in ids], bases.used().base
            tasks = plan(library, subjects, rows["chosen"], form, base, seed, prompts, every, stop)
        except StudioError as error:
            return Notice("err", error.message, error.advice), gr.skip()
        begun = [jobs.submit(task, title(task)) for task in tasks]
        words = "You can close the page; it goes on." if len(tasks) == 1 else f"{len(tasks)} runs are in the queue."
        return Notice("ok", "It is learning", words), begun[0]

    with gr.Row(elem_classes="lk-cols3 lk-tune"):
        with gr.Column(elem_classes="lk-rail l lk-list"):
            first = FIRST if FIRST in recipes else next(iter(recipes), None)
            rows = RecipeRows(recipes, value={"current": first, "chosen": [first] if first else []})
        with gr.Column(elem_classes="lk-mid lk-setup"):
            gr.HTML(SETUP, js_on_load=script("start_key"), apply_default_css=False)
            with gr.Column(elem_classes="lk-flow"):
                subjects = SubjectChoice(lambda: choices(library, bases), empty_page="Subjects")
                card = RecipeCard(recipes, value=first)
                began = {"recipe": first, "knobs": {}, "kept": {}}
                form = RecipeForm(recipes, value=began, presets=Presets(library))
                with gr.Accordion("Samples and saving", open=False, elem_id="lk-samples"):
                    prompts = gr.Dropdown(
                        list(PLACES), value=list(PLACES[:3]), label="Prompts to watch", multiselect=True,
                        allow_custom_value=True, max_choices=8,
                    )  # fmt: skip
                    with gr.Row():
                        every = gr.Slider(0, 500, 50, step=10, label="A sample every so many steps, 0 for none")
                        stop = gr.Dropdown(
                            [(says, rule) for rule, says in stopping.RULES.items()], value=stopping.PLATEAU,
                            label="Stop early",
                        )  # fmt: skip
                        seed = gr.Number(None, label="Seed, empty for a new one", precision=0, minimum=0)
                expense = CostCard()
            with gr.Row(elem_classes="lk-foot"):
                begin = gr.Button("Start", variant="primary", elem_id="lk-start")
                rival = gr.Button("Compare", elem_id="lk-rival")
        with gr.Column(elem_classes="lk-rail r lk-wide"):
            panel = RunPanel(feed.news, feed.act)
        herald = Herald()

    quiet = {"queue": False, "show_progress": "hidden"}
    rows.change(None, [rows, form], [card, form, begin], js=FOLLOW)
    subjects.change(None, [rows, subjects], begin, js=COUNT)
    costs, shown = ([subjects, rows, form], expense), [rows, card, form]
    subjects.change(facts, subjects, shown, trigger_mode="always_last", **quiet)
    loaded = subjects.loaded(facts, subjects, shown, trigger_mode="always_last", **quiet)
    loaded.then(cost, *costs, **quiet)  # another base may be in use meanwhile
    for widget in (rows, form, subjects):
        widget.change(cost, *costs, trigger_mode="always_last", **quiet)
    for told in (subjects.loaded, prompts.change, every.change):
        told(None, [prompts, every], None, js=SAMPLES)
    rival.click(None, [rows, subjects, form], None, js=RIVAL)
    begin.click(start, [subjects, rows, form, seed, prompts, every, stop], [herald, panel], **quiet)


# In the browser, without a round trip: show the recipe that was clicked, keep the knobs of the one before.
FOLLOW = """(rows, form) => {
  const kept = { ...form.kept, [form.recipe]: form.knobs }, knobs = kept[rows.current] || {};
  delete kept[rows.current];
  const count = rows.chosen.length;
  return [rows.current, { recipe: rows.current, knobs, kept }, count > 1 ? `Start ${count} recipes` : "Start"];
}"""
COUNT = """(rows, subjects) => {
  const recipes = rows.chosen.length > 1 ? ` ${rows.chosen.length} recipes` : "";
  return "Start" + recipes + (subjects.length > 1 ? ` on ${subjects.length} subjects` : "");
}"""
RIVAL = """(rows, subjects, form) => window.likeness.go("Compare", {
  subjects, recipes: rows.chosen, knobs: { ...form.kept, [form.recipe]: form.knobs },
})"""
SAMPLES = closed(
    "lk-samples",
    """(prompts, every) => !every || !prompts?.length ? "no samples"
  : `${prompts.length === 1 ? "1 prompt" : prompts.length + " prompts"} · every ${every} steps`""",
)
