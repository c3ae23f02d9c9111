"""The painter for terminals without pictures and colours enough: it describes them. See ``words``.

Must not know what the caller's lines mean.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rich.color import ColorSystem
from textual.strip import Strip

from reviewtui.model.geometry import CellRect, CellSize, PixelSize
from reviewtui.ui.pictures.cache import DrawingCache
from reviewtui.ui.pictures.loading import Loader
from reviewtui.ui.pictures.overlay_words import overlay_lines
from reviewtui.ui.pictures.overlays import Overlay, OverlayKind
from reviewtui.ui.pictures.painter import PREVIEW, Canvas, Painting, RowLook, Spot, Wanted
from reviewtui.ui.pictures.protocol import Drawing
from reviewtui.ui.pictures.source import Pixels
from reviewtui.ui.pictures.strips import Cell, CellStrip, Rgb, whole
from reviewtui.ui.pictures.viewport import HALF_CELL_GRAIN
from reviewtui.ui.pictures.words import Impression, impression_of, word_rows

_WIDEST = 72
"""Longer lines are hard to read."""

Describe = Callable[[str], Sequence[str]]
"""More lines about the picture with a key."""


@dataclass(frozen=True, slots=True)
class _Described(Drawing):
    """Pixels and what they look like."""

    impression: Impression


class _Describer:
    """Looks at pictures; see ``PictureProtocol``."""

    name = "text"
    grain: PixelSize = HALF_CELL_GRAIN

    def draw(self, pixels: Pixels, depth: ColorSystem) -> Drawing:
        """See ``PictureProtocol.draw``; no row is drawn."""
        cells = CellSize(pixels.shape[1], -(-pixels.shape[0] // 2))
        return _Described(pixels, cells, (), (), PREVIEW, impression_of(pixels))


@dataclass(frozen=True, slots=True, eq=False)
class WordsPainting:
    """A picture in words; see ``Painting``.

    Attributes:
        wanted: what it describes.
        rows: its words, each row as wide as the others.
    """

    wanted: Wanted
    rows: tuple[Sequence[Cell], ...]

    @property
    def cells(self) -> CellSize:
        """Its size."""
        return CellSize(len(self.rows[0]), len(self.rows))

    @property
    def truth(self) -> str:
        """Words are no more than a first look."""
        return PREVIEW

    def row(self, row: int, look: RowLook) -> Strip:
        """See ``Painting.row``; there is no picture that marks could stand on."""
        pad = Cell(" ", look.surround_rgb, look.surround_rgb)
        cells = self.rows[row]
        before, after = max(look.left, 0), max(look.width - look.left - len(cells), 0)
        seen = whole(cells[max(-look.left, 0) : max(look.width - look.left, 0)])
        return CellStrip([*[pad] * before, *seen, *[pad] * after], look.depth)

    def has_rows_of(self, other: Painting) -> bool:
        """Whether both say the same."""
        return isinstance(other, WordsPainting) and other.rows == self.rows


_NOTES = (OverlayKind.NOTE, OverlayKind.NOTE_FOCUSED)


class WordsPainter:
    """See ``Painter``.

    Args:
        canvas: the view.
        describe: what else is known of a picture; called on the event loop.
        cache: impressions that come back at once; may be shared by views.
    """

    name = "text"
    grain: PixelSize = HALF_CELL_GRAIN

    def __init__(self, canvas: Canvas, describe: Describe | None = None, cache: DrawingCache | None = None) -> None:
        self._canvas = canvas
        self._describe = describe
        self._overlays: tuple[Overlay, ...] = ()
        self._said: tuple[WordsPainting, Drawing] | None = None
        self._loader = Loader(
            _Describer(),
            DrawingCache() if cache is None else cache,
            canvas.call_on_loop,
            lambda wanted, drawing: canvas.arrived(self._say(wanted, drawing)),
            canvas.failed,
        )

    @property
    def most_cells(self) -> CellSize | None:
        """Any room."""
        return None

    @property
    def is_busy(self) -> bool:
        """Whether the picture that was asked for last is still being looked at."""
        return self._loader.is_busy

    @property
    def is_idle(self) -> bool:
        """Whether no thread works."""
        return self._loader.is_idle

    def request(self, wanted: Wanted) -> Painting | None:
        """See ``Painter.request``."""
        self._said = None
        drawing = self._loader.request(wanted)
        return None if drawing is None else self._say(wanted, drawing)

    def prefetch(self, wanted: Wanted) -> None:
        """See ``Painter.prefetch``."""
        self._loader.prefetch(wanted)

    def cancel(self) -> None:
        """See ``Painter.cancel``."""
        self._said = None
        self._loader.cancel()

    def place(self, painting: Painting, spot: Spot) -> None:
        """The rows are the description."""
        self._canvas.placed(painting)

    def repainted(self, painting: Painting, spot: Spot, cells: CellRect) -> None:
        """The rows are the description."""

    @property
    def draws_lines(self) -> bool:
        """There is no picture that marks could stand on: overlays are said."""
        return True

    def overlay(self, overlays: Sequence[Overlay], colors: Mapping[OverlayKind, Rgb]) -> None:
        """See ``Painter.overlay``; what was said of a picture is said anew."""
        self._overlays = tuple(overlays)
        if self._said is None:
            return
        before, drawing = self._said
        painting = self._say(before.wanted, drawing)
        if not painting.has_rows_of(before):
            self._canvas.arrived(painting)

    def cover(self, *, covered: bool) -> None:
        """Words are covered by cells."""

    def withdraw(self) -> None:
        """Other rows will be written."""

    def close(self) -> None:
        """See ``Painter.close``."""
        self._loader.close()

    def _say(self, wanted: Wanted, drawing: Drawing) -> WordsPainting:
        assert isinstance(drawing, _Described)
        room = wanted.viewport.cells
        told = [] if self._describe is None else self._describe(wanted.source.key)
        # Whoever describes a picture tells more of its notes than where they are.
        drawn = [one for one in self._overlays if not told or one.kind not in _NOTES]
        rows = word_rows(
            drawing.impression,
            size=wanted.source.size,
            key=wanted.source.key,
            lines=[*overlay_lines(drawn, wanted.source.size), *told],
            width=min(room.width, _WIDEST),
            ink=_ink_on(wanted.surround_rgb),
            paper=wanted.surround_rgb,
        )
        painting = WordsPainting(wanted, tuple(rows[: room.height]))
        self._said = (painting, drawing)
        return painting


def _ink_on(paper: Rgb) -> Rgb:
    return (0, 0, 0) if sum(paper) > 330 else (210, 210, 210)
