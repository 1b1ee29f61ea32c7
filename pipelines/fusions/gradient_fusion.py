"""One change of the weights that does for every subject, in every layer, what its own LoRA did there.

Mix-of-Show's gradient fusion (arXiv 2305.18292, section 3.2 and equation 4): per layer, argmin over ΔW of
Σᵢ ‖(ΔW − αᵢΔWᵢ)·Xᵢ‖², where Xᵢ are the activations that subject i's own prompts bring to the layer. The text encoder
comes first, then the keys and values of cross-attention that listen to it, then the rest of the attentions, which are
looked at while pictures of each subject are made.

The authors follow the gradient (LBFGS) from ΔW = 0 and stop early. Here the same sums are solved in closed form with a
little ridge in early stopping's place, ΔW = Σᵢ αᵢΔWᵢGᵢ (Σᵢ Gᵢ + λI)⁻¹ with Gᵢ = XᵢXᵢᵀ, which needs no stored
activations. Its columns are the parts' own, so the result is again a LoRA, as wide as the parts' together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from pipelines import voices
from pipelines.anatomy import role, sites
from pipelines.conditioning import once, spell
from pipelines.denoise import At, denoise, noise
from pipelines.device import precise
from pipelines.errors import BadInput, Stopped
from pipelines.events import Measure, Progress, Report
from pipelines.fusing import Fused, Part, people
from pipelines.seams import Stage, Voice
from pipelines.spec import Use

PHRASES = "photo of a {}", "{}"


class GradientFusion:
    """Fuses LoRA files.

    Args:
        steps: sampling steps of the pictures in which the attentions are looked at.
        ridge: λ of attentions, as a share of the mean of Σ G's diagonal. Larger keeps closer to the base.
        text_ridge: the same of the text encoder and of what listens to it, whose activations are few.
    """

    def __init__(self, steps: int = 20, ridge: float = 1e-3, text_ridge: float = 1e-6):
        self.steps, self.ridge, self.text_ridge = steps, ridge, text_ridge

    @torch.no_grad()
    def __call__(self, parts: Sequence[Part], backbone, report: Report) -> Fused:
        """Measures the activations' mean squared error, summed over `layers`: `error`, beside that of the mean of the
        weights, `error_averaged`, and of the base, `error_base`; `worse_layers` counts those in which the mean of the
        weights does better."""
        words, rows = _words(parts)
        uses = (words, _wide(parts))
        fused = voices.build(backbone, uses, people(parts))
        for name, parameter in fused.parameters().items():
            if name in rows:
                parameter.copy_(rows[name])
        changes = {layer: _changes(parts, layer) for layer in _layers(parts)}
        text = {layer: c for layer, c in changes.items() if layer.startswith("text")}
        heard = {layer: c for layer, c in changes.items() if role(layer) in ("cross.k", "cross.v")}
        seen = {layer: c for layer, c in changes.items() if layer not in text | heard}
        judged: list[tuple[float, float, float]] = []
        stages = (
            (text, _listen_to_text, self.text_ridge), (heard, listen_to_words, self.text_ridge),
            (seen, self.look_at_pictures, self.ridge),
        )  # fmt: skip
        for number, (found, gather, ridge) in enumerate(stages):
            sums = {layer: Sums.of(change) for layer, change in found.items()}
            for i, part in enumerate(parts):
                report.wait()
                if report.stop():
                    raise Stopped("Nothing was fused.")
                report(Progress(number * len(parts) + i, len(stages) * len(parts), "fusing"))
                if sums:
                    gather(i, part, fused, sums, backbone)
            for layer, one in sums.items():
                down, up = one.solved(ridge)
                module = fused.modules[f"lora/{layer}"]
                module.down.weight.zero_()[: len(down)] = down.float()
                module.up.weight.zero_()[:, : len(down)] = up.float()
                judged.append((one.error(up @ down), one.error(one.averaged()), one.error(0 * one.averaged())))
        averages = {"error": 0, "error_averaged": 1, "error_base": 2}
        values = {name: sum(one[k] for one in judged) for name, k in averages.items()}
        report(Measure(0, {**values, "layers": len(judged), "worse_layers": sum(e > a for e, a, _ in judged)}))
        return Fused(uses, fused.parameters())

    def look_at_pictures(self, i: int, part: Part, fused: Voice, sums: Mapping[str, "Sums"], backbone) -> None:
        """A picture of the part's subject is made, without guidance, by its own attentions and the fused rest."""
        own = Voice({key: m for key, m in part.voice.modules.items() if _layer(key) in sums})
        ear = _Ear(sums, i)
        with backbone.adapted({"fused": fused, "own": own, "ear": ear.voice()}) as stage:
            for subject in part.header.people():
                words = backbone.encode([PHRASES[0].format(f"{subject.trigger} {subject.noun}")], stage)
                at = At(backbone, stage, words, 1.0, dict(stage.now), steps=self.steps)
                denoise(at, noise(backbone, [0]))


