"""The painter for protocols whose pictures are cells of text, such as half cells: the rows are the picture.

Must not know a particular protocol.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from rich.color import ColorSystem
from textual.strip import Strip

from reviewtui.model.geometry import CellRect, CellSize, PixelSize
from reviewtui.ui.pictures.cache import DrawingCache
from reviewtui.ui.pictures.cell_steps import cost_bytes, first_look, steps
from reviewtui.ui.pictures.compose import picture_row
from reviewtui.ui.pictures.kitty.transport import Pace
from reviewtui.ui.pictures.loading import Loader
from reviewtui.ui.pictures.overlays import Overlay, OverlayKind
from reviewtui.ui.pictures.painter import Canvas, Painting, RowLook, Spot, TerminalLink, Wanted
from reviewtui.ui.pictures.protocol import Drawing, PictureProtocol
from reviewtui.ui.pictures.raster import AT_ONCE_S, piece_bytes
from reviewtui.ui.pictures.sending import Drain
from reviewtui.ui.pictures.source import Pixels
from reviewtui.ui.pictures.strips import Rgb

_FIRST_S, _LEAST_FIRST_BYTES = 0.09, 6_000
"""How long a line should be busy with a first look."""


@dataclass(frozen=True, slots=True, eq=False)
class CellPainting:
    """A drawing; see ``Painting``."""

    wanted: Wanted
    drawing: Drawing

    @property
    def cells(self) -> CellSize:
        """Its size."""
        return self.drawing.cells

    @property
    def truth(self) -> str:
        """How true its colours are."""
        return self.drawing.truth

    def row(self, row: int, look: RowLook) -> Strip:
        """See ``Painting.row``."""
        return picture_row(self.drawing, row, look)

    def has_rows_of(self, other: Painting) -> bool:
        """Only a painting of the same drawing has its rows."""
        return isinstance(other, CellPainting) and other.drawing is self.drawing


def changed_spans(new: Painting, old: Painting) -> dict[int, tuple[int, int]] | None:
    """For each row of a painting that looks different, from where to where; columns, half-open.

    Args:
        new: to be shown.
        old: on the screen, at the same place and of the same size.

    Returns:
        None when one of them is not made of cells.
    """
    if not (isinstance(new, CellPainting) and isinstance(old, CellPainting)) or new.cells != old.cells:
        return None
    spans: dict[int, tuple[int, int]] = {}
    for row, (cells, before) in enumerate(zip(new.drawing.rows, old.drawing.rows, strict=True)):
        if cells != before:
            differing = [column for column, pair in enumerate(zip(cells, before, strict=True)) if pair[0] != pair[1]]
            spans[row] = (differing[0], differing[-1] + 1)
    return spans


class _Slowly(NamedTuple):
    """How a picture gets over a line that it would fill for long.

    Attributes:
        link: the line.
        pace: how fast it is.
    """

    link: TerminalLink
    pace: Pace


@dataclass(frozen=True, slots=True)
class _WithFirstLook:
    """A protocol whose drawings have a first look, unless the line is fast; see ``PictureProtocol``."""

    protocol: PictureProtocol
    pace: Pace

    @property
    def name(self) -> str:
        """The protocol's."""
        return self.protocol.name

    @property
    def grain(self) -> PixelSize:
        """The protocol's."""
        return self.protocol.grain

    def draw(self, pixels: Pixels, depth: ColorSystem) -> Drawing:
        """See ``PictureProtocol.draw``."""
        drawing = self.protocol.draw(pixels, depth)
        if cost_bytes(drawing, None) <= _at_once_bytes(self.pace):
            return drawing
        most_bytes = round(max(_FIRST_S * self.pace.bytes_per_s, _LEAST_FIRST_BYTES))
        return replace(drawing, first=first_look(drawing, depth, most_bytes))


