"""One set of keys and values that says each subject as its own file does, and everything else as the base does.

Custom Diffusion (arXiv 2212.04488, section 3.2, equation 5): for each layer, minimise ‖(W − W₀)·C_regᵀ‖ under the
constraint W·Cᵀ = V, where C holds the text states of the subjects' phrases, V what each subject's own file answers to
them, and C_reg the states of everyday captions. Its solution is

    W = W₀ + (V − W₀·Cᵀ)·(d·Cᵀ)⁻¹·d   with   d = C·(C_regᵀ·C_reg)⁻¹.

Each constraint is met exactly; a base of few captions is held by a little ridge.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from pipelines import anatomy, corpus
from pipelines.conditioning import once, spell
from pipelines.device import precise
from pipelines.errors import BadInput, Stopped
from pipelines.events import Progress, Report
from pipelines.fusing import Fused, Part, words
from pipelines.seams import Stage
from pipelines.spec import Use

TEMPLATE = "photo of a"
ADDED = "change", "low_rank", "shift"
"""What an edit has that adds to a layer's answers; a gate weighs them instead."""


class ClosedFormMerge:
    """Merges files that change nothing but keys and values of cross-attention, and words.

    Args:
        captions: how many everyday captions are to stay as they were.
    """

    def __init__(self, captions: int = 192):
        self.captions = captions

    @torch.no_grad()
    def __call__(self, parts: Sequence[Part], backbone, report: Report) -> Fused:
        layers = anatomy.layers(backbone.parts, "cross.kv")
        _check(parts, set(layers))
        held = corpus.moment(corpus.rows(corpus.captions(self.captions), backbone.encode, backbone.ids))
        use, tensors = words(parts)
        with backbone.adapted({part.name: part.voice for part in parts}) as stage:
            states = [_phrases(part, backbone, stage) for part in parts]
        said = precise(torch.cat(states))
        if len(said) > held.shape[0]:
            advice = "Fuse fewer files, or draw each subject in a region of its own."
            raise BadInput(f"{len(parts)} files are more than this base's words can hold apart.", advice)
        spread = torch.linalg.solve(held, said.T).T
        for step, (layer, module) in enumerate(layers.items(), 1):
            if report.stop():
                raise Stopped("Nothing was fused.")
            wanted = [_added(part, layer, rows, module) for part, rows in zip(parts, states, strict=True)]
            change = merged(precise(torch.cat(wanted)).T, said, spread)
            tensors[f"key_value_delta/{layer}/change"] = change.float().cpu()
            report(Progress(step, len(layers), "merging"))
        return Fused((use, Use("key_value_delta")), tensors)


def merged(wanted: Tensor, said: Tensor, spread: Tensor) -> Tensor:
    """The change (o, D) of a weight that answers `wanted` (o, s) to the states `said` (s, D), and as little as can be
    to those whose second moment, inverted, is in `spread`: d (s, D)."""
    return wanted @ torch.linalg.solve(spread @ said.T, spread)


def _check(parts: Sequence[Part], layers: set[str]) -> None:
    for part in parts:
        for key, module in part.voice.modules.items():
            inside = key.partition("/")[2] in layers and any(hasattr(module, kind) for kind in ADDED)
            if not inside and not hasattr(module, "words"):
                name = key.partition("/")[0].replace("_", " ")
                advice = "This merge is for keys, values and words alone, as Custom Diffusion teaches them."
                raise BadInput(f"{part.name} holds {name}, or other layers, which cannot be merged so.", advice)


def _phrases(part: Part, backbone, stage: Stage) -> Tensor:
    """States (s, D) of "<word> noun" and "photo of a <word> noun" of each of a part's subjects, from the word to the
    end token; the same states once."""
    lexicon: Mapping[str, int] = part.voice.words()
    reader, skip, found = backbone.readers[0].tokenizer, len(backbone.ids(TEMPLATE)), []
    with stage.speaking({part.name: 1.0}):
        for subject in part.header.people():
            for begin, prompt in ((0, "{} {}"), (skip, f"{TEMPLATE} {{}} {{}}")):
                text = prompt.format(subject.trigger, subject.noun)
                ids = spell(once(text, part.voice.nouns()), lexicon, reader).ids
                found.append(backbone.encode([text], stage).text[0, 1 + begin : ids.index(reader.eos_token_id) + 1])
    return distinct(torch.cat(found))


def distinct(rows: Tensor) -> Tensor:
    """Rows (s, D), each once; found on the processor, for Apple's GPU does not compare whole rows."""
    return rows.cpu().unique(dim=0).to(rows.device)


def _added(part: Part, layer: str, rows: Tensor, linear: nn.Linear) -> Tensor:
    """(s, o): what a part's own change adds to a layer's answers to its own phrases, times its weight; nothing where it
    taught words alone."""
    added = rows.new_zeros(len(rows), linear.out_features)
    for key, module in part.voice.modules.items():
        if key.partition("/")[2] == layer:
            added = added + module(rows[None], rows.new_zeros(()))[0]
    return added * part.weight
