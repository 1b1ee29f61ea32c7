"""The chip over every page: which base on which device, what is loading, and when something is wrong."""

import pytest

from app.feed import Feed
from app.models import Models
from app.store import JSON, pack
from app.studio import House, chip

FOUND = {"device": "cpu", "label": "CPU", "dtype": "float32", "memory": "whole", "threads": 2, "bytes": 8_000_000}


@pytest.fixture
def house(settings, library, jobs):
    return House(settings, library, jobs, Feed(jobs, library))


@pytest.fixture
def worker(store):
    """`worker(state=..., ...)` is what the heavy worker says of itself."""

    def say(**said) -> None:
        row = {"lane": "heavy", "id": "w", "pid": 1, "beat": 0.0, "used": 3_000_000} | said
        row |= {"machine": pack(JSON, FOUND)}
        columns, marks = ", ".join(row), ", ".join("?" * len(row))
        with store.transaction() as db:
            db.execute(f"INSERT OR REPLACE INTO worker ({columns}) VALUES ({marks})", [*row.values()])

    return say


def test_it_starts_and_starts_again(house, worker, library, jobs):
    assert chip(house).state == "starting"
    worker(state="ready")
    found = chip(house)
    assert (found.state, found.device, found.used, found.total) == ("ready", "CPU, 2 threads", 3_000_000, 8_000_000)
    assert "Starter" in found.model
    worker(state="broken", note="It does not come up.")
    assert (chip(house).state, chip(house).note) == ("broken", "It does not come up.")


def test_a_base_that_was_chosen_and_has_gone_is_called_missing_with_what_it_would_take(house, worker, library, jobs):
    worker(state="ready")
    library.keep_draft("base", "sdxl")
    found = chip(house)
    assert (found.state, found.device, found.id, found.total) == ("missing", "missing", "sdxl", 6_940_000_000)
    assert "Starter is used until it is" in found.note
    jobs.submit(*Models(library, jobs).task("sdxl"), "fetch")
    assert (chip(house).device, chip(house).total) == ("being fetched", 0)


def test_it_says_what_is_loading_and_names_the_base_at_work(house, worker):
    worker(state="working", base="/models/dreamy.safetensors", loading=1)
    assert (chip(house).state, chip(house).model) == ("loading", "dreamy")
    worker(state="working", base="/models/dreamy.safetensors", loading=0)
    assert (chip(house).state, chip(house).model) == ("ready", "dreamy")
    worker(state="ready", base="/models/dreamy.safetensors")
    assert "Starter" in chip(house).model, "nothing runs on the other one any more"
    worker(state="working", base="starter", loading=1)
    assert chip(house).state == "loading" and "Starter" in chip(house).model
