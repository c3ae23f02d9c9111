"""The contract of one way to put a picture on a terminal, and what it hands back.

One suite of tests runs against every implementation. Must not know a particular terminal or the widget.
"""

from dataclasses import dataclass, field
from typing import Protocol

from rich.color import ColorSystem

from reviewtui.model.geometry import CellSize, PixelSize
from reviewtui.ui.pictures.source import Pixels
from reviewtui.ui.pictures.strips import Cell


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture as rows of cells, ready to be written.

    Attributes:
        pixels: what is shown, RGB, shape (shown height, shown width, 3).
        cells: its size in cells.
        rows: cells of each row. When the shown height is odd, the lower half of the last row is not the picture's and
            repeats the upper half; the widget replaces it by its surround.
        encoded: what is written for each row of ``rows``.
        truth: ``true`` when colours are exact, ``palette`` when the terminal has fewer.
        first: a first look at the same picture in fewer bytes, where one is worth while.
    """

    pixels: Pixels
    cells: CellSize
    rows: tuple[tuple[Cell, ...], ...]
    encoded: tuple[str, ...]
    truth: str
    first: "Drawing | None" = field(default=None, kw_only=True)

    @property
    def size_bytes(self) -> int:
        """Roughly what it holds in memory; the objects of a cell dominate."""
        return self.pixels.nbytes + sum(map(len, self.encoded)) + 260 * self.cells.width * self.cells.height


class PictureProtocol(Protocol):
    """A way to put a picture on a terminal. Methods may be called from several threads at once."""

    @property
    def name(self) -> str:
        """What evidence and the status line call it, such as ``half``."""
        ...

    @property
    def grain(self) -> PixelSize:
        """Shown pixels in one cell."""
        ...

    def draw(self, pixels: Pixels, depth: ColorSystem) -> Drawing:
        """Rows of cells for pixels that are scaled already. Blocking. Call from a thread.

        Args:
            pixels: shown pixels, RGB, uint8, shape (height, width, 3), at least 1×1.
            depth: colours that the terminal can show.

        Returns:
            The drawing; cell (x, y) shows exactly the pixels of its place.
        """
        ...
