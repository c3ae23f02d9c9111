"""Kitty's graphics protocol, spelled. Pure strings; must not decide anything.

What sends or shows a picture is answered only when it fails (``q=1``): that is how one learns that the terminal has
dropped a picture to make room. Deletes are never answered.

Source: https://sw.kovidgoyal.net/kitty/graphics-protocol/
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

from reviewtui.model.geometry import CellSize, PixelRect

CHUNK = 4096
"""Base64 characters in one command; the protocol's limit."""

BELOW_CELLS = -1_073_741_825
"""A picture this low lies below the background of cells, so that only cells without one show it."""


OVER_PICTURES = BELOW_CELLS
"""Above every picture that is placed lower, and still below the background of cells."""


def graphics(keys: str, payload: str = "") -> str:
    """One command."""
    return f"\x1b_G{keys};{payload}\x1b\\" if payload else f"\x1b_G{keys}\x1b\\"


class Chunked(Sequence[str]):
    """The commands that send one payload, in order; each is spelled when it is asked for, since a payload is large.

    Args:
        first: keys of the first command.
        following: keys of the others.
        payload: base64.
    """

    def __init__(self, first: str, following: str, payload: str) -> None:
        self._first = first
        self._following = following
        self._payload = payload

    def __len__(self) -> int:
        return -(-len(self._payload) // CHUNK)

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> list[str]: ...

    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self._spell(number) for number in range(*place.indices(len(self)))]
        if not 0 <= place < len(self):
            raise IndexError(place)
        return self._spell(place)

    def _spell(self, number: int) -> str:
        start = number * CHUNK
        more = 1 if start + CHUNK < len(self._payload) else 0
        keys = self._following if start else self._first
        if start or more:
            keys += f",m={more}"
        return graphics(keys, self._payload[start : start + CHUNK])


def transmission(image: int, payload: str) -> Chunked:
    """Commands that send a picture.

    Args:
        image: its id.
        payload: a PNG file in base64.
    """
    return Chunked(f"a=t,f=100,i={image},q=1", "q=1", payload)


def frame(image: int, payload: str, x_px: int, y_px: int, base: int = 1) -> Chunked:
    """Commands that add a frame: another one as it is, with some other pixels at a place.

    Args:
        image: its id.
        payload: a PNG file in base64.
        x_px: the place.
        y_px: the place.
        base: number of the frame below, from 1.
    """
    # Without a=f in each, the rest would paint over the picture itself.
    return Chunked(f"a=f,f=100,i={image},x={x_px},y={y_px},c={base},q=1", f"a=f,i={image},q=1", payload)


def repaint_frame(image: int, payload: str, x_px: int, y_px: int, number: int) -> Chunked:
    """Commands that put other pixels into a frame that is there; at once on the screen where it is shown.

    Args:
        image: its id.
        payload: a PNG file in base64.
        x_px: the place.
        y_px: the place.
        number: of the frame, from 1.
    """
    # Without r=N in each, the rest would become another frame.
    return Chunked(f"a=f,f=100,i={image},x={x_px},y={y_px},r={number},q=1", f"a=f,i={image},r={number},q=1", payload)


def abort_frame(image: int) -> str:
    """End a frame whose chunks are not all sent."""
    return graphics(f"a=f,i={image},m=0,q=2")


def drop(image: int) -> str:
    """Free a picture, its frames and placements; also ends its transmission."""
    return graphics(f"a=d,d=I,i={image},q=2")


def take_away(image: int, placement: int) -> str:
    """Remove a placement; the picture stays in the terminal."""
    return graphics(f"a=d,d=i,i={image},p={placement},q=2")


def show_frame(image: int, number: int) -> str:
    """Show one of its frames, from 1, wherever it is placed."""
    # Only failures are answered, whether asked for or not; seen in kitty 0.41.
    return graphics(f"a=a,i={image},c={number}")


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a picture is shown.

    Attributes:
        image: its id.
        placement: number of the placement; the same again moves it.
        column: of the screen, from 0.
        row: of the screen, from 0.
        cells: its size there; the terminal scales.
        crop_px: the part that is shown, in pixels of the picture; all of it when None.
        z: what lies higher covers what lies lower.
    """

    image: int
    placement: int
    column: int
    row: int
    cells: CellSize
    crop_px: PixelRect | None
    z: int


def place(one: Placement) -> str:
    """Show a picture on the screen."""
    crop = one.crop_px
    part = "" if crop is None else f",x={crop.x},y={crop.y},w={crop.width},h={crop.height}"
    keys = f"a=p,i={one.image},p={one.placement}{part},c={one.cells.width},r={one.cells.height},C=1,z={one.z},q=1"
    return f"\x1b[{one.row + 1};{one.column + 1}H" + graphics(keys)


def place_virtually(image: int, cells: CellSize) -> str:
    """Prepare a picture for placeholder cells; the same again changes its size."""
    return graphics(f"a=p,U=1,i={image},p=1,c={cells.width},r={cells.height},q=1")


@dataclass(frozen=True, slots=True)
class Inset:
    """A part of a picture in its own pixels, not scaled.

    Attributes:
        source: the part.
        x_px: from the left edge of a cell.
        y_px: from its upper edge.
    """

    source: PixelRect
    x_px: int
    y_px: int

    @property
    def keys(self) -> str:
        """What differs from the defaults."""
        part = self.source
        values = {"x": part.x, "y": part.y, "w": part.width, "h": part.height, "X": self.x_px, "Y": self.y_px}
        return "".join(f",{key}={value}" for key, value in values.items() if value)


def go_to(column: int, row: int) -> str:
    """Move the cursor to a cell of the screen, counted from 0."""
    return f"\x1b[{row + 1};{column + 1}H"


def place_over(image: int, placement: int, inset: Inset) -> str:
    """Show a part of a picture over other pictures, at the cursor, which stays there."""
    return graphics(f"a=p,i={image},p={placement}{inset.keys},C=1,z={OVER_PICTURES},q=1")


def hang_over(image: int, placement: int, inset: Inset, parent: int, columns: int, rows: int) -> str:
    """Show a part of a picture over one that stands in placeholder cells, and wherever those go.

    Args:
        image: its id.
        placement: number of the placement; the same again moves it.
        inset: the part.
        parent: id of the picture below, placed by ``place_virtually``.
        columns: to the right of its first cell on the screen.
        rows: below that.
    """
    # Placeholder cells lie just below text: what is to be above them is above text too, as is the default.
    offset = "".join(f",{key}={value}" for key, value in (("H", columns), ("V", rows)) if value)
    return graphics(f"a=p,i={image},p={placement}{inset.keys},P={parent},Q=1{offset},q=1")


_FAILURE = re.compile(r"G(?:[^;]*,)?i=(\d{1,10})(?:,[^;]*)?;(?!OK$)")


def failed_image(answer: str) -> int | None:
    """Id of the picture that the terminal could not take or show.

    Args:
        answer: of the terminal, without what encloses it.
    """
    found = _FAILURE.match(answer)
    return None if found is None else int(found[1])
