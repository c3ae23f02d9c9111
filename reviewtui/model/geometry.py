"""Sizes and rectangles. Pixels and cells are different types so that the type checker catches mixing.

Rectangles are half-open, ``[x, x + width)``, origin top-left, (x, y) order.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from reviewtui.model.errors import UsageError


@dataclass(frozen=True, slots=True, order=True)
class PixelSize:
    """Width and height in pixels, each at least 1.

    Raises:
        ValueError: a side below 1.
    """

    width: int
    height: int

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise ValueError(f"a picture has at least one pixel, not {self.width}×{self.height}")

    @property
    def area_px(self) -> int:
        """Number of pixels."""
        return self.width * self.height

    def __str__(self) -> str:
        return f"{self.width}×{self.height}"


@dataclass(frozen=True, slots=True)
class CellSize:
    """Width and height in terminal cells; zero is allowed, terminals report it."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class CellRect:
    """A rectangle of terminal cells."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True, order=True)
class PixelRect:
    """A rectangle of pixels, at least 1×1; coordinates may be negative until clamped.

    Raises:
        ValueError: a side below 1.
    """

    x: int
    y: int
    width: int
    height: int

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise ValueError(f"a rectangle has at least one pixel, not {self.width}×{self.height}")

    @property
    def right(self) -> int:
        """First column beyond the rectangle."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """First row beyond the rectangle."""
        return self.y + self.height

    @property
    def size(self) -> PixelSize:
        """Its size."""
        return PixelSize(self.width, self.height)

    @classmethod
    def of_size(cls, size: PixelSize) -> Self:
        """The rectangle of a whole picture."""
        return cls(0, 0, size.width, size.height)

    @classmethod
    def from_corners(cls, x0: int, y0: int, x1: int, y1: int) -> Self:
        """The rectangle that contains both corner PIXELS, given in any order."""
        left, right = sorted((x0, x1))
        top, bottom = sorted((y0, y1))
        return cls(left, top, right - left + 1, bottom - top + 1)

    def as_tuple(self) -> tuple[int, int, int, int]:
        """(x, y, width, height)."""
        return (self.x, self.y, self.width, self.height)

    def contains(self, x: int, y: int) -> bool:
        """Whether the pixel lies inside."""
        return self.x <= x < self.right and self.y <= y < self.bottom

    def contains_rect(self, other: "PixelRect") -> bool:
        """Whether the other rectangle lies inside entirely."""
        return self.x <= other.x and self.y <= other.y and other.right <= self.right and other.bottom <= self.bottom

    def intersection(self, other: "PixelRect") -> "PixelRect | None":
        """The common part, or None."""
        left, top = max(self.x, other.x), max(self.y, other.y)
        right, bottom = min(self.right, other.right), min(self.bottom, other.bottom)
        if right <= left or bottom <= top:
            return None
        return PixelRect(left, top, right - left, bottom - top)

    def union(self, other: "PixelRect") -> "PixelRect":
        """The smallest rectangle around both."""
        left, top = min(self.x, other.x), min(self.y, other.y)
        return PixelRect(left, top, max(self.right, other.right) - left, max(self.bottom, other.bottom) - top)

    def grown(self, margin_px: int) -> "PixelRect":
        """Grown by a margin on every side (shrunk when negative, never below one pixel)."""
        width, height = self.width + 2 * margin_px, self.height + 2 * margin_px
        x = self.x - margin_px if width >= 1 else self.x + self.width // 2
        y = self.y - margin_px if height >= 1 else self.y + self.height // 2
        return PixelRect(x, y, max(width, 1), max(height, 1))

    def clamped(self, size: PixelSize) -> "PixelRect | None":
        """The part inside a picture, or None when there is none."""
        return self.intersection(PixelRect.of_size(size))

    def moved_inside(self, size: PixelSize) -> "PixelRect":
        """Moved, and cut only where it is larger than the picture, so that it lies inside."""
        width, height = min(self.width, size.width), min(self.height, size.height)
        return PixelRect(
            min(max(self.x, 0), size.width - width), min(max(self.y, 0), size.height - height), width, height
        )

    def __str__(self) -> str:
        return f"{self.x},{self.y},{self.width},{self.height}"


def bounding_rect(rects: Iterable[PixelRect]) -> PixelRect | None:
    """The smallest rectangle around all, or None when there are none."""
    result: PixelRect | None = None
    for rect in rects:
        result = rect if result is None else result.union(rect)
    return result


_NUMBER = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*(%?)")
_RECT_HELP = "give X,Y,WIDTH,HEIGHT in pixels or percent, such as 120,80,300,220 or 10%,20%,30%,25%"


def parse_rect(text: str, size: PixelSize) -> PixelRect:
    """A rectangle typed as ``X,Y,W,H``, each number in pixels or in percent of the picture, clamped to the picture.

    Args:
        text: as typed.
        size: of the picture that percent and clamping refer to.

    Raises:
        UsageError: not four numbers, an empty rectangle, or entirely outside the picture.
    """
    parts = [_NUMBER.fullmatch(part.strip()) for part in text.split(",")]
    if len(parts) != 4 or any(part is None for part in parts):
        raise UsageError(f"'{text}' is no rectangle", _RECT_HELP)
    spans = (size.width, size.height, size.width, size.height)
    values = [
        round(min(float(part[1]), 1e9) * span / 100) if part[2] else round(min(float(part[1]), 1e9))
        for part, span in zip(parts, spans, strict=True)
        if part is not None
    ]
    if values[2] < 1 or values[3] < 1:
        raise UsageError(f"the rectangle {text} is empty", _RECT_HELP)
    clamped = PixelRect(*values).clamped(size)
    if clamped is None:
        raise UsageError(f"the rectangle {text} lies outside the picture of {size}", _RECT_HELP)
    return clamped
