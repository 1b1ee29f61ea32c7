"""Pages learn of every job, once a change, with pictures only where they are new."""

import base64
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace

import pytest

from app import outlook, relief, worker
from app.feed import MOST_ENDED, Feed, Story, data_url
from app.jobs import append
from app.worker import claim
from pipelines.errors import DiskFull
from pipelines.events import Made, Measure, Preview, Progress, Started, Warned
from pipelines.spec import Scene, Subject
from pipelines.tasks import Sample, Segment, Tune
from tests.patience import until

WEBP = base64.b64encode(b"RIFF0000WEBPVP8 ").decode()


def task(library, words="count 3"):
    return Sample(Scene(words), library.new_path("picture"))


@pytest.fixture
def feed(jobs, library):
    return Feed(jobs, library)


def test_nothing_new_is_one_short_answer(feed, jobs, library):
    jobs.submit(task(library), "A picture")
    first = feed.now("", {})
    assert [job["title"] for job in first["jobs"]] == ["A picture"] and first["jobs"][0]["state"] == "queued"
    assert feed.now(first["rev"], {}) == {"ok": True, "rev": first["rev"], "same": True}


def test_clicks_on_masks_are_not_jobs_on_show(feed, jobs):
    jobs.submit(Segment("photo.png"), "Mask")
    assert feed.now("", {})["jobs"] == []


def test_of_a_long_day_the_latest_are_told(feed, jobs, library):
    """Every page asks for all of them, every second."""
    waiting = jobs.submit(task(library), "waits")
    made = [jobs.submit(task(library), "a picture") for _ in range(MOST_ENDED + 20)]
    clicks = [jobs.submit(Segment("photo.png"), "Mask") for _ in range(3)]
    with jobs.store.transaction() as db:
        now = time.time()
        for at, job in enumerate([*made, *clicks]):
            db.execute("UPDATE job SET state = 'finished', ended = ? WHERE id = ?", (now + at / 1000, job))
    told = [card["id"] for card in feed.now("", {})["jobs"]]
    assert told == [waiting, *reversed(made[20:])]


def test_what_a_button_asks_is_done(feed, jobs, library):
    one, two, three = (jobs.submit(task(library), name) for name in "abc")

    def line():
        return [job["title"] for job in feed.now("", {})["jobs"] if job["state"] == "queued"]

    assert feed.act("earlier", three, "") == {"ok": True} and line() == ["a", "c", "b"]
    feed.act("later", one, "")
    assert line() == ["c", "a", "b"]
    feed.act("before", two, three)
    assert line() == ["b", "c", "a"]
    feed.act("pause", two, "")
    assert line() == ["c", "a"]
    feed.act("cancel", one, "")
    assert line() == ["c"]
    answer = feed.act("retry", three, "")
    assert answer["ok"] is False and "queued" in answer["error"] and answer["advice"]


def test_what_a_run_was_asked_is_told_until_it_has_done_it(feed, jobs, library, store):
    job = jobs.submit(task(library), "A picture")
    claim(store, "heavy", "w")

    def card():
        return next((one["state"], one["wished"]) for one in feed.now("", {})["jobs"] if one["id"] == job)

    rev = feed.now("", {})["rev"]
    assert card() == ("running", "")
    feed.act("pause", job, "")
    assert card() == ("running", "pause") and feed.now(rev, {})["rev"] != rev
    with store.transaction() as db:
        db.execute("UPDATE job SET state = 'paused' WHERE id = ?", (job,))
    assert card() == ("paused", "")
    feed.act("cancel", job, "")
    assert card() == ("paused", "stop")
    with store.transaction() as db:
        db.execute("UPDATE job SET state = 'cancelled', ended = created WHERE id = ?", (job,))
    assert jobs.get(job).wished == ""


def test_what_waits_keeps_its_place_while_it_is_held_back(feed, jobs, library):
    one, two = (jobs.submit(task(library), name) for name in "ab")
    feed.act("pause", two, "")
    feed.act("earlier", two, "")
    assert [job.title for job in jobs.list() if job.started is None] == ["b", "a"]
    feed.act("resume", two, "")
    assert [job.id for job in jobs.list()] == [two, one]


