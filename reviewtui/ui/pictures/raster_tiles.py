"""The tile painter for Sixel and the iTerm2 protocol, whose pictures become part of the cells that they cover.

A small picture is drawn where a frame left its cells bare, and not again as long as it stands there. Where a terminal
remembers only some pictures, neighbours are drawn as one. Must not know a particular protocol. See ``tiles``.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from PIL import Image
from textual.strip import Strip

from reviewtui.model.errors import BusyError, ReviewError
from reviewtui.model.geometry import CellRect, CellSize, PixelSize
from reviewtui.ui.pictures.errands import Errands
from reviewtui.ui.pictures.kept import Kept
from reviewtui.ui.pictures.kitty.transport import Pace
from reviewtui.ui.pictures.painter import TerminalLink
from reviewtui.ui.pictures.pixel_strip import PixelStrip
from reviewtui.ui.pictures.placing import Piece, pixels_of, placed
from reviewtui.ui.pictures.raster import RasterCode
from reviewtui.ui.pictures.sending import Parcel, Sender
from reviewtui.ui.pictures.source import Pixels
from reviewtui.ui.pictures.strips import Cell, encode
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

_PIXELS_BYTES, _TEXT_BYTES = 48 << 20, 8 << 20
_ON_THE_WAY = 2
_TOGETHER_S = 0.25
"""How long neighbours that are drawn as one are waited for."""

_UPPER_HALF = "▀"


class _At(NamedTuple):
    """A picture in a room: the same picture in another room has to be drawn there as well."""

    room: CellRect
    key: TileKey


@dataclass(frozen=True, slots=True, eq=False)
class _RasterPicture:
    """See ``SmallPicture``."""

    key: TileKey
    pixels: Pixels
    halves: tuple[tuple[Cell, ...], ...]
    cells: CellSize


@dataclass(frozen=True, slots=True, eq=False)
class _Standing:
    """A picture in its room; see ``SmallPicture``."""

    picture: _RasterPicture
    passed: Callable[[int, int, int], object]

    @property
    def cells(self) -> CellSize:
        """Its size."""
        return self.picture.cells

    def row(self, row: int) -> Strip:
        """See ``SmallPicture.row``."""
        picture = self.picture
        return PixelStrip(picture.halves[row], picture.key, row, 0, picture.key.look.depth, self.passed)


class _Part(NamedTuple):
    """A picture within a drawing: which cells of it, and where they stand in the drawing."""

    key: TileKey
    cells: CellRect
    column: int
    row: int


class _Drawing(NamedTuple):
    """What is drawn at once; the same is not encoded twice."""

    size: CellSize
    parts: tuple[_Part, ...]


_Group = tuple[Tile, ...]
"""Neighbours that are drawn at once, from the left; most often there is one."""


class RasterTiles:
    """See ``TilePainter``.

    Args:
        canvas: the widget.
        code: the protocol.
        link: the line to the terminal.
        grain: pixels of one cell.
        threads: for loading and encoding.
        screen_rows: height of the screen now.
        synchronized: whether the terminal can show all of a write at once.
        pace: how fast the line is; shared by all who send over it.
    """

    def __init__(
        self,
        canvas: TileCanvas,
        code: RasterCode,
        link: TerminalLink,
        grain: PixelSize,
        threads: Executor,
        *,
        screen_rows: Callable[[], int],
        synchronized: bool = False,
        pace: Pace | None = None,
    ) -> None:
        self._canvas = canvas
        self._code = code
        self._grain = grain
        self._screen_rows = screen_rows
        self._synchronized = synchronized
        self._sender = Sender(canvas, link, pace)
        self._loads: Errands[TileKey, _RasterPicture] = Errands(threads, canvas.call_on_loop, self._loaded)
        self._encodes: Errands[_Drawing, str] = Errands(threads, canvas.call_on_loop, self._encoded)
        self._pictures: Kept[TileKey, _RasterPicture] = Kept(_PIXELS_BYTES)
        self._texts: Kept[_Drawing, str] = Kept(_TEXT_BYTES)
        self._failed: set[TileKey] = set()
        self._tiles: tuple[Tile, ...] = ()
        self._look: TileLook | None = None
        self._spots: dict[_At, TileSpot] = {}
        self._bare: dict[_At, CellRect] = {}
        self._under_way: set[_Group] = set()
        self._recent: deque[_Group] = deque(maxlen=(code.most_pieces or 2) - 1)
        self._waited_for: set[_Group] = set()

    @property
    def name(self) -> str:
        """Of the protocol."""
        return self._code.name

    @property
    def is_idle(self) -> bool:
        """Whether no thread works and nothing waits to be sent."""
        return self._loads.is_idle and self._encodes.is_idle and self._sender.is_idle and not self._bare

    def want(self, tiles: Sequence[Tile], look: TileLook) -> None:
        """See ``TilePainter.want``."""
        self._look = look
        self._tiles = tuple(tiles)
        # Until the next frame is written nobody knows what stands where.
        self._spots = {}
        wanted = {TileKey.of(tile, look): tile.source for tile in tiles}
        in_view = {self._at(tile) for tile in tiles}
        self._bare = {at: cells for at, cells in self._bare.items() if at in in_view}
        self._loads.want(
            (key, partial(self._load, source, key))
            for key, source in wanted.items()
            if key not in self._pictures and key not in self._failed
        )

    def find(self, tile: Tile) -> SmallPicture | None:
        """See ``TilePainter.find``."""
        if self._look is None:
            return None
        at = self._at(tile)
        picture = self._pictures.find(at.key)
        return None if picture is None else _Standing(picture, partial(self._passed, at))

    def show(self, spots: Sequence[TileSpot]) -> None:
        """See ``TilePainter.show``."""
        self._spots = {self._at(spot.tile): spot for spot in spots}
        self._go_on()

    def withdraw(self) -> None:
        """See ``TilePainter.withdraw``; whatever is written over the cells erases the pictures."""
        self._tiles = ()
        self._spots = {}
        self._bare = {}
        self._failed.clear()
        self._loads.want(())
        self._encodes.want(())
        self._sender.cancel()
        self._under_way.clear()
        self._recent.clear()

    def close(self) -> None:
        """See ``TilePainter.close``."""
        self.withdraw()
        self._loads.close()
        self._encodes.close()

    def _at(self, tile: Tile) -> _At:
        assert self._look is not None
        return _At(tile.room, TileKey.of(tile, self._look))

    # Loading

    def _load(self, source: SmallSource, key: TileKey) -> _RasterPicture:
        """Blocking, runs in a thread."""
        pixels = load_small(source, key.room, self._grain, key.look.ground_rgb)
        cells = CellSize(pixels.shape[1] // self._grain.width, pixels.shape[0] // self._grain.height)
        small = Image.fromarray(pixels).resize((cells.width, 2 * cells.height), Image.Resampling.BOX)
        halves = [[(red, green, blue) for red, green, blue in row] for row in np.asarray(small).tolist()]
        rows = tuple(
            tuple(Cell(_UPPER_HALF, upper, lower) for upper, lower in zip(*halves[2 * row : 2 * row + 2], strict=True))
            for row in range(cells.height)
        )
        return _RasterPicture(key, pixels, rows, cells)

    def _loaded(self, key: TileKey, result: _RasterPicture | ReviewError) -> None:
        if isinstance(result, ReviewError):
            # Its room stays empty; who opens it is told why.
            if not isinstance(result, BusyError):
                self._failed.add(key)
            return
        self._pictures.keep(key, result, result.pixels.nbytes)
        self._canvas.arrived([key])

    # Drawing

    def _passed(self, at: _At, row: int, first: int, width: int) -> None:
        """A frame left cells to a picture, and with that nothing of it is there."""
        before, cells = self._bare.get(at), CellRect(first, row, width, 1)
        self._bare[at] = cells if before is None else _around(before, cells)
        self._canvas.show_again()

    def _go_on(self) -> None:
        """Draw what is bare, as far as the line has room; encode what comes next."""
        missing: list[tuple[_Drawing, Callable[[], str]]] = []
        for group in self._groups():
            if group in self._under_way or not any(self._at(tile) in self._bare for tile in group):
                continue
            if self._waits(group):
                continue
            place, drawing = self._drawing(group)
            if not drawing.parts:
                if self._spots:
                    for tile in group:
                        self._bare.pop(self._at(tile), None)
                continue
            text = self._texts.find(drawing)
            if text is None:
                pictures = [self._pictures.find(part.key) for part in drawing.parts]
                missing.append((drawing, partial(self._encode, drawing, pictures, self._sender.bytes_per_s)))
            elif len(self._under_way) < _ON_THE_WAY:
                self._under_way.add(group)
                self._sender.send(
                    [
                        Parcel(
                            partial(self._text, group, place, drawing, text), partial(self._sent, group, place, drawing)
                        )
                    ]
                )
        self._encodes.want(missing[: _ON_THE_WAY * 2])

    def _groups(self) -> list[_Group]:
        """Tiles in view by what is drawn at once, the most wanted first."""
        if self._code.most_pieces is None:
            return [(tile,) for tile in self._tiles]
        limit = self._code.limit_px
        widest = self._grain.width * 10_000 if limit is None else max(limit.width, self._grain.width)
        bands: dict[int, list[Tile]] = {}
        for tile in self._tiles:
            bands.setdefault(tile.room.y, []).append(tile)
        return [group for band in bands.values() for group in _split(band, widest // self._grain.width)]

    def _waits(self, group: _Group) -> bool:
        """Whether neighbours are on their way that would have to be drawn once more."""
        if len(group) == 1:
            return False
        keys = [self._at(tile).key for tile in group]
        if all(key in self._pictures or key in self._failed for key in keys):
            self._waited_for.discard(group)
            return False
        if group not in self._waited_for:
            self._waited_for.add(group)
            self._canvas.call_after(_TOGETHER_S, self._go_on)
            return True
        return False

    def _drawing(self, group: _Group) -> tuple[tuple[int, int], _Drawing]:
        """What to draw of some tiles, and the column and row of the screen where it begins."""
        parts: list[tuple[TileKey, CellRect, int, int]] = []
        last_row = self._screen_rows() - 1
        for tile in group:
            at = self._at(tile)
            spot = self._spots.get(at)
            if spot is None:
                continue
            # A picture that reaches the last row makes some terminals scroll.
            rows = min(spot.seen.y + spot.seen.height, last_row - spot.row) - spot.seen.y
            cells = CellRect(spot.seen.x, spot.seen.y, spot.seen.width, max(rows, 0))
            if self._code.most_pieces is None:
                cells = _common(cells, self._bare.get(at, cells))
            if cells.width > 0 and cells.height > 0:
                parts.append((at.key, cells, spot.column + cells.x, spot.row + cells.y))
        if not parts:
            return (0, 0), _Drawing(CellSize(0, 0), ())
        left, top = min(part[2] for part in parts), min(part[3] for part in parts)
        right = max(column + cells.width for _, cells, column, _ in parts)
        bottom = max(row + cells.height for _, cells, _, row in parts)
        placed_parts = tuple(_Part(key, cells, column - left, row - top) for key, cells, column, row in parts)
        return (left, top), _Drawing(CellSize(right - left, bottom - top), placed_parts)

    def _encode(self, drawing: _Drawing, pictures: Sequence[_RasterPicture | None], bytes_per_s: float) -> str:
        """Blocking, runs in a thread."""
        grain, ground = self._grain, drawing.parts[0].key.look.ground_rgb
        canvas = np.empty((drawing.size.height * grain.height, drawing.size.width * grain.width, 3), np.uint8)
        canvas[:] = ground
        for part, picture in zip(drawing.parts, pictures, strict=True):
            if picture is not None:
                pixels = pixels_of(picture.pixels, part.cells, grain)
                top, left = part.row * grain.height, part.column * grain.width
                canvas[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
        return self._code.encode_small(canvas, grain, bytes_per_s, ground)

    def _encoded(self, drawing: _Drawing, result: str | ReviewError) -> None:
        assert isinstance(result, str)
        self._texts.keep(drawing, result, len(result))
        self._go_on()

    def _text(self, group: _Group, place: tuple[int, int], drawing: _Drawing, text: str) -> str:
        """What is written when the turn of a drawing has come; nothing when it belongs somewhere else by now."""
        if not self._is_current(group, place, drawing):
            return ""
        column, row = place
        return placed([Piece(column, row, text), *self._beyond(place, drawing)], synchronized=self._synchronized)

    def _beyond(self, place: tuple[int, int], drawing: _Drawing) -> Iterator[Piece]:
        """The ground at the right of a drawing, where the terminal erases it."""
        if self._code.erases_beyond and self._look is not None:
            ground = self._look.ground_rgb
            pad = encode([Cell(" ", ground, ground)], self._look.depth)
            for row in range(drawing.size.height):
                yield Piece(place[0] + drawing.size.width, place[1] + row, pad)

    def _is_current(self, group: _Group, place: tuple[int, int], drawing: _Drawing) -> bool:
        return bool(self._spots) and self._drawing(group) == (place, drawing)

    def _sent(self, group: _Group, place: tuple[int, int], drawing: _Drawing) -> None:
        """The turn of a drawing has come."""
        self._under_way.discard(group)
        if self._is_current(group, place, drawing):
            for at in map(self._at, group):
                if at in self._spots:
                    self._bare.pop(at, None)
            self._remember(group)
        self._canvas.call_on_loop(self._go_on)

    def _remember(self, group: _Group) -> None:
        """Where the terminal remembers only some drawings, those that it forgets now have to be drawn again."""
        most = self._code.most_pieces
        if most is None:
            return
        self._recent.append(group)
        groups = self._groups()
        if len(groups) >= most:
            return  # more than can be kept: what is seen stays until something uncovers it
        for other in groups:
            if other not in self._recent:
                for tile in other:
                    spot = self._spots.get(self._at(tile))
                    if spot is not None:
                        self._bare.setdefault(self._at(tile), spot.seen)


def _split(band: Sequence[Tile], widest: int) -> list[_Group]:
    """Tiles of one band in groups that are no wider than so many cells."""
    groups: list[list[Tile]] = []
    for tile in sorted(band, key=lambda one: one.room.x):
        if groups and tile.room.x + tile.room.width - groups[-1][0].room.x <= widest:
            groups[-1].append(tile)
        else:
            groups.append([tile])
    return [tuple(group) for group in groups]


def _around(one: CellRect, other: CellRect) -> CellRect:
    x, y = min(one.x, other.x), min(one.y, other.y)
    right, bottom = max(one.x + one.width, other.x + other.width), max(one.y + one.height, other.y + other.height)
    return CellRect(x, y, right - x, bottom - y)


def _common(one: CellRect, other: CellRect) -> CellRect:
    x, y = max(one.x, other.x), max(one.y, other.y)
    right, bottom = min(one.x + one.width, other.x + other.width), min(one.y + one.height, other.y + other.height)
    return CellRect(x, y, max(right - x, 0), max(bottom - y, 0))
