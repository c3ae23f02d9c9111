"""Named geometric selections for a picture of any size. Pure; must not look at pixels."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from reviewtui.model.errors import NotFoundError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.masks import MaskSpec

_Recipe = Callable[[PixelSize], tuple[PixelRect, ...]]
_EDGE = 0.05


@dataclass(frozen=True, slots=True)
class Preset:
    """A named recipe.

    Attributes:
        name: token used in commands and stored with a mask.
        key: one letter, unique among presets.
        words: what it selects.
    """

    name: str
    key: str
    words: str


def list_presets() -> tuple[Preset, ...]:
    """All geometric presets, in the order of a menu."""
    return tuple(preset for preset, _recipe in _TABLE)


def preset_mask(name: str, size: PixelSize) -> MaskSpec:
    """The selection of a preset on a picture of this size; at least one pixel of any picture.

    Raises:
        NotFoundError: no preset has this name.
    """
    for preset, recipe in _TABLE:
        if preset.name == name:
            return MaskSpec(size=size, regions=recipe(size), preset=name)
    raise NotFoundError(f"there is no preset '{name}'", "`reviewtui presets` lists them")


def _share(left: float, top: float, right: float, bottom: float) -> _Recipe:
    """A rectangle in shares of the sides, rounded outwards on its far side, at least one pixel."""

    def recipe(size: PixelSize) -> tuple[PixelRect, ...]:
        x = min(math.floor(left * size.width + 1e-9), size.width - 1)
        y = min(math.floor(top * size.height + 1e-9), size.height - 1)
        width = max(math.ceil(right * size.width - 1e-9) - x, 1)
        height = max(math.ceil(bottom * size.height - 1e-9) - y, 1)
        return (PixelRect(x, y, min(width, size.width - x), min(height, size.height - y)),)

    return recipe


def _border(size: PixelSize) -> tuple[PixelRect, ...]:
    """A frame-wide strip of 5 % of the shorter side along all four edges."""
    strip = max(round(_EDGE * min(size.width, size.height)), 1)
    width, height = min(strip, size.width), min(strip, size.height)
    strips = (
        PixelRect(0, 0, size.width, height),
        PixelRect(0, size.height - height, size.width, height),
        PixelRect(0, 0, width, size.height),
        PixelRect(size.width - width, 0, width, size.height),
    )
    return tuple(dict.fromkeys(strips))


_THIRD = 1 / 3
_TABLE: tuple[tuple[Preset, _Recipe], ...] = (
    (Preset("left-half", "h", "the left half"), _share(0, 0, 0.5, 1)),
    (Preset("right-half", "l", "the right half"), _share(0.5, 0, 1, 1)),
    (Preset("top-half", "k", "the upper half"), _share(0, 0, 1, 0.5)),
    (Preset("bottom-half", "j", "the lower half"), _share(0, 0.5, 1, 1)),
    (Preset("left-third", "a", "the left third"), _share(0, 0, _THIRD, 1)),
    (Preset("center-third", "s", "the upright third in the middle"), _share(_THIRD, 0, 2 * _THIRD, 1)),
    (Preset("right-third", "d", "the right third"), _share(2 * _THIRD, 0, 1, 1)),
    (Preset("top-third", "w", "the upper third"), _share(0, 0, 1, _THIRD)),
    (Preset("middle-third", "e", "the level third in the middle"), _share(0, _THIRD, 1, 2 * _THIRD)),
    (Preset("bottom-third", "x", "the lower third"), _share(0, 2 * _THIRD, 1, 1)),
    (Preset("top-left-quarter", "y", "the upper left quarter"), _share(0, 0, 0.5, 0.5)),
    (Preset("top-right-quarter", "u", "the upper right quarter"), _share(0.5, 0, 1, 0.5)),
    (Preset("bottom-left-quarter", "n", "the lower left quarter"), _share(0, 0.5, 0.5, 1)),
    (Preset("bottom-right-quarter", "m", "the lower right quarter"), _share(0.5, 0.5, 1, 1)),
    (Preset("top-left-corner", "1", "the upper left corner, a quarter of each side"), _share(0, 0, 0.25, 0.25)),
    (Preset("top-right-corner", "2", "the upper right corner, a quarter of each side"), _share(0.75, 0, 1, 0.25)),
    (Preset("bottom-left-corner", "3", "the lower left corner, a quarter of each side"), _share(0, 0.75, 0.25, 1)),
    (Preset("bottom-right-corner", "4", "the lower right corner, a quarter of each side"), _share(0.75, 0.75, 1, 1)),
    (Preset("left-edge", "5", "5 % along the left edge"), _share(0, 0, _EDGE, 1)),
    (Preset("right-edge", "6", "5 % along the right edge"), _share(1 - _EDGE, 0, 1, 1)),
    (Preset("top-edge", "7", "5 % along the upper edge"), _share(0, 0, 1, _EDGE)),
    (Preset("bottom-edge", "8", "5 % along the lower edge"), _share(0, 1 - _EDGE, 1, 1)),
    (Preset("center", "c", "the middle, half of each side"), _share(0.25, 0.25, 0.75, 0.75)),
    (Preset("border", "b", "a strip of 5 % along all four edges"), _border),
    (Preset("text-band", "t", "the band where captions stand, at the bottom"), _share(0.05, 0.8, 0.95, 0.95)),
)
