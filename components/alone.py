"""Show one widget by itself, dressed as in the studio: what `python -m components.<widget>` opens."""

from collections.abc import Callable
from pathlib import Path

import gradio as gr

CSS = Path(__file__).parent.parent / "assets" / "css"
SHEETS = ("tokens", "studio", "gradio")
FONTS = ["-apple-system", "Segoe UI", "Roboto", "Noto Sans", "Liberation Sans", "Arial", "sans-serif"]


def dress() -> str:
    """The studio's style sheets as one text: tokens first, then every widget's own sheet by name."""
    rest = sorted(p.stem for p in CSS.glob("*.css") if p.stem not in SHEETS)
    return "\n".join((CSS / f"{name}.css").read_text("utf-8") for name in (*SHEETS, *rest))


def page(build: Callable[[], None]) -> gr.Blocks:
    """A page holding what `build()` places on it; nothing leaves the machine, no history is kept."""
    with gr.Blocks(title="Likeness", fill_width=True, analytics_enabled=False) as blocks:
        build()
    return blocks


def alone(build: Callable[[], None], port: int | None = None, wait: bool = True) -> gr.Blocks:
    """Serve the page on 127.0.0.1; with `wait=False` return at once, for a test that closes it."""
    blocks = page(build)
    theme = gr.themes.Base(font=FONTS, radius_size="sm", spacing_size="sm", text_size="sm")
    theme = theme.set(block_padding="0px", body_background_fill="var(--lk-bg)", body_text_color="var(--lk-text)")
    blocks.launch(
        server_name="127.0.0.1", server_port=port, css=dress(), theme=theme,
        run_history=False, enable_monitoring=False, quiet=True, prevent_thread_lock=not wait,
    )  # fmt: skip
    return blocks
