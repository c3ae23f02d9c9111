"""Boxes as shares of a picture, and which of many that overlap to keep. Arithmetic only."""

from collections.abc import Iterable
from typing import NamedTuple


class Box(NamedTuple):
    """A found thing, in shares of the picture's sides, inside 0 to 1.

    Attributes:
        left: of its left edge.
        top: of its upper edge.
        right: of its right edge.
        bottom: of its lower edge.
        score: how sure the network is, 0 to 1.
    """

    left: float
    top: float
    right: float
    bottom: float
    score: float

    @property
    def area(self) -> float:
        """Share of the picture."""
        return max(self.right - self.left, 0.0) * max(self.bottom - self.top, 0.0)

    def clipped(self) -> "Box":
        """The part inside the picture."""
        left, top, right, bottom = (min(max(value, 0.0), 1.0) for value in self[:4])
        return Box(left, top, right, bottom, self.score)


def overlap(first: Box, second: Box) -> float:
    """Intersection over the smaller one: a box inside another one is the same thing seen from nearer."""
    width = min(first.right, second.right) - max(first.left, second.left)
    height = min(first.bottom, second.bottom) - max(first.top, second.top)
    smaller = min(first.area, second.area)
    return width * height / smaller if width > 0 and height > 0 and smaller > 0 else 0.0


def strongest(boxes: Iterable[Box], *, most_overlap: float) -> list[Box]:
    """The surest boxes, without those that overlap a surer one by more than ``most_overlap``."""
    kept: list[Box] = []
    for box in sorted(boxes, key=lambda one: -one.score):
        if box.clipped().area > 0 and all(overlap(box, other) <= most_overlap for other in kept):
            kept.append(box)
    return kept
