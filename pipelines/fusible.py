"""Which fusions a set of tuned files can take, told from their headers alone. Imports no torch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pipelines.artefact import Header
from pipelines.errors import BadInput
from pipelines.spec import Use

Files = Mapping[str, Header]
"""What a person calls each file → what the file says of itself."""

WORDS = {"token", "layered_token", "residual_token"}
SUMMED = {"lora", "weight_delta", "key_value_delta", "spectral_shift"}
CLOSED = {"cross.k", "cross.v", "cross.kv"}


@dataclass(frozen=True)
class Way:
    """One fusion in words: its name in `fusions`, its arXiv number, what it does to the files.

    `refuses` says why it cannot take files that are otherwise fit for one; None where it can.
    """

    name: str
    title: str
    paper: str
    says: str
    refuses: Callable[[Files], BadInput | None]


def unfit(files: Files) -> BadInput | None:
    """Why these files cannot become one in any way; None where some way may do it."""
    if len(files) < 2:
        return BadInput("One file alone cannot be fused.", "Choose two or more.")
    (first, model), *_ = files.items()
    knows: dict[str, str] = {}
    for name, header in files.items():
        if header.base_hash != model.base_hash:
            advice = "Only files of one base can be fused; tune one of the subjects again on the other’s base."
            return BadInput(f"{name} was taught on {header.base}, {first} on {model.base}.", advice)
        for subject in header.people():
            other = knows.setdefault(subject.trigger.lower(), name)
            if other != name:
                advice = "Give one of the subjects another trigger word and tune it again."
                return BadInput(f"{other} and {name} both teach the word {subject.trigger}.", advice)
    return None


def offers(files: Files) -> list[tuple[Way, BadInput | None]]:
    """Every way, the fittest first, with why it cannot take these files."""
    return [(way, unfit(files) or way.refuses(files)) for way in WAYS]


def _gated(files: Files) -> BadInput | None:
    places = {}
    for name, header in files.items():
        gates, others = (
            [use for use in _changes(header) if use.name == "locked_rank_one"],
            _but(header, "locked_rank_one"),
        )
        if others or not gates:
            return BadInput(f"{name} {f'holds {others[0]}' if others else 'has no gates'}.", "This is for Perfusion.")
        places[name] = sorted(str(use.settings.get("where", "cross.v")) for use in gates)
    if any(one != next(iter(places.values())) for one in places.values()):
        return BadInput("Their gates are in different layers.", "Tune both with the same recipe.")
    return _spoken(files)


def _closed(files: Files) -> BadInput | None:
    for name, header in files.items():
        for use in _changes(header):
            where = str(use.settings.get("where", "cross.kv" if use.name == "key_value_delta" else ""))
            if use.name not in SUMMED or not set(where.split("+")) <= CLOSED:
                advice = "This is for files that change keys and values alone, as Custom Diffusion’s."
                return BadInput(f"{name} holds {_plain(use.name)}, which cannot be merged so.", advice)
    return _spoken(files)


def _lora(files: Files) -> BadInput | None:
    for name, header in files.items():
        others = _but(header, "lora")
        if others or not _changes(header):
            what = f"holds {others[0]}" if others else "changes nothing of the model"
            return BadInput(f"{name} {what}.", "This is for words and LoRA, such as Mix-of-Show’s.")
    counts = [[use.settings.get("vectors") for use in header.uses() if use.name in WORDS] for header in files.values()]
    if any(len(one) != 1 or one != counts[0] for one in counts):
        return BadInput("Their words are of different lengths.", "Tune both with the same recipe.")
    return _spoken(files)


def _summed(files: Files) -> BadInput | None:
    for name, header in files.items():
        others = _but(header, *SUMMED)
        if others:
            return BadInput(f"{name} holds {others[0]}, which cannot be added up.", "Let each speak in its own region.")
    return _spoken(files)


def _spoken(files: Files) -> BadInput | None:
    """All teach words, and of one kind."""
    kinds = [{use.name for use in header.uses()} & WORDS for header in files.values()]
    if any(len(kind) != 1 or kind != kinds[0] for kind in kinds):
        return BadInput(f"{' and '.join(files)} teach words of different kinds.", "Tune both with the same recipe.")
    return None


def _changes(header: Header) -> Sequence[Use]:
    return [use for use in header.uses() if use.name not in WORDS]


def _but(header: Header, *known: str) -> list[str]:
    """The changes of a file that are none of these, as one says them."""
    return [_plain(use.name) for use in _changes(header) if use.name not in known]


def _plain(name: str) -> str:
    return name.replace("_", " ")


WAYS = (
    Way("joint_gate", "Gates side by side", "2305.01644",
        "Every subject keeps a gate of its own; nothing is worked out anew.", _gated),
    Way("closed_form_merge", "Closed-form merge", "2212.04488",
        "One set of keys and values answers each subject’s words as its own file does, and all others as the base "
        "does.", _closed),
    Way("gradient_fusion", "Gradient fusion", "2305.18292",
        "One change of the model does for every subject what its own file did; pictures of each are looked at for "
        "it.", _lora),
    Way("weighted_sum", "Weighted sum", "2305.18292",
        "The files are added up. Quick, but subjects speak over each other where their changes meet.", _summed),
)  # fmt: skip
"""The fittest first: what was made for one kind of file before what takes many."""
