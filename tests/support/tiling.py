"""A widget and a terminal for tile painters, without an app: the test is the event loop and writes the frames."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from rich.color import ColorSystem
from rich.console import Console

from reviewtui.model.errors import InputError
from reviewtui.model.geometry import CellRect, PixelSize
from reviewtui.ui.pictures.cell_tiles import CellTiles
from reviewtui.ui.pictures.kitty.small_pictures import LIMIT_BYTES, SmallPictures
from reviewtui.ui.pictures.kitty.store import Store
from reviewtui.ui.pictures.kitty.terminal import Terminal
from reviewtui.ui.pictures.kitty.tile_painter import KittyTiles
from reviewtui.ui.pictures.kitty.transport import Transport
from reviewtui.ui.pictures.raster import RasterCode
from reviewtui.ui.pictures.raster_tiles import RasterTiles
from reviewtui.ui.pictures.source import Pixels
from reviewtui.ui.pictures.tiles import Tile, TileKey, TileLook, TilePainter, TileSpot
from tests.support.painting import HandTurnedLoop

PATIENCE_S = 20.0
LOOK = TileLook((22, 22, 22), ColorSystem.TRUECOLOR)
CELL_PX = PixelSize(10, 20)
SCREEN = (80, 40)
_PICTURE = re.compile(r"\x1bP[0-9;]*q|\x1b\]1337;File=")


class SmallSource:
    """A small picture in a colour of its own, as large as fits into its room."""

    def __init__(
        self,
        key: str,
        *,
        broken: bool = False,
        gate: Callable[[], object] = lambda: None,
        sides: tuple[int, int] = (4, 3),
    ) -> None:
        self.key = key
        self.sides = sides
        self.broken = broken
        self.gate = gate
        self.loads = 0

    def load(self, room: PixelSize) -> Pixels:
        self.loads += 1
        self.gate()
        if self.broken:
            raise InputError("the picture broke", "look at it")
        width = min(room.width, room.height * self.sides[0] // self.sides[1])
        height = max(width * self.sides[1] // self.sides[0], 1)
        y, x = np.mgrid[0:height, 0:width]
        seed = hash(self.key) % 200
        return np.stack([(x * 3 + seed) % 256, (y * 3 + seed) % 256, np.full_like(x, seed)], axis=-1).astype(np.uint8)


class TileScene(HandTurnedLoop):
    """A canvas with its painter, and a terminal whose frames the test writes."""

    def __init__(self, make: Callable[[TileScene], TilePainter]) -> None:
        super().__init__()
        self.arrivals: list[TileKey] = []
        self.is_due = False
        self._screen: dict[tuple[int, int], Any] = {}
        self._console = Console()
        self._tiles: Sequence[Tile] = ()
        self._top = 0
        self.threads = ThreadPoolExecutor(2)
        self.terminal: Terminal | None = None
        self.painter = make(self)

    # Canvas

    def arrived(self, keys: Sequence[TileKey]) -> None:
        self.arrivals.extend(keys)
        self.is_due = True

    def show_again(self) -> None:
        self.is_due = True

    # The test's hands

    def view(self, tiles: Sequence[Tile], top: int = 0, ahead: Sequence[Tile] = ()) -> None:
        """These are in view; the first line of the widget that is, is ``top``."""
        self._tiles, self._top = tiles, top
        self.painter.want(tiles, LOOK, ahead)
        self.is_due = True

    def frame(self) -> None:
        """Write the cells that look different, as the app does, then say that it was done."""
        self.is_due = False
        spots, fresh = [], {}
        for tile in self._tiles:
            picture = self.painter.find(tile)
            if picture is None:
                continue
            room, cells = tile.room, picture.cells
            column = room.x + (room.width - cells.width) // 2
            line = room.y + room.height - cells.height - self._top
            first, last = max(-line, 0), min(cells.height, SCREEN[1] - line)
            if first >= last:
                continue
            for row in range(first, last):
                strip = picture.row(row)
                assert strip.cell_length == cells.width
                for place, cell in enumerate(strip.cells):  # type: ignore[attr-defined] # every row of a tile has them
                    fresh[line + row, column + place] = cell
                if any(
                    self._screen.get((line + row, column + place)) != fresh[line + row, column + place]
                    for place in range(cells.width)
                ):
                    self.line.write(f"\x1b[{line + row + 1};{column + 1}H{strip.render(self._console)}")
            spots.append(TileSpot(tile, column, line, CellRect(0, first, cells.width, last - first)))
        self._screen = fresh
        self.painter.show(spots)

    def cover(self, cells: CellRect) -> None:
        """Something else writes text there."""
        for row in range(cells.y, cells.y + cells.height):
            for column in range(cells.x, cells.x + cells.width):
                self._screen[row, column] = "x"
        self.is_due = True

    def turn(self) -> None:
        """One turn of the event loop, with a frame when one is due."""
        super().turn()
        if self.is_due:
            self.frame()

    def settle(self) -> None:
        """Until nothing works, nothing is to be sent and no frame is due."""
        calm = 0
        while calm < 3:
            self.until(lambda: self.painter.is_idle)
            self.turn()
            soon = any(delay_s < 1 for delay_s, _ in self.timers)
            calm = 0 if soon or self.is_due or not self.painter.is_idle else calm + 1

    @property
    def pictures_sent(self) -> int:
        """Pictures with pixels that were written so far."""
        return self.line.step.kitty_sent + len(_PICTURE.findall(self.line.text))


def tiles(names: str, *, columns: int = 3, broken: str = "") -> list[Tile]:
    """One tile for each letter, in a grid of rooms of 24×9 cells.

    Args:
        names: keys.
        columns: side by side.
        broken: keys of pictures that cannot be read.
    """
    return [
        Tile(SmallSource(name, broken=name in broken), CellRect(n % columns * 26, n // columns * 11 + 1, 24, 9))
        for n, name in enumerate(names)
    ]


def half_cells(scene: TileScene) -> TilePainter:
    """Half cells."""
    return CellTiles(scene, scene.threads)


def kitty(
    scene: TileScene,
    *,
    in_tmux: bool = False,
    bytes_per_s: float = 50_000_000.0,
    limit_bytes: int = LIMIT_BYTES,
) -> TilePainter:
    """Kitty graphics on the scene's line."""
    transport = Transport(scene.line, in_tmux=in_tmux, later=scene.call_after)
    transport.pace.bytes_per_s = bytes_per_s
    terminal = Terminal(Store(7 if in_tmux else 0), transport, scene.threads, CELL_PX, in_tmux)
    terminal.small = SmallPictures(terminal.store, limit_bytes)
    scene.line.answered = terminal.answered
    transport.lost = terminal.forget_all
    scene.terminal = terminal
    return KittyTiles(scene, terminal, scene.threads)


def raster(scene: TileScene, code: RasterCode) -> TilePainter:
    """Sixel or the iTerm2 protocol on the scene's line."""
    return RasterTiles(scene, code, scene.line, CELL_PX, scene.threads, screen_rows=lambda: SCREEN[1])