class CellPainter:
    """See ``Painter``.

    Over a slow line a picture comes as a first look and then row by row: between two steps keys are echoed.

    Args:
        canvas: the view.
        protocol: draws.
        cache: drawings that come back at once; may be shared.
        link: the line; None when everything may be written at once.
        pace: how fast it is; shared by all who use it.
    """

    def __init__(
        self,
        canvas: Canvas,
        protocol: PictureProtocol,
        cache: DrawingCache | None = None,
        *,
        link: TerminalLink | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._canvas = canvas
        self._protocol = protocol
        self._slowly = None if link is None else _Slowly(link, pace or Pace())
        self._loader = Loader(
            protocol if self._slowly is None else _WithFirstLook(protocol, self._slowly.pace),
            DrawingCache() if cache is None else cache,
            canvas.call_on_loop,
            lambda wanted, drawing: canvas.arrived(self._begin(wanted, drawing)),
            canvas.failed,
        )
        self._drain = None if self._slowly is None else Drain(canvas, *self._slowly, self._go_on)
        self._shown: Drawing | None = None
        self._steps: deque[CellPainting] = deque()
        self._handed: CellPainting | None = None

    @property
    def name(self) -> str:
        """The protocol's."""
        return self._protocol.name

    @property
    def grain(self) -> PixelSize:
        """The protocol's."""
        return self._protocol.grain

    @property
    def most_cells(self) -> CellSize | None:
        """Any room."""
        return None

    @property
    def is_busy(self) -> bool:
        """Whether the picture that was asked for last is still on its way."""
        return self._loader.is_busy

    @property
    def is_idle(self) -> bool:
        """Whether no thread works, and no step waits for anything but the view."""
        return self._loader.is_idle and not (self._steps and self._handed is None)

    def request(self, wanted: Wanted) -> Painting | None:
        """See ``Painter.request``."""
        self._forget_steps()
        drawing = self._loader.request(wanted)
        return None if drawing is None else self._begin(wanted, drawing)

    def prefetch(self, wanted: Wanted) -> None:
        """See ``Painter.prefetch``."""
        self._loader.prefetch(wanted)

    def cancel(self) -> None:
        """See ``Painter.cancel``."""
        self._forget_steps()
        self._loader.cancel()

    def place(self, painting: Painting, spot: Spot) -> None:
        """The rows are the picture, and were written just now."""
        assert isinstance(painting, CellPainting)
        before, self._shown = self._shown, painting.drawing
        if painting is not self._handed:
            self._canvas.placed(painting)
            return
        self._handed = None
        # A few runs of colour are no evidence: only the whole picture is asked for.
        if not self._steps:
            self._canvas.placed(painting)
        if self._drain is not None:
            self._drain.is_wanted = bool(self._steps)
            self._drain.note(cost_bytes(painting.drawing, before))
        self._go_on()

    def repainted(self, painting: Painting, spot: Spot, cells: CellRect) -> None:
        """The rows are the picture."""

    @property
    def draws_lines(self) -> bool:
        """Overlays are cells."""
        return False

    def overlay(self, overlays: Sequence[Overlay], colors: Mapping[OverlayKind, Rgb]) -> None:
        """They come as marks."""

    def cover(self, *, covered: bool) -> None:
        """Cells are covered by cells."""

    def withdraw(self) -> None:
        """Other rows will be written."""
        self._forget_steps()
        self._shown = None

    def close(self) -> None:
        """See ``Painter.close``."""
        self._forget_steps()
        self._loader.close()

    def _begin(self, wanted: Wanted, drawing: Drawing) -> CellPainting:
        """What is shown first of a drawing: all of it, or its first look where it would fill the line for long."""
        self._forget_steps()
        first = drawing.first
        if self._slowly is None or first is None:
            return CellPainting(wanted, drawing)
        pace = self._slowly.pace
        if cost_bytes(drawing, self._shown) <= _at_once_bytes(pace):
            return CellPainting(wanted, drawing)
        step_bytes = piece_bytes(pace.bytes_per_s)
        self._steps.extend(CellPainting(wanted, step) for step in steps(first, drawing, step_bytes))
        self._handed = CellPainting(wanted, first)
        return self._handed

    def _forget_steps(self) -> None:
        self._steps.clear()
        self._handed = None

    def _go_on(self) -> None:
        """The next step, when the one before was written and the line has room."""
        if self._drain is None or self._handed is not None or not self._steps:
            return
        step = self._steps[0]
        if self._drain.has_room(cost_bytes(step.drawing, self._shown)):
            self._handed = self._steps.popleft()
            self._canvas.arrived(step)


def _at_once_bytes(pace: Pace) -> float:
    return AT_ONCE_S * pace.bytes_per_s


def cell_painter(protocol: PictureProtocol, cache: DrawingCache | None = None) -> Callable[[Canvas], CellPainter]:
    """A factory for views that show the same protocol."""
    return lambda canvas: CellPainter(canvas, protocol, cache)
