"""The verdict on a run follows its curves: rise and keep, stand still and fall."""

from pipelines.verdict import best, copying, faults


def run(*points):
    return [(step, {"likeness": likeness, "prompt_following": prompt}) for step, likeness, prompt in points]


RISING = run((0, 0.30, 0.30), (100, 0.60, 0.30), (200, 0.75, 0.29), (300, 0.80, 0.29))
TURNED = [*RISING, *run((400, 0.80, 0.27), (500, 0.805, 0.25))]


def test_while_likeness_rises_the_newest_step_is_best():
    assert best(RISING) == 300 and copying(RISING) is None


def test_when_words_are_lost_and_nothing_is_won_the_earlier_step_stays_best():
    assert best(TURNED) == 300
    assert copying(TURNED) == 300


def test_a_fall_that_buys_likeness_is_no_copying():
    assert copying(run((0, 0.3, 0.30), (100, 0.5, 0.30), (200, 0.6, 0.28), (300, 0.9, 0.26))) is None


def test_equal_scores_go_to_the_earlier_step():
    assert best(run((100, 0.8, 0.3), (200, 0.801, 0.3))) == 100


def test_loss_alone_says_nothing():
    assert best([(1, {"loss": 0.5})]) is None and copying([(1, {"loss": 0.5})]) is None
    assert best([]) is None


def test_likeness_alone_is_enough_for_a_best_step():
    assert best([(1, {"likeness": 0.2}), (2, {"likeness": 0.7}), (3, {"likeness": 0.5})]) == 2


def looks(*values):
    return [(100 * k, {"likeness": 0.1 * k, **one}) for k, one in enumerate(values)]


def test_a_photo_that_is_copied_twice_running_is_named_with_the_step_to_keep():
    once = looks({}, {"copied": 0.4, "copied_photo": 1}, {"copied": 0.75, "copied_photo": 3})
    assert faults(once, True) == {}
    twice = [*once, (300, {"likeness": 0.1, "copied": 0.5, "copied_photo": 3})]
    says, advice = faults(twice, True)["copied"]
    assert says == "It now copies photo 3." and "Step 200 was the best" in advice
    assert faults([*twice, (400, {"copied": 0.25, "copied_photo": 3})], True) == {}


def test_a_background_that_came_along_is_told_unless_the_base_shows_it_too():
    leaks = ({"place_leakage": 0.75}, {"place_leakage": 0.5})
    says, advice = faults(looks({"place_leakage_base": 0.0}, *leaks), False)["place"]
    assert "background has been learnt" in says and advice.startswith("Use masks.")
    assert "Photos in several places" in faults(looks({}, *leaks), True)["place"][1]
    assert faults(looks({"place_leakage_base": 0.4}, *leaks), False) == {}
    assert faults(looks({}, {"place_leakage": 0.25}, {"place_leakage": 1.0}), False) == {}
