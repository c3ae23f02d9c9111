"""Pictures as half cells: two pixels in a cell, drawn by textual-image's half-cell renderable.

The only importer of textual_image, which asks the terminal questions when it is imported; here that is kept from it.
Must not scale: pixels come in at their final size.
"""

import sys
import threading
import time
from collections.abc import Iterable, Iterator
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from rich.color import ColorSystem
from rich.console import Console, ConsoleOptions
from rich.segment import Segment

from reviewtui.model.geometry import CellSize, PixelSize
from reviewtui.ui.pictures.protocol import Drawing
from reviewtui.ui.pictures.source import Pixels
from reviewtui.ui.pictures.strips import Cell, Rgb, encode
from reviewtui.ui.pictures.viewport import HALF_CELL_GRAIN

_IMPORT_LOCK = threading.Lock()
_ASSUMED_CELL_PX = (10, 20)


class HalfCells:
    """The protocol for every terminal that has colours."""

    name = "half"
    grain: PixelSize = HALF_CELL_GRAIN

    def draw(self, pixels: Pixels, depth: ColorSystem) -> Drawing:
        """See ``PictureProtocol.draw``."""
        height, width = pixels.shape[:2]
        even = pixels if height % 2 == 0 else np.concatenate([pixels, pixels[-1:]])
        rows: list[tuple[Cell, ...]] = []
        encoded: list[str] = []
        for cells in _library_rows(even):
            rows.append(cells)
            encoded.append(encode(cells, depth))
            # The event loop waits for the interpreter's lock otherwise, up to 5 ms at a time.
            time.sleep(0)
        return Drawing(
            pixels=pixels,
            cells=CellSize(width, len(rows)),
            rows=tuple(rows),
            encoded=tuple(encoded),
            truth="true" if depth is ColorSystem.TRUECOLOR else "palette",
        )


def _library_rows(pixels: Pixels) -> Iterator[tuple[Cell, ...]]:
    """Rows of cells as the library draws them; the height is even."""
    height, width = pixels.shape[:2]
    renderable = _renderable_class()(pixels)
    # The renderable reads nothing but the two maxima, and no console.
    options = cast("ConsoleOptions", SimpleNamespace(max_width=width, max_height=height // 2))
    row: list[Cell] = []
    for part in renderable.__rich_console__(cast("Console", None), options):
        segment = cast("Segment", part)
        if segment.text == "\n":
            yield tuple(row)
            row = []
            continue
        style = segment.style
        assert style is not None
        assert style.color is not None
        assert style.bgcolor is not None
        row.append(Cell(segment.text, _rgb(style.color.triplet), _rgb(style.bgcolor.triplet)))


def _rgb(triplet: Any) -> Rgb:
    return (triplet[0], triplet[1], triplet[2])


class _ScaledPixels:
    """Stands for the library's own pixel store, whose scaler and Pillow calls are not needed here."""

    def __init__(self, pixels: Pixels) -> None:
        self._pixels = pixels
        self.height, self.width = pixels.shape[:2]

    def scaled(self, width: int, height: int) -> Iterable[list[Rgb]]:
        """Rows of pixels; the size is asked for but is always the size that came in."""
        assert (width, height) == (self.width, self.height)
        for row in self._pixels:
            yield [(r, g, b) for r, g, b in row.tolist()]


@lru_cache(1)
def _renderable_class() -> Any:
    """The library's renderable, fed with arrays. Blocking at the first call."""
    # Every submodule of the library imports its probes, which write to sys.__stdout__ when that is a terminal.
    with _IMPORT_LOCK:
        stdout = sys.__stdout__
        sys.__stdout__ = None  # type: ignore[misc]
        try:
            from textual_image import _terminal
            from textual_image._geometry import ImageSize
            from textual_image.renderable.halfcell import Image
        finally:
            sys.__stdout__ = stdout  # type: ignore[misc]
        _terminal.get_cell_size._result = _terminal.CellSize(*_ASSUMED_CELL_PX)  # type: ignore[attr-defined]

    class _ArrayImage(Image):
        def __init__(self, pixels: Pixels) -> None:
            height, width = pixels.shape[:2]
            self._image_data = cast("Any", _ScaledPixels(pixels))
            self._render_size = ImageSize(width, height, width, height // 2)

    return _ArrayImage
