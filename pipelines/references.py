"""Reference pictures: shown to a network each time it is asked, so that layers can read in them. The encoders' seam.

Before a visited network answers, every voice that speaks and has a reference hands it to the visit's encoders. What
they make of it lies in `Stage.shown` until the next question: by voice and layer, for edits and attention operations.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from pipelines.conditioning import Conditioning, Place
from pipelines.seams import Stage, Voice


@dataclass(frozen=True)
class Shown:
    """What one layer can read of a reference. B rows of the question, N tokens of the reference.

    Fields:
        tokens: (B, N, d). mask: (B, N) bool, which of them are the subject; None for all.
        word, end: (B, N), how much each token of the reference looks at the taught word and at the end of the text.
    """

    tokens: Tensor
    mask: Tensor | None = None
    word: Tensor | None = None
    end: Tensor | None = None


@dataclass(frozen=True)
class Asked:
    """A question that is about to be put to a visited network, and whose reference an encoder is to look at.

    Fields:
        voice: its name. t: (B,) time steps. words: B rows; those of its region for a voice bound to a place.
        latents: (B, C, h, w), the reference, clean, for each row. masks: (B, 1, h, w), 0 to 1, where its subject is.
        captions: what each row's reference shows, in words this voice knows.
        stage, backbone: the performance, and the network it is on.
    """

    voice: str
    t: Tensor
    words: Conditioning
    latents: Tensor
    masks: Tensor
    captions: tuple[str, ...]
    stage: Stage
    backbone: Any

    def readers(self) -> list[str]:
        """The layers at which an edit of this voice reads references."""
        modules = self.stage.voices[self.voice].modules
        return [key.partition("/")[2] for key, module in modules.items() if hasattr(module, "reads")]

    def through(
        self, latents: Tensor, t: Tensor, words: Conditioning, sites: Sequence[str] = ()
    ) -> tuple[Mapping[str, Tensor], Mapping[str, Tensor]]:
        """Send a reference through the network, with the voice's edits but without references of its own.

        Returns:
            What self-attentions were given (B, N, d), by site, and what the layers of `readers` answered, by layer; and
            attention shares (B, h, N, M) of `sites`.
        """
        stage = self.stage
        alone, whole = stage.speaking({self.voice: 1.0}, ()), _unchecked(self.backbone.unet)
        with alone, whole, stage.recording(sites) as maps, stage.noting() as noted:
            self.backbone.predict(latents, t, words)
        return noted, {site: shares[0] for site, shares in maps.items()}


class Encoder(Protocol):
    """Looks at a reference: layer or site → what can be read there. Its settings are its arguments."""

    def __call__(self, asked: Asked) -> Mapping[str, Shown]: ...


def look(backbone: Any, stage: Stage, t: Tensor, words: Conditioning) -> None:
    """Let the encoders of a visit look at the references of those who speak, before the network is asked."""
    stage.shown = {}
    if stage.noted is not None or stage.sight is None:  # the first: this is a reference on its way
        return
    found: dict[str, dict[str, Shown]] = {}
    for name, strength in stage.now.items():
        held = holder(stage.voices[name])
        if held is not None and strength:
            said = _said(name, strength, stage, words)
            rows = _rows(held, said)
            kept = (torch.stack([photos[k] for k in rows]) for photos in (held.photos, held.masks))
            latents, masks = stage.pictures or (next(kept), next(kept)[:, None])
            captions = tuple(held.caption(k, stage) for k in rows)
            asked = Asked(name, t, said, latents, masks, captions, stage, backbone)
            found[name] = {at: one for encoder in stage.encoders for at, one in encoder(asked).items()}
    stage.shown = found


def holder(voice: Voice) -> nn.Module | None:
    """The part of a voice that holds its references, or None."""
    return next((module for module in voice.modules.values() if hasattr(module, "photos")), None)


def _rows(held: nn.Module, words: Conditioning) -> list[int]:
    """For each row the number of the first subject it names, 0 where it names none."""
    known, said = list(enumerate(held.triggers)), words.spans or ({},) * len(words.text)
    return [next((k for k, word in known if span.get(word)), 0) for span in said]


def _said(name: str, strength: float | Place, stage: Stage, words: Conditioning) -> Conditioning:
    if isinstance(strength, Place):
        return next((one.words for one in stage.portions if name in one.voices and one.words), words)
    return words


@contextmanager
def _unchecked(unet: nn.Module) -> Iterator[None]:
    """Without gradient checkpointing, which would ask the layers again later, when nobody takes notes any more."""
    saving = [module for module in unet.modules() if getattr(module, "gradient_checkpointing", False)]
    for module in saving:
        module.gradient_checkpointing = False
    try:
        yield
    finally:
        for module in saving:
            module.gradient_checkpointing = True
