"""The page as a whole: the bar, the pages under it, the strip and the drawer that every page shares."""

import importlib
import pkgutil
from dataclasses import dataclass, replace
from types import ModuleType

import gradio as gr

from app import endpoints, pages
from app.bases import Bases
from app.feed import Feed
from app.jobs import Jobs, Worker
from app.library import Library
from app.lineage import base_name
from app.pages import first_run
from app.settings import Settings
from components.help_sheet import HelpSheet
from components.job_strip import JobStrip
from components.queue_drawer import QueueDrawer
from components.top_bar import Chip, TopBar
from pipelines.tasks import Fetch

ORDER = ("Subjects", "Tune", "Compose", "Compare", "Evaluate", "Library", "Models")


@dataclass(frozen=True)
class House:
    """What a page may use: what the studio was asked to be, what the user owns, the queue, and what the queue says."""

    settings: Settings
    library: Library
    jobs: Jobs
    feed: Feed


def build(house: House) -> gr.Blocks:
    """Place every page; a page is a module of `app.pages` with a TITLE and `build(house)`."""
    with gr.Blocks(title="Likeness", fill_width=True, analytics_enabled=False, delete_cache=(3600, 21600)) as studio:
        TopBar(lambda: chip(house))
        with gr.Tabs(elem_id="lk-pages"):
            for page in _pages():
                with gr.Tab(page.TITLE, id=page.TITLE):
                    page.build(house)
        first_run.build(house)
        JobStrip(house.feed.now, house.feed.act)
        QueueDrawer(house.feed.act, house.feed.log)
        HelpSheet()
        endpoints.build(house)
    for listener in studio.fns.values():
        listener.api_visibility = "public" if listener.api_name in endpoints.NAMES else "private"
    return studio


def chip(house: House) -> Chip:
    """How the base in use, and the process that runs it, are doing; while another one is at work, that one. Of a base
    that was chosen and has gone it says so."""
    bases = Bases(house.library)
    base, wanted = bases.used(), bases.wanted()
    if not wanted.here:
        fetched = any(isinstance(one.task, Fetch) and one.task.model == wanted.id for one in house.jobs.list())
        instead = f"{base.name} is used until it is." if base.here else "Nothing can be made until it is."
        note = f"{wanted.name} is not on this computer. {instead}"
        size = wanted.bytes if wanted.source and not fetched else 0
        return Chip(wanted.name, "missing", "being fetched" if fetched else "missing", 0, size, note, wanted.id)
    worker = next((one for one in house.jobs.workers() if one.lane == "heavy"), None)
    if worker is None or worker.state in ("starting", "stopped"):
        busy = any(job.lane == "heavy" for job in house.jobs.list())
        return Chip(base.name, "restarting" if busy else "starting", note="Torch and the model are being loaded.")
    if worker.state == "broken":
        return Chip(base.name, "broken", note=worker.note)
    found, at_work = worker.machine, worker.loading or worker.state == "working"
    if at_work and worker.base not in ("", base.base):
        base = replace(base, name=base_name(worker.base), words="")
    note = f"{found['label']}, {found['dtype']}, the model {found['memory']} on the device. {base.words}"
    state = "loading" if worker.loading else "ready"
    return Chip(base.name, state, _device(worker), worker.used, found["bytes"], note.strip())


def _device(worker: Worker) -> str:
    """A few words: "CPU, 2 threads", "RTX 4070"."""
    if worker.machine["device"] == "cpu":
        count = worker.machine["threads"]
        return f"CPU, {count} thread{'s' if count > 1 else ''}"
    return worker.machine["label"].removeprefix("NVIDIA ").removeprefix("GeForce ")


def _pages() -> list[ModuleType]:
    found = [importlib.import_module(f"app.pages.{one.name}") for one in pkgutil.iter_modules(pages.__path__)]
    return sorted((one for one in found if hasattr(one, "TITLE")), key=lambda one: ORDER.index(one.TITLE))
