"""What a model's decoder does to a photograph, without a model: softer, without its grain, in slightly other tones."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from reviewtui.imaging.adjust import adjust
from reviewtui.imaging.matching import color_error
from reviewtui.imaging.paste import blend
from reviewtui.imaging.texture import texture
from reviewtui.model.geometry import PixelRect
from tests.support.photographs import load

Pixels = NDArray[np.uint8]

_SIGMA_PX = 0.6
_GAIN, _OFFSET = (0.975, 1.01, 0.985), (4.0, -2.0, 3.5)
_GRAIN = 4.0
SIDE_PX = 512


def decoded(rgb: Pixels) -> Pixels:
    """(H, W, 3) as an encoder and a decoder would return it."""
    soft = np.asarray(Image.fromarray(rgb).filter(ImageFilter.GaussianBlur(_SIGMA_PX)), dtype=np.float32)
    toned: Pixels = np.clip(np.rint(soft * np.array(_GAIN) + np.array(_OFFSET)), 0, 255).astype(np.uint8)
    return toned


def grainy(rgb: Pixels, seed: int) -> Pixels:
    """With the grain of a sensor, alike in all channels for the most part."""
    generator = np.random.default_rng(seed)
    noise = generator.normal(0, _GRAIN, (*rgb.shape[:2], 1)) + generator.normal(0, _GRAIN / 3, rgb.shape)
    return np.clip(np.rint(rgb + noise), 0, 255).astype(np.uint8)


@dataclass(frozen=True)
class Matched:
    """Figures of one place; colour errors in levels, against the truth that is known here.

    Attributes:
        outside_before: of the answer where nothing was to change.
        outside: after matching.
        inside_before: of the answer where it is laid on.
        inside: after matching.
        grain_before: share of the grain around that the answer has.
        grain: after matching.
        outside_changed_px: pixels with alpha 0 that differ from the picture.
    """

    outside_before: float
    outside: float
    inside_before: float
    inside: float
    grain_before: float
    grain: float
    outside_changed_px: int


def match(truth: Pixels, place: PixelRect, seed: int = 1) -> Matched:
    """The truth through a decoder, brought back and laid on itself.

    Args:
        truth: (H, W, 3), what is really there, inside as well.
        place: what is laid on.
    """
    alpha = np.zeros(truth.shape[:2], np.uint8)
    alpha[place.y : place.bottom, place.x : place.right] = 255
    inside, untouched = alpha > 0, alpha == 0
    returned = decoded(truth)
    adjusted = adjust(truth, returned, alpha, untouched, seed)
    before, after = blend(truth, returned, alpha), blend(truth, adjusted.image, alpha)
    return Matched(
        outside_before=color_error(truth, returned, untouched) or 0.0,
        outside=color_error(truth, adjusted.image, untouched) or 0.0,
        inside_before=_mean_error(truth, before, inside),
        inside=_mean_error(truth, after, inside),
        grain_before=texture(before, inside).grain_ratio or 0.0,
        grain=texture(after, inside).grain_ratio or 0.0,
        outside_changed_px=int(np.count_nonzero((after != truth).any(axis=2) & untouched)),
    )


def photograph(path: object) -> Pixels:
    """The middle of a photograph with grain."""
    rgb = load(path)  # type: ignore[arg-type]
    y, x = (max(length - SIDE_PX, 0) // 2 for length in rgb.shape[:2])
    return grainy(rgb[y : y + SIDE_PX, x : x + SIDE_PX], seed=7)


def _mean_error(truth: Pixels, got: Pixels, inside: NDArray[np.bool_]) -> float:
    difference = got[inside].astype(np.float64) - truth[inside]
    return float(np.abs(difference.mean(axis=0)).mean())
