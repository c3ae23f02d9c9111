"""How much of the picture an engine gets to see around a hole. Must not touch pixels."""

import math
from dataclasses import dataclass

from reviewtui.model.geometry import PixelRect, PixelSize


@dataclass(frozen=True, slots=True)
class CropRules:
    """What an engine wants of its crop.

    Attributes:
        for_model: it samples (wide soft collars); else it copies pixels (narrow collar).
        context_ratio: context on each side, as a share of the hole's longer side.
        min_context_px: context on each side, at least.
        size_multiple_px: sides of the crop are multiples of it where the picture is large enough.
    """

    for_model: bool = False
    context_ratio: float = 1.0
    min_context_px: int = 64
    size_multiple_px: int = 1


def context_crop(hole: PixelRect, size: PixelSize, rules: CropRules) -> PixelRect:
    """The rectangle around a hole that travels to the engine; moved, not cut, so that it stays inside the picture.

    Args:
        hole: box of what is repainted, inside the picture.
        size: of the picture.
        rules: what the engine wants.
    """
    context_px = max(rules.min_context_px, math.ceil(rules.context_ratio * max(hole.width, hole.height)))
    wanted = hole.grown(context_px)
    multiple = rules.size_multiple_px
    width = _up_to_multiple(wanted.width, multiple, size.width)
    height = _up_to_multiple(wanted.height, multiple, size.height)
    return PixelRect(wanted.x, wanted.y, width, height).moved_inside(size)


def _up_to_multiple(length: int, multiple: int, limit: int) -> int:
    rounded = math.ceil(length / multiple) * multiple
    return rounded if rounded <= limit else max(limit - limit % multiple, min(length, limit))
