"""Bring what a sampling engine returned back to the colors and grain of the picture. Pure functions of arrays.

An engine that decodes shifts every pixel a little, also those that it was not asked to change: from these it is known
by how much. Must not paste and must not judge more than its own step.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reviewtui.imaging.masks import dilate
from reviewtui.imaging.texture import block_grain, high_pass

Pixels = NDArray[np.uint8]
Where = NDArray[np.bool_]
Means = NDArray[np.float32]

_AWAY_PX = 8
_CELL_PX = 14  # as wide as a Gaussian of sigma 4
_MIN_CELLS = 16
_LEAST_GAIN, _MOST_GAIN, _MOST_OFFSET = 0.9, 1.1, 16.0
_LEAST_CONTRAST = 4.0  # levels; below it a gain cannot be told from an offset
_RING_PX = 48
_GRAIN_GOOD = 0.85
_MOST_FACTOR = 1.25
_MIN_PIXELS = 256


@dataclass(frozen=True, slots=True)
class ColorFit:
    """A line per channel, new = gain · old + offset, and the error in levels before and after it.

    Attributes:
        gain: 0.9 to 1.1, R G B.
        offset: -16 to 16 levels, R G B.
    """

    gain: tuple[float, float, float]
    offset: tuple[float, float, float]
    error_before: float
    error_after: float


def color_error(sent: Pixels, returned: Pixels, untouched: Where) -> float | None:
    """Mean absolute difference of low frequencies where nothing was to change, in levels; None with too little of it.

    Source: the project's own measure: means over squares as wide as a Gaussian of sigma 4, at least 8 px away from
    what may change.

    Args:
        sent: (H, W, 3), what the engine got.
        returned: same shape, what came back.
        untouched: (H, W), pixels that were not to change.
    """
    cells = _cells(sent, returned, untouched)
    return None if cells is None else float(np.abs(cells[1] - cells[0]).mean())


def fit_color(sent: Pixels, returned: Pixels, untouched: Where) -> ColorFit | None:
    """The line per channel that brings ``returned`` back to ``sent``; None when none lowers the error.

    Source: least squares on the means that ``color_error`` compares.
    """
    cells = _cells(sent, returned, untouched)
    if cells is None:
        return None
    wanted, got = cells
    center, spread = got.mean(axis=0), got.var(axis=0)
    slope = ((got - center) * (wanted - wanted.mean(axis=0))).mean(axis=0) / np.maximum(spread, 1e-6)
    gain = np.where(spread >= _LEAST_CONTRAST**2, np.clip(slope, _LEAST_GAIN, _MOST_GAIN), 1.0)
    offset = np.clip(wanted.mean(axis=0) - gain * center, -_MOST_OFFSET, _MOST_OFFSET)
    before, after = float(np.abs(got - wanted).mean()), float(np.abs(gain * got + offset - wanted).mean())
    if after >= before:
        return None
    return ColorFit(_triple(gain), _triple(offset), before, after)


def apply_color(returned: Pixels, fit: ColorFit) -> Pixels:
    """Every pixel of ``returned`` through the lines, rounded."""
    levels = np.arange(256, dtype=np.float64)
    result = np.empty_like(returned)
    for channel in range(3):
        table = np.rint(np.clip(levels * fit.gain[channel] + fit.offset[channel], 0, 255)).astype(np.uint8)
        result[:, :, channel] = table[returned[:, :, channel]]
    return result


def missing_grain(image: Pixels, inside: Where) -> tuple[float, float, float] | None:
    """By how much the grain inside falls short, as standard deviation per channel in levels; None if it does not.

    Source: variances add, so sqrt(outside² - inside²). Grain is the quiet end of the high-pass over blocks, so that
    grass beside a new sky is not taken for grain.

    Args:
        image: (H, W, 3), the result around the fix.
        inside: (H, W), new pixels.
    """
    ring = dilate(inside, _RING_PX) & ~dilate(inside, _AWAY_PX)
    missing = []
    for channel in range(3):
        plane = image[:, :, channel].astype(np.int16)
        inner, outer = block_grain(plane, inside), block_grain(plane, ring)
        if inner is None or outer is None:
            return None
        missing.append(float(np.sqrt(outer**2 - inner**2)) if inner < _GRAIN_GOOD * outer else 0.0)
    return _triple(np.array(missing)) if any(missing) else None


def add_grain(image: Pixels, inside: Where, sigma: tuple[float, float, float], seed: int) -> Pixels:
    """Noise of that strength on the pixels inside, correlated between channels as it is around them.

    Args:
        image: (H, W, 3).
        inside: (H, W); every other pixel is returned as it came.
        sigma: standard deviation per channel in levels.
        seed: the same one gives the same noise.
    """
    white = np.random.default_rng(seed % 2**32).standard_normal((*inside.shape, 3), dtype=np.float32)
    mixing = (np.linalg.cholesky(_correlation(image, inside)).T * np.array(sigma)).astype(np.float32)
    noise = white @ mixing
    result = image.copy()
    result[inside] = np.rint(np.clip(image[inside] + noise[inside], 0, 255)).astype(np.uint8)
    return result


def grain_factor(before: Pixels, after: Pixels, inside: Where) -> float:
    """By how much stronger the noise should have been, 1 to 1.25: clipping and a loose correlation swallow some of it.

    Source: as ``missing_grain``, for the channels' sum.

    Args:
        before: (H, W, 3), the result without the noise.
        after: same shape, with it.
        inside: (H, W), new pixels.
    """
    ring = dilate(inside, _RING_PX) & ~dilate(inside, _AWAY_PX)
    plain, noisy = (image.sum(axis=2, dtype=np.int16) for image in (before, after))
    outer, inner, reached = block_grain(plain, ring), block_grain(plain, inside), block_grain(noisy, inside)
    if outer is None or inner is None or reached is None or reached <= inner or outer <= reached:
        return 1.0
    return float(min(np.sqrt((outer**2 - inner**2) / (reached**2 - inner**2)), _MOST_FACTOR))


def _correlation(image: Pixels, inside: Where) -> NDArray[np.float64]:
    """Between the channels' grain in the ring, structure clipped; independent where there is none."""
    ring = (dilate(inside, _RING_PX) & ~dilate(inside, _AWAY_PX))[1:-1, 1:-1]
    if np.count_nonzero(ring) < _MIN_PIXELS:
        return np.eye(3)
    values = np.stack([high_pass(image[:, :, c].astype(np.int16))[ring].astype(np.float64) for c in range(3)])
    limit = 3 * np.median(np.abs(values), axis=1, keepdims=True) + 1
    covariance = np.cov(np.clip(values, -limit, limit)) + 1e-3 * np.eye(3)
    scale = np.sqrt(np.diag(covariance))
    result: NDArray[np.float64] = covariance / np.outer(scale, scale)
    return result


