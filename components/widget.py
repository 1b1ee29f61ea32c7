"""What every widget is: Gradio's own HTML component, whose script is searched once and not at every look."""

import functools
import re
from typing import Any

import gradio as gr

QUOTED = re.compile(r"""['"`](?=([\w-]+)['"`])""")


class Widget(gr.HTML):
    """`gr.HTML` takes every attribute it does not have for an event, and searches the whole script for its name.

    Gradio looks for dozens of attributes on every component whenever a page comes, so that searching was a third of the
    server's work. Here the names that stand in quotes are read once for each script; what an event is stays Gradio's.

    Raises:
        AttributeError: the script has no such event.
    """

    def __getattr__(self, name: str) -> Any:
        if name in quoted(self.__dict__.get("js_on_load") or ""):
            return super().__getattr__(name)
        raise AttributeError(f"{type(self).__name__} has no {name}, and its script has no event of that name.")


@functools.cache
def quoted(script: str) -> frozenset[str]:
    """Every word that stands between quotes in a script."""
    return frozenset(QUOTED.findall(script))
