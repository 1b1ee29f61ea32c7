"""The studio as a server: only its own page is answered, only its own files are given out, and torch is never there."""

import asyncio
import io
import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from PIL import Image

from app.endpoints import NAMES
from app.guard import Guard
from app.jobs import ACTIVE, ENDED
from app.settings import ROOT
from tests.patience import SECONDS, until
from tests.studio import Studio, free_port

SECRET = "nobody outside may read this"


@pytest.fixture(scope="module")
def studio(tmp_path_factory) -> Iterator[Studio]:
    with Studio(tmp_path_factory.mktemp("served")) as studio:
        yield studio


def ask(url: str, data: bytes | None = None, **headers: str) -> tuple[int, bytes, dict]:
    """Status, body and headers of a request; errors are answers too."""
    request = urllib.request.Request(url, data, {name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, error.read(), dict(error.headers)


def test_the_page_is_there_with_every_safeguard(studio):
    status, body, headers = ask(studio.url)
    assert status == 200 and b"Likeness" in body
    assert headers["x-frame-options"] == "DENY" and headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:1"},
     {"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"}],
)  # fmt: skip
def test_another_page_cannot_make_it_do_anything(studio, headers):
    data = json.dumps({"data": [], "fn_index": 0, "session_hash": "x"}).encode()
    for path in ("/gradio_api/queue/join", "/gradio_api/component_server", "/gradio_api/upload"):
        status, body, _ = ask(studio.url + path, data, Content_Type="application/json", **headers)
        assert status == 403 and b"another page" in body


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", ""])
def test_another_name_for_this_computer_is_not_answered(studio, host):
    assert ask(studio.url, Host=host)[0] == 403


def test_a_browser_keeps_what_never_changes_and_asks_for_all_else(studio):
    page = ask(studio.url)[1].decode()
    script = re.search(r"assets/[\w.-]+\.js", page)[0]
    assert "immutable" in ask(f"{studio.url}/{script}")[2]["cache-control"]
    for path in ("/", "/assets/none-aaaaaaaa.js", "/gradio_api/app_id"):
        assert "immutable" not in ask(studio.url + path)[2].get("cache-control", "")


def test_its_own_page_is_answered(studio):
    status, _, _ = ask(
        studio.url + "/gradio_api/component_server", b"{}", Origin=studio.url, Content_Type="application/json"
    )
    assert status not in (200, 403)  # past the guard, refused by Gradio as unreadable


@pytest.mark.parametrize(
    "path",
    ["likeness.sqlite", "studio.lock", "logs/worker-heavy.log", "checkpoints/x", "photos/../likeness.sqlite",
     "photos/%2e%2e/likeness.sqlite"],
)  # fmt: skip
def test_the_database_and_the_logs_are_not_given_out(studio, path):
    assert ask(f"{studio.url}/gradio_api/file={studio.data}/{path}")[0] in (403, 404)


@pytest.mark.parametrize("path", ["/etc/passwd", str(ROOT / "launch.py"), str(ROOT / "app" / "cli.py"), "//etc/passwd"])
def test_no_other_file_of_this_computer_is_given_out(studio, path):
    assert ask(f"{studio.url}/gradio_api/file={path}")[0] in (403, 404)


def test_a_link_in_the_pictures_leads_nowhere(studio, tmp_path):
    (tmp_path / "secret.txt").write_text(SECRET)
    link = studio.data / "pictures" / "link.png"
    link.symlink_to(tmp_path / "secret.txt")
    assert SECRET.encode() not in ask(f"{studio.url}/gradio_api/file={link}")[1]


def test_pictures_are_given_out(studio):
    (studio.data / "pictures" / "p.png").write_bytes(b"picture")
    assert ask(f"{studio.url}/gradio_api/file={studio.data}/pictures/p.png")[:2] == (200, b"picture")


def test_a_thumb_is_made_when_the_browser_asks_for_it(studio):
    sound, damaged = studio.data / "pictures" / "a b.png", studio.data / "pictures" / "damaged.png"
    Image.effect_noise((600, 400), 90).save(sound)
    damaged.write_bytes(sound.read_bytes()[:9000])
    address = studio.library.files.promised(sound)
    elsewhere = studio.library.files.promised(damaged).partition("?")[0] + "?" + address.partition("?")[2]
    own = Path(unquote(address.partition("file=")[2].partition("?")[0]))
    assert ask(f"{studio.url}/{elsewhere}")[0] in (403, 404) and not own.exists(), "an address makes its own alone"
    status, body, headers = ask(f"{studio.url}/{address}")
    assert own.is_file()
    assert status == 200 and headers["content-type"] == "image/webp"
    with Image.open(io.BytesIO(body)) as small:
        assert small.format == "WEBP" and small.size == (320, 213)
    assert ask(f"{studio.url}/{studio.library.files.promised(damaged)}")[0] in (403, 404)


