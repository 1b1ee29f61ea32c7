"""What steers a prediction: encoded words, the places they belong to, and how taught words are spelt."""

import math
import re
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor

from pipelines.errors import UnknownToken
from pipelines.spec import Region

MOST_VECTORS = 1024
BRACKETED = re.compile(r"<[^<>\s:]+>")


@dataclass(frozen=True)
class Conditioning:
    """Encoded prompts. B prompts, M token positions, D context width.

    Fields:
        text: (B, M, D) hidden states the cross-attentions read; (B, S, M, D) where a taught word means something else
            in each of the S cross-attentions.
        pooled: (B, P) summary vector for bases that ask for one (SDXL), else None.
        spans: per prompt, each taught word → the token positions it occupies.
        cut: per prompt, whether its end did not fit into M positions.
        ends: per prompt, the position of its end token.
    """

    text: Tensor
    pooled: Tensor | None = None
    spans: tuple[dict[str, tuple[int, ...]], ...] = ()
    cut: tuple[bool, ...] = ()
    ends: tuple[int, ...] = ()

    def __add__(self, other: "Conditioning") -> "Conditioning":
        """Both batches, one after the other."""
        pooled = None if self.pooled is None else torch.cat([self.pooled, other.pooled])
        text = torch.cat(_alike(self.text, other.text))
        told = {name: getattr(self, name) + getattr(other, name) for name in ("spans", "cut", "ends")}
        return replace(self, text=text, pooled=pooled, **told)

    def rows(self, which: Sequence[int]) -> "Conditioning":
        """The chosen prompts, in that order, repeats allowed."""
        index = torch.as_tensor(which, device=self.text.device)
        pooled = None if self.pooled is None else self.pooled[index]
        told = {name: getattr(self, name) for name in ("spans", "cut", "ends")}
        told = {name: tuple(held[i] for i in which) if held else () for name, held in told.items()}
        return replace(self, text=self.text[index], pooled=pooled, **told)


