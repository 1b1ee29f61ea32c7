"""Of two windows that hold one draft none writes over what the other did without having shown it."""

from app.windows import Windows


def test_a_window_writes_over_another_only_when_it_has_seen_it_or_is_told_to(library):
    windows = Windows(library, "compose")
    assert not windows.behind("b"), "it was shown nothing yet"
    for window in "ab":
        assert windows.show(window) is None
    assert windows.keep("a", {"words": ("one",)}) and windows.keep("a", {"words": ("one", "two")})
    assert windows.behind("b") and windows.stale("b") and not windows.stale("a")
    assert not windows.keep("b", {"words": ("three",)})
    assert library.draft("compose") == {"words": ["one", "two"]}, "nothing is lost"
    assert windows.show("b") == {"words": ["one", "two"]} and windows.keep("b", {"words": ["three"]})
    assert not windows.keep("a", {"words": ["four"]}) and windows.keep("a", {"words": ["four"]}, over=True)
    assert library.draft("compose") == {"words": ["four"]} and windows.stale("b")


def test_windows_that_were_open_before_the_studio_started_go_on(library):
    Windows(library, "compose").keep("a", {"words": "one"})
    later = Windows(library, "compose")
    assert later.keep("a", {"words": "two"}) and not later.keep("b", {"words": "three"})
