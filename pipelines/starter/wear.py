"""What happens to pictures before a judge sees them: blur, grain, compression, as small autoencoders leave them too.

Judges learn on worn pictures beside fresh ones, so that a generated picture is read by what it shows.
"""

import cv2
import numpy as np

Array = np.ndarray


def worn(pixels: Array, rng: np.random.Generator, share: float = 0.6) -> Array:
    """A picture as it might come out of a model or a file.

    Args:
        pixels: (S, S, 3) uint8. share: how many pictures are touched at all, from 0 to 1.

    Returns:
        (S, S, 3) uint8.
    """
    if rng.random() > share:
        return pixels
    lot = rng.random(4)
    if lot[0] < 0.5:
        pixels = cv2.GaussianBlur(pixels, (0, 0), rng.uniform(0.4, 1.3))
    elif lot[0] < 0.7:
        side, small = pixels.shape[0], int(pixels.shape[0] * rng.uniform(0.45, 0.8))
        pixels = cv2.resize(cv2.resize(pixels, (small, small), interpolation=cv2.INTER_AREA), (side, side))
    if lot[1] < 0.4:
        quality = int(rng.integers(15, 70))
        pixels = cv2.imdecode(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)
    if lot[2] < 0.5:
        gain, shift = rng.uniform(0.87, 1.13, 3 if lot[3] < 0.3 else 1), rng.uniform(-9, 9)
        coarse = rng.standard_normal((32, 32, 3)).astype(np.float32) * rng.uniform(0, 7)
        spots = cv2.resize(coarse, pixels.shape[1::-1], interpolation=cv2.INTER_CUBIC)
        pixels = np.clip(pixels * gain + shift + spots, 0, 255).astype(np.uint8)
    return pixels