def _alike(one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    """Texts of which one may be layered, both layered then: words of one meaning mean it in every layer."""
    depth = next((text.shape[1] for text in (one, other) if text.dim() == 4), 0)
    return tuple(t[:, None].expand(-1, depth, -1, -1) if depth and t.dim() == 3 else t for t in (one, other))


def beside(words: Conditioning, said: Tensor | None) -> Conditioning:
    """The words with a vector (B, D) added to every token; None adds nothing."""
    if said is None:
        return words
    between = [1] * (words.text.dim() - 2)
    return replace(words, text=words.text + said.view(len(said), *between, -1).to(words.text))


class Place:
    """The share of a region in every cell of any grid the network works on.

    A plain box follows Mix-of-Show (arXiv 2305.18292, its regional sampling): it covers the cells from
    ceil(low·size) to floor(high·size), fully. A drawn mask or a soft edge is averaged over each cell.

    Args:
        region: box, feather and strength; see `spec.Region`.
        height, width: of the picture in pixels; they tell the shape of a grid from its number of cells.
        mask: (height, width), 0 to 1, drawn by hand, or None.
    """

    def __init__(self, region: Region, height: int, width: int, mask: Tensor | None = None):
        self.region, self.height, self.width, self.mask = region, height, width, mask
        self._grids: dict[int, Tensor] = {}
        self._insides: dict[int, Tensor] = {}

    def on(self, cells: int, like: Tensor) -> Tensor:
        """Shares for a grid of N cells, row by row: (N, 1), 0 to 1, on the device and in the dtype of `like`."""
        if cells not in self._grids:
            share = self.share(*self.grid(cells)) * self.region.strength
            self._grids[cells] = share.flatten()[:, None].to(like)
        return self._grids[cells]

    def inside(self, cells: int, like: Tensor) -> Tensor:
        """Which of a grid's N cells belong more to the region than to what is round it, at least one: (N,), 0 or 1, on
        the device and in the dtype of `like`."""
        if cells not in self._insides:
            share = self.share(*self.grid(cells))
            held = share >= 0.5
            if not held.any():
                rows, columns = share.shape
                x, y, w, h = self.region.box
                middle = int(min(y + h / 2, 0.999) * rows) * columns + int(min(x + w / 2, 0.999) * columns)
                held.view(-1)[int(share.argmax()) if share.any() else max(0, middle)] = True
            self._insides[cells] = held.flatten().to(like)
        return self._insides[cells]

    def covers(self, cells: int) -> bool:
        """Whether any of a grid's N cells belongs to the region."""
        return bool(self.share(*self.grid(cells)).any())

    def grid(self, cells: int) -> tuple[int, int]:
        """Rows and columns of a grid of N cells over the picture."""
        side = math.sqrt(self.height * self.width / cells)
        return round(self.height / side), round(self.width / side)

    def share(self, rows: int, columns: int) -> Tensor:
        """Of every cell of a grid over the picture the share that is the region's, 0 to 1, whatever its strength."""
        if self._soft is not None:
            return F.adaptive_avg_pool2d(self._soft[None, None], (rows, columns))[0, 0]
        x, y, w, h = self.region.box
        share = torch.zeros(rows, columns)
        (top, bottom), (left, right) = _cells(y, y + h, rows), _cells(x, x + w, columns)
        share[top:bottom, left:right] = 1.0
        return share

    @cached_property
    def _soft(self) -> Tensor | None:
        """The region drawn in pixels, edge blurred over `feather` of the width; None for a plain box."""
        reach = round(self.region.feather * self.width)
        if self.mask is None and not reach:
            return None
        x, y, w, h = self.region.box
        drawn = torch.zeros(self.height, self.width)
        (top, bottom), (left, right) = _cells(y, y + h, self.height), _cells(x, x + w, self.width)
        drawn[top:bottom, left:right] = 1.0 if self.mask is None else self.mask[top:bottom, left:right]
        if reach:
            padded = F.pad(drawn[None, None], (reach,) * 4, mode="replicate")
            drawn = F.avg_pool2d(padded, 2 * reach + 1, stride=1)[0, 0]
        return drawn


def _cells(low: float, high: float, size: int) -> tuple[int, int]:
    """First and one past the last of `size` cells that lie wholly between two shares of the picture."""
    return max(0, math.ceil(round(low * size, 6))), min(size, math.floor(round(high * size, 6)))


class Joint(Place):
    """Where one voice speaks that several regions may share, each cell at its share of that cell's mean: all regions
    that cover a cell count alike there, as in `attention.region_route`.

    Args:
        own: the places of its regions. every: those of all regions that speak, its own among them.
    """

    def __init__(self, own: Sequence[Place], every: Sequence[Place]):
        super().__init__(own[0].region, own[0].height, own[0].width)
        self.own, self.every = tuple(own), tuple(every)

    def on(self, cells: int, like: Tensor) -> Tensor:
        if cells not in self._grids:
            covered = sum(one.on(cells, like) for one in self.every).clamp(min=1)
            self._grids[cells] = sum(one.on(cells, like) for one in self.own) / covered
        return self._grids[cells]


@dataclass(frozen=True)
class Portion:
    """What one region says: where, the words (B, M, D), and which voices speak there at what strength.

    `named` is (B, M), 1 at the positions where the picture's own words speak of the region and 0 elsewhere, so all 0
    in the rows of words to keep away from; None where they do not. `words` is all that is known of the text.
    """

    place: Place
    text: Tensor
    voices: Mapping[str, float]
    named: Tensor | None = None
    words: Conditioning | None = None


@dataclass(frozen=True)
class Moment:
    """When in a run the network is asked: `done` is the share of the run that is over, `signal` is ᾱ of the time step,
    1 for clean and 0 for pure noise."""

    done: float = 0.0
    signal: float = 1.0


def number(word: str, k: int) -> int:
    """The id of the k-th vector of a taught word. Negative, so that it never meets an id of the tokenizer."""
    return -1 - (zlib.crc32(word.lower().encode()) * MOST_VECTORS + k)


@dataclass(frozen=True)
class Spelling:
    """A prompt as token ids (M,), where taught words hold negative ids; their positions; whether the end was cut; the
    position of the end token."""

    ids: tuple[int, ...]
    spans: dict[str, tuple[int, ...]]
    cut: bool
    end: int

    def copies(self, lexicon: Mapping[str, int], deep: Mapping[str, int]) -> list[tuple[int, ...]]:
        """The ids each cross-attention is to hear: one row for all, or, where a word is `deep`, one row each. The
        vectors of a deep word are numbered layer by layer."""
        depth = max((deep[word] for word in self.spans if word in deep), default=1)
        rows = []
        for layer in range(depth):
            row = list(self.ids)
            for word in self.spans.keys() & deep.keys():
                for p in self.spans[word]:
                    row[p] -= layer * lexicon[word]
            rows.append(tuple(row))
        return rows


def spell(prompt: str, lexicon: Mapping[str, int], tokenizer) -> Spelling:
    """Turn a prompt into ids, each taught word into as many positions as it has vectors.

    Args:
        lexicon: taught word → number of vectors.
        tokenizer: a CLIP-style tokenizer; gives the length, the start, end and padding ids.

    Raises:
        UnknownToken: for a word in <angle brackets> that is not in the lexicon.
    """
    known = {word.lower(): (word, count) for word, count in lexicon.items()}
    if found := stranger(prompt, lexicon):
        words = ", ".join(lexicon) or "no taught words"
        advice = f"It knows {words}; choose the artefact that taught it."
        raise UnknownToken(f"Nobody taught this model the word {found}.", advice)
    body: list[int] = []
    where: dict[str, tuple[int, ...]] = {}
    for piece in _pieces(prompt, known):
        if piece.lower() not in known:
            body += tokenizer(piece, add_special_tokens=False, verbose=False).input_ids if piece.strip() else []
            continue
        word, count = known[piece.lower()]
        where[word] = where.get(word, ()) + tuple(range(len(body) + 1, len(body) + 1 + count))
        body += [number(word, k) for k in range(count)]
    length = tokenizer.model_max_length
    ids = [tokenizer.bos_token_id, *body[: length - 2], tokenizer.eos_token_id]
    ids += [tokenizer.pad_token_id] * (length - len(ids))
    spans = {word: tuple(p for p in at if p < length - 1) for word, at in where.items()}
    return Spelling(tuple(ids), spans, len(body) > length - 2, 1 + min(len(body), length - 2))


def stranger(prompt: str, lexicon: Collection[str]) -> str:
    """The first word in <angle brackets> that is not in the lexicon, whatever its case; empty for none."""
    known = {word.lower() for word in lexicon}
    return next((found for found in BRACKETED.findall(prompt) if found.lower() not in known), "")


def reach(text: str, lexicon: Mapping[str, int], nouns: Mapping[str, str], tokenizer) -> int:
    """How many token positions a text takes behind the start; see `spell` and `once`."""
    ids = spell(once(text, nouns), lexicon, tokenizer).ids
    return ids.index(tokenizer.eos_token_id, 1) - 1


def once(prompt: str, nouns: Mapping[str, str]) -> str:
    """The prompt without the class nouns that directly follow a taught word which says its noun itself."""
    for word, noun in nouns.items():
        prompt = re.sub(rf"({re.escape(word)})\s+{re.escape(noun)}(?!\w)", r"\1", prompt, flags=re.IGNORECASE)
    return prompt


def _pieces(prompt: str, known: Mapping[str, object]) -> list[str]:
    """The prompt cut into taught words and the text between them."""
    if not known:
        return [prompt]
    longest_first = sorted(known, key=len, reverse=True)
    spoken = "|".join(re.escape(word) for word in longest_first)
    return re.split(rf"(?<![\w<])({spoken})(?![\w>])", prompt, flags=re.IGNORECASE)
