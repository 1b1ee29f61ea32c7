"""The 49,408 pieces of words that the text encoders of Stable Diffusion read, for models that come without them.

A single file holds weights only. Its tokenizer is that of CLIP (Radford et al., arXiv 2103.00020), the same for every
Stable Diffusion 1, 2 and XL; the list of its merges is part of the package open_clip_torch, which is read as data here
and never imported.
"""

import gzip
import importlib.util
from functools import cache
from pathlib import Path

from tokenizers.pre_tokenizers import ByteLevel

from pipelines.errors import MissingWeights

PACKAGE, FILE = "open_clip", "bpe_simple_vocab_16e6.txt.gz"
BYTES, SPECIAL, SIZE = 256, ("<|startoftext|>", "<|endoftext|>"), 49408
ENDS = "</w>"  # marks a piece that ends a word


@cache
def pieces() -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Piece → id, and the merges in the order in which they are tried.

    As in OpenAI's `simple_tokenizer.py`: the bytes in the order of the letters that stand for them, the same again as
    ends of words, what each merge makes, then start and end of a text. Of the 262,144 merges in the list, the first
    48,894 are used.

    Raises:
        MissingWeights: when the list is not on this computer.
    """
    found = importlib.util.find_spec(PACKAGE)
    path = Path(found.origin).with_name(FILE) if found and found.origin else None
    if path is None or not path.is_file():
        advice = "Install requirements.txt again (open_clip_torch brings it), or choose a folder in diffusers' layout."
        raise MissingWeights("CLIP's list of words (its tokenizer) is not on this computer.", advice)
    lines = gzip.decompress(path.read_bytes()).decode("utf-8").split("\n")
    merges = [tuple(line.split()) for line in lines[1 : 1 + SIZE - 2 * BYTES - len(SPECIAL)]]
    letters = sorted(ByteLevel.alphabet())
    names = [*letters, *(letter + ENDS for letter in letters), *("".join(pair) for pair in merges), *SPECIAL]
    return {name: i for i, name in enumerate(names)}, merges
