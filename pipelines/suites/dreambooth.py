"""DreamBooth's dataset, "DreamBench" (arXiv 2208.12242): 30 subjects, 25 prompts each, 4 pictures a prompt.

The folder is `dataset/` of github.com/google/dreambooth: a folder a subject with 00.jpg, 01.jpg ..., and
`prompts_and_classes.txt`. Which of the two lists of prompts a subject gets follows from its class noun alone.
"""

import re
from dataclasses import replace
from pathlib import Path

from pipelines.spec import Subject
from pipelines.suites.folder import Folder
from pipelines.suites.protocol import Case, Prompt, Protocol, Row, Suite, rows

TITLE, FILE, LIVE = "DreamBooth's dataset", "prompts_and_classes.txt", ("cat", "dog")
SUBJECTS = {
    "backpack": ("backpack", 6), "backpack_dog": ("backpack", 5), "bear_plushie": ("stuffed animal", 5),
    "berry_bowl": ("bowl", 6), "can": ("can", 6), "candle": ("candle", 5), "cat": ("cat", 5), "cat2": ("cat", 5),
    "clock": ("clock", 6), "colorful_sneaker": ("sneaker", 5), "dog": ("dog", 5), "dog2": ("dog", 6),
    "dog3": ("dog", 6), "dog5": ("dog", 5), "dog6": ("dog", 5), "dog7": ("dog", 5), "dog8": ("dog", 5),
    "duck_toy": ("toy", 4), "fancy_boot": ("boot", 6), "grey_sloth_plushie": ("stuffed animal", 5),
    "monster_toy": ("toy", 5), "pink_sunglasses": ("glasses", 6), "poop_emoji": ("toy", 5), "rc_car": ("toy", 5),
    "red_cartoon": ("cartoon", 4), "robot_toy": ("toy", 5), "shiny_sneaker": ("sneaker", 6), "teapot": ("teapot", 5),
    "vase": ("vase", 6), "wolf_plushie": ("stuffed animal", 5),
}  # fmt: skip
"""Class noun and number of photos of each subject, as published."""
ONE = {
    "backpack": "02", "backpack_dog": "02", "bear_plushie": "03", "berry_bowl": "02", "can": "01", "candle": "02",
    "cat": "04", "cat2": "02", "clock": "03", "colorful_sneaker": "01", "dog": "02", "dog2": "02", "dog3": "05",
    "dog5": "00", "dog6": "02", "dog7": "01", "dog8": "04", "duck_toy": "01", "fancy_boot": "02",
    "grey_sloth_plushie": "04", "monster_toy": "04", "pink_sunglasses": "04", "poop_emoji": "00", "rc_car": "03",
    "red_cartoon": "00", "robot_toy": "00", "shiny_sneaker": "01", "teapot": "04", "vase": "02", "wolf_plushie": "04",
}  # fmt: skip
"""The photo that one-reference protocols show (Kosmos-G's script and UNO's list agree)."""
NAMES = ("dino", "clip_i", "clip_t")
SCORES = (
    ("dino", "mean cosine of ViT-S/16 DINO over all pairs of a picture and a photo of its subject, then over subjects"),
    ("clip_i", "the same with CLIP; the paper names no variant, by custom ViT-B/32"),
    ("clip_t", "mean cosine of picture and prompt with the trigger word removed and the class noun kept, ViT-B/32"),
)
DRIFT = (
    ("pres", "mean cosine of DINO between pictures of the class noun alone, by the taught model, and the real photos"),
    ("div", "mean LPIPS between pictures of the same prompt"),
)
PROTOCOL = Protocol(
    4, scores=(*SCORES, *DRIFT),
    says=(
        "The paper states neither seeds, nor sampling, nor how pictures are resized.",
        "Real photos reach .774 DINO and .885 CLIP-I; whether pairs of a photo with itself count is not stated.",
        "dog5/03 mirrors dog5/02, and cat holds a shifted copy: keep them together when photos are held out.",
        "PRES and DIV stand in the paper's table of 15 subjects; PRES is of pictures of the class noun alone.",
    ),
    class_prompt="a {0}",
)  # fmt: skip
PAPER = "Ruiz et al., arXiv 2208.12242, tables 1 and 2"
CACHE, UNO, MOSAIC, ECHO = (
    "DreamCache, arXiv 2411.17786, table 2",
    "UNO, arXiv 2504.02160, table 1",
    "MOSAIC, table 1",
    "EchoGen, its table",
)
PUBLISHED: tuple[Row, ...] = (
    *rows("DreamBooth", PAPER, NAMES, {
        "Real photos": (.774, .885, None), "DreamBooth | Imagen": (.696, .812, .306),
        "DreamBooth | Stable Diffusion": (.668, .803, .305), "Textual Inversion | Stable Diffusion": (.569, .780, .255),
    }),
    *rows("DreamBooth, 15 subjects", PAPER, ("pres", "div", *NAMES), {
        "with prior preservation | Imagen": (.493, .391, .684, .815, .308),
        "without | Imagen": (.664, .371, .712, .828, .306),
    }),
    *rows("DreamCache", CACHE, NAMES, {
        "Custom Diffusion | SD 1.5": (.643, .790, .305), "BLIP-Diffusion, tuned | SD 1.5": (.670, .805, .302),
        "BLIP-Diffusion, zero-shot | SD 1.5": (.594, .779, .300), "ELITE | SD 1.4": (.621, .771, .293),
        "IP-Adapter | SD 1.5": (.667, .813, .289), "Kosmos-G, one photo | SD 1.5": (.694, .847, .287),
        "JeDi | SD 1.4": (.619, .782, .304), "Re-Imagen | Imagen": (.600, .740, .270),
        "SuTI | Imagen": (.741, .819, .304), "Subject-Diffusion | SD 2.1": (.771, .779, .293),
        "BootPIG | SD 2.1": (.674, .797, .311), "ToffeeNet | SD 2.1": (.728, .817, .306),
        "CAFE | SD 2.1": (.715, .827, .294), "DreamCache | SD 1.5": (.713, .810, .298),
        "DreamCache | SD 2.1": (.767, .816, .301),
    }, first_hand=False),
    *rows("UNO", UNO, NAMES, {
        "ELITE | SD 1.4": (.647, .772, .296), "SSR-Encoder | SD 1.5": (.612, .821, .308),
        "RealCustom++ | SDXL": (.702, .794, .318), "OmniGen | Phi-3": (.693, .801, .315),
        "OminiControl | FLUX": (.684, .799, .312), "IP-Adapter | FLUX.1": (.582, .820, .288),
    }, first_hand=False),
    *rows("UNO", UNO, NAMES, {"UNO | FLUX": (.760, .835, .304)}),
    *rows("MOSAIC", MOSAIC, NAMES, {
        "MS-Diffusion | SDXL": (.703, .808, .311), "DreamO | FLUX": (.760, .834, .306),
        "XVerse | FLUX": (.754, .832, .302),
    }, first_hand=False),
    *rows("MOSAIC", MOSAIC, NAMES, {"MOSAIC | FLUX": (.774, .843, .316)}),
    *rows("EchoGen", ECHO, NAMES, {
        "EasyControl | FLUX": (.652, .789, .325), "IP-Adapter | SDXL": (.613, .810, .292),
        "AR-Booth | autoregressive": (.750, .808, .269), "EchoGen-2B | autoregressive": (.755, .835, .325),
    }, first_hand=False),
)  # fmt: skip
LINE = re.compile(r"^\s*'([^'\n]*)'\.format\(", re.MULTILINE)
PAIR = re.compile(r"^(\w+),([\w ]+)$", re.MULTILINE)
KINDS = ("new place",) * 10, ("new place",) * 10 + ("property",) * 5, ("outfit",) * 10 + ("property",) * 5


