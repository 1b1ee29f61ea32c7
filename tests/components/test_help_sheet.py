"""The sheet of keys says what the scripts do: no key that they answer to is missing, and none on it is dead."""

import re

import pytest

from components.help_sheet import KEYS
from components.script import JS

WHERE = {
    "Everywhere": ("help_sheet", "job_strip", "make_bar", "queue_drawer", "start_key", "top_bar"),
    "Subjects and masks": ("mask_deeds", "subject_picker"),
    "Recipes": ("recipe_rows",),
    "Regions": ("region_deeds", "live_preview"),
    "Wall, viewer, pair": ("contact_sheet", "before_after"),
    "Library": ("picture_board", "provenance"),
}
"""Which scripts listen for the keys of a section."""
SIGNS = {
    "ArrowUp": "↑", "ArrowDown": "↓", "ArrowLeft": "←", "ArrowRight": "→", "Delete": "Del", "Escape": "Esc",
    " ": "Space", "BracketLeft": "[", "BracketRight": "]",
}  # fmt: skip
BESIDE = {"Backspace": "Del", "y": "Z"}
"""Second keys for what another one on the sheet does."""
PRESSED = {"Ctrl", "Alt", "Shift", "Click", "Drag"}
NAMED = re.compile(r"[^\s\w]|\w|" + "|".join([*SIGNS, "Enter", "Tab", "Space", "Backspace"]))
ASKED = (
    re.compile(r"(?:event\.key(?:\.toLowerCase\(\))?|event\.code|\bkey) [!=]== \"([^\"]+)\""),
    re.compile(r"\[([^\[\]]*)\]\.includes\(event\.key\)"),
    re.compile(r"\{([^{}]*)\}\[event\.key\]"),
    re.compile(r"^const (?:KEYS|LETTERS|ARROWS) = \{(.*?)\};", re.M | re.S),
)
ENTRY = re.compile(r"\"([^\"]+)\"|(\w+)\s*:")


def heard(script: str) -> set[str]:
    """The keys a script answers to, as they stand on the sheet."""
    text, found = (JS / f"{script}.js").read_text("utf-8"), set()
    for way in ASKED:
        for part in way.findall(text):
            inside = [a or b for a, b in ENTRY.findall(part)] if way is not ASKED[0] else [part]
            found |= {one for one in inside if NAMED.fullmatch(one)}
    if "/^[1-9]$/.test(event.key)" in text:
        found.add("1")
    return {SIGNS.get(one) or (one if len(one) > 1 else one.upper()) for one in (BESIDE.get(k, k) for k in found)}


def listed(section: str) -> set[str]:
    return {key for keys, _ in KEYS[section] for key in keys.split()} - PRESSED


def test_keys_are_found_in_scripts():
    assert heard("top_bar") == {"G", "1"} and heard("queue_drawer") == {"Esc", "Q", "Tab", "↑", "↓"}
    assert {"A", "R", "V", "*", "Del", "S", "P"} <= heard("provenance")
    assert {"V", "R", "[", "]", "N", "D", "Z", "Del", "Enter", "↑"} <= heard("region_deeds")


@pytest.mark.parametrize("section", KEYS)
def test_the_sheet_tells_what_a_page_answers_to_and_nothing_else(section):
    answers = set.union(*(heard(script) for script in WHERE[section]))
    everywhere = listed("Everywhere") | {"Tab"}
    assert listed(section) <= answers, "a key on the sheet is dead"
    assert answers - listed(section) - everywhere == set(), "a key is not told of"


def test_every_section_has_scripts_of_its_own_and_says_a_key_once():
    assert list(WHERE) == list(KEYS)
    for rows in KEYS.values():
        keys = [keys for keys, _ in rows]
        assert len(set(keys)) == len(keys) and all(words for _, words in rows)


def test_no_script_listens_unseen():
    told = {script for scripts in WHERE.values() for script in scripts}
    quiet = {"element", "how_choice", "recipe_form", "subject_choice"}  # Enter and Esc in fields and menus
    listening = {one.stem for one in JS.glob("*.js") if 'addEventListener("keydown"' in one.read_text("utf-8")}
    assert listening - quiet == told
