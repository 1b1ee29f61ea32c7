"""The files of a widget share one scope in the page: no name in it is declared twice."""

import ast
import re
from pathlib import Path

import pytest

import components
from components.script import JS

FOLDER = Path(components.__file__).parent
DECLARED = re.compile(r"^(?:async )?(?:const|let|function\*?|class) (?:(\w+)|[\[{]([^\]}]*)[\]}])", re.M)
MORE = re.compile(r"^(?:const|let) (.*);", re.M)


def joined(path: Path) -> list[tuple[str, ...]]:
    """The lists of files that a module gives to `script`, as literals or as a name it set before."""
    tree = ast.parse(path.read_text("utf-8"))
    texts = (ast.Tuple, ast.List)
    known = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, texts) and isinstance(node.targets[0], ast.Name)
        and all(isinstance(one, ast.Constant) for one in node.value.elts)
    }  # fmt: skip
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "script"]
    return [
        tuple(
            name
            for part in call.args
            for name in (known[part.value.id] if isinstance(part, ast.Starred) else [part.value])
        )
        for call in calls
    ]


WIDGETS = [(path.stem, names) for path in sorted(FOLDER.glob("*.py")) for names in joined(path)]


def declared(names: tuple[str, ...]) -> list[str]:
    """What the files declare outside of any function, once for every time."""
    text = "\n".join((JS / f"{name}.js").read_text("utf-8") for name in names)
    found = []
    for one, several in DECLARED.findall(text):
        found += [one] if one else re.findall(r"(\w+)(?=\s*(?:,|$|=))", several)
    for line in MORE.findall(text):
        if not line.startswith(("{", "[")):
            found += re.findall(r", (\w+) = ", re.sub(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}", "", line))
    return found


@pytest.mark.parametrize(("widget", "names"), WIDGETS, ids=[name for name, _ in WIDGETS])
def test_no_name_is_declared_twice(widget, names):
    found = declared(names)
    assert sorted({name for name in found if found.count(name) > 1}) == []
    assert len(set(names)) == len(names), "no file stands twice"


def test_two_declarations_are_seen():
    assert sorted(one for one in declared(("regions", "regions")) if one == "within") == ["within", "within"]
