"""The JavaScript of a widget, read from assets/js and joined into the one string `gr.HTML` takes."""

from pathlib import Path

JS = Path(__file__).parent.parent / "assets" / "js"


def script(*names: str) -> str:
    """Join `assets/js/<name>.js` in order; every file shares one function scope with `element`, `props`, `server`.

    A widget puts its own file last: `script("element", "words", "icons", "job_strip")`.
    """
    return "\n".join((JS / f"{name}.js").read_text("utf-8") for name in names)


def closed(elem_id: str, says: str) -> str:
    """What a closed accordion shows at the right of its title: `says` is a JavaScript function of the listed values."""
    lid = f"document.querySelector('#{elem_id} > .label-wrap')"
    return f"(...values) => {{ {lid}?.setAttribute('data-says', ({says})(...values)) }}"


def filled(elem_id: str) -> str:
    """What the page does when the fields around the widget `elem_id`, which its `ready` asked for, are filled."""
    return f"() => window.likeness.opened({elem_id!r})"
