"""The starter's tokenizer: CLIP's own kind, a byte-level BPE, learnt on what the toybox says.

Every byte is a token of its own, so any text may be typed: words from outside the world fall into pieces, never into an
unknown.
"""

import json
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import CLIPTokenizer

from pipelines import toybox

LENGTH = 64
"""Tokens a prompt may have, with its start and end."""
START, END = "<|startoftext|>", "<|endoftext|>"
SPLIT = r"""'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""
EVERYDAY = """\
the of and to in is that for it with as on at by from this his her their one two three some very small big little tiny
huge happy friendly holding sitting standing running sleeping dancing flying looking next near under over behind above
below inside between front back side red orange yellow green blue purple pink brown black white grey gold silver wooden
old new young light dark bright warm cold summer winter spring autumn morning evening river mountain garden field sky
cloud sun moon star tree flower water sea lake island bridge road house room window door table floor wall picture photo
painting drawing image portrait style wearing playing riding eating drinking reading book ball box cup hat coat shoe dog
cat bird fish horse bear man woman boy girl child person friend toy car bike train boat plane
"""


def build(folder: Path, sentences: int = 6000, size: int = 1600) -> CLIPTokenizer:
    """Learn the merges from `sentences` captions and some everyday words, and write the tokenizer's folder.

    Returns:
        The tokenizer as transformers loads it from `folder`.
    """
    learner = Tokenizer(models.BPE(unk_token=END, continuing_subword_prefix="", end_of_word_suffix="</w>"))
    learner.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    learner.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    learner.decoder = decoders.ByteLevel()
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=size, initial_alphabet=letters, end_of_word_suffix="</w>", special_tokens=[], show_progress=False
    )
    said = [toybox.caption(toybox.draw(k), toybox.Dice(5, k)) for k in range(sentences)]
    learner.train_from_iterator(said + [EVERYDAY] * 40, trainer)
    model = json.loads(learner.to_str())["model"]
    # CLIP's order: letters, letters that end a word, then one token for each merge, then start and end.
    merges = [tuple(m) if isinstance(m, list) else tuple(m.split(" ")) for m in model["merges"]]
    tokens = [*letters, *(letter + "</w>" for letter in letters)]
    tokens += [t for t in dict.fromkeys(a + b for a, b in merges) if t not in set(tokens)]
    vocabulary = {token: k for k, token in enumerate([*tokens, START, END])}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    config = {
        "tokenizer_class": "CLIPTokenizer", "model_max_length": LENGTH, "do_lower_case": True, "errors": "replace",
        "add_prefix_space": False, "bos_token": START, "eos_token": END, "unk_token": END, "pad_token": END,
    }  # fmt: skip
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1))
    special = {"bos_token": START, "eos_token": END, "unk_token": END, "pad_token": END}
    (folder / "special_tokens_map.json").write_text(json.dumps(special, indent=1))
    return CLIPTokenizer.from_pretrained(folder)