def test_the_log_tells_what_a_job_said(feed, jobs, library):
    job = jobs.submit(task(library), "A picture")
    steps = [Progress(step, 100, "learning") for step in range(1, 101)]
    said = [Started("LoRA on Pip", "CPU"), *steps, Measure(100, {"loss": 0.4}), Measure(100, {"likeness": 0.71}),
            Preview(100, 100, WEBP), Warned("One photo is dark.", "Take another.")]  # fmt: skip
    with jobs.store.transaction() as db:
        for event in said:
            append(db, job, event)
    jobs.cancel(job)
    lines = [line.partition("  ")[2] for line in feed.log(job).splitlines()]
    assert lines[:3] == ["asked for: A picture", "started: LoRA on Pip, on CPU", "step 1 of 100, learning"]
    assert lines[-4:] == ["step 100 of 100, learning", "step 100: likeness 0.71",
                          "warned: One photo is dark. Take another.", "stopped"]  # fmt: skip
    assert 20 < len(lines) < 30
    assert feed.log("nothing").startswith("There is no job")


def test_what_others_change_is_told(feed, library):
    first = feed.now("", {})
    subject = library.add_subject("Pip")
    second = feed.now(first["rev"], {})
    assert {what for what in second["tide"] if second["tide"][what] != first["tide"][what]} == {"subject"}
    library.keep_draft("compare", {}), library.keep_draft("wall/a", {})
    third = feed.now(second["rev"], {})
    assert {what for what in third["tide"] if third["tide"][what] != second["tide"][what]} == {"wall"}
    library.discard_subject(subject.id)
    assert feed.now(third["rev"], {})["tide"]["subject"] == second["tide"]["subject"] + 1
    rev = feed.now("", {})["rev"]
    library.keep_draft("tune", {}), library.draft("wall/a")
    assert feed.now(rev, {}).get("same")


def test_a_story_gathers_what_was_said():
    story = Story()
    said = [
        Started("LoRA on Pip", "CPU, 2 threads"),
        Measure(0, {"likeness": 0.3, "likeness_real_photos": 0.9, "prompt_following": 0.31}),
        Progress(5, 100, "learning"),
        Measure(5, {"loss": 0.4}),
        Preview(5, 100, WEBP, "on a beach"),
        Made("sample", "s.png", {"step": 5, "prompt": "at night", "likeness": 0.5}),
        Made("weighed", "w.webp", {"photo": 0, "counts": 0.9}),
        Made("artefact", "early.safetensors", {"id": "early", "step": 3}),
        Made("artefact", "a.safetensors", {"id": "abc", "best_step": 5}),
    ]
    for seq, event in enumerate(said, 1):
        story.hear(seq, 0.0, event, lambda path: f"url/{path}")
    assert (story.step, story.total, story.note, story.device) == (5, 100, "learning", "CPU, 2 threads")
    assert story.values == {"likeness": 0.3, "prompt_following": 0.31, "loss": 0.4}
    assert story.marks == {"likeness": {"real photos": 0.9}}
    assert [(s.step, s.prompt) for _, s in story.samples] == [(5, "on a beach"), (5, "at night")]
    assert story.weighed == {0: ("url/w.webp", 0.9)} and "step" not in story.facts
    assert (story.image, story.pictured) == ("url/s.png", 5)
    assert story.facts["artefact"] == "abc" and story.facts["best_step"] == 5


@pytest.fixture
def left(monkeypatch):
    """`left(at, *events, started=1000.0)`: the time left at `at`, when these events came."""
    story, clock, seq = Story(), [0.0], iter(range(1, 99))
    monkeypatch.setattr("app.feed.time", SimpleNamespace(time=lambda: clock[0]))

    def left(at: float, *said, started: float | None = 1000.0):
        clock[0] = at
        for event in said:
            story.hear(next(seq), at, event, str)
        return story.left(started)

    left.story = story
    return left


