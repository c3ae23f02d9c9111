"""How much of the picture an engine gets to see around a hole. Must not touch pixels."""

import math
from dataclasses import dataclass

from reviewtui.model.geometry import PixelRect, PixelSize

#: Most tiles of one region: what is larger is sampled below its own scale.
MAX_TILES = 9
#: Below this scale a sampling engine works a second time, on tiles, at that strength at most.
LEAST_SCALE, SECOND_STRENGTH = 0.75, 0.4
TILE_OVERLAP_PX = 64
#: Of the crop that a hole should fill: a model that sees little of what is wanted wastes most of its work.
_LEAST_SHARE = 0.08


@dataclass(frozen=True, slots=True)
class CropRules:
    """What an engine wants of its crop.

    Attributes:
        for_model: it samples (wide soft collars); else it copies pixels (narrow collar).
        context_ratio: context on each side, as a share of the hole's longer side.
        min_context_px: context on each side, at least.
        size_multiple_px: sides of what the engine works on are multiples of it, where the picture is large enough.
        min_side_px: shortest side of a sampling engine's crop, where the picture is large enough.
        sampled_px: fewest and most pixels that a sampling engine works on; the crop is scaled to that and back.
            None when it works on the crop as it is.
        needs_surroundings: it makes the inside from the outside, so that something must be left around the hole.
    """

    for_model: bool = False
    context_ratio: float = 1.0
    min_context_px: int = 64
    size_multiple_px: int = 1
    min_side_px: int = 0
    sampled_px: tuple[int, int] | None = None
    needs_surroundings: bool = True


def context_crop(hole: PixelRect, size: PixelSize, rules: CropRules, strength: float = 1.0) -> PixelRect:
    """The rectangle around a hole that travels to the engine; moved, not cut, so that it stays inside the picture.

    Args:
        hole: box of what is repainted, inside the picture.
        size: of the picture.
        rules: what the engine wants.
        strength: 0 to 1; a sampling engine that must not invent everything needs less around the hole.
    """
    if rules.for_model:
        return _model_crop(hole, size, rules, strength)
    context_px = max(rules.min_context_px, math.ceil(rules.context_ratio * max(hole.width, hole.height)))
    wanted = hole.grown(context_px)
    multiple = rules.size_multiple_px
    width = _up_to_multiple(wanted.width, multiple, size.width)
    height = _up_to_multiple(wanted.height, multiple, size.height)
    return PixelRect(wanted.x, wanted.y, width, height).moved_inside(size)


def _model_crop(hole: PixelRect, size: PixelSize, rules: CropRules, strength: float) -> PixelRect:
    """Source: the project's context rule, re-described from what Krita AI Diffusion does.

    Padding max(longest side / 16, half the mean side) and squared up when everything is new; else longest side / 16.
    A long hole is squared up no further than that it fills the least share, or the crop is twice as long as wide.
    """
    longest = max(hole.width, hole.height)
    pad = math.ceil(longest / 16)
    if strength >= 1:
        pad = max(pad, math.ceil((hole.width + hole.height) / 4))
    wanted = hole.grown(pad)
    width, height = max(wanted.width, rules.min_side_px), max(wanted.height, rules.min_side_px)
    if strength >= 1:
        width, height = _squared(width, height, hole.width * hole.height)
    width, height = min(width, size.width), min(height, size.height)
    x, y = hole.x + (hole.width - width) // 2, hole.y + (hole.height - height) // 2
    return PixelRect(x, y, width, height).moved_inside(size)


def _squared(width: int, height: int, hole_px: int) -> tuple[int, int]:
    longer, shorter = max(width, height), min(width, height)
    enough = min(int(hole_px / (_LEAST_SHARE * longer)), longer)
    shorter = max(shorter, enough, math.ceil(longer / 2))
    return (longer, shorter) if width >= height else (shorter, longer)


def sampled_size(crop: PixelSize, rules: CropRules, shrink: float = 1.0) -> PixelSize:
    """The size that a sampling engine works at for a crop; the crop's own when the rules do not say.

    Both sides are multiples of the engine's, and the area is never above its most, whatever the crop is. A crop of an
    extreme shape may fall below its least.

    Args:
        shrink: 0 to 1, share of the usual area, for when memory is short.
    """
    if rules.sampled_px is None:
        return crop
    least, most = rules.sampled_px
    area = min(max(crop.area_px, least), most) * shrink
    multiple = rules.size_multiple_px
    scale = math.sqrt(area / crop.area_px)
    width, height = (max(round(side * scale / multiple), 1) * multiple for side in (crop.width, crop.height))
    while width * height > max(most * shrink, multiple * multiple):
        if width >= height:
            width = max(width - multiple, multiple)
        else:
            height = max(height - multiple, multiple)
    return PixelSize(width, height)


def planned_px(hole: PixelRect, crop: PixelRect, rules: CropRules, strength: float) -> int:
    """Pixels that are sampled for one candidate, over all passes; those of the crop for engines that copy.

    Args:
        hole: box of what is repainted, inside ``crop``.
        crop: what the engine sees, as ``context_crop`` gave it.
        strength: 0 to 1.
    """
    first = sampled_size(crop.size, rules).area_px
    if rules.sampled_px is None or math.sqrt(first / crop.size.area_px) >= LEAST_SCALE:
        return first
    inside = PixelRect(hole.x - crop.x, hole.y - crop.y, hole.width, hole.height)
    tiles = tiles_over(inside, crop.size, rules, overlap_px=TILE_OVERLAP_PX)
    second = sum(sampled_size(tile.size, rules).area_px for tile in tiles)
    return second if strength <= SECOND_STRENGTH else first + second


def tiles_over(box: PixelRect, size: PixelSize, rules: CropRules, *, overlap_px: int) -> list[PixelRect]:
    """Tiles that cover a box with something around it, row by row, each no larger than a model samples at once.

    At the picture's own scale where that takes no more than ``MAX_TILES``; else each tile is scaled down as far as
    needed.

    Args:
        box: what must be covered, inside the picture.
        size: of the picture.
        rules: of a sampling engine.
        overlap_px: shared by neighbours, and around the box.
    """
    region = box.grown(overlap_px).clamped(size) or box
    _least, most = rules.sampled_px or (0, region.size.area_px)
    side = max(int(most**0.5), 3 * overlap_px)
    while True:
        columns, rows = _count(region.width, side, overlap_px), _count(region.height, side, overlap_px)
        if columns * rows <= MAX_TILES:
            break
        side = math.ceil(side * 1.1)
    return [
        PixelRect(x, y, width, height)
        for y, height in _spans(region.y, region.height, rows, overlap_px)
        for x, width in _spans(region.x, region.width, columns, overlap_px)
    ]


def _count(length: int, side: int, overlap_px: int) -> int:
    return max(math.ceil((length - overlap_px) / (side - overlap_px)), 1)


def _spans(start: int, length: int, count: int, overlap_px: int) -> list[tuple[int, int]]:
    """Begin and length of equal parts that overlap."""
    part = math.ceil((length + (count - 1) * overlap_px) / count)
    return [(start + round(index * (length - part) / max(count - 1, 1)), part) for index in range(count)]


def _up_to_multiple(length: int, multiple: int, limit: int) -> int:
    rounded = math.ceil(length / multiple) * multiple
    return rounded if rounded <= limit else max(limit - limit % multiple, min(length, limit))
