"""The tile painter for every terminal: small pictures of half cells, which are text. See ``tiles``."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial

from textual.strip import Strip

from reviewtui.model.errors import BusyError, ReviewError
from reviewtui.model.geometry import CellSize
from reviewtui.ui.pictures.errands import Errands
from reviewtui.ui.pictures.halfcells import HalfCells
from reviewtui.ui.pictures.kept import Kept
from reviewtui.ui.pictures.protocol import Drawing
from reviewtui.ui.pictures.strips import Cell, CellStrip, encode
from reviewtui.ui.pictures.tiles import (
    SmallPicture,
    SmallSource,
    Tile,
    TileCanvas,
    TileKey,
    TileLook,
    TileSpot,
    load_small,
)

_LIMIT_BYTES = 48 << 20


@dataclass(frozen=True, slots=True, eq=False)
class _CellPicture:
    """See ``SmallPicture``."""

    drawing: Drawing
    look: TileLook

    @property
    def cells(self) -> CellSize:
        """Its size."""
        return self.drawing.cells

    def row(self, row: int) -> Strip:
        """See ``SmallPicture.row``."""
        return CellStrip(self.drawing.rows[row], self.look.depth, self.drawing.encoded[row])


class CellTiles:
    """See ``TilePainter``.

    Args:
        canvas: the widget.
        threads: for loading and drawing.
    """

    name = "half"

    def __init__(self, canvas: TileCanvas, threads: Executor) -> None:
        self._canvas = canvas
        self._protocol = HalfCells()
        self._errands: Errands[TileKey, Drawing] = Errands(threads, canvas.call_on_loop, self._drawn)
        self._kept: Kept[TileKey, SmallPicture] = Kept(_LIMIT_BYTES)
        self._failed: set[TileKey] = set()
        self._look: TileLook | None = None

    @property
    def is_idle(self) -> bool:
        """Whether no thread works."""
        return self._errands.is_idle

    def want(self, tiles: Sequence[Tile], look: TileLook) -> None:
        """See ``TilePainter.want``."""
        self._look = look
        keys = [(TileKey.of(tile, look), tile.source) for tile in tiles]
        self._errands.want(
            (key, partial(self._draw, source, key))
            for key, source in keys
            if key not in self._kept and key not in self._failed
        )

    def find(self, tile: Tile) -> SmallPicture | None:
        """See ``TilePainter.find``."""
        return None if self._look is None else self._kept.find(TileKey.of(tile, self._look))

    def show(self, spots: Sequence[TileSpot]) -> None:
        """The rows are the picture."""

    def withdraw(self) -> None:
        """See ``TilePainter.withdraw``; other rows will be written."""
        self._errands.want(())
        self._failed.clear()

    def close(self) -> None:
        """See ``TilePainter.close``."""
        self._errands.close()

    def _draw(self, source: SmallSource, key: TileKey) -> Drawing:
        """Blocking, runs in a thread."""
        pixels = load_small(source, key.room, self._protocol.grain, key.look.ground_rgb)
        return _on_ground(self._protocol.draw(pixels, key.look.depth), key.look)

    def _drawn(self, key: TileKey, result: Drawing | ReviewError) -> None:
        if isinstance(result, ReviewError):
            # Its room stays empty; who opens it is told why.
            if not isinstance(result, BusyError):
                self._failed.add(key)
            return
        self._kept.keep(key, _CellPicture(result, key.look), result.size_bytes)
        self._canvas.arrived([key])


_LOWER_HALF = "▄"


def _on_ground(drawing: Drawing, look: TileLook) -> Drawing:
    """Where the upper half of the first row is ground, ink the lower one: glyphs of many fonts leave a seam above."""
    first = tuple(
        Cell(_LOWER_HALF, cell.bg, cell.fg) if cell.fg == look.ground_rgb and cell.bg is not None else cell
        for cell in drawing.rows[0]
    )
    if first == drawing.rows[0]:
        return drawing
    return replace(drawing, rows=(first, *drawing.rows[1:]), encoded=(encode(first, look.depth), *drawing.encoded[1:]))
