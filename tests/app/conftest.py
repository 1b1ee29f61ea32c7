"""A studio without its page: store, library, jobs, and real worker processes behind the canned door."""

import io
from collections.abc import Iterator

import pytest
from PIL import Image

from app.jobs import Jobs
from app.library import Library
from app.migrations import migrate
from app.settings import Settings
from app.store import Store
from app.supervisor import Supervisor
from tests.patience import until
from tests.tuned import tuned


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(data=tmp_path / "data", device="cpu")


@pytest.fixture
def store(settings) -> Iterator[Store]:
    store = Store(settings.database)
    migrate(store)
    yield store
    store.close()


@pytest.fixture
def library(store, settings) -> Library:
    return Library(store, settings)


@pytest.fixture
def jobs(store) -> Jobs:
    """The queue with nobody working on it."""
    return Jobs(store)


@pytest.fixture(scope="session")
def house(tmp_path_factory) -> Iterator:
    """One studio for many tests: workers take seconds to import torch."""
    settings = Settings(data=tmp_path_factory.mktemp("house"), device="cpu")
    store = Store(settings.database)
    migrate(store)
    with Supervisor(settings, store, door="tests.app.canned") as supervisor:
        supervisor.start()
        jobs = Jobs(store, supervisor.ring)
        jobs.library, jobs.supervisor = Library(store, settings), supervisor
        until(lambda: [w.state for w in jobs.workers()] == ["ready", "ready"])
        yield jobs
    store.close()


@pytest.fixture
def pip(library):
    """A subject with a photo and a tuned file."""
    subject = library.add_subject("Pip", "robot")
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(out, "PNG")
    library.add_photo(subject.id, out.getvalue())
    return tuned(library, library.subject(subject.id))
