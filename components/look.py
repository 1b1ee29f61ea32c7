"""How everything looks: the style sheets as one text, and Gradio's theme spoken in the same tokens; the page's head."""

import json
import re
from pathlib import Path

import gradio as gr

from components.script import script

ASSETS = Path(__file__).parent.parent / "assets"
FIRST = ("tokens", "studio", "gradio")
FONTS = ["-apple-system", "BlinkMacSystemFont", "Segoe UI Variable Text", "Segoe UI", "Roboto", "Inter", "Noto Sans",
         "Liberation Sans", "Helvetica Neue", "Arial", "sans-serif"]  # fmt: skip
MOVES = re.compile(r"@keyframes[^{]+\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
MONO = ["ui-monospace", "SF Mono", "Cascadia Mono", "Roboto Mono", "DejaVu Sans Mono", "Consolas", "monospace"]


def css() -> str:
    """Tokens first, then the studio's and Gradio's own parts, then every widget's sheet by name.

    All but the tokens are nested in the root, which makes each rule outweigh Gradio's own, whichever comes later.
    """
    rest = sorted(path.stem for path in (ASSETS / "css").glob("*.css") if path.stem not in FIRST)
    tokens, *sheets = [(ASSETS / "css" / f"{name}.css").read_text("utf-8") for name in (*FIRST, *rest)]
    rules = "\n".join(sheets)
    moves = "\n".join(MOVES.findall(rules))  # the one kind of rule that may not be nested
    return f"{tokens}\n{moves}\nhtml:root:root {{\n{MOVES.sub('', rules)}\n}}"


def head() -> str:
    """What goes into the page's head: the sheets as they are, and what must stand before Gradio starts. Given to Gradio
    as `css` the sheets would be rewritten rule by rule, and lose most of what stands in media queries."""
    return f"<style>{css()}</style><script>{script('patience')}</script>"


def theme() -> gr.themes.Base:
    """Gradio's variables set to tokens, the same in light and dark because the tokens change by themselves."""
    values = json.loads((ASSETS / "theme.json").read_text("utf-8"))
    base = gr.themes.Base(font=FONTS, font_mono=MONO, radius_size="sm", spacing_size="sm", text_size="sm")
    known = {name for name in dir(base) if name.endswith("_dark")}
    return base.set(**values, **{f"{name}_dark": value for name, value in values.items() if f"{name}_dark" in known})
