"""Windows of a picture that a network with a small input looks through. Runs in the detectors' process only."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from reviewtui.detectors.boxes import Box

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Window:
    """A square part of a picture, in its pixels; what lies beyond the picture is black.

    Attributes:
        x: left edge, may be negative.
        y: upper edge, may be negative.
        side: of the square.
    """

    x: int
    y: int
    side: int

    def look(self, rgb: Pixels, side_px: int) -> Pixels:
        """The part at a network's size.

        Args:
            rgb: (height, width, 3).
            side_px: of the answer.
        """
        height, width = rgb.shape[:2]
        left, top = max(self.x, 0), max(self.y, 0)
        right, bottom = min(self.x + self.side, width), min(self.y + self.side, height)
        square = np.zeros((self.side, self.side, 3), dtype=np.uint8)
        square[top - self.y : bottom - self.y, left - self.x : right - self.x] = rgb[top:bottom, left:right]
        return np.asarray(Image.fromarray(square).resize((side_px, side_px), Image.Resampling.BILINEAR))

    def in_picture(self, box: Box, rgb: Pixels) -> Box:
        """A box in shares of the window, in shares of the picture."""
        height, width = rgb.shape[:2]
        return Box(
            (self.x + box.left * self.side) / width,
            (self.y + box.top * self.side) / height,
            (self.x + box.right * self.side) / width,
            (self.y + box.bottom * self.side) / height,
            box.score,
        )


def windows(rgb: Pixels, *, smallest_px: int) -> list[Window]:
    """The whole picture, then ever smaller squares that overlap by half, down to ``smallest_px``.

    Args:
        rgb: (height, width, 3).
        smallest_px: side of the smallest square; smaller ones would only enlarge.
    """
    height, width = rgb.shape[:2]
    longest = max(height, width)
    found = [Window((width - longest) // 2, (height - longest) // 2, longest)]
    side = min(height, width)
    if side == longest:
        side //= 2
    while side >= smallest_px:
        found += [Window(x, y, side) for y in _starts(height, side) for x in _starts(width, side)]
        side //= 2
    return found


def _starts(length: int, side: int) -> list[int]:
    """Where squares begin along one side so that they overlap by half at least and reach both ends."""
    count = 1 + -(-(length - side) * 2 // side)
    return [round(index * (length - side) / max(count - 1, 1)) for index in range(count)]