def _cells(sent: Pixels, returned: Pixels, untouched: Where) -> tuple[Means, Means] | None:
    """Means of squares that lie wholly in ``untouched`` and away from the rest, twice (cells, 3)."""
    away = ~dilate(~untouched, _AWAY_PX)
    height, width = (length - length % _CELL_PX for length in away.shape)
    if not height or not width:
        return None
    blocks = away[:height, :width].reshape(height // _CELL_PX, _CELL_PX, width // _CELL_PX, _CELL_PX)
    whole = blocks.all(axis=(1, 3))
    if np.count_nonzero(whole) < _MIN_CELLS:
        return None
    return _means(sent[:height, :width])[whole], _means(returned[:height, :width])[whole]


def _means(image: Pixels) -> Means:
    height, width = image.shape[:2]
    rows = image.reshape(height // _CELL_PX, _CELL_PX, width * 3).sum(axis=1, dtype=np.uint16)
    sums = rows.reshape(height // _CELL_PX, width // _CELL_PX, _CELL_PX, 3).sum(axis=2, dtype=np.uint32)
    result: Means = sums.astype(np.float32) / np.float32(_CELL_PX * _CELL_PX)
    return result


def _triple(values: NDArray[np.floating]) -> tuple[float, float, float]:
    first, second, third = (round(float(value), 4) for value in values)
    return first, second, third
