"""The contract between a picture view and whatever gets its pixels onto the terminal.

A view knows *what* should be on the screen and *where*; a painter knows *how*. Half cells, Kitty, iTerm2, Sixel and
words are painters; one suite of tests runs against all of them.

How a picture gets onto the screen:

1. ``Painter.request(wanted)`` supersedes whatever was asked for before. A painter that has the picture at hand returns
   a ``Painting`` at once; else it loads, scales and encodes in threads and calls ``Canvas.arrived`` later. It may call
   ``arrived`` again with better paintings of the same request (a ladder from preview to exact pixels), never with
   one of a superseded request.
2. The view writes the rows of the painting (``Painting.row``) with its next frame, unless the rows on the screen are
   the same already (``Painting.has_rows_of``), as when pixels lie behind empty cells.
3. Once every row was handed to the terminal, the view calls ``Painter.place(painting, spot)``. A painter of cells has
   nothing left to do; one of graphics writes now what shows the pixels there, and may take its time.
4. The painter calls ``Canvas.placed(painting)`` as soon as everything that shows it was *written*. The view then asks
   the terminal for the acknowledgement that arms decisions.

When cells of a placed painting are written again (an overlay moved, a dialog closed), the view calls
``Painter.repainted`` with them, behind the frame: pixels that live *in* cells are gone there and must be drawn again.
``Painter.withdraw`` takes pixels off the screen: no picture is shown, or the view is hidden.

How overlays get over a picture: the view says ``Painter.overlay(overlays, colors)`` whenever what should stand over the
picture changes, with nothing while overlays are hidden. Most painters have nothing to do: frames, labels and hatching
reach them as the marks of a row (``RowLook.marks``), as cells, and only cells whose mark changed are written. A painter
that ``draws_lines`` gets just the labels as marks; lines and hatching it draws itself, in pixels of the screen, over
whatever painting it placed last, and moves them with it. A painter of words says what overlays are and where. An
overlay never changes the pixels of a picture, never makes them be sent again, and never touches the arming: it says
nothing about the picture. ``Painter.cover`` is for what cannot lie below text: it hides while a dialog is open.

Everything here runs on the event loop unless it says otherwise, and must not block it: decode, scale and encode in
threads, come back with ``Canvas.call_on_loop``, write through a ``TerminalLink`` and only while it has room.

Sizes: ``wanted.viewport`` has this painter's grain (pixels of one cell). ``PictureSource.load(viewport.box,
viewport.shown)`` gives the pixels. They stand at the top left of ``viewport.area``, which is whole cells; what remains
at the right and below belongs to the surround (``wanted.surround_rgb``).
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from rich.color import ColorSystem
from textual.strip import Strip

from reviewtui.model.errors import ReviewError
from reviewtui.model.geometry import CellRect, CellSize, PixelRect, PixelSize
from reviewtui.ui.pictures.overlays import Mark, Overlay, OverlayKind
from reviewtui.ui.pictures.source import PictureSource, Pixels
from reviewtui.ui.pictures.strips import Rgb
from reviewtui.ui.pictures.viewport import Viewport

PREVIEW, PALETTE, TRUE = "preview", "palette", "true"
"""How true colours and detail of a painting are: a first look, few colours, or exactly the pixels that were loaded."""


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """Provisional pixels over a part of a picture.

    Attributes:
        rect: its place, inside the picture.
        rgb: RGB, uint8, shape (rect.height, rect.width, 3).
    """

    rect: PixelRect
    rgb: Pixels


@dataclass(frozen=True, slots=True)
class Kinship:
    """Another picture of the same size that differs only inside a rectangle; an offer to send only that.

    Attributes:
        key: the other picture's.
        rect: all pixels outside are equal, in picture pixels.
    """

    key: str
    rect: PixelRect


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """What should be on the screen. Compared by identity: asking again is another wish.

    Attributes:
        source: the picture.
        viewport: which part of it, how large, in which room; never empty.
        depth: colours that cells can show.
        surround_rgb: grey around it.
        patch: provisional pixels over it.
        kin: a picture that this one hardly differs from.
    """

    source: PictureSource
    viewport: Viewport
    depth: ColorSystem
    surround_rgb: Rgb = (22, 22, 22)
    patch: Patch | None = None
    kin: Kinship | None = None


@dataclass(frozen=True, slots=True)
class RowLook:
    """How one row of the widget should look.

    Attributes:
        left: cells of surround before the painting; negative when it is wider than the widget.
        width: of the widget in cells.
        surround_rgb: grey around it.
        depth: colours that cells can show.
        marks: what overlays put into cells, by column of the painting.
        colors: of the overlays.
    """

    left: int
    width: int
    surround_rgb: Rgb
    depth: ColorSystem
    marks: Mapping[int, Mark]
    colors: Mapping[OverlayKind, Rgb]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the first cell of a painting stands on the screen, and what of it is to be seen.

    Attributes:
        column: of the screen, from 0.
        row: of the screen, from 0.
        seen: cells of the painting inside the widget; all of them unless the widget is too small.
    """

    column: int
    row: int
    seen: CellRect


class Painting(Protocol):
    """A picture that can stand on the screen. Immutable; compared by identity."""

    @property
    def wanted(self) -> Wanted:
        """What it shows."""
        ...

    @property
    def cells(self) -> CellSize:
        """Its size."""
        ...

    @property
    def truth(self) -> str:
        """``PREVIEW``, ``PALETTE`` or ``TRUE``."""
        ...

    def row(self, row: int, look: RowLook) -> Strip:
        """The row of the widget that shows one of its rows, exactly ``look.width`` cells wide.

        Args:
            row: of the painting.
            look: what stands around and over it.
        """
        ...

    def has_rows_of(self, other: "Painting") -> bool:
        """Whether its rows, at the same place and with the same marks, are what another painting's rows are."""
        ...


