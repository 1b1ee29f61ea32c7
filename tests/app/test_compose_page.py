"""The Compose page in this process: what its widgets say reaches the queue."""

import asyncio

import gradio as gr
import pytest

from app.feed import Feed
from app.pages import compose
from app.studio import House
from components import layout
from components.live_preview import LivePreview
from components.make_bar import MakeBar


@pytest.fixture
def heard(settings, library, jobs):
    """`heard(LivePreview, "stop")` is what the page does when its only widget of that kind says so."""

    async def built() -> gr.Blocks:  # in a loop of its own, or Gradio leaves some open
        with gr.Blocks(analytics_enabled=False) as blocks:
            compose.build(House(settings, library, jobs, Feed(jobs, library)))
        return blocks

    blocks = asyncio.run(built())

    def listener(kind: type, event: str):
        (widget,) = [one for one in blocks.blocks.values() if isinstance(one, kind)]
        (found,) = [one for one in blocks.fns.values() if (widget._id, event) in one.targets]
        return found.fn

    return listener


def test_making_lines_up_the_seeds_and_stopping_stops_them_all(heard, jobs):
    asker = gr.Request(session_hash="window")
    drawn = layout.check(layout.blank())
    values = (drawn, "a duck on a beach", "", 5, 9, 4.0, 3, {"how": "region_route", "knobs": {}}, False)
    first, seed, *_, notice = heard(MakeBar, "make")(asker, *values)
    lined = jobs.list()
    assert sorted(one.task.scene.seed for one in lined) == [5, 6, 7] and (seed, notice) == (5, None)
    assert jobs.get(first).task.scene.seed == 5
    heard(LivePreview, "stop")()
    assert {jobs.get(one.id).state for one in lined} == {"cancelled"}
