import torch

from pipelines.augment.prior_images import PriorImages
from pipelines.paint import paint
from tests.pipelines.steps import examples, kit, shot


def test_the_bank_is_made_once_and_lengthened(tiny, tmp_path, monkeypatch):
    subject, made = shot(tmp_path), []
    monkeypatch.setattr(
        "pipelines.bank.paint",
        lambda backbone, prompts, *rest, **more: made.append(len(prompts)) or paint(backbone, prompts, *rest, **more),
    )
    found = examples(tiny, subject)

    def bank(count):
        tools = kit(tiny, (subject,), tmp_path / "cache")
        return [e for e in PriorImages(count, steps=2).prepare(found, tools) if e.role == "prior"]

    two, five, again = bank(2), bank(5), bank(3)
    assert made == [2, 3] and [len(b) for b in (two, five, again)] == [2, 5, 3]
    assert all(torch.equal(a.posterior, b.posterior) for a, b in zip(two, five, strict=False))
    assert not five[0].posterior[1].any() and five[0].prompt == "a photo of a cat" and not five[0].masks


def test_one_bank_for_each_class(tiny, tmp_path):
    people = (shot(tmp_path), shot(tmp_path, "<rex>", "dog"))
    found = PriorImages(1, steps=2).prepare([], kit(tiny, people))
    assert [e.prompt for e in found] == ["a photo of a cat", "a photo of a dog"]