def _listen_to_text(i: int, part: Part, fused: Voice, sums: Mapping[str, "Sums"], backbone) -> None:
    """The part's own text encoder reads its subject's phrases; padding does not count."""
    ear = _Ear(sums, i)
    with backbone.adapted({"own": part.voice, "ear": ear.voice()}) as stage:
        for phrase in _phrases(part):
            ear.length = _length(phrase, stage, backbone)
            backbone.encode([phrase], stage)


def listen_to_words(i: int, part: Part, fused: Voice, sums: Mapping[str, "Sums"], backbone) -> None:
    """The fused text encoder reads them; what keys and values are asked about is the taught word and the end."""
    with backbone.adapted({"fused": fused}) as stage:
        for phrase in _phrases(part):
            words = backbone.encode([phrase], stage)
            places = [*(p for at in words.spans[0].values() for p in at), _length(phrase, stage, backbone) - 1]
            for site in sites(backbone.unet):
                text = words.text[:, site.index] if words.text.dim() == 4 and site.kind == "cross" else words.text
                for letter in "kv":
                    if f"{site.name}.to_{letter}" in sums:
                        sums[f"{site.name}.to_{letter}"].add(i, text[0, places])


def _phrases(part: Part) -> list[str]:
    return [phrase.format(f"{one.trigger} {one.noun}") for one in part.header.people() for phrase in PHRASES]


def _length(phrase: str, stage: Stage, backbone) -> int:
    """Token positions of a phrase, start and end among them."""
    tokenizer = backbone.readers[0].tokenizer
    ids = spell(once(phrase, stage.nouns()), stage.lexicon(), tokenizer).ids
    return ids.index(tokenizer.eos_token_id) + 1


@dataclass
class Sums:
    """One layer's sums. in d, out o; the change of part i is up_i·down_i with weight and scale in `up`.

    Fields:
        down, up: (r_i, d) and (o, r_i) of each part.
        asked: Σ G_i, (d, d). kept: down_i·G_i, (r_i, d) each. wanted: Σ tr(ΔW_i G_i ΔW_iᵀ). rows: how many were seen.
    """

    down: list[Tensor]
    up: list[Tensor]
    asked: Tensor
    kept: list[Tensor]
    wanted: Tensor | float = 0.0
    rows: int = field(default=0)

    @classmethod
    def of(cls, changes: Sequence[tuple[Tensor, Tensor]]) -> "Sums":
        down, up = [precise(d) for d, _ in changes], [precise(u) for _, u in changes]
        return cls(down, up, down[0].new_zeros(down[0].shape[1], down[0].shape[1]), [0 * one for one in down])

    def add(self, i: int, x: Tensor) -> None:
        """Activations (n, d) that part i brings."""
        x = precise(x)
        gram, brought = x.T @ x, x @ self.down[i].T
        self.asked += gram
        self.kept[i] += self.down[i] @ gram
        self.wanted = self.wanted + (brought @ self.up[i].T).square().sum()
        self.rows += len(x)

    def solved(self, ridge: float) -> tuple[Tensor, Tensor]:
        """(Σ r_i, d) and (o, Σ r_i)."""
        width = len(self.asked)
        damped = self.asked + ridge * self.asked.trace() / width * torch.eye(width).to(self.asked)
        return torch.linalg.solve(damped, torch.cat(self.kept).T).T, torch.cat(self.up, dim=1)

    def averaged(self) -> Tensor:
        """(o, d): the mean of the parts' changes."""
        return sum(up @ down for up, down in zip(self.up, self.down, strict=True)) / len(self.up)

    def error(self, change: Tensor) -> float:
        """Mean squared difference between what a change (o, d) answers and what each part's own answers."""
        crossed = sum(((up.T @ change) * kept).sum() for up, kept in zip(self.up, self.kept, strict=True))
        total = ((change @ self.asked) * change).sum() - 2 * crossed + self.wanted
        return max(0.0, float(total)) / (self.rows * len(change))


