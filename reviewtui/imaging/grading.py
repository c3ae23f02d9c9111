"""Grade and recolor without a model: maps from color to color, the same for every pixel. Pure and deterministic.

Must not know where they are applied: the host's masks say where and how softly. Every map takes and returns the
picture's own depth; what has nothing to change comes back bit-identical.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviewtui.imaging.layouts import Samples

Floats = NDArray[np.float32]

#: Least similarity of the luma's structure after a recolor.
LEAST_SSIM = 0.9
_BAND_PX = 1 << 19
_LUMA = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]],
    dtype=np.float64,
)
_WHITE = np.array([0.95047, 1.0, 1.08883])
_TO_LAB_XYZ = (_TO_XYZ / _WHITE[:, np.newaxis]).T.astype(np.float32)
_FROM_LAB_XYZ = np.linalg.inv((_TO_XYZ / _WHITE[:, np.newaxis]).T).astype(np.float32)
_EPSILON, _KAPPA = 216 / 24389, 24389 / 27
_MIDDLE_GREY = 0.18
_LEAST_SPREAD, _MOST_GAIN = 1.0, 3.0
_SHARES = (1.0, 0.75, 0.5, 0.25, 0.0)
_SSIM_WINDOW = 8
_SAMPLE_PX = 1 << 20
_MARGIN = 0.01


@dataclass(frozen=True, slots=True)
class Grade:
    """What a grade changes; all zero changes nothing.

    Attributes:
        exposure: in stops, of linear light.
        contrast: -1 to 1, around middle grey.
        saturation: -1 (grey) to 1 (twice).
        temperature: -1 (blue) to 1 (yellow), at equal luminance.
        tint: -1 (green) to 1 (magenta), at equal luminance.
    """

    exposure: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    temperature: float = 0.0
    tint: float = 0.0

    @property
    def is_neutral(self) -> bool:
        """Whether nothing changes."""
        return not any((self.exposure, self.contrast, self.saturation, self.temperature, self.tint))


@dataclass(frozen=True, slots=True)
class Look:
    """The colors of a place in CIE L*a*b* (D65): their means and standard deviations.

    Attributes:
        mean: L, a, b.
        spread: the same; zeros for a single color, of which only hue and chroma are taken.
    """

    mean: tuple[float, float, float]
    spread: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def to_text(self) -> str:
        """Six numbers, read back by ``look_from_text``."""
        return ",".join(f"{value:.3f}" for value in (*self.mean, *self.spread))


def look_from_text(text: str) -> Look:
    """The look that ``Look.to_text`` wrote.

    Raises:
        ValueError: something else.
    """
    values = [float(part) for part in text.split(",")]
    if len(values) != 6 or not all(abs(value) <= 200 for value in values):
        raise ValueError("a look is six numbers")
    return Look((values[0], values[1], values[2]), (values[3], values[4], values[5]))


def look_of(samples: Samples, where: NDArray[np.bool_] | None = None) -> Look:
    """Means and spreads of a place's colors.

    Args:
        samples: (H, W, 3 or 4) or grey.
        where: (H, W), what counts; None counts everything.
    """
    step = _step(samples)
    unit = _unit(samples[::step, ::step])
    counted = unit.reshape(-1, 3) if where is None else unit[where[::step, ::step]]
    lab = to_lab(counted if counted.size else unit.reshape(-1, 3))
    mean, spread = lab.mean(axis=0, dtype=np.float64), lab.std(axis=0, dtype=np.float64)
    return Look(
        (float(mean[0]), float(mean[1]), float(mean[2])), (float(spread[0]), float(spread[1]), float(spread[2]))
    )


def graded(samples: Samples, grade: Grade) -> Samples:
    """A picture through a grade, in its own depth.

    Source: exposure as a gain of linear light; contrast as a power around 18 % grey; temperature and tint as gains of
    the channels that keep the luminance of grey; saturation as a blend with the luma of ITU-R BT.709.

    Args:
        samples: (H, W, 3) uint8, or grey (H, W) uint8 or uint16, where only exposure and contrast mean something.
    """
    if grade.is_neutral:
        return samples.copy()
    return _banded(samples, lambda unit: _grade(unit, grade))


def recolored(samples: Samples, source: Look, target: Look, amount: float, luma_share: float) -> Samples:
    """Chroma moved from one look to another, luma kept but for a share of the difference of means.

    Source: E. Reinhard et al., Color Transfer between Images (2001), on the chroma channels of L*a*b* (D65) with a
    bounded gain; the luma only shifts, so that its structure stays. Colors outside sRGB lose chroma, never luma.

    Args:
        samples: (H, W, 3) uint8.
        source: look of what is recolored.
        target: look to reach.
        amount: 0 to 1, how far.
        luma_share: 0 to 1, how much of the difference of the mean lightness is taken.
    """
    return _banded(samples, lambda unit: _transfer(unit, source, target, amount, luma_share))


def best_recolor(
    samples: Samples, where: NDArray[np.bool_], target: Look, amount: float
) -> tuple[Samples, float, float]:
    """The recolor that takes as much of the target's lightness as the structure of the luma allows.

    Returns:
        The recolored picture, the similarity of the luma inside, and the share of lightness that was taken.
    """
    source, step = look_of(samples, where), _step(samples)
    sample, within = samples[::step, ::step], where[::step, ::step]
    taken = similarity = 0.0
    for taken in _SHARES:
        similarity = luma_ssim(sample, recolored(sample, source, target, amount, taken), within)
        if similarity >= LEAST_SSIM + _MARGIN:
            break
    return recolored(samples, source, target, amount, taken), similarity, taken


def _step(samples: Samples) -> int:
    """Every how manieth pixel of each row and column stands for a large picture."""
    return max(math.isqrt(samples.shape[0] * samples.shape[1] // _SAMPLE_PX), 1)


def luma_ssim(before: Samples, after: Samples, where: NDArray[np.bool_]) -> float:
    """Structural similarity of the luma of two pictures, mean over windows that touch a place; 1 is the same.

    Source: Z. Wang et al., Image Quality Assessment (2004), with square windows of 8 px.

    Args:
        before: (H, W, 3) or (H, W).
        after: same shape and type.
        where: (H, W).
    """
    rows, columns = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    if not rows.size:
        return 1.0
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    side = min(_SSIM_WINDOW, bottom - top, right - left)
    band = max(_BAND_PX // (right - left), side)
    total, count = 0.0, 0
    for start in range(top, bottom - side + 1, band):
        window = np.s_[start : min(start + band + side - 1, bottom), left:right]
        values = _ssim_map(before[window], after[window], side)
        kept = _sums(where[window].astype(np.float64), side) > 0.5
        total += float(values[kept].sum())
        count += int(np.count_nonzero(kept))
    return total / max(count, 1)


def _ssim_map(before: Samples, after: Samples, side: int) -> NDArray[np.float64]:
    first, second = _luma_levels(before), _luma_levels(after)
    n = side * side
    mean_x, mean_y = _sums(first, side) / n, _sums(second, side) / n
    var_x = np.maximum(_sums(first * first, side) / n - mean_x**2, 0)
    var_y = np.maximum(_sums(second * second, side) / n - mean_y**2, 0)
    both = _sums(first * second, side) / n - mean_x * mean_y
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    result: NDArray[np.float64] = (2 * mean_x * mean_y + c1) * (2 * both + c2)
    result /= (mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2)
    return result


def _sums(values: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    total = np.pad(values, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    result: NDArray[np.float64] = total[side:, side:] - total[:-side, side:] - total[side:, :-side]
    result += total[:-side, :-side]
    return result


def _luma_levels(samples: Samples) -> NDArray[np.float64]:
    return 255 * (_unit(samples) @ _LUMA).astype(np.float64)


# --- one map


def _banded(samples: Samples, change: Callable[[Floats], Floats]) -> Samples:
    """Apply a map from unit RGB to unit RGB, some rows at a time."""
    result = np.empty_like(samples)
    rows = max(_BAND_PX // max(samples.shape[1], 1), 1)
    for top in range(0, samples.shape[0], rows):
        part = samples[top : top + rows]
        result[top : top + rows] = _samples(change(_unit(part)), part)
    return result


def _unit(samples: Samples) -> Floats:
    """(…, 3) in 0 to 1; grey three times."""
    most = np.float32(np.iinfo(samples.dtype).max)
    if samples.ndim == 2:
        return np.repeat((samples / most).astype(np.float32)[:, :, np.newaxis], 3, axis=2)
    return (samples[:, :, :3] / most).astype(np.float32)


def _samples(unit: Floats, like: Samples) -> Samples:
    most = np.iinfo(like.dtype).max
    if like.ndim == 2:
        unit = unit @ _LUMA
    result: Any = np.rint(np.clip(unit, 0, 1).astype(np.float64) * most).astype(like.dtype)
    samples: Samples = result
    return samples


def to_linear(unit: Floats) -> Floats:
    """Source: IEC 61966-2-1, the transfer function of sRGB."""
    return np.where(unit <= 0.04045, unit / 12.92, ((unit + 0.055) / 1.055) ** 2.4).astype(np.float32)


def from_linear(light: Floats) -> Floats:
    """The inverse of ``to_linear``, for 0 and above."""
    light = np.maximum(light, 0)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055).astype(np.float32)


def _grade(unit: Floats, grade: Grade) -> Floats:
    light = to_linear(unit)
    gains = np.array(
        [
            2 ** (0.35 * grade.temperature + 0.15 * grade.tint),
            2 ** (-0.3 * grade.tint),
            2 ** (-0.35 * grade.temperature + 0.15 * grade.tint),
        ],
        dtype=np.float32,
    )
    light = light * (gains / np.float32(gains @ _LUMA)) * np.float32(2**grade.exposure)
    if grade.contrast:
        power = np.float32(2**grade.contrast)
        light = np.float32(_MIDDLE_GREY) * np.power(light / np.float32(_MIDDLE_GREY), power)
    new = from_linear(light)
    if not grade.saturation:
        return new
    luma = (new @ _LUMA)[..., np.newaxis]
    return (luma + (new - luma) * np.float32(1 + grade.saturation)).astype(np.float32)


def to_lab(unit: Floats) -> Floats:
    """CIE L*a*b* (D65) of sRGB in 0 to 1. Source: CIE 15."""
    xyz = to_linear(unit) @ _TO_LAB_XYZ
    f = np.where(xyz > _EPSILON, np.cbrt(xyz), (xyz * np.float32(_KAPPA) + 16) / np.float32(116))
    return np.stack(
        [116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1
    ).astype(np.float32)


def _lab_to_light(lab: Floats) -> Floats:
    """Linear sRGB, which may lie outside 0 to 1."""
    fy = (lab[..., 0] + 16) / 116
    f = np.stack([fy + lab[..., 1] / 500, fy, fy - lab[..., 2] / 200], axis=-1)
    xyz = np.where(f**3 > _EPSILON, f**3, (116 * f - 16) / _KAPPA)
    return (xyz.astype(np.float32) @ _FROM_LAB_XYZ).astype(np.float32)


def _transfer(unit: Floats, source: Look, target: Look, amount: float, luma_share: float) -> Floats:
    lab = to_lab(unit)
    for channel in (1, 2):
        gain = 1.0
        if target.spread[channel] > 0 and source.spread[channel] >= _LEAST_SPREAD:
            gain = min(target.spread[channel] / source.spread[channel], _MOST_GAIN)
        moved = (lab[..., channel] - source.mean[channel]) * gain + target.mean[channel]
        lab[..., channel] += np.float32(amount) * (moved - lab[..., channel])
    shift = amount * luma_share * (_luma_of(target.mean[0]) - _luma_of(source.mean[0]))
    luma = np.clip(unit @ _LUMA + np.float32(shift), 0, 1).astype(np.float32)
    return _with_luma(from_linear(_lab_to_light(lab)), luma)


def _luma_of(lightness: float) -> float:
    """Of the grey with a lightness, 0 to 1."""
    grey = np.array([lightness, 0, 0], dtype=np.float32)
    return float(from_linear(_lab_to_light(grey)) @ _LUMA)


def _with_luma(new: Floats, luma: Floats) -> Floats:
    """Colors with exactly that luma, and as much of their chroma as fits into 0 to 1."""
    middle = luma[..., np.newaxis]
    away = new - (new @ _LUMA)[..., np.newaxis]
    room = np.where(away > 0, (1 - middle) / np.maximum(away, 1e-6), middle / np.maximum(-away, 1e-6))
    result: Floats = (middle + away * np.minimum(room.min(axis=-1, keepdims=True), 1)).astype(np.float32)
    return result
