"""From a selection in vectors to the two masks of a fix: what the engine repaints and how the result is laid on.

Works inside a box, never on a whole frame unless the selection is that large. Must not touch pictures.

Distances are Chebyshev (a square around each pixel): a rectangle grown by 8 px is a rectangle.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reviewtui.model.errors import InputError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.masks import MaskSpec

Mask = NDArray[np.uint8]
Selection = NDArray[np.bool_]

#: Collar of an engine that copies pixels (``patch``): the whole ramp outside the selection.
PATCH_COLLAR_PX = 8
#: Largest box that is redone in one run; beyond it memory and time are no longer sane.
MAX_BOX_PX = 64_000_000
_SNAP = 253  # 0.99 of 255: values within 0.01 of full count as full
_MAX_BLEND_PX = 25


@dataclass(frozen=True, slots=True)
class EditMasks:
    """The masks of one fix.

    Attributes:
        box: where anything may change, in pixels of the picture, inside it.
        hole: (box height, box width) uint8, what the engine repaints; 255 is fully.
        alpha: same shape, how much of the new pixel is taken; 0 keeps the old one. 255 on the whole selection.
        edge_px: how far ``alpha`` reaches beyond the selection.
    """

    box: PixelRect
    hole: Mask
    alpha: Mask
    edge_px: int


@dataclass(frozen=True, slots=True)
class _Widths:
    """Collar sizes in pixels: the hole's growth and ramp, the paste's ramp and reach."""

    hole_grow: int
    hole_ramp: int
    blend_ramp: int
    reach: int


def edit_masks(spec: MaskSpec, *, for_model: bool, strength: float = 1.0, raster: Mask | None = None) -> EditMasks:
    """The masks that a fix of this selection uses.

    Args:
        spec: the selection.
        raster: the samples that it names, as ``raster.cleaned`` left them; what they are soft in stays soft.
        for_model: the collar that sampling models need; else the one for engines that copy pixels.
        strength: 0 to 1, how much a model may change; wider collars for more.

    Raises:
        InputError: nothing is selected, or too much for one run.
    """
    box, widths = _box_and_widths(spec, for_model=for_model, strength=strength)
    selected = rasterise(spec, box, raster)
    if not selected.any():
        shrunk = f" after shrinking it by {-spec.grow_px} px" if spec.grow_px < 0 else ""
        raise InputError(f"nothing is left of the selection{shrunk}", "mark a larger region")
    hole = _snap(box_blur(_bytes(dilate(selected, widths.hole_grow)), widths.hole_ramp // 2))
    alpha = _snap(_ramp(selected, widths))
    reach = widths.reach
    if raster is not None and spec.grow_px == 0:
        soft = raster[box.y : box.bottom, box.x : box.right]
        soft = 255 - soft if spec.invert else soft
        hole, alpha = np.maximum(hole, soft), np.maximum(alpha, soft)
        reach = _reach_of(selected, alpha > 0, reach)
    return EditMasks(box, hole, alpha, reach)


def edit_reach(spec: MaskSpec, *, for_model: bool, strength: float = 1.0) -> tuple[PixelRect, int]:
    """Box and ``edge_px`` that ``edit_masks`` would answer, without drawing anything.

    Args:
        spec: the selection.
        for_model: as there.
        strength: as there.

    Raises:
        InputError: too much is selected for one run.
    """
    box, widths = _box_and_widths(spec, for_model=for_model, strength=strength)
    return box, widths.reach


def _box_and_widths(spec: MaskSpec, *, for_model: bool, strength: float) -> tuple[PixelRect, _Widths]:
    bounds = _selected_bounds(spec)
    widths = _widths(spec, bounds, for_model=for_model, strength=strength)
    margin = max(widths.reach, widths.hole_grow + widths.hole_ramp // 2)
    box = bounds.grown(margin).clamped(spec.size)
    assert box is not None
    if box.size.area_px > MAX_BOX_PX:
        raise InputError(
            f"{box.size.area_px / 1e6:.0f} MP are too much to redo at once; the limit is {MAX_BOX_PX / 1e6:.0f} MP",
            "mark a smaller region",
        )
    return box, widths


def _reach_of(selected: Selection, support: Selection, least: int) -> int:
    """How far a support reaches beyond a selection, ``least`` or more."""
    low, high = least, max(selected.shape)
    while low < high:
        middle = (low + high) // 2
        if (support & ~dilate(selected, middle)).any():
            low = middle + 1
        else:
            high = middle
    return low


def _selected_bounds(spec: MaskSpec) -> PixelRect:
    """A rectangle around everything that is selected, inside the picture."""
    if spec.invert:
        return PixelRect.of_size(spec.size)
    bounds = spec.bounds.clamped(spec.size)
    assert bounds is not None
    return bounds


def _widths(spec: MaskSpec, bounds: PixelRect, *, for_model: bool, strength: float) -> _Widths:
    """Collar sizes.

    Source: the project's masking rule, re-described from what Krita AI Diffusion does: feather f = max(10 % of the
    diagonal, 32 px) times the strength, growth 4 + f/2, blend min(25, 4 + f); support at most half the shorter side
    + 32 px.
    """
    feather = spec.feather_px
    if feather == 0:
        return _Widths(0, 0, 0, 0)
    if not for_model:
        ramp = PATCH_COLLAR_PX if feather is None else feather
        return _Widths(ramp // 2, 0, ramp, ramp)
    if feather is not None:
        return _Widths(4 + feather // 2, 2 * (feather // 2), feather, feather)
    strength = min(max(strength, 0.0), 1.0)
    wanted = max(0.1 * math.hypot(bounds.width, bounds.height), 32.0) * strength
    feather = round(min(wanted, min(bounds.width, bounds.height) / 2 + 28))
    reach = 4 + 2 * (feather // 2)
    return _Widths(4 + feather // 2, 2 * (feather // 2), min(_MAX_BLEND_PX, reach), reach)


def _ramp(selected: Selection, widths: _Widths) -> Mask:
    """255 on the selection, falling in a straight line to 0 over the last ``blend_ramp`` px of ``reach``."""
    radius = widths.blend_ramp // 2
    return box_blur(_bytes(dilate(selected, widths.reach - radius)), radius)


def rasterise(spec: MaskSpec, box: PixelRect, raster: Mask | None = None) -> Selection:
    """The selected pixels inside a box: regions united, or samples of at least half, inverted, then grown or shrunk.

    Args:
        spec: the selection.
        box: in pixels of the picture, inside it but for a margin, which is not selected.
        raster: (picture height, picture width) of the samples that the selection names, else None.

    Returns:
        (box height, box width) of bool.

    Raises:
        InputError: the samples are not those of the selection.
    """
    check_raster(spec, raster)
    grow = spec.grow_px
    if not spec.invert and grow >= 0 and raster is None:
        return _draw([region.grown(grow) for region in spec.regions], box)
    margin = abs(grow)
    wide = box.grown(margin)
    drawn = _draw(list(spec.regions), wide) if raster is None else _cut(raster, wide)
    if spec.invert:
        # Growing what is left shrinks the regions; what lies beyond the picture's border neither grows nor shrinks.
        drawn = _repeat_border(drawn, wide, spec.size)
        drawn = ~(dilate(drawn, margin) if grow < 0 else ~dilate(~drawn, margin))
    elif grow >= 0:
        drawn = dilate(drawn, margin)
    else:
        drawn = ~dilate(~drawn, margin)
    return drawn[margin : margin + box.height, margin : margin + box.width]


def check_raster(spec: MaskSpec, raster: Mask | None) -> None:
    """Refuse to take the bounds of a raster mask for the mask, and samples of another picture.

    Raises:
        InputError: the samples are missing, unasked for, or of another size.
    """
    if (raster is None) != (spec.raster_sha256 is None):
        raise InputError("a mask from a file needs its samples, and only such a mask has any")
    if raster is not None and raster.shape != (spec.size.height, spec.size.width):
        raise InputError(f"the samples of the mask are {raster.shape[1]}×{raster.shape[0]}, its picture {spec.size}")


def _cut(raster: Mask, box: PixelRect) -> Selection:
    """Samples of at least half inside a box; beyond the picture nothing is selected."""
    drawn = np.zeros((box.height, box.width), dtype=np.bool_)
    inside = box.clamped(PixelSize(raster.shape[1], raster.shape[0]))
    if inside is not None:
        drawn[inside.y - box.y : inside.bottom - box.y, inside.x - box.x : inside.right - box.x] = (
            raster[inside.y : inside.bottom, inside.x : inside.right] >= 128
        )
    return drawn


def _draw(regions: list[PixelRect], box: PixelRect) -> Selection:
    drawn = np.zeros((box.height, box.width), dtype=np.bool_)
    for region in regions:
        part = region.intersection(box)
        if part is not None:
            drawn[part.y - box.y : part.bottom - box.y, part.x - box.x : part.right - box.x] = True
    return drawn


def _repeat_border(drawn: Selection, box: PixelRect, size: PixelSize) -> Selection:
    """Pixels of the box outside the picture get the value of the nearest pixel inside."""
    inside = box.clamped(size)
    assert inside is not None
    core = drawn[inside.y - box.y : inside.bottom - box.y, inside.x - box.x : inside.right - box.x]
    above, left = inside.y - box.y, inside.x - box.x
    return np.pad(core, ((above, box.bottom - inside.bottom), (left, box.right - inside.right)), mode="edge")


def dilate(selected: Selection, radius_px: int) -> Selection:
    """Everything within ``radius_px`` (Chebyshev) of a selected pixel; what lies outside the array is not selected."""
    if radius_px <= 0:
        return selected
    return _dilate_rows(_dilate_rows(selected, radius_px).T, radius_px).T


def _dilate_rows(selected: Selection, radius: int) -> Selection:
    """Maximum over a window of 2 radius + 1 along the last axis, by doubling: log2 passes whatever the radius."""
    width = selected.shape[1]
    padded = np.zeros((selected.shape[0], width + 2 * radius), dtype=np.bool_)
    padded[:, radius : radius + width] = selected
    span, window = 1, 2 * radius + 1
    while span * 2 <= window:
        padded[:, : padded.shape[1] - span] |= padded[:, span:]
        span *= 2
    rest = window - span
    return padded[:, :width] | padded[:, rest : rest + width]


def box_blur(mask: Mask, radius_px: int) -> Mask:
    """Mean over a square of 2 radius + 1 pixels, rounded; pixels beyond the border repeat the border."""
    if radius_px <= 0:
        return mask
    window = 2 * radius_px + 1
    sums = _window_sums(_window_sums(mask, radius_px).T, radius_px).T
    return ((sums + window * window // 2) // (window * window)).astype(np.uint8)


def _window_sums(values: NDArray[np.integer], radius: int) -> NDArray[np.int64]:
    padded = np.pad(values, ((0, 0), (radius + 1, radius)), mode="edge")
    padded = np.cumsum(padded, axis=1, dtype=np.int64)
    result: NDArray[np.int64] = padded[:, 2 * radius + 1 :] - padded[:, : -(2 * radius + 1)]
    return result


def _bytes(selected: Selection) -> Mask:
    return selected.view(np.uint8) * np.uint8(255)


def _snap(mask: Mask) -> Mask:
    return np.where(mask >= _SNAP, np.uint8(255), mask)