def test_the_time_left_follows_the_pace_of_the_last_half_minute(left):
    assert left(1000, Started("LoRA", "CPU")) is None
    assert left(1060, Progress(1, 100)) is None, "it loaded for a minute, which is no step's"
    assert left(1070, Progress(6, 100)) == 188, "5 steps took 10 seconds: 94 more"
    assert left(1071, started=None) is None
    assert left(1080, Progress(16, 100)) == pytest.approx(20 / 15 * 84), "15 steps took 20 seconds"
    assert left(1082) == pytest.approx(20 / 15 * 84 - 2), "time goes by between two steps"
    assert left(1660) == pytest.approx(600 / 15 * 84), "a step that takes ten minutes is no second's: 15 in those"
    for at, step in ((1904, 20), (1914, 30), (1924, 40)):
        left(at, Progress(step, 100))
    assert left(1933, Progress(50, 100)) == pytest.approx(29 / 30 * 50), "30 steps in 29 seconds, whatever was before"


def test_a_run_that_carries_on_has_a_pace_of_its_own(left):
    before = [Started("LoRA", "CPU"), Progress(1, 100), Made("checkpoint", "a", {"step": 60}), Progress(70, 100)]
    left(1000, *before)
    assert left(5001, started=5000.0) is None, "it is started again, and still loads"
    assert left(5002, Started("LoRA", "CPU"), started=5000.0) is None and left.story.step == 60
    assert left(5003, Progress(60, 100, "carrying on", (0, 40)), started=5000.0) is None
    assert left(5013, Progress(65, 100, "learning", (5, 40)), started=5000.0) == 70, "5 steps in 10 seconds, not 65"


def test_a_pause_and_other_work_have_no_part_in_the_pace(left):
    assert left(1001, Started("Wall 1", "CPU"), Progress(1, 100)) is None
    assert left(1002) is None, "nothing more is made yet"
    assert left(1041, Progress(2, 100)) == 40 * 98
    left.story.rest()
    assert left(5000) is None
    assert left(5010, Progress(3, 100)) is None
    assert left(5020, Progress(4, 100)) == 10 * 96, "an hour's pause took no step"
    assert left(5021, Progress(0, 50)) is None, "what comes next is other work"
    assert left(5031, Progress(5, 50)) == 2 * 45
    assert left(5041, Progress(45, 50)) > 0
    assert left(5042, Progress(1, 50, "learning")) is None, "though it has as many steps"
    assert left(5052, Progress(2, 50, "learning")) == 10 * 48
    assert left(5053, Progress(45, 50, "class images", (0, 5))) is None, "and though most of it is there"


def test_a_wall_that_grew_takes_as_long_as_what_is_new(left):
    """Five rows, each of 32 pictures that are there and 8 that are not, at ten seconds; how long rows learn aside."""
    assert left(1000, Started("Wall 1", "CPU")) is None
    at, fresh = 1000, 0
    for step in range(1, 81):
        new = (step - 1) % 5 == 4
        at, fresh = at + 10 * new, fresh + new
        if new or step == 1:  # what was there goes by untold
            told = left(at, Progress(step, 200, "LoRA, Pip", (fresh, 40)))
    assert (fresh, told) == (16, pytest.approx(240))


@pytest.mark.parametrize("saved", [0, 5])
def test_a_run_that_was_lost_stands_where_it_was_last_saved(feed, jobs, library, saved):
    job = jobs.submit(Tune((), "svdiff", library.new_path("artefact")), "SVDiff")
    kept = [Made("checkpoint", "a.unfinished.safetensors", {"step": saved})] if saved else []
    with jobs.store.transaction() as db:
        for event in (Started("SVDiff", "CPU"), *kept, Progress(7, 20, "learning")):
            append(db, job, event)
        db.execute("UPDATE job SET state = 'lost' WHERE id = ?", (job,))
    (card,) = feed.now("", {})["jobs"]
    assert (card["step"], "carry_on" in card["can"]) == (saved, bool(saved))


def test_a_run_is_called_saved_where_it_was_saved_and_a_pause_is_heard_before_it_holds(feed, jobs, library):
    job = jobs.submit(Tune((), "svdiff", library.new_path("artefact")), "SVDiff")
    row = worker.claim(jobs.store, "heavy", "w")
    log = worker.Log(jobs.store, library, job, jobs.get(job).task, "w", threading.Event())
    log(Progress(6, 20, "learning"))
    assert row["id"] == job and log.wishes() == () and not feed.now("", {})["jobs"][0]["saved"]
    jobs.pause(job)
    assert log.wishes() == ("pause",)
    log(Made("checkpoint", "a.unfinished.safetensors", {"step": 7}))
    (card,) = feed.now("", {})["jobs"]
    assert card["saved"] and card["step"] == 7
    log(Progress(8, 20, "learning"))
    assert not feed.now("", {})["jobs"][0]["saved"]


