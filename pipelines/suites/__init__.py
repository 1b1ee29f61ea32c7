"""The benchmarks of the survey, read from a folder that the user names. Imports no torch.

suite = suites.load("dreambooth", folder)     # subjects, cases, protocol, published rows, gaps
for case in suite.cases:
    for prompt in case.prompts:
        suite.told(case, prompt)              # for a model that has learnt the subject: "a sks dog on the beach"
        suite.scored(case, prompt)            # for the score of the text, and the base: "a dog on the beach"
"""

import importlib
from pathlib import Path
from types import ModuleType

from pipelines.errors import BadInput
from pipelines.suites.protocol import Case, Gap, Prompt, Protocol, Row, Suite

SUITES = {
    "dreambooth": "DreamBooth's 30 subjects in 25 prompts each: the table nearly every paper prints",
    "dreambench-multi": "two of DreamBooth's subjects in one picture: 30 pairs, from the same folder",
    "dreambench-v2": "SuTI's harder prompts for DreamBooth's subjects, from a public list",
    "custom-diffusion": "ten subjects and five pairs of Custom Diffusion's paper",
    "custom-concept-101": "101 subjects and 101 pairs of many kinds",
    "stellar": "400 people from two photos each, given out on request",
    "dreambench-plus": "150 subjects of one picture each, made to be judged by a large model",
}

__all__ = ["SUITES", "Case", "Gap", "Prompt", "Protocol", "Row", "Suite", "load", "printed"]


def printed(name: str) -> tuple[Protocol, tuple[Row, ...]]:
    """What is known of one of SUITES without its folder: how it is run and scored, and what others reached."""
    module = _module(name)
    return module.PROTOCOL, getattr(module, "PUBLISHED", ())


def load(name: str, folder: Path | str) -> Suite:
    """One of SUITES as it lies in a folder.

    Raises:
        BadInput: for a benchmark that is not known, a folder that is not there, or one that holds nothing of it.
    """
    if name not in SUITES:
        raise BadInput(f"There is no benchmark “{name}”.", f"There are: {', '.join(SUITES)}.")
    return _module(name).load(folder)


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"pipelines.suites.{name.replace('-', '_')}")
