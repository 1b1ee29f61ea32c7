"""Tune: which methods, at what cost, and is it getting there."""

from typing import TYPE_CHECKING, Any

import gradio as gr

from app import titles, tune_draft
from app.bases import Bases
from app.forecast import Forecaster
from app.presets import Presets
from app.tune_draft import MOST_PROMPTS, MOST_STEPS, PLACES, Draft
from app.tuning import choices, conditions, forecast, plan, times, why_not
from components.cost_card import Cost, CostCard
from components.herald import Herald, Notice
from components.recipe_card import RecipeCard
from components.recipe_form import RecipeForm
from components.recipe_rows import RecipeRows
from components.run_panel import RunPanel
from components.script import closed, filled, script
from components.subject_choice import SubjectChoice
from pipelines import catalogue, stopping
from pipelines.errors import StudioError
from pipelines.traits import built

if TYPE_CHECKING:
    from app.studio import House

TITLE = "Tune"
FIRST = "dreambooth_lora"
SETUP = '<div class="lk-head" data-starts="lk-start"><h2>Set up</h2></div>'


def build(house: "House") -> None:
    """Place the page: recipes, set-up, run."""
    library, jobs, recipes = house.library, house.jobs, catalogue.recipes()
    feed, forecaster, bases = house.feed, Forecaster(library), Bases(library)
    first = FIRST if FIRST in recipes else next(iter(recipes), None)

    def opened() -> tuple[Any, ...]:
        draft = tune_draft.recalled(library, recipes, first)
        who = draft.subjects or [one.id for one in library.subjects()[:1]]
        listed, told, asked = facts(list(who))
        listed, asked = gr.update(value=draft.rows, **listed), gr.update(value=draft.form, **asked)
        fields = list(who), listed, asked, list(draft.prompts), draft.every, draft.stop, draft.seed
        return *fields, gr.update(**told), cost(list(who), draft.rows, draft.form)

    def keep(ids: list[str], rows: dict, form: dict, prompts: list[str], every: int, stop: str | None, seed: Any):
        if stop is not None:  # else the page has not been filled yet
            tune_draft.keep(Draft(tuple(ids), rows, form, tuple(prompts or ()), int(every), stop, seed), library)

    def facts(ids: list[str]) -> tuple[dict[str, Any], ...]:
        """What rows, card and form are told of the subjects and of the base in use."""
        subjects = [library.subject(one) for one in ids]
        base = bases.used().base
        large = built(base).large
        here = {name: times(forecaster, name, base) for name in recipes}
        odd = {name: why for name, recipe in recipes.items() if (why := why_not(recipe.on(large)(), subjects, base))}
        listed, told = ({name: getattr(one, how) for name, one in odd.items()} for how in ("brief", "why"))
        return {"times": here, "off": listed}, {"off": told, "large": large}, {
            "conditions": conditions(subjects), "large": large,
        }  # fmt: skip

    def cost(ids: list[str], rows: dict, form: dict) -> Cost:
        return forecast(forecaster, bases.used().base, ids, rows["chosen"] or [form["recipe"]], form)

    def weigh(ids: list[str], rows: dict, form: dict, stop: str | None) -> tuple[Any, ...]:
        if stop is None:  # not filled yet; what cannot be done with other subjects would lose its tick
            return (gr.skip(),) * 4
        return *(gr.update(**one) for one in facts(ids)), cost(ids, rows, form)

    def start(ids: list[str], rows: dict, form: dict, prompts: list[str], every: int, stop: str, seed: float | None):
        try:
            subjects, base = [library.subject(one) for one in ids], bases.used().base
            told = seed, prompts, every, stop or stopping.PLATEAU
            tasks = plan(library, subjects, rows["chosen"], form, base, *told)
        except StudioError as error:
            return Notice("err", error.message, error.advice), gr.skip()
        begun = [jobs.submit(task, titles.run(task)) for task in tasks]
        words = "You can close the page; it goes on." if len(tasks) == 1 else f"{len(tasks)} runs are in the queue."
        return Notice("ok", "It is learning", words), begun[0]

    with gr.Row(elem_classes="lk-cols3 lk-tune"):
        with gr.Column(elem_classes="lk-rail l lk-list"):
            rows = RecipeRows(
                recipes, value={"current": first, "chosen": [first] if first else []}, elem_id="lk-reciperows"
            )
        with gr.Column(elem_classes="lk-mid lk-setup"):
            gr.HTML(SETUP, js_on_load=script("start_key"), apply_default_css=False)
            with gr.Column(elem_classes="lk-flow"):
                subjects = SubjectChoice(lambda: choices(library, bases), empty_page="Subjects", page=TITLE)
                card = RecipeCard(recipes, value=first)
                began = {"recipe": first, "knobs": {}, "kept": {}}
                form = RecipeForm(recipes, value=began, presets=Presets(library))
                with gr.Accordion("Samples and saving", open=False, elem_id="lk-samples"):
                    prompts = gr.Dropdown(
                        list(PLACES), value=list(PLACES[:3]), label="Prompts to watch", multiselect=True,
                        allow_custom_value=True, max_choices=MOST_PROMPTS,
                    )  # fmt: skip
                    with gr.Row():
                        every = gr.Slider(0, MOST_STEPS, 50, step=10, label="A sample every so many steps, 0 for none")
                        rules = [(says, rule) for rule, says in stopping.RULES.items()]
                        stop = gr.Dropdown(rules, value=None, label="Stop early")
                        seed = gr.Number(None, label="Seed, empty for a new one", precision=0, minimum=0)
                expense = CostCard()
            with gr.Row(elem_classes="lk-foot"):
                begin = gr.Button("Start", variant="primary", elem_id="lk-start")
                rival = gr.Button("Compare", elem_id="lk-rival")
        with gr.Column(elem_classes="lk-rail r lk-wide"):
            panel = RunPanel(feed.news, feed.act)
        herald = Herald()

    quiet = {"queue": False, "show_progress": "hidden"}
    rows.change(None, [rows, form], [card, form], js=FOLLOW)
    gr.on([rows.change, subjects.change], None, [rows, subjects], begin, js=COUNT)
    fields = [subjects, rows, form, prompts, every, stop, seed]
    ready = rows.ready(opened, None, [*fields, card, expense], **quiet)
    ready.then(None, None, None, js=filled("lk-reciperows"))
    gr.on([one.change for one in fields], keep, fields, None, trigger_mode="always_last", **quiet)
    for told in (subjects.change, subjects.loaded):  # another base may be in use when they are looked for again
        told(weigh, [subjects, rows, form, stop], [rows, card, form, expense], trigger_mode="always_last", **quiet)
    for told in (rows.change, form.change):
        told(cost, [subjects, rows, form], expense, trigger_mode="always_last", **quiet)
    for told in (subjects.loaded, prompts.change, every.change):
        told(None, [prompts, every], None, js=SAMPLES)
    rival.click(None, [rows, subjects, form], None, js=RIVAL)
    begin.click(start, fields, [herald, panel], **quiet)


# In the browser, without a round trip: show the recipe that was clicked, keep the knobs of the one before.
FOLLOW = """(rows, form) => {
  const kept = { ...form.kept, [form.recipe]: form.knobs }, knobs = kept[rows.current] || {};
  delete kept[rows.current];
  return [rows.current, { recipe: rows.current, knobs, kept }];
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
