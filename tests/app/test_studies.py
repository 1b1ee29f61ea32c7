"""Blind studies: pairs are dealt, votes counted, strengths told; and whoever has the link can vote and nothing else."""

import asyncio
import io
import json

import pytest
from PIL import Image, PngImagePlugin

from app import comparing, polling
from app.comparing import Draft
from app.polling import Polling
from app.reach import reach
from app.settings import Settings
from app.studies import Studies
from app.walls import Walls
from pipelines.errors import BadInput

METHODS = {"dreambooth_lora": (0.9, "red"), "textual_inversion": (0.5, "green"), "base": (0.2, "blue")}
NAMES = (*METHODS, "DreamBooth", "Inversion", "Untuned", "red", "likeness", "pip-", "<pip>")


@pytest.fixture
def studies(library, jobs):
    return Studies(library, jobs)


@pytest.fixture
def wall(library, jobs):
    """Three methods, two prompts, all made; a picture's file says how it was made."""
    subject = library.add_subject("Pip", "robot", "<pip>")
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "white").save(out, "PNG")
    library.add_photo(subject.id, out.getvalue())
    words = "a photo of {} on a beach\na photo of {} in the snow"
    task = comparing.plan(Draft((subject.id,), tuple(METHODS)[:2], True, words, seeds=1), library, "starter")
    wall = Walls(library).add(task, jobs.submit(task, "Wall 1"))
    for room in ("cells", "pictures"):
        (wall.path / room).mkdir(parents=True, exist_ok=True)
    for recipe, (likeness, colour) in METHODS.items():
        for k, prompt in enumerate(task.prompts):
            name, facts = f"{recipe}-{k}", PngImagePlugin.PngInfo()
            facts.add_text("parameters", f"made by {recipe}")
            Image.new("RGB", (32, 32), colour).save(wall.path / "pictures" / f"{name}.png", pnginfo=facts)
            cell = {"subject": subject.id, "recipe": recipe, "prompt": prompt, "seed": task.seeds[0],
                    "picture": f"pictures/{name}.png", "likeness": likeness, "prompt_following": 0.3}  # fmt: skip
            (wall.path / "cells" / f"{name}.json").write_text(json.dumps(cell))
    return wall


def recipe_of(studies, study, name: str) -> str:
    return studies.pictures(study)[name].recipe


def votes(studies, study, voter: str, prefer, most: int = 99) -> int:
    """Vote until there is nothing more to vote on; how many votes it took."""
    for count in range(most):
        pair = studies.deal(study, voter)
        if pair is None:
            return count
        left, right = (recipe_of(studies, study, pair[side]) for side in ("left", "right"))
        studies.vote(study, voter, pair["left"], pair["right"], prefer(left, right))
    return most


def likeliest(left: str, right: str) -> str:
    return "left" if METHODS[left][0] > METHODS[right][0] else "right"


def test_everybody_votes_on_every_pair_once_and_the_votes_rank_the_methods(studies, wall, library):
    study = studies.begin(wall.key, "likeness")
    assert studies.look(wall.key).note == "Nobody has voted yet."
    assert votes(studies, study, "a" * 32, likeliest) == 6, "three pairs of methods in two places"
    assert votes(studies, study, "b" * 32, lambda left, right: "same") == 6
    rows = library.store.rows("SELECT voter, count(*) AS n FROM ballot GROUP BY voter")
    assert [(row["voter"], row["n"]) for row in rows] == [(1, 6), (2, 6)], "voters have numbers and nothing else"
    told = studies.look(wall.key)
    assert (told.votes, told.voters, told.open) == (12, 2, True)
    assert [one.key for one in told.rows] == list(METHODS) and told.kendall == told.spearman == 1.0
    assert all(one.low < one.strength < one.high for one in told.rows)
    assert (told.rows[0].won, told.rows[0].of, told.rows[0].score) == (4 + 2, 8, 0.9)
    assert abs(sum(one.strength for one in told.rows)) < 1e-6


def test_who_disagrees_with_the_score_is_seen_to(studies, wall):
    study = studies.begin(wall.key, "likeness")
    votes(studies, study, "a" * 32, lambda left, right: "left" if likeliest(left, right) == "right" else "right")
    assert studies.look(wall.key).kendall == -1.0
    other = studies.begin(wall.key, "prompt_following")
    assert studies.look(wall.key).votes == 0 and not studies.get(study.id).open
    votes(studies, other, "a" * 32, likeliest)
    assert studies.look(wall.key).kendall is None, "a score that is the same for all has no order"


def test_the_two_methods_that_met_least_are_dealt_first_and_hidden_rows_never(studies, wall):
    study = studies.begin(wall.key, "likeness")
    votes(studies, study, "a" * 32, likeliest, 3)
    sql = "SELECT DISTINCT first, second FROM ballot"
    assert len(studies.library.store.rows(sql)) == 3
    studies.walls.mark(wall.key, "hide", "base", True)
    fresh = Studies(studies.library, studies.jobs)
    assert {one.recipe for one in fresh.pictures(study).values()} == {"dreambooth_lora", "textual_inversion"}