@dataclass
class _Ear:
    """Adds up what comes to layers while part i is heard, of each prompt the first `length` positions."""

    sums: Mapping[str, Sums]
    i: int
    length: int | None = None

    def voice(self) -> Voice:
        return Voice({f"ear/{layer}": _Drum(self, layer) for layer in self.sums})


class _Drum(nn.Module):
    def __init__(self, ear: _Ear, layer: str):
        super().__init__()
        self.ear, self.layer = ear, layer

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        self.ear.sums[self.layer].add(self.ear.i, x[:, : self.ear.length].flatten(0, -2))
        return y


def _layer(key: str) -> str:
    return key.partition("/")[2]


def _layers(parts: Sequence[Part]) -> list[str]:
    """The layers that any of the parts changes."""
    return list(dict.fromkeys(_layer(key) for part in parts for key in part.voice.modules if key.startswith("lora/")))


def _words(parts: Sequence[Part]) -> tuple[Use, dict[str, Tensor]]:
    """The edit that holds taught words, and the words of all parts in the order of their subjects."""
    held = [[use for use in part.header.uses() if _speaks(part, use)] for part in parts]
    shapes = [[(use.name, use.settings.get("vectors")) for use in uses] for uses in held]
    for part, uses, shape in zip(parts, held, shapes, strict=True):
        if len(uses) != 1 or shape != shapes[0]:
            raise BadInput(f"{part.name} has words of another kind.", "Choose files of one recipe.")
    (use,), rows = held[0], {}
    for key in parts[0].voice.modules:
        if key.startswith(f"{use.name}/"):
            vectors = [row for part in parts for row in part.voice.modules[key].vectors]
            rows |= {f"{key}/vectors.{k}": row for k, row in enumerate(vectors)}
    return use, rows


def _speaks(part: Part, use: Use) -> bool:
    return any(key.startswith(f"{use.name}/") and hasattr(m, "vectors") for key, m in part.voice.modules.items())


def _wide(parts: Sequence[Part]) -> Use:
    """The LoRA that holds those of all parts side by side."""
    wheres: dict[str, None] = {}
    rank = 0
    for part in parts:
        loras = [use.settings for use in part.header.uses() if use.name == "lora"]
        others = [u.name for u in part.header.uses() if u.name != "lora" and not _speaks(part, u)]
        if others or not loras:
            what = f"holds {others[0].replace('_', ' ')}" if others else "changes nothing of the model"
            advice = "This fusion is for files of words and LoRA, such as Mix-of-Show's."
            raise BadInput(f"{part.name} {what}, so it cannot be fused like this.", advice)
        wheres |= {name: None for one in loras for name in one.get("where", "attention").split("+")}
        rank += max(one.get("rank", 4) for one in loras)
    return Use("lora", {"where": "+".join(wheres), "rank": rank})


def _changes(parts: Sequence[Part], layer: str) -> list[tuple[Tensor, Tensor]]:
    """(r, d) and (o, r): each part's change of a layer, times its weight; zero where it leaves the layer alone."""
    modules = [part.voice.modules.get(f"lora/{layer}") for part in parts]
    down, up, _ = next(module for module in modules if module is not None).low_rank()
    found = []
    for part, module in zip(parts, modules, strict=True):
        own, out, alpha = module.low_rank() if module is not None else (down[:1], 0 * up[:, :1], 1.0)
        found.append((own, out * (part.weight * alpha / len(own))))
    return found
