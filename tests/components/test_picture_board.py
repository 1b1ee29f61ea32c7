"""The board asks only for what a filter may name, and reads only files that were dropped on it."""

from pathlib import Path

import pytest

from components.picture_board import Filter, Index, PictureBoard, Tile, treated, wanted
from pipelines.errors import BadInput


@pytest.fixture
def adopted():
    """What was asked to be taken over."""
    return []


@pytest.fixture
def board(tmp_path, adopted):
    def newcomer(path):
        path = Path(path)
        if path.name == "dora.safetensors":
            raise BadInput("dora.safetensors is a DoRA, which is not read yet.", "LoRA are.")
        return {"holds": "LoRA", "name": path.stem}

    def settings_of(path):
        if path.name == "plain.png":
            raise BadInput("This picture does not say how it was made.", "Choose another.")
        return {"seed": 7}

    return PictureBoard(
        lambda asked: Index([("2026-11-23", 2)], {"picture": 2}),
        lambda asked, at, many: [Tile(f"t{at}", "", asked.words, what=asked.what)],
        settings_of, tmp_path, lambda deed, ids: {"ok": True, "count": len(ids)}, newcomer,
        lambda *asked: adopted.append(asked), render=False,
    )  # fmt: skip


def test_index_and_tiles_go_out(board):
    assert board.board_index({"filter": {"subject": "pip"}}, None)["days"] == [("2026-11-23", 2)]
    out = board.board_tiles({"filter": {"words": "beach"}, "offset": 120}, None)
    assert out["tiles"][0]["id"] == "t120" and out["tiles"][0]["title"] == "beach"


@pytest.mark.parametrize(
    "payload",
    [None, {"filter": []}, {"filter": {"what": "photo"}}, {"filter": {"order": "x"}}, {"filter": {"subject": 3}},
     {"filter": {"starred": "yes"}}, {"filter": {"words": "x" * 501}}, {"filter": {"evil": "1"}}],
)  # fmt: skip
def test_a_malformed_filter_is_refused(board, payload):
    assert wanted(payload) is None
    assert board.board_index(payload, None)["ok"] is False
    assert board.board_tiles(payload, None)["ok"] is False


def test_several_things_are_treated_together(board):
    assert board.board_do({"do": "bin", "ids": ["a1", "b2"]}, None) == {"ok": True, "count": 2}
    assert board.board_do({"do": "empty", "ids": []}, None)["ok"]


@pytest.mark.parametrize(
    "payload",
    [None, {}, {"do": "bin", "ids": []}, {"do": "empty", "ids": ["a"]}, {"do": "rename", "ids": ["a"]},
     {"do": "bin", "ids": ["../a"]}, {"do": "bin", "ids": "abc"}, {"do": "bin", "ids": [7]}],
)  # fmt: skip
def test_an_order_that_makes_no_sense_is_refused(board, payload):
    assert treated(payload) is None and board.board_do(payload, None)["ok"] is False


def test_a_bad_offset_is_refused(board):
    for offset in (-1, "0", True, 10**9, None):
        assert board.board_tiles({"filter": {}, "offset": offset}, None)["ok"] is False
    assert wanted({"filter": {}}) == Filter()


def test_a_dropped_picture_is_read_and_removed(board, tmp_path):
    (tmp_path / "a.png").write_bytes(b"x")
    assert board.board_dropped({"path": str(tmp_path / "a.png")}, None) == {"ok": True, "settings": {"seed": 7}}
    assert not (tmp_path / "a.png").exists()
    (tmp_path / "plain.png").write_bytes(b"x")
    assert board.board_dropped({"path": str(tmp_path / "plain.png")}, None)["advice"] == "Choose another."


def test_no_file_outside_the_uploads_is_read(board, tmp_path):
    secret = tmp_path.parent / "secret.png"
    secret.write_bytes(b"x")
    (tmp_path / "link.png").symlink_to(secret)
    for path in (str(secret), str(tmp_path / ".." / "secret.png"), str(tmp_path / "link.png"), "/etc/passwd", "\0", 3):
        assert board.board_dropped({"path": path}, None)["ok"] is False
    assert secret.exists()


def test_a_file_of_another_program_is_looked_at_and_taken_over(board, adopted, tmp_path):
    dropped, there = tmp_path / "pip.safetensors", tmp_path.parent / "there.safetensors"
    dropped.write_bytes(b"x")
    words = {"name": "Pip", "noun": "robot", "trigger": "<pip>"}
    for path, passing in ((dropped, True), (there, False)):
        assert board.board_newcomer({"path": str(path)}, None)["says"]["name"] == path.stem
        assert board.board_adopt({"path": f" {path} ", **words}, None)["ok"]
        assert adopted.pop() == (str(path), passing, "Pip", "robot", "<pip>")
    spoilt = tmp_path / "dora.safetensors"
    spoilt.write_bytes(b"x")
    assert "DoRA" in board.board_newcomer({"path": str(spoilt)}, None)["error"] and not spoilt.exists()
    for payload in (None, {"path": ""}, {"path": "\0"}, {"path": 3}, {"path": "x" * 5000}, {"path": "a", "name": 3}):
        assert board.board_adopt(payload, None)["ok"] is False
        if not (isinstance(payload, dict) and payload["path"] == "a"):
            assert board.board_newcomer(payload, None)["ok"] is False
    assert adopted == []
