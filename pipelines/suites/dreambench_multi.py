"""Two of DreamBooth's subjects in one picture: 30 pairs, 25 prompts each, made from the single prompts by UNO's rule
(arXiv 2504.02160). Nothing more than DreamBooth's own folder is needed. Each subject has a trigger word of its own:
with DreamBooth's one word for all, nobody could tell which of two is meant."""

from dataclasses import replace
from pathlib import Path

from pipelines.spec import Subject
from pipelines.suites import dreambooth
from pipelines.suites.protocol import Case, Gap, Prompt, Protocol, Row, Suite, rows

LISTED = (
    "backpack_dog+bear_plushie berry_bowl+can candle+clock colorful_sneaker+duck_toy fancy_boot+grey_sloth_plushie "
    "monster_toy+pink_sunglasses poop_emoji+rc_car red_cartoon+robot_toy shiny_sneaker+teapot vase+wolf_plushie "
    "cat+dog cat+dog6 cat+dog8 cat2+cat cat2+dog3 cat2+dog7 dog+dog2 dog3+dog5 dog6+dog7 dog7+dog8 "
    "cat+backpack cat2+bear_plushie dog+can dog2+clock dog3+duck_toy dog5+grey_sloth_plushie dog6+pink_sunglasses "
    "dog7+rc_car dog8+robot_toy dog6+teapot"
)
PAIRS = tuple(tuple(pair.split("+")) for pair in LISTED.split())
"""In the list's order: ten of objects, ten of animals, ten of an animal and an object."""
UNO, MOSAIC = "UNO, arXiv 2504.02160, its table of two subjects", "MOSAIC, its table of two subjects"
PUBLISHED: tuple[Row, ...] = (
    *rows("UNO, pairs", UNO, dreambooth.NAMES, {
        "MS-Diffusion | SDXL": (.525, .726, .319), "MIP-Adapter | SDXL": (.482, .726, .311),
        "OmniGen | Phi-3": (.511, .722, .331),
    }, first_hand=False),
    *rows("UNO, pairs", UNO, dreambooth.NAMES, {"UNO | FLUX": (.542, .733, .322)}),
    *rows("MOSAIC, pairs", MOSAIC, dreambooth.NAMES, {
        "DreamO | FLUX": (.522, .733, .321), "XVerse | FLUX": (.537, .735, .312),
    }, first_hand=False),
    *rows("MOSAIC, pairs", MOSAIC, dreambooth.NAMES, {"MOSAIC | FLUX": (.568, .763, .324)}),
)  # fmt: skip
PROTOCOL = Protocol(
    4, references="one", scores=dreambooth.SCORES,
    says=(
        "A picture is compared with both subjects, and the mean of the two counts; whole pictures, not cuts.",
        "How many pictures a prompt gets is not fixed: 4 by custom, 6 in the earlier protocol of Subject-Diffusion.",
        "Prompts with two nouns score higher in CLIP-T than single ones.",
    ),
)  # fmt: skip


def load(folder: Path | str) -> Suite:
    """The pairs of which both subjects are in DreamBooth's folder.

    Raises:
        BadInput: when nothing of the dataset is there.
    """
    single = dreambooth.load(folder)
    prompts = {case.id: case.prompts for case in single.cases}
    there = {one.id: one for one in single.subjects}
    whole = [pair for pair in PAIRS if set(pair) <= set(there)]
    cases = tuple(
        Case("+".join(pair), pair, tuple(_both(one, there[pair[0]]) for one in prompts[pair[0]]))
        for pair in whole
        if pair[0] in prompts
    )
    gaps = list(single.gaps)
    if len(whole) < len(PAIRS):
        gaps.append(Gap("missing", f"{len(PAIRS) - len(whole)} of {len(PAIRS)} pairs lack a subject.", ""))
    used = {one for pair in PAIRS for one in pair}
    subjects = tuple(replace(one, trigger=f"<{one.id.replace('_', '')}>") for one in single.subjects if one.id in used)
    counts = {"subjects": len(used), "prompts": 750, "photos": sum(dreambooth.SUBJECTS[one][1] for one in used)}
    return Suite(
        "dreambench-multi", "DreamBench, 30 pairs × 25", "2504.02160", single.licence, single.folder,
        subjects, cases, PROTOCOL, PUBLISHED, tuple(gaps), counts, dreambooth.ONE, single.notes,
    )  # fmt: skip


def _both(prompt: Prompt, first: Subject) -> Prompt:
    """A single prompt as UNO's list asks for both; the first subject decides which rule holds."""
    if first.noun in dreambooth.LIVE and prompt.index >= 10:
        text = f"{prompt.text}, next to it is a {{1}}"
    elif prompt.index >= 20:
        word = prompt.text.removeprefix("a ").removesuffix(" {0}")
        text = f"a {word} {{0}} and a {word} {{1}}"
    else:
        text = prompt.text.replace("a {0}", "a {0} and a {1}", 1)
    return Prompt(text, prompt.index, prompt.kind)