def test_a_run_that_found_the_memory_full_offers_what_asks_for_less(feed, jobs, library):
    """Half the batch while there is more than one in it, and a recipe with a margin below what this one asked for."""
    pip, forecaster = Subject("pip", "Pip", "robot", "<pip>"), relief.forecaster(library)
    for state, batch in (("failed", 4), ("lost", 1)):
        task = Tune((pip,), "dreambooth", library.new_path("artefact"), {"batch": batch, "steps": 90})
        job = jobs.submit(task, "DreamBooth on Pip")
        with jobs.store.transaction() as db:
            told = "state = ?, ended = ?, fault = 'OutOfMemory'"
            db.execute(f"UPDATE job SET {told} WHERE id = ?", (state, time.time(), job))
        card = next(one for one in feed.now("", {})["jobs"] if one["id"] == job)
        *halved, other = card["instead"]
        assert [(one["title"], one["recipe"], one["knobs"]) for one in halved] == (
            [("Take a batch of 2", "dreambooth", {"batch": 2, "steps": 90})] if batch > 1 else []
        )
        assert all(one["subjects"] == ["pip"] for one in card["instead"]) and other["knobs"] == {}
        needs, asked = forecaster.tune(other["recipe"], {}).memory, forecaster.tune("dreambooth", task.knobs).memory
        assert needs <= relief.LESS * asked
    for fault, mend in (("BadInput", ""), ("MissingWeights", ""), ("MissingModel", "Models")):
        with jobs.store.transaction() as db:
            db.execute("UPDATE job SET fault = ?", (fault,))
        assert {(one["instead"], one["mend"]) for one in feed.now("", {})["jobs"]} == {((), mend)}


def test_runs_of_one_name_are_told_apart(feed, jobs, library):
    pip = Subject("pip", "Pip", "robot", "<pip>")
    for knobs, at in (({}, 0), ({"steps": 90}, 100), ({"steps": 90}, 300), ({"steps": 90}, 310)):
        job = jobs.submit(Tune((pip,), "svdiff", library.new_path("artefact"), knobs), "SVDiff on Pip")
        with jobs.store.transaction() as db:
            when = time.mktime((2024, 3, 5, 14, 0, at, 0, 0, -1))
            db.execute("UPDATE job SET created = ? WHERE id = ?", (when, job))
    jobs.submit(task(library, "a robot"), "a robot"), jobs.submit(task(library, "a robot"), "a robot")
    assert [one["title"] for one in feed.now("", {})["jobs"]] == [
        "SVDiff on Pip, as it comes",
        "SVDiff on Pip, steps 90, 5 Mar 14:01",
        "SVDiff on Pip, steps 90, 5 Mar 14:05:00",
        "SVDiff on Pip, steps 90, 5 Mar 14:05:10",
        "a robot",
        "a robot",
    ]


def test_frames_name_their_kind():
    assert data_url(WEBP).startswith("data:image/webp;base64,")
    assert data_url(base64.b64encode(b"\x89PNG\r\n").decode()).startswith("data:image/png;base64,")
    assert data_url(base64.b64encode(b"\xff\xd8\xff\xe0..").decode()).startswith("data:image/jpeg;base64,")


def test_a_real_worker_is_followed_to_the_end(house):
    feed, library = Feed(house, house.library), house.library
    job = house.submit(task(library, "count 40"), "Counting")
    feed.expect(job, 1.5)

    def shown() -> dict:
        return next(one for one in feed.now("", {})["jobs"] if one["id"] == job)

    until(lambda: shown()["state"] == "running" and feed.news(job, 0).measures and shown()["image"])
    card = shown()
    assert card["state"] == "running" and card["image"] and card["forecast"] == 1.5 and card["total"] == 40
    again = next(one for one in feed.now("", {job: card["frame"]})["jobs"] if one["id"] == job)
    assert again["image"] is None or again["frame"] != card["frame"]
    until(lambda: house.get(job).state == "finished")
    news = feed.news(job, 0)
    assert [step for step, _ in news.measures] == list(range(1, 41))
    assert feed.news(job, news.after).measures == []
    done = next(one for one in feed.now("", {})["jobs"] if one["id"] == job)
    assert done["state"] == "finished" and 0.5 < done["spent"] < 30


