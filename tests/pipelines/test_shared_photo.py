"""A photo that shows two subjects, each with a mask of its own."""

import numpy as np
import torch
from PIL import Image

from pipelines.examples import gather, said
from pipelines.spec import Photo, Subject


def both(folder, size=(160, 96), masked=(True, True)):
    """Two subjects that share one photo: a red square on the left, a blue one on the right."""
    folder.mkdir(parents=True, exist_ok=True)
    pixels = np.full((size[1], size[0], 3), 200, np.uint8)
    pixels[30:70, 20:60], pixels[30:70, 90:130] = (220, 20, 20), (20, 20, 220)
    image, found = folder / "both.png", []
    Image.fromarray(pixels).save(image)
    for k, (trigger, noun) in enumerate((("<tom>", "cat"), ("<rex>", "dog"))):
        mask, path = np.zeros((size[1], size[0]), np.uint8), folder / f"{noun}.png"
        mask[30:70, 20 + 70 * k : 60 + 70 * k] = 255
        Image.fromarray(mask).save(path)
        found.append(Subject(noun, noun.title(), noun, trigger, (Photo(str(image), str(path) if masked[k] else None),)))
    return tuple(found)


def test_it_is_one_example_with_a_mask_for_each(tmp_path):
    (example,) = gather(both(tmp_path), 64)
    assert example.prompt == "a photo of <tom> cat and <rex> dog"
    assert [one.trigger for one in example.subjects] == ["<tom>", "<rex>"] == list(example.masks)
    for trigger, colour in (("<tom>", (220, 20, 20)), ("<rex>", (20, 20, 220))):
        inside = example.masks[trigger] > 0.99
        away = (example.pixels - torch.tensor(colour)[:, None, None] / 255).abs().amax(0)
        assert inside.sum() > 100 and away[inside].mean() < 0.05
    assert not (torch.stack(list(example.masks.values())) > 0.5).all(0).any()


def test_it_is_cut_around_both(tmp_path):
    (example,) = gather(both(tmp_path, (400, 96)), 64)
    assert all(mask.sum() > 100 for mask in example.masks.values())


def test_other_photos_stay_their_own(tmp_path):
    tom, rex = both(tmp_path / "a")
    alone, _ = both(tmp_path / "b")
    tom = Subject(tom.id, tom.name, tom.noun, tom.trigger, tom.photos + alone.photos)
    shared, own = gather((tom, rex), 64)
    assert len(shared.masks) == 2 and list(own.masks) == ["<tom>"] and own.prompt == "a photo of <tom> cat"


def test_a_caption_of_both_names_both():
    tom, rex = Subject("a", "Tom", "cat", "<tom>"), Subject("b", "Rex", "dog", "<rex>")
    assert said(tom, "a cat and a dog on grass", rex) == "a <tom> cat and a <rex> dog on grass"
    assert said(tom, "a cat on grass", rex) == "a photo of <rex> dog, a <tom> cat on grass"
    twin = Subject("c", "Kit", "cat", "<kit>")
    assert said(tom, "a cat and a cat", twin) == "a photo of <tom> cat and <kit> cat, a cat and a cat"
