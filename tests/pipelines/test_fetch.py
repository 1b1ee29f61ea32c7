"""Fetching against a real HTTP server that speaks the hub's two addresses: progress, stop, carry on, refuse."""

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pipelines.errors import BadInput, Stopped, Unavailable
from pipelines.events import Made, Progress, Silent
from pipelines.fetch import DONE, run
from pipelines.tasks import Fetch

WEIGHTS = bytes(range(256)) * 20_000  # 5 MB
FILES = {
    "model_index.json": b'{"_class_name": "StableDiffusionPipeline"}',
    "unet/model.fp16.safetensors": WEIGHTS,
    "unet/model.bin": b"a pickle",
    "../evil.json": b"{}",
}


class Hub(BaseHTTPRequestHandler):
    """Answers as the hub does. `damage` changes a file on its way; `asked` keeps the Range headers, which are not
    heeded where it is `stubborn`."""

    asked: list[str] = []
    damage = False
    gated = False
    stubborn = False

    def do_GET(self) -> None:
        if self.path.startswith("/api/models/"):
            return self._answer(401 if self.gated else 200, json.dumps(self._listing()).encode())
        name = self.path.split("/resolve/abc123/", 1)[1].split("?")[0]
        body = FILES[name.replace("%2E", ".")]
        if self.damage and name.endswith("safetensors"):
            body = b"X" + body[1:]
        asked = self.headers.get("Range", "")
        self.asked.append(asked)
        start = int(asked[6:-1]) if asked and not self.stubborn else 0
        self._answer(206 if start else 200, body[start:])

    def _listing(self) -> dict:
        siblings = []
        for name, body in FILES.items():
            if name.startswith(".."):
                continue
            lfs = {"sha256": hashlib.sha256(body).hexdigest(), "size": len(body), "pointerSize": 1}
            git = hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest()
            big = {"lfs": lfs} if len(body) > 1000 else {}
            siblings.append({"rfilename": name, "size": len(body), "blobId": git, **big})
        return {"id": "some/model", "modelId": "some/model", "sha": "abc123", "siblings": siblings}

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


class Impatient(Silent):
    """Stops after the first piece of news about the large file."""

    def stop(self) -> bool:
        return any(isinstance(event, Progress) and "safetensors" in event.note for event in self.events)


@pytest.fixture
def hub():
    Hub.asked, Hub.damage, Hub.gated, Hub.stubborn = [], False, False, False
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def task(folder: Path, *files: str) -> Fetch:
    return Fetch("some/model", files or ("*.json", "*/*.safetensors"), str(folder / "some"), model="some")


def test_files_arrive_whole_and_are_listed_last(hub, tmp_path):
    report = Silent()
    result = run(task(tmp_path), report, hub)
    assert (tmp_path / "some/unet/model.safetensors").read_bytes() == WEIGHTS
    assert not (tmp_path / "some/unet/model.bin").exists()
    listed = json.loads((tmp_path / "some" / DONE).read_text())
    assert [one["name"] for one in listed["files"]] == ["model_index.json", "unet/model.fp16.safetensors"]
    assert result["model"] == "some" and isinstance(report.events[-1], Made)
    steps = [event.step for event in report.events if isinstance(event, Progress)]
    assert steps == sorted(steps) and steps[-1] == 5
    assert all(event.own == (event.step, event.total) for event in report.events if isinstance(event, Progress))


def test_what_somebody_put_there_before_stays_beside_it(hub, tmp_path):
    (tmp_path / "some").mkdir()
    (tmp_path / "some" / "sam.pth").write_bytes(b"mine")
    run(task(tmp_path), Silent(), hub)
    assert (tmp_path / "some" / "sam.pth").read_bytes() == b"mine" and not (tmp_path / "some.part").exists()
    assert (tmp_path / "some/unet/model.safetensors").read_bytes() == WEIGHTS and (tmp_path / "some" / DONE).is_file()


def own(report: Silent) -> list[tuple[int, int]]:
    """Of the megabytes, those that came in this run, and how many there were to come."""
    return [event.own for event in report.events if isinstance(event, Progress)]


@pytest.mark.parametrize("stubborn", [False, True])
def test_a_stopped_fetch_goes_on_where_it_was(hub, tmp_path, stubborn):
    with pytest.raises(Stopped):
        run(task(tmp_path), Impatient(), hub)
    part = tmp_path / "some.part/unet/model.safetensors.part"
    have = part.stat().st_size
    assert 0 < have < len(WEIGHTS) and not (tmp_path / "some" / DONE).exists()
    Hub.asked.clear()
    Hub.stubborn = stubborn
    run(task(tmp_path), report := Silent(), hub)
    assert Hub.asked == [f"bytes={have}-"] and (tmp_path / "some/unet/model.safetensors").read_bytes() == WEIGHTS
    came = (len(WEIGHTS) - (0 if stubborn else have)) // 1_000_000
    assert own(report)[-1] == (came, came) and own(report)[0][0] == 0


def test_what_is_there_is_not_fetched_again(hub, tmp_path):
    run(task(tmp_path), Silent(), hub)
    Hub.asked.clear()
    run(task(tmp_path), report := Silent(), hub)
    assert Hub.asked == [] and set(own(report)) == {(0, 0)}


def test_a_damaged_file_is_refused_and_removed(hub, tmp_path):
    Hub.damage = True
    with pytest.raises(BadInput, match="arrived damaged"):
        run(task(tmp_path), Silent(), hub)
    assert not list(tmp_path.rglob("*.safetensors*")) and not (tmp_path / "some" / DONE).exists()


def test_pickles_are_not_fetched_without_a_known_checksum(hub, tmp_path):
    with pytest.raises(BadInput, match="none of the files"):
        run(task(tmp_path, "*/*.bin"), Silent(), hub)
    right = hashlib.sha256(FILES["unet/model.bin"]).hexdigest()
    run(Fetch("some/model", ("*/*.bin",), str(tmp_path / "some"), (("unet/model.bin", right),)), Silent(), hub)
    assert (tmp_path / "some/unet/model.bin").exists()
    wrong = Fetch("some/model", ("*/*.bin",), str(tmp_path / "b"), (("unet/model.bin", "0" * 64),))
    with pytest.raises(BadInput, match="damaged"):
        run(wrong, Silent(), hub)


def test_no_network_and_a_closed_door_are_said_in_words(hub, tmp_path):
    with pytest.raises(Unavailable, match="cannot be reached") as error:
        run(task(tmp_path), Silent(), "http://127.0.0.1:1")
    assert "folder you have" in error.value.advice
    Hub.gated = True
    with pytest.raises(Unavailable, match="does not give"):
        run(task(tmp_path), Silent(), hub)