def test_a_failure_keeps_its_words_and_its_log(house):
    feed = Feed(house, house.library)
    job = house.submit(task(house.library, "break"), "Breaking")
    until(lambda: house.get(job).state == "failed")
    card = next(one for one in feed.now("", {})["jobs"] if one["id"] == job)
    assert "a mistake of ours" in card["message"] and card["advice"]
    assert "Traceback" in feed.log(job)
    assert "ZeroDivisionError" in feed.log(job)
    assert feed.act("remove", job, "") == {"ok": True}
    assert job not in [one["id"] for one in feed.now("", {})["jobs"]]


def test_everything_in_line_is_forecast_once_something_like_it_was_made(feed, jobs, library):
    made = replace(task(library, "before"), scene=Scene("before", steps=20))
    library.files.inside(made.out).write_bytes(b"picture")
    waiting = jobs.submit(replace(made, scene=Scene("a duck", steps=10), out=library.new_path("picture")), "A duck")

    def told() -> dict:
        return {job["id"]: job["forecast"] for job in feed.now("", {})["jobs"]}

    assert told() == {waiting: None}, "nothing was measured"
    library.record(None, made, Made("picture", made.out, {"seconds": 4.0}))
    take = jobs.submit(replace(made, scene=Scene("a duck", steps=50)), "Another")
    assert told() == {waiting: None, take: 10.0}
    feed.expect(waiting, 3.0)
    assert told() == {waiting: 3.0, take: 10.0}, "also where the page had asked before"
    assert Feed(jobs, library).now("", {})["jobs"][0]["forecast"] == 3.0, "it is kept"


def test_a_picture_that_was_kept_damaged_is_no_reason_not_to_begin(feed, jobs, library):
    made = replace(task(library, "before"), scene=Scene("before", steps=20))
    library.files.inside(made.out).write_bytes(b"picture")
    library.record(None, made, Made("picture", made.out, {"seconds": "long"}))
    job = jobs.submit(replace(made, scene=Scene("a duck", steps=10)), "A duck")
    feed.foresee(job, jobs.get(job).task)
    assert [one["id"] for one in feed.now("", {})["jobs"]] == [job]


def test_no_page_waits_while_it_is_worked_out_what_a_job_will_take(feed, jobs, library, monkeypatch):
    jobs.submit(task(library), "A picture")
    answers = []

    def seconds(*given) -> float:
        with ThreadPoolExecutor(1) as other:
            asked = other.submit(feed.now, "", {})
            answers.append(asked.result(timeout=20)["jobs"])
        return 3.0

    monkeypatch.setattr(outlook, "seconds", seconds)
    assert [card["forecast"] for card in feed.now("", {})["jobs"]] == [3.0]
    assert [[card["forecast"] for card in cards] for cards in answers] == [[None]], "asked once, and answered meanwhile"


def test_the_queue_is_shown_whatever_goes_wrong_with_a_forecast(feed, jobs, library, monkeypatch, capsys):
    def broken(*given) -> float:
        raise KeyError("a mistake of ours")

    with monkeypatch.context() as patch:
        patch.setattr(outlook, "seconds", broken)
        jobs.submit(task(library), "Nobody knows how long")
        assert [card["forecast"] for card in feed.now("", {})["jobs"]] == [None]
    assert "a mistake of ours" in capsys.readouterr().err

    def full(*given) -> None:
        raise DiskFull("The disk is full.", "Make room.")

    monkeypatch.setattr(library, "keep_draft", full)
    monkeypatch.setattr(outlook, "seconds", lambda *given: 3.0)
    jobs.submit(task(library), "On a full disk")
    assert len(feed.now("", {})["jobs"]) == 2
