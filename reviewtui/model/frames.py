"""Frames that change: a picture set into a larger one of an exact ratio, or made larger as a whole. Pure arithmetic.

Must not touch pixels.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from reviewtui.model.errors import InputError, UsageError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.masks import MaskSpec

#: Largest frame that a fix may make, in pixels.
MAX_FRAME_PX = 140_000_000
#: Where the original stands in its new frame: shares of the room that is left of it and above it.
ANCHORS = {
    "center": (0.5, 0.5),
    "left": (0.0, 0.5),
    "right": (1.0, 0.5),
    "top": (0.5, 0.0),
    "bottom": (0.5, 1.0),
    "top-left": (0.0, 0.0),
    "top-right": (1.0, 0.0),
    "bottom-left": (0.0, 1.0),
    "bottom-right": (1.0, 1.0),
}
FACTORS = (2, 4)
_RATIO = re.compile(r"(\d{1,5}(?:\.\d{1,4})?)[:/](\d{1,5}(?:\.\d{1,4})?)")
_MOST_EXTREME = 20


@dataclass(frozen=True, slots=True)
class Frame:
    """How a child's frame lies to its parent's.

    Attributes:
        size: of the child.
        shift: where the parent's top left pixel stands in the child, (x, y).
        factor: how many pixels of the child one pixel of the parent is wide.
    """

    size: PixelSize
    shift: tuple[int, int] = (0, 0)
    factor: int = 1

    def to_params(self) -> dict[str, Any]:
        """JSON-ready, read back by ``frame_from_params``."""
        params: dict[str, Any] = {"frame": [self.size.width, self.size.height], "shift": list(self.shift)}
        return params if self.factor == 1 else {**params, "factor": self.factor}

    def carry_rect(self, rect: PixelRect) -> PixelRect:
        """A rectangle of the parent in pixels of the child."""
        x, y = (start * self.factor + move for start, move in zip((rect.x, rect.y), self.shift, strict=True))
        return PixelRect(x, y, rect.width * self.factor, rect.height * self.factor)

    def carry_mask(self, mask: MaskSpec) -> MaskSpec:
        """A selection that was drawn on the parent, on the child; an inverted one reaches into what is new."""
        feather = None if mask.feather_px is None else min(mask.feather_px * self.factor, 4096)
        grow = max(min(mask.grow_px * self.factor, 4096), -4096)
        regions = tuple(self.carry_rect(region) for region in mask.regions)
        return replace(mask, size=self.size, regions=regions, feather_px=feather, grow_px=grow)

    def original(self, parent: PixelSize) -> PixelRect:
        """Where the parent's pixels stand in the child."""
        return self.carry_rect(PixelRect.of_size(parent))

    def added(self, parent: PixelSize) -> tuple[PixelRect, ...]:
        """The strips of the child that the parent has no pixels for, at most four, none overlapping."""
        inner = self.original(parent)
        spans = (
            (0, 0, self.size.width, inner.y),
            (0, inner.bottom, self.size.width, self.size.height - inner.bottom),
            (0, inner.y, inner.x, inner.height),
            (inner.right, inner.y, self.size.width - inner.right, inner.height),
        )
        return tuple(PixelRect(*span) for span in spans if span[2] > 0 and span[3] > 0)


def frame_from_params(params: Mapping[str, Any]) -> Frame | None:
    """The change of frame that a job's parameters describe, or None when it keeps its parent's frame.

    Raises:
        InputError: they describe no frame.
    """
    if "frame" not in params:
        return None
    try:
        width, height = (int(side) for side in params["frame"])
        x, y = (int(side) for side in params["shift"])
        frame = Frame(PixelSize(width, height), (x, y), int(params.get("factor", 1)))
    except (TypeError, ValueError, KeyError) as error:
        raise InputError(f"not a frame: {error}") from error
    if frame.size.area_px > MAX_FRAME_PX or min(frame.shift) < 0 or frame.factor < 1:
        raise InputError(f"a frame of {frame.size} at {x},{y} cannot be made")
    return frame


