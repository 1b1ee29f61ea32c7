"""What is looked over before anything is learnt: subjects, trigger words, masks, and the rule to stop by."""

from pipelines import catalogue, stopping
from pipelines.backbone import Backbone
from pipelines.errors import BadInput
from pipelines.events import Report, Warned
from pipelines.spec import check_seed
from pipelines.tasks import Tune
from pipelines.traits import unfit

MANY = 20  # photos from which on more of them is not better
PIECES = 3  # token pieces of one word from which on a base hardly knows it


def check(task: Tune, backbone: Backbone, report: Report) -> None:
    """Refuse what cannot be learnt, and warn of what is learnt badly.

    Raises:
        BadInput: says what is missing, and where to put it right.
    """
    recipe = catalogue.recipe(task.recipe).on(backbone.traits.large)
    triggers = [one.trigger.lower() for one in task.subjects]
    if task.stop not in stopping.RULES:
        raise BadInput(f"There is no rule “{task.stop}” to stop by.", f"There are: {', '.join(stopping.RULES)}.")
    check_seed(task.seed)
    if not task.subjects:
        raise BadInput("There is nobody to learn.", "Choose a subject.")
    if "two subjects" in recipe.needs and len(task.subjects) < 2:
        raise BadInput(f"{recipe.title} teaches two subjects or more at once.", "Choose another subject beside it.")
    odd = unfit(recipe.with_knobs(task.knobs).plan(), backbone.traits)
    if odd:
        raise BadInput(f"{recipe.title} does not go with {backbone.name}: {odd.brief}.", odd.why)
    if len(set(triggers)) < len(triggers):
        advice = "Give each its own trigger word on the Subjects page."
        raise BadInput(f"Two subjects have the same trigger word, {triggers[0]}.", advice)
    for one in task.subjects:
        if not one.trigger.strip() or not one.noun.strip():
            raise BadInput(f"{one.name} has no trigger word or no noun.", "Give it both on the Subjects page.")
        if not (one.trigger.startswith("<") and one.trigger.endswith(">")):
            advice = "A word that nobody uses, such as <pip>, keeps the two apart."
            report(Warned(f"“{one.trigger}” will mean {one.name} wherever it is said.", advice))
        if "masks" in recipe.needs and not all(photo.mask for photo in one.photos):
            raise BadInput(f"{recipe.title} needs a mask for every photo.", f"Mark {one.name} in all of them.")
        if len(one.photos) == 1:
            report(Warned(f"There is one photo of {one.name}.", "Three or more show what stays and what changes."))
        if len(one.photos) > MANY:
            advice = "Three to eight good ones teach as much; of so many, each is looked at a few times only."
            report(Warned(f"There are {len(one.photos)} photos of {one.name}.", advice))
        pieces = max(len(backbone.ids(word)) for word in one.noun.split())
        if pieces >= PIECES:
            advice = "A plainer noun, such as dog or mug, tells it where to begin."
            report(Warned(f"The model reads “{one.noun}” in {pieces} pieces: it may not know the word.", advice))