class Canvas(Protocol):
    """What a view does for its painter."""

    def call_on_loop(self, function: Callable[..., object], *arguments: object) -> object:
        """Run something on the event loop. Any thread; may never happen once the view is gone."""
        ...

    def call_after(self, delay_s: float, function: Callable[[], object]) -> object:
        """Run something on the event loop later, unless the view is gone by then."""
        ...

    def arrived(self, painting: Painting) -> None:
        """A painting of the newest request can be shown; earlier ones that were not placed yet no longer can."""
        ...

    def placed(self, painting: Painting) -> None:
        """Everything that shows a painting was written."""
        ...

    def vanished(self) -> None:
        """What was placed is not on the screen after all, for the terminal dropped it; it is on its way again."""
        ...

    def failed(self, wanted: Wanted, error: ReviewError) -> None:
        """The newest request cannot be fulfilled."""
        ...


class TerminalLink(Protocol):
    """The line to the terminal, shared by all views. Event loop only."""

    @property
    def has_room(self) -> bool:
        """Whether something may be written now without the event loop waiting for the line."""
        ...

    def write(self, data: str) -> None:
        """Write, in order with the frames of the app. Short things, such as a placement, may always be written."""
        ...

    def ask(self, answered: Callable[[], None]) -> None:
        """Call back when the terminal has processed everything written so far; maybe never."""
        ...

    def together(self) -> AbstractContextManager[None]:
        """What is written and asked meanwhile goes out as one text, at the end."""
        ...


class Painter(Protocol):
    """Gets pictures of one view onto the terminal. Event loop only."""

    @property
    def name(self) -> str:
        """What evidence and the status line call it: ``half``, ``kitty``, ``iterm2``, ``sixel``, ``text``."""
        ...

    @property
    def grain(self) -> PixelSize:
        """Shown pixels in one cell."""
        ...

    @property
    def most_cells(self) -> CellSize | None:
        """The largest room that it can fill; None for any."""
        ...

    @property
    def draws_lines(self) -> bool:
        """Whether lines and hatching of overlays are its own work; else they come to it as marks, as labels do."""
        ...

    @property
    def is_busy(self) -> bool:
        """Whether nothing of the newest request has arrived yet."""
        ...

    @property
    def is_idle(self) -> bool:
        """Whether no thread works for it and nothing waits to be sent; a test may end then."""
        ...

    def request(self, wanted: Wanted) -> Painting | None:
        """Ask for a picture; what was asked for before is dropped.

        Returns:
            A painting at once when one is at hand, maybe not the best; else None, and ``Canvas.arrived`` or
            ``Canvas.failed`` is called later.
        """
        ...

    def prefetch(self, wanted: Wanted) -> None:
        """Something that may be wanted next: get it ready when nothing else is to be done. Wishes may be forgotten."""
        ...

    def cancel(self) -> None:
        """Drop what was asked for; what is on the screen stays."""
        ...

    def place(self, painting: Painting, spot: Spot) -> None:
        """Show a painting whose rows were written; also called again when it moved."""
        ...

    def repainted(self, painting: Painting, spot: Spot, cells: CellRect) -> None:
        """Some cells of a placed painting were written again.

        Args:
            painting: the one that was placed last.
            spot: where it stands.
            cells: of the painting.
        """
        ...

    def overlay(self, overlays: Sequence[Overlay], colors: Mapping[OverlayKind, Rgb]) -> None:
        """What should stand over the picture from now on, whichever it is; nothing takes all of it away.

        Args:
            overlays: in pixels of the picture.
            colors: of each kind.
        """
        ...

    def cover(self, *, covered: bool) -> None:
        """A dialog stands over the view, or no more."""
        ...

    def withdraw(self) -> None:
        """Take pixels off the screen, and what lies over them."""
        ...

    def close(self) -> None:
        """The view is gone: free what only it needed; work that runs is not waited for."""
        ...


PainterFactory = Callable[[Canvas], Painter]


def load_checked(wanted: Wanted) -> Pixels:
    """The pixels that something wanted shows, without its patch. Blocking. Call from a thread.

    Raises:
        ReviewError: the picture cannot be read.
    """
    from reviewtui.model.errors import InputError

    viewport = wanted.viewport
    pixels = wanted.source.load(viewport.box, viewport.shown)
    if pixels.shape != (viewport.shown.height, viewport.shown.width, 3) or pixels.dtype != np.uint8:
        raise InputError(f"the picture came as {pixels.shape} {pixels.dtype} instead of {viewport.shown} RGB")
    return pixels


def scaled_patch(patch: Patch, viewport: Viewport) -> tuple[PixelRect, Pixels] | None:
    """A patch as it looks in a viewport: its place in shown pixels, and its pixels; None when it is out of view.

    Blocking. Call from a thread.
    """
    from PIL import Image

    seen = patch.rect.intersection(viewport.box)
    if seen is None:
        return None
    place = viewport.shown_of(seen)
    part = patch.rgb[
        seen.y - patch.rect.y : seen.bottom - patch.rect.y, seen.x - patch.rect.x : seen.right - patch.rect.x
    ]
    image = Image.fromarray(np.ascontiguousarray(part)).resize((place.width, place.height), Image.Resampling.BOX)
    return place, np.asarray(image)
