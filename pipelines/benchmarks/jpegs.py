"""A subject photographed as people do: a few JPEG files without masks."""

from pathlib import Path

from PIL import Image

from pipelines import toybox
from pipelines.spec import Photo, Subject


def photographed(noun: str, number: int, folder: Path, count: int = 4, side: int = 256) -> Subject:
    """The `number`-th test subject of a class; its photos are drawn where they are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    photos = []
    for k, scene in enumerate(toybox.shoot(toybox.subject(noun, number, "test"), count, 0)):
        path = folder / f"{noun}{number}-{k}.jpg"
        if not path.exists():
            Image.fromarray(toybox.render(scene, side).pixels).save(path, quality=95)
        photos.append(Photo(str(path)))
    return Subject(f"{noun}-{number}", f"{noun.title()} {number}", noun, f"<{noun}{number}>", tuple(photos))
