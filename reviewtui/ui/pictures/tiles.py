"""The contract between a widget with many small pictures and whatever gets these onto the terminal.

A widget (see ``picture_grid``) knows which small pictures are in view, where, and what stands beside them; a tile
painter knows how to get them there. Unlike the picture of a ``PictureView``, a small one is no evidence of anything:
nothing is armed, nothing is asked of the terminal but whether it keeps up.

1. ``TilePainter.want(tiles, look)`` says what is in view, the most wanted first, and replaces what was wanted before:
   what is not in view any more is neither loaded nor sent. ``TileCanvas.arrived`` is called as tiles come, maybe again
   when something better than a first look is there.
2. The widget asks ``TilePainter.find(tile)`` when it draws a line, and puts ``SmallPicture.row`` into it: cells, or
   cells that let pixels be seen.
3. Behind every frame in which something moved or came it calls ``TilePainter.show(spots)``.
4. ``withdraw`` takes the pixels off the screen; what the terminal holds stays there for the next time. ``close`` frees
   what only this painter needed.

A small picture stands in the middle of the lower edge of its room, in whole cells; what remains of them at the top
and at the sides is of the colour of the ground.

Everything runs on the event loop but ``SmallSource.load``, and must not block it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from rich.color import ColorSystem
from textual.strip import Strip

from reviewtui.model.errors import InputError
from reviewtui.model.geometry import CellRect, CellSize, PixelSize
from reviewtui.ui.pictures.source import Pixels
from reviewtui.ui.pictures.strips import Rgb


class SmallSource(Protocol):
    """One picture with fixed content, whose size need not be known.

    Attributes:
        key: names the content; two sources with one key show the same pixels.
    """

    @property
    def key(self) -> str:
        """Names the content."""
        ...

    def load(self, room: PixelSize) -> Pixels:
        """All of the picture, as large as fits, or smaller. Blocking, called from a thread, from several at once.

        Args:
            room: no side of the answer is longer.

        Returns:
            RGB, uint8, shape (height, width, 3).

        Raises:
            ReviewError: the picture cannot be read.
        """
        ...


@dataclass(frozen=True, slots=True)
class Tile:
    """A small picture and the room for it.

    Attributes:
        source: the picture.
        room: cells for it, counted from the first line of the widget, also when that is scrolled out of view.
    """

    source: SmallSource
    room: CellRect


@dataclass(frozen=True, slots=True)
class TileLook:
    """How all tiles of a widget look.

    Attributes:
        ground_rgb: what stands around them.
        depth: colours that cells can show.
    """

    ground_rgb: Rgb
    depth: ColorSystem


class TileKey(NamedTuple):
    """What a small picture shows; the same again needs no other pixels."""

    key: str
    room: CellSize
    look: TileLook

    @classmethod
    def of(cls, tile: Tile, look: TileLook) -> "TileKey":
        """For a tile."""
        return cls(tile.source.key, CellSize(tile.room.width, tile.room.height), look)


class SmallPicture(Protocol):
    """A small picture that can stand on the screen. Immutable."""

    @property
    def cells(self) -> CellSize:
        """Its size, not larger than its room."""
        ...

    def row(self, row: int) -> Strip:
        """One row of it, exactly as wide as it is.

        A strip whose class says ``writes_all_cells`` shows the same whenever its ``cells`` are the same.
        """
        ...


@dataclass(frozen=True, slots=True)
class TileSpot:
    """Where a tile's picture stands.

    Attributes:
        tile: whose.
        column: of the screen, of the picture's first cell; may lie outside the widget.
        row: of the screen.
        seen: cells of the picture inside the widget; at least one.
    """

    tile: Tile
    column: int
    row: int
    seen: CellRect


class TileCanvas(Protocol):
    """What a widget does for its tile painter."""

    def call_on_loop(self, function: Callable[..., object], *arguments: object) -> object:
        """Run something on the event loop. Any thread; may never happen once the widget is gone."""
        ...

    def call_after(self, delay_s: float, function: Callable[[], object]) -> object:
        """Run something on the event loop later, unless the widget is gone by then."""
        ...

    def arrived(self, keys: Sequence[TileKey]) -> None:
        """Something else can be shown for these from now on."""
        ...

    def show_again(self) -> None:
        """Call ``TilePainter.show`` behind the frame that is being written."""
        ...


class TilePainter(Protocol):
    """Gets the small pictures of one widget onto the terminal. Event loop only."""

    @property
    def name(self) -> str:
        """Of the protocol."""
        ...

    @property
    def is_idle(self) -> bool:
        """Whether no thread works for it and nothing waits to be sent."""
        ...

    def want(self, tiles: Sequence[Tile], look: TileLook) -> None:
        """These are in view, the most wanted first; what was wanted before is dropped."""
        ...

    def find(self, tile: Tile) -> SmallPicture | None:
        """What can be shown for a tile now; None as long as that is nothing."""
        ...

    def show(self, spots: Sequence[TileSpot]) -> None:
        """A frame was written in which these, and no others, stand at their spots."""
        ...

    def withdraw(self) -> None:
        """The widget is not seen any more: take pixels off the screen and want nothing."""
        ...

    def close(self) -> None:
        """The widget is gone; work that runs is not waited for."""
        ...


TilePainterFactory = Callable[[TileCanvas], TilePainter]


def load_small(source: SmallSource, room: CellSize, grain: PixelSize, ground_rgb: Rgb) -> Pixels:
    """A small picture in as few whole cells as it takes. Blocking. Call from a thread.

    Args:
        source: the picture.
        room: in cells.
        grain: pixels of one cell.
        ground_rgb: colour of what the picture leaves of its cells.

    Returns:
        RGB, uint8; both sides are multiples of those of a cell.

    Raises:
        ReviewError: the picture cannot be read.
    """
    within = PixelSize(room.width * grain.width, room.height * grain.height)
    pixels = source.load(within)
    height, width = pixels.shape[:2]
    if pixels.shape[2:] != (3,) or pixels.dtype != np.uint8 or height > within.height or width > within.width:
        raise InputError(f"a small picture came as {pixels.shape} {pixels.dtype} for a room of {within}")
    rows, columns = -(-height // grain.height), -(-width // grain.width)
    full = np.empty((rows * grain.height, columns * grain.width, 3), np.uint8)
    full[:] = ground_rgb
    left = (full.shape[1] - width) // 2
    full[full.shape[0] - height :, left : left + width] = pixels
    return full
