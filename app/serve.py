"""Open the studio: take over the data folder, serve the page, start the workers, and close all of it again."""

import inspect
import io
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from queue import Empty, SimpleQueue
from typing import Any

from app.data_folder import held, own
from app.settings import ROOMS, ROOT, Settings, claim_environment
from pipelines.errors import Unavailable

MAX_FILE = "200mb"
SHOWN = ("photos", "masks", "pictures", "walls", "evaluations", "thumbs", "artefacts", "exports")
KEPT = 30 * 86400.0  # seconds that things put away can still be taken back


@contextmanager
def studio(settings: Settings, door: str = "pipelines.run") -> Iterator[str]:
    """A studio that serves for as long as the block lasts; gives its address.

    Raises:
        BadInput: when the data folder holds somebody else's files.
        Unavailable: when the port is taken, or another studio holds the data folder.
    """
    _port_is_free(settings)
    own(settings)
    with held(settings), _opened(settings, door) as address:
        yield address


@contextmanager
def _opened(settings: Settings, door: str) -> Iterator[str]:
    """The same, in a data folder that is ours alone."""
    _settle_in(settings)
    from app.migrations import migrate
    from app.relocation import follow
    from app.store import Store
    from app.supervisor import Supervisor

    store = Store(settings.database)
    migrate(store)
    follow(store, settings.data.resolve())
    try:
        with Supervisor(settings, store, door) as supervisor:
            supervisor.start()  # before Gradio, whose import leaves a processor core idle
            _gradio(settings.mcp)
            from app.feed import Feed
            from app.fetcher import Fetcher
            from app.jobs import Jobs
            from app.library import Library
            from app.studies import Studies
            from app.studio import House, build
            from components.look import head, theme

            library = Library(store, settings)
            jobs = Jobs(store, supervisor.ring)
            with _unserved():
                page, fetcher = build(House(settings, library, jobs, Feed(jobs, library))), Fetcher(jobs, library)
                page.queue(api_open=False)
            manner = {"head": head(), "theme": theme(), **_manner(settings, Studies(library, jobs), library.files)}
            address = _launched(page, manner, settings)
            try:
                fetcher.start()
                library.sweep(time.time() - KEPT)
                yield address
            finally:
                page.close(verbose=False)
                fetcher.close()
    finally:
        store.close()


def serve(settings: Settings) -> None:
    """Serve until somebody asks to stop."""
    asked_to_stop = listening()
    with studio(settings) as address:
        print(f"Likeness is at {address}", flush=True)
        if settings.browse:
            _browse(address)
        asked_to_stop()
        print("\nClosing. What runs is being saved.", flush=True)


def listening() -> Callable[[], None]:
    """Take signals as the wish to stop from now on, Ctrl C among them; gives what waits for one."""
    asked: SimpleQueue[None] = SimpleQueue()  # an Event would hang where a signal comes while another is being heard
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: asked.put(None))

    def wait() -> None:
        while True:
            with suppress(Empty):  # in turns: a wait without end hears no Ctrl C on Windows
                return asked.get(timeout=1)

    return wait


def _launched(page: Any, manner: dict[str, Any], settings: Settings) -> str:
    """Serve the page; gives its address, the public one where it has one. What Gradio says about its relay, in many
    lines, is not passed on."""
    if not settings.share:
        return page.launch(**manner)[1]
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        _, local, shared = page.launch(**manner)
    if not shared:
        what = "There is no public address, because Gradio's relay was not reached; the studio is open without it."
        print(f"{what} Check the connection, then start again with --share.", file=sys.stderr, flush=True)
    return shared or local


def _manner(settings: Settings, studies: Any, files: Any) -> dict[str, Any]:
    """How Gradio is asked to behave: private, quiet, and only with the folders that pages show. People vote beside."""
    from starlette.middleware import Middleware

    from app.guard import Guard
    from app.lasting import Lasting
    from app.once import Once
    from app.polling import Polling
    from app.samples import SAMPLES
    from app.thumbs import Thumbs

    loopback = not settings.opened
    return {
        "server_name": settings.host,
        "server_port": settings.port,
        "share": settings.share,
        "auth": list(settings.auth) or None,
        "auth_message": "This studio belongs to somebody. Sign in with the name and password they gave you.",
        "favicon_path": ROOT / "assets" / "icons" / "likeness.svg",
        "allowed_paths": [str(SAMPLES), *(str(settings.room(name).resolve()) for name in SHOWN)],
        "max_file_size": MAX_FILE,
        "run_history": False,
        "enable_monitoring": False,
        "mcp_server": settings.mcp,
        "ssr_mode": False,
        "pwa": False,
        "footer_links": [],
        "quiet": True,
        "prevent_thread_lock": True,
        "_frontend": False,  # no visit to itself, which gives up after three seconds on a busy machine
        "app_kwargs": {
            "middleware": [
                Middleware(Guard, loopback=loopback),
                Middleware(Once),
                Middleware(Polling, studies=studies),
                Middleware(Thumbs, files=files),
                Middleware(Lasting),
            ],
            "docs_url": None,
            "redoc_url": None,
            "openapi_url": None,
        },
    }


def _settle_in(settings: Settings) -> None:
    """Make the data folder's rooms, empty the one for passing files, and work from there, because Gradio would hand out
    any file below the folder it works in."""
    shutil.rmtree(settings.data / "temp", ignore_errors=True)
    for name in ROOMS:
        settings.room(name)
    claim_environment(settings)
    os.chdir(settings.room("temp"))


def _gradio(mcp: bool) -> Any:
    """Import Gradio without the type stubs it writes for every component, which takes as long as all the rest of it,
    and without the library for assistants, a fifth of that rest, unless they are let in."""

    def nowhere(thing: object) -> str:
        raise OSError(f"no stub for {thing}")

    kept, inspect.getfile = inspect.getfile, nowhere
    if not mcp:
        sys.modules.setdefault("mcp", None)  # an import of it fails, and Gradio does without
    try:
        import gradio
        from gradio import component_meta
    finally:
        inspect.getfile = kept
        if sys.modules.get("mcp", ...) is None:
            del sys.modules["mcp"]
    component_meta.create_or_modify_pyi = lambda *_: None
    return gradio


@contextmanager
def _unserved() -> Iterator[None]:
    """Gradio makes a server for a page that is built, another when it gets its queue, and a third that is launched."""
    from gradio.routes import App

    kept, App.create_app = App.create_app, staticmethod(lambda *_, **__: None)
    try:
        yield
    finally:
        App.create_app = staticmethod(kept)


def _port_is_free(settings: Settings) -> None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OverflowError:
            raise Unavailable(f"There is no port {settings.port}.", "Choose one from 1024 to 65535.") from None
        except PermissionError:
            raise Unavailable(f"Port {settings.port} needs special rights.", "Choose one from 1024 to 65535.") from None
        except OSError as error:
            if isinstance(error, socket.gaierror) or error.errno == 99:
                raise Unavailable(f"This computer has no address {settings.host}.", "Leave --listen bare.") from None
            advice = f"Choose another one, for instance --port {settings.port + 1}, or close what uses it."
            raise Unavailable(f"Port {settings.port} is in use.", advice) from None


def _browse(address: str) -> None:
    """Open a window on the page; a machine where that does not work has the address on its terminal."""
    import webbrowser

    with suppress(webbrowser.Error):
        webbrowser.open(address)
