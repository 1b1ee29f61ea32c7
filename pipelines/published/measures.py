"""Which score of ours stands for which published one, and why the others are not there."""

from collections.abc import Collection
from pathlib import Path

from pipelines.eyes import Eyes
from pipelines.judging import kinds
from pipelines.standards import Standards
from pipelines.suites import Suite

SINGLE = {
    "dino": ("likeness",), "clip_i": ("likeness_clip",), "clip_t": ("prompt_following",), "text": ("prompt_following",),
    "aps": ("attribute_preservation",), "goa": ("grounded", "objects"), "rfs": ("relation",),
}  # fmt: skip
"""Scores of one picture: ours, by judges of photos or of toys, whichever are there."""
SETS = {"ips": ("gated_face", "gated_identity"), "sis": ("face_stability", "identity_stability"),
        "aps": ("face_attributes",), "div": ("diversity",), "pres": ("prior_preservation",),
        "kid": ("kid",)}  # fmt: skip
"""Scores of many pictures together, likewise."""
ALWAYS = ("likeness", "likeness_clip", "masked_likeness", "masked_likeness_clip", "found", "prompt_following", "copy",
          "face_identity", "face_found")  # fmt: skip
"""What stands in every table, so that copies and backgrounds that come along are seen."""
GATED = ("gated_text", "diversity")
"""The same of all pictures of a subject together."""
TOLD = {
    "dino": "DINO-I", "clip_i": "CLIP-I", "clip_t": "CLIP-T", "text": "Text, 2.5 × CLIP-T", "pres": "PRES",
    "div": "DIV", "kid": "KID", "ips": "IPS", "aps": "APS", "sis": "SIS", "goa": "GOA", "rfs": "RFS", "cp": "CP",
    "pf": "PF", "cp_pf": "CP × PF", "sc": "SC", "pq": "PQ",
}  # fmt: skip
"""Published scores as their tables call them."""
PEOPLE, LARGE = "people judge it", "a large language model judges it, which is not on this computer"
UNREAD = {"rfs": "Stellar gave out neither its formula nor the network that reads relations, and no library that is "
          "kept up offers one for photos; on toys the starter's judges read left and right in its place"}  # fmt: skip
"""What no judge of photos can tell."""
JUDGED = {"sc": PEOPLE, "pq": PEOPLE, "overall": PEOPLE, "cp": LARGE, "pf": LARGE, "cp_pf": LARGE}


def single(suite: Suite) -> tuple[str, ...]:
    """The scores of each picture."""
    own = (one for name, _ in suite.protocol.scores for one in SINGLE.get(name, ()))
    return tuple(dict.fromkeys([*ALWAYS, *own]))


def together(suite: Suite) -> tuple[str, ...]:
    """The scores of all pictures of a subject; what a taught model makes of the class noun is asked apart."""
    own = (one for name, _ in suite.protocol.scores for one in SETS.get(name, ()))
    return tuple(dict.fromkeys([*GATED, *(name for name in own if name not in ("prior_preservation", "kid"))]))


def lacking(suite: Suite, eyes: Eyes | Standards, found: Collection[str]) -> list[str]:
    """A sentence on every published score that is not in this table: `found` are the scores that are."""
    said = []
    for name, _ in suite.protocol.scores:
        ours = (*SINGLE.get(name, ()), *SETS.get(name, ()))
        if name in JUDGED:
            said.append(f"{_told(name)} is not here: {JUDGED[name]}.")
        elif ours and not set(ours) & set(found):
            if name in UNREAD and not isinstance(eyes, Eyes):
                said.append(f"{_told(name)} is not here: {UNREAD[name]}.")
            elif not (kinds("metrics", eyes, SINGLE.get(name, ())) or kinds("set_metrics", eyes, SETS.get(name, ()))):
                who = Path(eyes.folder).name if isinstance(eyes, Standards) else eyes.name
                said.append(f"{_told(name)} is not here: nobody among the judges ({who}) can tell it.")
            else:
                said.append(f"{_told(name)} is not here: there is nothing to score yet, or too little.")
    return said


def _told(name: str) -> str:
    return TOLD.get(name, name.replace("_", " ").capitalize())
