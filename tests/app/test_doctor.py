"""What `launch.py doctor` says of this computer."""

from types import SimpleNamespace

import pytest
import torch

from app import cli
from pipelines import device


@pytest.fixture(autouse=True)
def as_before(monkeypatch):
    """The doctor settles on a device; the other tests keep theirs."""
    monkeypatch.setattr(device, "_chosen", device._chosen)


def told(capsys, *words: str) -> dict[str, str]:
    assert cli.main(["doctor", *words]) == 0
    lines = capsys.readouterr().out.splitlines()
    return {line[:18].strip(): line[19:] for line in lines}


def test_it_says_what_the_data_folder_is(tmp_path, capsys):
    assert ", writable, " in told(capsys, "--data-dir", str(tmp_path / "data"))["data folder"]
    (tmp_path / "file").write_text("x")
    assert ", in the way is a file, " in told(capsys, "--data-dir", str(tmp_path / "file"))["data folder"]


@pytest.mark.skipif(torch.cuda.is_available(), reason="torch uses the card that is here")
def test_a_card_that_torch_was_not_built_for_is_told_of(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(device, "KFD", tmp_path / "kfd")
    assert "graphics card" not in told(capsys)
    (tmp_path / "kfd").touch()
    assert "ROCm" in told(capsys)["graphics card"] and "--index-url" in told(capsys)["graphics card"]


@pytest.mark.parametrize(
    ("gigabytes", "exact", "says"),
    [
        (24, True, "Card (cuda), bfloat16, 24.0 GB, models whole"),
        (4, False, "Card (cuda), float16, 4.0 GB, models in parts"),
    ],
)
def test_a_card_is_used_by_itself_with_floats_and_memory_that_suit_it(gigabytes, exact, says, capsys, monkeypatch):
    facts = SimpleNamespace(name="Card", total_memory=gigabytes * 2**30)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda which: facts)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: exact)
    assert told(capsys)["device"] == says
    assert told(capsys, "--device", "cpu")["device"].startswith("CPU (cpu), float32, ")


def test_apples_processor_is_used_where_there_is_no_card(capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert told(capsys)["device"].startswith("Apple GPU (mps), float16, ")
