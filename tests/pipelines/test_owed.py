"""What takes time in a run: what is to be done, less what is left out or fails."""

from pipelines.owed import Owed


def test_only_what_was_to_be_done_counts_and_what_is_left_out_does_not():
    owed = Owed({"first": ("a", "b"), "second": ("c", "d", "e")})
    assert owed.own == (0, 5)
    for name in ("there", "a", "a", "c"):
        owed.done(name)
    assert owed.own == (2, 5), "once, and not what was there"
    owed.leave("b")
    assert owed.own == (2, 4)
    owed.give_up("second")
    assert owed.own == (2, 2), "what was done of it stays done"
