"""Show one widget by itself, dressed as in the studio: what `python -m components.<widget>` opens."""

from collections.abc import Callable

import gradio as gr

from components.look import head, theme


def page(build: Callable[[], None]) -> gr.Blocks:
    """A page holding what `build()` places on it; nothing leaves the machine, no history is kept."""
    with gr.Blocks(title="Likeness", fill_width=True, analytics_enabled=False) as blocks:
        build()
    return blocks


def alone(build: Callable[[], None], port: int | None = None, wait: bool = True) -> gr.Blocks:
    """Serve the page on 127.0.0.1; with `wait=False` return at once, for a test that closes it."""
    blocks = page(build)
    blocks.launch(
        server_name="127.0.0.1", server_port=port, head=head(), theme=theme(),
        run_history=False, enable_monitoring=False, quiet=True, prevent_thread_lock=not wait,
    )  # fmt: skip
    return blocks
