"""The suite shares its files out among the cores, and what was asked for by name comes alone."""

import os
import subprocess
from pathlib import Path

import pytest

from app import settings, suite


@pytest.fixture
def started(monkeypatch):
    """The command, environment and priority of the pytest that would be started."""
    seen = {}
    monkeypatch.setattr(subprocess, "call", lambda command, cwd, env: seen.update(command=command, env=env) or 0)
    monkeypatch.setattr(suite, "browser", lambda: "chromium")
    monkeypatch.setattr(suite, "cores", lambda: 4)
    seen["nice"] = 3
    if hasattr(os, "nice"):
        monkeypatch.setattr(os, "nice", lambda more: seen.update(nice=seen["nice"] + more) or seen["nice"])
    return seen


def test_all_of_it_takes_every_core_once(started):
    assert suite.run([]) == 0
    assert started["command"][-5:] == ["-n", "4", "--dist", "loadfile", *suite.IN_ORDER]
    assert started["env"]["OMP_NUM_THREADS"] == "1"


@pytest.mark.skipif(not hasattr(os, "nice"), reason="priorities are of POSIX")
def test_all_of_it_steps_back_as_far_as_a_worker_that_trains(started):
    for _ in range(2):
        suite.run([])
        assert started["nice"] == settings.nicety("heavy")


def test_one_by_name_has_every_core_to_itself(started):
    suite.run(["tests/test_borders.py"])
    assert "-n" not in started["command"]
    assert started["env"]["OMP_NUM_THREADS"] == "4"


def test_without_a_browser_its_tests_are_left_out_and_it_says_so(started, monkeypatch, capsys):
    tried = []
    monkeypatch.setattr(suite, "_get_browser", lambda: tried.append("install"))
    suite.run([])
    assert "-m" in started["command"] and "not browser" not in started["command"] and not tried
    monkeypatch.setattr(suite, "browser", lambda: None)
    suite.run([])
    assert tried == ["install"] and started["command"][-2:] == ["-m", "not browser"]
    assert "browser tests are left out" in capsys.readouterr().err


def test_the_lighter_chromium_is_taken_and_got_first(monkeypatch):
    here, asked = {"chromium": "/usr/bin/chromium"}, []
    monkeypatch.setattr(
        suite.shutil, "which", lambda name: here.get(name) or ("apt-get" if name == "apt-get" else None)
    )
    assert suite.browser() == suite.whole_browser() == Path("/usr/bin/chromium")
    here[suite.SHELL] = "/usr/bin/" + suite.SHELL
    assert suite.browser() == Path(here[suite.SHELL]) and suite.whole_browser() == Path("/usr/bin/chromium")
    monkeypatch.setattr(suite, "is_root", lambda: True)
    for lacking, got in (((), [suite.SHELL]), ((suite.SHELL,), [suite.SHELL, "chromium"])):
        asked.clear()
        monkeypatch.setattr(
            suite, "_apt", lambda *words, lacking=lacking: asked.append(words[-1]) or words[-1] not in lacking
        )
        suite._get_browser()
        assert asked == ["update", *got]


def test_limits_reach_every_numeric_library():
    limited = settings.limited(3)
    assert {limited[f"{name}_NUM_THREADS"] for name in ("OMP", "MKL", "OPENBLAS", "NUMEXPR")} == {"3"}


def test_a_limit_somebody_set_holds_for_the_workers_too(monkeypatch):
    monkeypatch.setattr(settings, "cores", lambda: 16)
    for asked, threads in (("", (2, 14)), ("1", (1, 1)), ("3,2", (2, 3)), ("64", (2, 14)), ("x", (2, 14))):
        monkeypatch.setenv("OMP_NUM_THREADS", asked)
        assert (settings.threads("quick"), settings.threads("heavy")) == threads