def load(folder: Path | str) -> Suite:
    """The benchmark in a folder.

    Raises:
        BadInput: when nothing of it is there; everything less becomes a gap.
    """
    home = Folder(folder, FILE, *SUBJECTS, title=TITLE)
    nouns, objects, living = written(home)
    subjects = photographed(home, nouns)
    prompts = {True: living, False: objects}
    cases = tuple(Case(one.id, (one.id,), prompts[one.noun in LIVE]) for one in subjects if prompts[one.noun in LIVE])
    return Suite(
        "dreambooth", "DreamBooth, 30 × 25", "2208.12242", "CC BY 4.0; many photos are Unsplash's", home.path,
        subjects, cases, PROTOCOL, PUBLISHED, tuple(home.gaps), {"subjects": 30, "prompts": 750, "photos": 158}, ONE,
        home.told(),
    )  # fmt: skip


def written(home: Folder) -> tuple[dict[str, str], tuple[Prompt, ...], tuple[Prompt, ...]]:
    """Class nouns, the prompts of objects and those of cats and dogs, as the file says; without it the nouns are known
    all the same, the prompts are not."""
    nouns = {name: noun for name, (noun, _) in SUBJECTS.items()}
    text = home.text(home.path / FILE, "Prompts and classes")
    if text is None:
        return nouns, (), ()
    head = text.partition("Prompts")[0]
    said = {name: noun for name, noun in PAIR.findall(head) if name != "subject_name"}
    templates = [line.replace("{0} {1}", "{0}") for line in LINE.findall(text)]
    if len(said) != len(SUBJECTS):
        home.gap("count", f"{FILE} names {len(said)} subjects where 30 are published.", "Compare with the original.")
    if len(templates) != 50:
        what = f"{FILE} holds {len(templates)} prompts where 25 for objects and 25 for cats and dogs are published."
        home.gap("count", what, "Bring the original file back; its order decides who gets which.")
        return nouns | said, (), ()
    lists = templates[:25], templates[25:]
    objects, living = (
        tuple(Prompt(text, k, (KINDS[0] + kinds)[k]) for k, text in enumerate(each))
        for each, kinds in zip(lists, KINDS[1:], strict=True)
    )
    return nouns | said, objects, living


def photographed(home: Folder, nouns: dict[str, str]) -> tuple[Subject, ...]:
    """The subjects with photos here, in the file's order."""
    there = [name for name in nouns if (home.path / name).is_dir()]
    home.absent("subjects", [name for name in nouns if name not in there], len(nouns))
    found = []
    for name in there:
        photos = home.photos(home.path / name, name, SUBJECTS.get(name, (None, None))[1])
        if photos:
            found.append(Subject(name, name.replace("_", " "), nouns[name], "sks", photos))
    return tuple(found)


def one_photo(suite: Suite) -> Suite:
    """The suite as one-reference protocols run it: every subject with its fixed photo alone (where it is here)."""
    kept = []
    for subject in suite.subjects:
        photos = tuple(photo for photo in subject.photos if Path(photo.image).stem == suite.one.get(subject.id))
        if photos:
            kept.append(replace(subject, photos=photos))
    ids = {one.id for one in kept}
    says = (*suite.protocol.says, "One fixed photo a subject is shown, and compared with: not the paper's own numbers.")
    return replace(
        suite, subjects=tuple(kept), cases=tuple(case for case in suite.cases if set(case.subjects) <= ids),
        protocol=replace(suite.protocol, references="one", says=says), published=(),
    )  # fmt: skip