def parse_ratio(text: str) -> Fraction:
    """Width by height from ``16:9``, ``1.91:1`` and the like.

    Raises:
        UsageError: not two numbers, or a strip.
    """
    match = _RATIO.fullmatch(text.strip())
    if match is None or not float(match[1]) or not float(match[2]):
        raise UsageError(f"'{text[:40]}' is no ratio", "W:H such as 1:1, 4:5, 9:16, 16:9, 1.91:1")
    ratio = Fraction(match[1]) / Fraction(match[2])
    if not Fraction(1, _MOST_EXTREME) <= ratio <= _MOST_EXTREME:
        raise UsageError(f"a picture of {text[:40]} is a strip", f"at most {_MOST_EXTREME}:1")
    return ratio


def parse_anchor(text: str) -> str:
    """A name of ``ANCHORS``.

    Raises:
        UsageError: no such name.
    """
    name = {"centre": "center", "middle": "center"}.get(text.strip().lower(), text.strip().lower())
    if name not in ANCHORS:
        raise UsageError(f"there is no anchor '{text[:40]}'", ", ".join(ANCHORS))
    return name


def has_ratio(size: PixelSize, ratio: Fraction) -> bool:
    """Whether a size is as near to a ratio as whole pixels allow: less than one pixel of its width away."""
    return abs(Fraction(size.width, size.height) - ratio) < Fraction(1, size.width)


def outpainted(size: PixelSize, ratio: Fraction, anchor: str = "center") -> Frame:
    """The smallest frame of a ratio around a whole picture.

    Args:
        size: of the picture.
        ratio: width by height.
        anchor: name of ``ANCHORS``.

    Raises:
        InputError: the picture has that ratio already, or the frame would be too large.
    """
    if has_ratio(size, ratio):
        raise InputError(f"the picture of {size} has that ratio already", "nothing needs to be added")
    grown = _smallest_around(size, ratio)
    if grown.area_px > MAX_FRAME_PX:
        raise InputError(
            f"a frame of {grown} has {grown.area_px / 1e6:.0f} MP, the limit is {MAX_FRAME_PX / 1e6:.0f} MP",
            "choose a ratio nearer to the picture's",
        )
    share_x, share_y = ANCHORS[anchor]
    shift = (int((grown.width - size.width) * share_x), int((grown.height - size.height) * share_y))
    return Frame(grown, shift)


def _smallest_around(size: PixelSize, ratio: Fraction) -> PixelSize:
    """Grow the side that is short; where whole pixels miss the ratio there, both, until they meet it."""
    if Fraction(size.width, size.height) < ratio:
        for height in range(size.height, size.height + ratio.denominator + 1):
            found = PixelSize(max(round(height * ratio), size.width), height)
            if has_ratio(found, ratio):
                return found
    for width in range(size.width, size.width + ratio.numerator + 1):
        found = PixelSize(width, max(round(width / ratio), size.height))
        if has_ratio(found, ratio):
            return found
    # A multiple of the ratio's own numbers is exact; the loops meet one at the latest.
    times = max(-(-size.width // ratio.numerator), -(-size.height // ratio.denominator))
    return PixelSize(ratio.numerator * times, ratio.denominator * times)


def upscaled(size: PixelSize, factor: int) -> Frame:
    """A frame larger by a whole factor.

    Raises:
        UsageError: no such factor.
        InputError: the frame would be too large.
    """
    if factor not in FACTORS:
        raise UsageError(f"a picture cannot be made {factor} times larger", f"one of {', '.join(map(str, FACTORS))}")
    grown = PixelSize(size.width * factor, size.height * factor)
    if grown.area_px > MAX_FRAME_PX:
        raise InputError(
            f"{size} made {factor} times larger has {grown.area_px / 1e6:.0f} MP,"
            f" the limit is {MAX_FRAME_PX / 1e6:.0f} MP",
            "a smaller factor" if factor > min(FACTORS) else "",
        )
    return Frame(grown, (0, 0), factor)
