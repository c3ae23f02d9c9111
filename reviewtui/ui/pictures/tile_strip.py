"""A line of a widget that is made of strips of several kinds: text, and rows of pictures. Must not know pictures."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from rich.console import Console
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter
from textual.strip import Strip


class TiledStrip(Strip):
    """Strips side by side, each rendered in its own way.

    Args:
        parts: from the left.
    """

    __slots__ = ("_parts",)

    def __init__(self, parts: Iterable[Strip]) -> None:
        self._parts = [part for part in parts if part.cell_length]
        super().__init__((), sum(part.cell_length for part in self._parts))

    @property
    def parts(self) -> Sequence[Strip]:
        """From the left; none is empty."""
        return self._parts

    @property
    def _segments(self) -> list[Segment]:
        return [segment for part in self._parts for segment in part]

    @_segments.setter
    def _segments(self, value: list[Segment]) -> None:
        """The parts are the truth."""

    def render(self, console: Console) -> str:
        """Escape sequences and text for the terminal."""
        return "".join(part.render(console) for part in self._parts)

    def crop(self, start: int, end: int | None = None) -> Strip:
        """The part between two cell positions."""
        last = self.cell_length if end is None else min(end, self.cell_length)
        first = max(start, 0)
        if first == 0 and last == self.cell_length:
            return self
        parts, at = [], 0
        for part in self._parts:
            begin, stop = max(first - at, 0), min(last - at, part.cell_length)
            if begin < stop:
                parts.append(part.crop(begin, stop))
            at += part.cell_length
        return TiledStrip(parts)

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        """The parts that end at the given cell positions."""
        ends = [cut for cut in cuts if cut <= self.cell_length]
        return [self.crop(start, end) for start, end in pairwise([0, *ends])]

    def apply_filter(self, filter: LineFilter, background: Color) -> Strip:
        """Each part as it takes it."""
        return TiledStrip(part.apply_filter(filter, background) for part in self._parts)
