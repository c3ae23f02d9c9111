"""The painter for protocols whose pictures are cells of text, such as half cells: the rows are the picture.

Must not know a particular protocol.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from textual.strip import Strip

from reviewtui.model.geometry import CellRect, CellSize, PixelSize
from reviewtui.ui.pictures.cache import DrawingCache
from reviewtui.ui.pictures.compose import picture_row
from reviewtui.ui.pictures.loading import Loader
from reviewtui.ui.pictures.overlays import Overlay, OverlayKind
from reviewtui.ui.pictures.painter import Canvas, Painting, RowLook, Spot, Wanted
from reviewtui.ui.pictures.protocol import Drawing, PictureProtocol
from reviewtui.ui.pictures.strips import Rgb


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


class CellPainter:
    """See ``Painter``.

    Args:
        canvas: the view.
        protocol: draws.
        cache: drawings that come back at once; may be shared.
    """

    def __init__(self, canvas: Canvas, protocol: PictureProtocol, cache: DrawingCache | None = None) -> None:
        self._canvas = canvas
        self._protocol = protocol
        self._loader = Loader(
            protocol,
            DrawingCache() if cache is None else cache,
            canvas.call_on_loop,
            lambda wanted, drawing: canvas.arrived(CellPainting(wanted, drawing)),
            canvas.failed,
        )

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
        """Whether no thread works."""
        return self._loader.is_idle

    def request(self, wanted: Wanted) -> Painting | None:
        """See ``Painter.request``."""
        drawing = self._loader.request(wanted)
        return None if drawing is None else CellPainting(wanted, drawing)

    def prefetch(self, wanted: Wanted) -> None:
        """See ``Painter.prefetch``."""
        self._loader.prefetch(wanted)

    def cancel(self) -> None:
        """See ``Painter.cancel``."""
        self._loader.cancel()

    def place(self, painting: Painting, spot: Spot) -> None:
        """The rows are the picture."""
        self._canvas.placed(painting)

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

    def close(self) -> None:
        """See ``Painter.close``."""
        self._loader.close()


def cell_painter(protocol: PictureProtocol, cache: DrawingCache | None = None) -> Callable[[Canvas], CellPainter]:
    """A factory for views that show the same protocol."""
    return lambda canvas: CellPainter(canvas, protocol, cache)
