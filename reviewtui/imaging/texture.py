"""How fine texture and grain inside a fix compare with the surroundings. Pure functions; must not decide.

Everything is a ratio to the same measure beside the fix, so 1.0 is natural for a grainy scan and a clean render alike.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reviewtui.imaging.masks import dilate

#: Below it a fix looks like plastic.
TEXTURE_WARNING = 0.6
_EDGE_PX = 3  # filters mix both sides this near to the edge
_MIN_RING_PX, _MAX_RING_PX = 24, 64
_MIN_PIXELS = 64
_MAX_SAMPLES = 1 << 16
# Levels; with less outside there is nothing to compare with.
_LEAST_BAND, _LEAST_GRAIN = 0.05, 0.05
# Median absolute deviation of a normal distribution; norm of the high-pass.
_MAD_TO_SIGMA = 1.4826
_HIGH_PASS_NORM = 6.0
_BLOCK_PX, _MIN_BLOCKS, _QUIET_PERCENTILE = 12, 4, 25

Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Texture:
    """Ratios inside to outside, 1.0 is natural; None is 'not measurable here'.

    Attributes:
        tex1: RMS of the band around 1 px.
        tex2: the same around 2 px.
        grain_ratio: standard deviation of noise, by median absolute deviation of a high-pass.
    """

    tex1: float | None
    tex2: float | None
    grain_ratio: float | None


def texture(rgb: NDArray[np.uint8], support: NDArray[np.bool_]) -> Texture:
    """Compare texture and grain inside the support with a ring around it, 24 to 64 px wide.

    Source: tex = RMS of a difference of Gaussians (sigma s/√2 and s·√2, s = 1 and 2 px), the project's own measure,
    calibrated on photographs (truth about 1, truth blurred by sigma 1.5 below 0.6). Grain: J. Immerkaer, Fast noise
    variance estimation (1996), for the kernel, with the median of absolute values in place of their mean.

    Args:
        rgb: (H, W, 3) around the fix.
        support: (H, W), where new content was laid on.
    """
    ring_px = _ring_px(support)
    window = _window(support, ring_px + _EDGE_PX)
    if window is None:
        return Texture(None, None, None)
    within = support[window]
    near = dilate(within, _EDGE_PX)
    inside, ring = ~dilate(~within, _EDGE_PX), dilate(within, ring_px) & ~near
    total = rgb[window].sum(axis=2, dtype=np.int16)
    fine = _binomial(total.astype(np.float32))
    middle = _wider(fine)
    half = middle[::2, ::2]
    coarse = _wider(half)
    return Texture(
        _ratio(fine - middle, inside, ring),
        _ratio(half - coarse, inside[::2, ::2], ring[::2, ::2]),
        _grain_ratio(total, inside, ring),
    )


def grain_sigma(total: NDArray[np.int16], where: NDArray[np.bool_]) -> float | None:
    """Standard deviation of the grain in levels of one channel's mean; None with too few pixels.

    Args:
        total: (H, W), sum of three channels.
        where: (H, W), pixels that count; those at the border of the array never do.
    """
    values = high_pass(total)[where[1:-1, 1:-1]]
    if values.size < _MIN_PIXELS:
        return None
    step = max(values.size // _MAX_SAMPLES, 1)
    return _MAD_TO_SIGMA * _median_of_counts(np.abs(values[::step])) / (3 * _HIGH_PASS_NORM)


def block_grain(plane: NDArray[np.int16], where: NDArray[np.bool_]) -> float | None:
    """Standard deviation of the grain of one channel in the quieter blocks, in levels; None with too few of them.

    Noise is everywhere and texture is not, so the quiet end of the blocks tells the noise.

    Args:
        plane: (H, W), one channel.
        where: (H, W), pixels that count; a block counts when it lies wholly within.
    """
    if min(plane.shape) < _BLOCK_PX + 2:
        return None
    values = np.abs(high_pass(plane))
    height, width = (length - length % _BLOCK_PX for length in values.shape)
    shape = (height // _BLOCK_PX, _BLOCK_PX, width // _BLOCK_PX, _BLOCK_PX)
    whole = where[1 : height + 1, 1 : width + 1].reshape(shape).all(axis=(1, 3))
    if np.count_nonzero(whole) < _MIN_BLOCKS:
        return None
    blocks = values[:height, :width].reshape(shape).swapaxes(1, 2)[whole].reshape(-1, _BLOCK_PX * _BLOCK_PX)
    # The mean of absolute values of a normal distribution is sqrt(2 / pi) of its standard deviation.
    levels = blocks.mean(axis=1) * np.sqrt(np.pi / 2) / _HIGH_PASS_NORM
    return float(np.percentile(levels, _QUIET_PERCENTILE))


def _median_of_counts(values: NDArray[np.int16]) -> float:
    """Median of whole numbers, interpolated within the number where it falls: quiet pictures have few of them."""
    counts = np.bincount(values)
    below = np.concatenate([[0], np.cumsum(counts)])
    half = values.size / 2
    index = int(np.searchsorted(below, half, side="left")) - 1
    return max(index - 0.5 + (half - float(below[index])) / float(counts[index]), 0.0)


def _grain_ratio(total: NDArray[np.int16], inside: NDArray[np.bool_], ring: NDArray[np.bool_]) -> float | None:
    if min(total.shape) < 3:
        return None
    inner, outer = grain_sigma(total, inside), grain_sigma(total, ring)
    if inner is None or outer is None or outer < _LEAST_GRAIN:
        return None
    return inner / outer


def high_pass(total: NDArray[np.int16]) -> NDArray[np.int16]:
    """Second difference in both directions: blind to slopes and to straight edges along the axes.

    Args:
        total: (H, W), at most three times 255.

    Returns:
        (H - 2, W - 2), without the border.
    """
    across = total[:, :-2] - 2 * total[:, 1:-1] + total[:, 2:]
    result: NDArray[np.int16] = across[:-2] - 2 * across[1:-1] + across[2:]
    return result


def _ring_px(support: NDArray[np.bool_]) -> int:
    rows, columns = int(support.any(axis=1).sum()), int(support.any(axis=0).sum())
    return min(max(min(rows, columns) // 2, _MIN_RING_PX), _MAX_RING_PX)


def _window(support: NDArray[np.bool_], margin: int) -> tuple[slice, slice] | None:
    rows, columns = np.flatnonzero(support.any(axis=1)), np.flatnonzero(support.any(axis=0))
    if not rows.size:
        return None
    return (
        slice(max(int(rows[0]) - margin, 0), int(rows[-1]) + margin + 1),
        slice(max(int(columns[0]) - margin, 0), int(columns[-1]) + margin + 1),
    )


def _wider(plane: Plane) -> Plane:
    """Variance 1.5 more: from 0.5 to 2 px², or after halving from 2 to 8 px² of the full scale."""
    return _binomial(_binomial(_binomial(plane)))


def _binomial(plane: Plane) -> Plane:
    """(1 2 1) / 4 in both directions: a Gaussian of variance 0.5 px². The border repeats."""
    return _binomial_rows(_binomial_rows(plane).T).T


def _binomial_rows(plane: Plane) -> Plane:
    """Along the first axis, which keeps the sums contiguous."""
    quarter = plane * np.float32(0.25)
    result = plane * np.float32(0.5)
    result[1:] += quarter[:-1]
    result[:-1] += quarter[1:]
    result[0] += quarter[0]
    result[-1] += quarter[-1]
    return result


def _ratio(band: Plane, inside: NDArray[np.bool_], ring: NDArray[np.bool_]) -> float | None:
    inner, outer = band[inside], band[ring]
    if inner.size < _MIN_PIXELS or outer.size < _MIN_PIXELS:
        return None
    reference = float(np.sqrt(np.dot(outer, outer) / outer.size)) / 3
    if reference < _LEAST_BAND:
        return None
    return float(np.sqrt(np.dot(inner, inner) / inner.size)) / 3 / reference