def test_only_the_named_endpoints_are_offered_to_programs(studio):
    info = json.loads(ask(studio.url + "/gradio_api/info")[1])
    assert set(info["named_endpoints"]) == {f"/{name}" for name in NAMES} and info["unnamed_endpoints"] == {}
    for path in ("/docs", "/openapi.json", "/gradio_api/mcp", "/monitoring", "/gradio_api/monitoring"):
        assert ask(studio.url + path)[0] != 200


def test_gradio_draws_no_progress_of_its_own_over_the_pages(studio):
    told = json.loads(ask(studio.url + "/config")[1])["dependencies"]
    mine = [one for one in told if one["backend_fn"] and one["api_visibility"] == "private"]
    assert mine and {one["show_progress"] for one in mine} == {"hidden"}


def test_the_page_process_has_no_torch(studio):
    maps = Path(f"/proc/{studio.process.pid}/maps")
    if maps.exists():
        assert "libtorch" not in maps.read_text()


def test_the_workers_come_up_and_the_page_knows(studio):
    until(lambda: [worker.state for worker in studio.jobs.workers()] == ["ready", "ready"])


def test_a_worker_with_nothing_to_do_has_the_starter_at_hand_for_the_first_picture(studio):
    until(lambda: [one.base for one in studio.jobs.workers() if one.lane == "heavy" and not one.loading] == ["starter"])
    assert studio.jobs.list((*ACTIVE, *ENDED)) == [], "no job has loaded it"


def test_a_second_studio_says_what_is_in_the_way(studio, tmp_path):
    said = launch("--port", str(studio.port), "--data-dir", str(tmp_path / "other"))
    advice = f"Choose another one, for instance --port {studio.port + 1}, or close what uses it."
    assert said.returncode == 1 and said.stderr.strip() == f"Port {studio.port} is in use. {advice}"
    (studio.data / "temp" / "on its way.png").write_bytes(b"x")
    said = launch("--port", str(free_port()), "--data-dir", str(studio.data))
    assert said.returncode == 1 and "Another studio is using the data folder" in said.stderr
    assert (studio.data / "temp" / "on its way.png").is_file(), "the one that runs has lost nothing"


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    said = launch("--port", str(free_port()), "--data-dir", str(tmp_path / "file" / "data"))
    assert said.returncode == 1 and "cannot be used" in said.stderr and "--data-dir" in said.stderr
    assert len(said.stderr.strip().splitlines()) == 1


def test_a_relay_that_is_not_reached_is_told_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # where nobody answers
    with Studio(tmp_path / "studio", "--share", "--without-password") as studio:
        until(lambda: "Likeness is at" in Path(studio.log.name).read_text())
        said = Path(studio.log.name).read_text().splitlines()
    assert len(said) == 2 and said[0].startswith("There is no public address, because Gradio's relay was not reached")
    assert said[1] == f"Likeness is at {studio.url}/"


def test_a_second_ctrl_c_may_come_while_the_first_is_heard():
    """Between any two steps of hearing it, as signals do."""
    say = """
import signal, sys
from app.serve import listening
for step in range(12):
    wait, seen = listening(), []
    hear = signal.getsignal(signal.SIGINT)
    def between(*_):
        seen.append(1)
        if len(seen) == step:
            hear(signal.SIGINT, None)
    sys.setprofile(between)
    hear(signal.SIGINT, None)
    sys.setprofile(None)
    wait()
print(len(seen) > 1)
"""
    done = subprocess.run([sys.executable, "-c", say], capture_output=True, text=True, timeout=SECONDS, cwd=ROOT)
    assert done.stdout == "True\n", done.stderr


def launch(*words: str) -> subprocess.CompletedProcess:
    command = [sys.executable, str(ROOT / "launch.py"), "--skip-install", "--no-autolaunch", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_the_guard_covers_every_kind_of_connection(kind):
    async def app(scope, receive, send):
        raise AssertionError("it should not come this far")

    async def send(message):
        sent.append(message)

    sent: list = []
    scope = {"type": kind, "method": "POST", "headers": [(b"host", b"127.0.0.1:1"), (b"origin", b"http://x")]}
    asyncio.run(Guard(app, loopback=True)(scope, None, send))
    assert sent[0].get("status", sent[0].get("code")) in (403, 1008)


def test_behind_a_password_any_name_is_fine_but_the_origin_still_counts():
    guard = Guard(None, loopback=False)
    scope = {"type": "http", "method": "POST", "headers": [(b"host", b"studio.example"), (b"origin", b"http://evil")]}
    assert "another page" in guard._objection(scope)
    scope["headers"][1] = (b"origin", b"https://studio.example")
    assert guard._objection(scope) == ""
    assert "localhost only" in Guard(None, loopback=True)._objection(scope)
