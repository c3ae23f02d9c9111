"""Measurements after a fix: what changed outside, and whether the edge shows. Pure functions; must not decide.

No measurement here sees wrong structure (light, perspective, letters): people look.
"""

import numpy as np
from numpy.typing import NDArray

from reviewtui.model.geometry import PixelRect

Samples = NDArray[np.uint8] | NDArray[np.uint16]

#: An edge that is this much rougher than its surroundings is worth a look.
SEAM_WARNING = 1.4
_REACH_PX = 13
_NEAR_PX, _FAR_PX = 4, 12
_NOISE_FLOOR = 0.5
_MIN_PAIRS = 8


def outside_changed(base: Samples, result: Samples, box: PixelRect, alpha: NDArray[np.uint8]) -> tuple[int, int]:
    """What changed where nothing may change, over the whole frame.

    Args:
        base: the parent's samples, (H, W) or (H, W, C).
        result: the new samples, same shape and type.
        box: where ``alpha`` lies.
        alpha: (box height, box width); pixels with 0 must be unchanged.

    Returns:
        Number of changed pixels, and the largest change of one sample in levels.

    Raises:
        ValueError: shapes or types differ.
    """
    if base.shape != result.shape or base.dtype != result.dtype:
        raise ValueError("parent and result must have one shape and type")
    pixels, largest = 0, 0
    for part in (
        np.s_[: box.y],
        np.s_[box.bottom :],
        np.s_[box.y : box.bottom, : box.x],
        np.s_[box.y : box.bottom, box.right :],
    ):
        count, delta = _changed(base[part], result[part], None)
        pixels, largest = pixels + count, max(largest, delta)
    inside = np.s_[box.y : box.bottom, box.x : box.right]
    count, delta = _changed(base[inside], result[inside], alpha == 0)
    return pixels + count, max(largest, delta)


def _changed(old: Samples, new: Samples, where: NDArray[np.bool_] | None) -> tuple[int, int]:
    differs = old != new
    if where is not None:
        differs &= where if differs.ndim == 2 else where[:, :, np.newaxis]
    if not differs.any():
        return 0, 0
    count = int(np.count_nonzero(differs if differs.ndim == 2 else differs.any(axis=2)))
    delta = np.abs(old[differs].astype(np.int32) - new[differs].astype(np.int32))
    return count, int(delta.max())


def seam(rgb: NDArray[np.uint8], support: NDArray[np.bool_]) -> float | None:
    """How much the edge of a fix stands out: 1.0 is as rough as its surroundings, above ``SEAM_WARNING`` shows.

    Mean Lab step across the edge, divided by the median of the same across parallel contours 4 to 12 px away on both
    sides, both plus half a level for areas without noise.

    Source: the project's seam measure; calibrated on real photographs (untouched 1.00, a shift by 20 levels 2.1).

    Args:
        rgb: (H, W, 3), the result around the fix.
        support: (H, W), where new content was laid on.

    Returns:
        The ratio, or None when the support has no edge here (it covers everything) or no room for a comparison.
    """
    window = _around(support)
    if window is None:
        return None
    levels = _signed_levels(support[window])
    sums, counts = _steps_by_contour(rgb[window], levels)
    means = np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts >= _MIN_PAIRS)
    edge = float(means[_REACH_PX])
    near = [_REACH_PX + sign * k for k in range(_NEAR_PX, _FAR_PX + 1) for sign in (-1, 1)]
    reference = means[near]
    reference = reference[~np.isnan(reference)]
    if np.isnan(edge) or not reference.size:
        return None
    return (edge + _NOISE_FLOOR) / (float(np.median(reference)) + _NOISE_FLOOR)


def _around(support: NDArray[np.bool_]) -> tuple[slice, slice] | None:
    rows, columns = np.flatnonzero(support.any(axis=1)), np.flatnonzero(support.any(axis=0))
    if not rows.size or support.all():
        return None
    margin = _REACH_PX + 1
    return (
        slice(max(int(rows[0]) - margin, 0), int(rows[-1]) + margin + 1),
        slice(max(int(columns[0]) - margin, 0), int(columns[-1]) + margin + 1),
    )


def _signed_levels(support: NDArray[np.bool_]) -> NDArray[np.int8]:
    """Chebyshev distance to the edge, counted in pixel rings: 0, 1, 2… outside, -1, -2… inside, cut at the reach."""
    levels = np.where(support, np.int8(-_REACH_PX - 1), np.int8(_REACH_PX))
    for selected, sign in ((support, 1), (~support, -1)):
        grown = selected
        for ring in range(_REACH_PX):
            wider = _grow_by_one(grown)
            levels[wider & ~grown] = ring if sign > 0 else -1 - ring
            grown = wider
    return levels


def _grow_by_one(selected: NDArray[np.bool_]) -> NDArray[np.bool_]:
    rows = selected.copy()
    rows[1:] |= selected[:-1]
    rows[:-1] |= selected[1:]
    result = rows.copy()
    result[:, 1:] |= rows[:, :-1]
    result[:, :-1] |= rows[:, 1:]
    return result


def _steps_by_contour(
    rgb: NDArray[np.uint8], levels: NDArray[np.int8]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sum and number of Lab steps between neighbours on both sides of each contour; the edge is at ``_REACH_PX``."""
    bins = 2 * _REACH_PX + 1
    sums, counts = np.zeros(bins), np.zeros(bins)
    for first, second in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        low, high = np.minimum(levels[first], levels[second]), np.maximum(levels[first], levels[second])
        across = (high - low == 1) & (low >= -_REACH_PX) & (high < _REACH_PX)
        contour = high[across].astype(np.intp) + _REACH_PX
        step = np.sqrt(((rgb_to_lab(rgb[first][across]) - rgb_to_lab(rgb[second][across])) ** 2).sum(axis=1))
        sums += np.bincount(contour, step, bins)
        counts += np.bincount(contour, minlength=bins)
    return sums, counts


_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]],
    dtype=np.float32,
)
_D65_WHITE = np.array([0.95047, 1.0, 1.08883], dtype=np.float32)
_EPSILON, _KAPPA = 216 / 24389, 24389 / 27


def rgb_to_lab(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """CIE 1976 L*a*b* (D65) of sRGB samples.

    Source: IEC 61966-2-1 (transfer function and primaries), CIE 15 (L*a*b*, with the exact constants 216/24389 and
    24389/27).

    Args:
        rgb: (…, 3) uint8.

    Returns:
        (…, 3) float32: L 0 to 100, a and b about -128 to 127.
    """
    xyz = _LINEAR[rgb] @ _SCALED_TO_XYZ
    f = np.where(xyz > _EPSILON, np.cbrt(xyz), (xyz * np.float32(_KAPPA) + np.float32(16)) / np.float32(116))
    lab = np.empty_like(f)
    lab[..., 0] = 116 * f[..., 1] - 16
    lab[..., 1] = 500 * (f[..., 0] - f[..., 1])
    lab[..., 2] = 200 * (f[..., 1] - f[..., 2])
    return lab


def _linear_levels() -> NDArray[np.float32]:
    value = np.arange(256) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)


_LINEAR = _linear_levels()
_SCALED_TO_XYZ = (_TO_XYZ / _D65_WHITE[:, np.newaxis]).T.copy()
