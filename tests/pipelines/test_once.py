import torch

from pipelines.once import Once


class Counting:
    name = "counting"

    def __init__(self):
        self.asked = 0

    def likeness(self, pixels):
        self.asked += 1
        return pixels.sum()

    def cover(self, pixels, noun):
        self.asked += 1
        return pixels.sum() + len(noun)


def test_the_same_pictures_are_looked_at_once_and_others_anew():
    inner = Counting()
    eyes, one, other = Once(inner), torch.ones(2), torch.ones(2)
    assert eyes.name == "counting" and eyes.likeness(one) == eyes.likeness(one) == 2
    assert inner.asked == 1
    assert eyes.likeness(other * 3) == 6 and eyes.likeness(other) == 2 and eyes.likeness(one) == 2 and inner.asked == 4
    assert eyes.cover(one, "cat") == 5 and eyes.cover(one, "robot") == 7


def test_it_stands_for_the_judges_behind_it():
    inner = Counting()
    assert Once(inner) == inner == Once(inner) and hash(Once(inner)) == hash(inner) and Once(inner) != Counting()