def test_a_second_vote_takes_the_first_ones_place_and_what_is_no_pair_counts_for_nothing(studies, wall):
    study, voter = studies.begin(wall.key, "likeness"), "a" * 32
    pair = studies.deal(study, voter)
    for choice in ("left", "right"):
        studies.vote(study, voter, pair["left"], pair["right"], choice)
    assert studies.look(wall.key).votes == 1
    places = {}
    for name, one in studies.pictures(study).items():
        places.setdefault(one.recipe, []).append(name)
    here, there = places["base"][0], next(
        name for name in places["dreambooth_lora"]
        if studies.pictures(study)[name].place != studies.pictures(study)[places["base"][0]].place
    )  # fmt: skip
    for left, right, choice in ((here, there, "left"), (here, here, "left"), (here, "0" * 24, "left"),
                                (pair["left"], pair["right"], "both")):  # fmt: skip
        with pytest.raises(BadInput):
            studies.vote(study, voter, left, right, choice)
    studies.end(wall.key)
    with pytest.raises(BadInput):
        studies.vote(studies.get(study.id), voter, pair["left"], pair["right"], "left")


def test_a_wall_without_two_methods_cannot_be_voted_on(studies, wall):
    for path in (wall.path / "cells").glob("[dt]*.json"):
        path.unlink()
    with pytest.raises(BadInput, match="no two pictures"):
        studies.begin(wall.key, "likeness")
    assert studies.look(wall.key) is None


class Browser:
    """A voter's browser, without the browser: asks the door, keeps its cookie, remembers everything that came."""

    def __init__(self, studies):
        self.seen, self.cookie, self.passed = b"", b"", []

        async def rest(scope, receive, send):
            self.passed.append(scope["path"])

        self.door = Polling(rest, studies)

    def ask(self, path: str, body: bytes | None = None, method: str = "") -> tuple[int, bytes]:
        sent = []

        async def receive():
            return {"type": "http.request", "body": body or b""}

        async def send(message):
            sent.append(message)

        headers = [(b"cookie", self.cookie)] if self.cookie else []
        scope = {"type": "http", "method": method or ("GET" if body is None else "POST"), "path": path,
                 "headers": headers}  # fmt: skip
        asyncio.run(self.door(scope, receive, send))
        if not sent:
            return 0, b""
        start, end = sent
        self.seen += end["body"] + repr(start["headers"]).encode()
        self.cookie = dict(start["headers"]).get(b"set-cookie", self.cookie).partition(b";")[0]
        return start["status"], end["body"]


def test_a_voter_sees_two_pictures_and_never_whose_they_are(studies, wall):
    study, browser = studies.begin(wall.key, "prompt_following"), Browser(studies)
    at = f"/vote/{study.id}"
    status, page = browser.ask(at)
    assert status == 200 and b"--lk-accent" in page and b"HttpOnly" in browser.seen
    browser.seen = b""
    told = json.loads(browser.ask(f"{at}/pair")[1])
    while pair := told["pair"]:
        assert pair["words"] in ("a photo of robot on a beach", "a photo of robot in the snow")
        for name in (pair["left"], pair["right"], *pair["photos"]):
            status, picture = browser.ask(f"{at}/{name}")
            assert status == 200 and Image.open(io.BytesIO(picture)).info == {}
        vote = json.dumps({"left": pair["left"], "right": pair["right"], "choice": "left"}).encode()
        status, answer = browser.ask(f"{at}/vote", vote)
        assert status == 200
        told = json.loads(answer)
    assert studies.look(wall.key).votes == 6 and studies.look(wall.key).voters == 1
    for name in NAMES:
        assert name.encode() not in browser.seen, f"{name} reached the voter"


def test_pictures_keep_their_pixels(wall, tmp_path):
    Image.effect_noise((40, 30), 80).convert("RGB").save(tmp_path / "a.png")
    found = Image.open(io.BytesIO(polling.pixels(tmp_path / "a.png")))
    assert found.tobytes() == Image.open(tmp_path / "a.png").tobytes()


def test_the_link_opens_nothing_else(studies, wall):
    study, browser = studies.begin(wall.key, "likeness"), Browser(studies)
    at = f"/vote/{study.id}"
    browser.ask(at)
    pair = json.loads(browser.ask(f"{at}/pair")[1])["pair"]
    for path in ("/vote/", "/vote/nonsense-x", f"{at}/results", f"{at}/../../likeness.sqlite", f"{at}/{'0' * 24}"):
        assert browser.ask(path)[0] == 404, path
    for path, method in ((at, "POST"), (f"{at}/pair", "DELETE"), (f"{at}/vote", "GET")):
        assert browser.ask(path, b"" if method == "POST" else None, method)[0] == 404
    for body in (b"", b"{half", b"[]", b"7", json.dumps({"left": 1, "right": "x", "choice": "left"}).encode(),
                 json.dumps(pair | {"choice": "left", "more": "x" * 600}).encode()):  # fmt: skip
        assert browser.ask(f"{at}/vote", body)[0] == 400
    browser.cookie = b"lk-voter=../../x"
    assert browser.ask(f"{at}/vote", json.dumps(pair | {"choice": "left"}).encode()[:400])[0] == 400
    assert studies.look(wall.key).votes == 0
    studies.end(wall.key)
    assert browser.ask(at)[0] == 200 and browser.ask(f"{at}/pair")[0] == browser.ask(f"{at}/vote", b"{}")[0] == 410
    assert browser.passed == []
    browser.ask("/gradio_api/info")
    assert browser.passed == ["/gradio_api/info"]


def test_who_can_follow_a_link_is_said(tmp_path):
    assert "--listen" in reach(Settings(tmp_path)).warning and reach(Settings(tmp_path)).address == ""
    told = reach(Settings(tmp_path, "0.0.0.0", 7000, auth=(("a", "b"),)))
    assert told.address.startswith("http://") and told.address.endswith(":7000") and told.warning == ""
    assert "no password" in reach(Settings(tmp_path, "192.168.1.7")).warning
    assert reach(Settings(tmp_path, "fd00::1")).address == "http://[fd00::1]:7860"
    assert "public address" in reach(Settings(tmp_path, share=True)).warning
