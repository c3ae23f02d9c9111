"""A picture in the terminal as the rows of a widget, and which part of it is shown. Pure; must not write."""

from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from textual.strip import Strip

from reviewtui.model.geometry import CellRect, CellSize, PixelRect
from reviewtui.ui.pictures.compose import hole_row
from reviewtui.ui.pictures.kitty.placeholders import MOST_CELLS, PlaceholderStrip
from reviewtui.ui.pictures.kitty.store import Content, Resident
from reviewtui.ui.pictures.painter import PREVIEW, Painting, RowLook, Wanted
from reviewtui.ui.pictures.strips import Rgb


@dataclass(frozen=True, slots=True)
class Window:
    """The cells through which a larger picture of placeholder cells is seen; cells cannot show a part of a cell.

    Attributes:
        whole: size of all of it in cells.
        column: of it, where the window begins.
        row: of it.
        is_exact: whether each pixel stands where it belongs, or less than a pixel of the picture beside.
    """

    whole: CellSize
    column: int
    row: int
    is_exact: bool


@dataclass(frozen=True, slots=True, eq=False)
class KittyPainting:
    """A picture in the terminal, or a part of one; see ``Painting``.

    Attributes:
        crop_px: the part, in pixels of the resident; None for all of it.
        window: the part where cells name it; None where they do not.
    """

    wanted: Wanted
    resident: Resident
    crop_px: PixelRect | None
    window: Window | None

    @classmethod
    def of(cls, wanted: Wanted, resident: Resident, *, in_tmux: bool) -> "KittyPainting | None":
        """What shows something wanted with a picture that is at hand; None when that is impossible."""
        is_whole = resident.content == Content.of(wanted)
        if in_tmux:
            window = window_for(resident, wanted)
            return None if window is None else cls(wanted, resident, None, window)
        return cls(wanted, resident, None if is_whole else crop_for(resident, wanted), None)

    @property
    def cells(self) -> CellSize:
        """Its size."""
        area = self.wanted.viewport.area
        return CellSize(area.width, area.height)

    @property
    def is_exact(self) -> bool:
        """Whether it shows the very pixels of the resident."""
        if self.window is not None:
            return self.window.is_exact
        return self.crop_px is None or self.resident.content.scale == self.wanted.viewport.scale

    @property
    def truth(self) -> str:
        """A part of a picture at another scale is never exact."""
        return self.resident.truth if self.is_exact else PREVIEW

    @property
    def sharpness(self) -> float:
        """Pixels that were sent for each pixel of the screen along one axis; 1 is as sharp as can be."""
        sent = self.resident.size.width / self.resident.canvas.width
        return float(sent * self.resident.content.scale / self.wanted.viewport.scale)

    def row(self, row: int, look: RowLook) -> Strip:
        """See ``Painting.row``."""
        behind = partial(self._behind, row)
        if self.window is None:
            return hole_row(self.cells.width, look, behind)
        place = (self.window.row + row, self.window.column)
        return PlaceholderStrip.of_row(self.resident.image, place, self.cells.width, look, behind)

    def has_rows_of(self, other: Painting) -> bool:
        """Outside tmux all pictures are holes; inside, cells name the picture and their place in it."""
        if not isinstance(other, KittyPainting):
            return False
        if self.window is None or other.window is None:
            return self.window is other.window
        mine, others = self.window, other.window
        same_place = (mine.column, mine.row) == (others.column, others.row)
        return same_place and other.resident.image == self.resident.image

    def _behind(self, row: int, column: int) -> tuple[Rgb, Rgb]:
        """Colours of the halves of a cell."""
        colors = self.resident.colors
        content = self.resident.content
        y, x = row, column
        if self.crop_px is not None or self.window is not None:
            box, whole = self.wanted.viewport.box, content.box
            x = int(
                (box.x - whole.x + (column + 0.5) * box.width / self.cells.width) * content.cells.width / whole.width
            )
            y = int(
                (box.y - whole.y + (row + 0.5) * box.height / self.cells.height) * content.cells.height / whole.height
            )
        y, x = min(max(y, 0), colors.shape[0] // 2 - 1), min(max(x, 0), colors.shape[1] - 1)
        upper, lower = colors[2 * y, x].tolist(), colors[2 * y + 1, x].tolist()
        return (upper[0], upper[1], upper[2]), (lower[0], lower[1], lower[2])


def window_for(cover: Resident, wanted: Wanted) -> Window | None:
    """The cells of a picture that show what is wanted when all of it is as large as that wants; None if too large."""
    viewport, content = wanted.viewport, cover.content
    area, grain = viewport.area, viewport.grain
    if content.box == viewport.box:
        whole = CellSize(area.width, area.height)
        same = content.scale == viewport.scale
        return None if max(whole.width, whole.height) > MOST_CELLS else Window(whole, 0, 0, same)
    ratio = viewport.scale / content.scale
    whole = CellSize(round(content.cells.width * ratio), round(content.cells.height * ratio))
    if max(whole.width, whole.height) > MOST_CELLS or area.width > whole.width or area.height > whole.height:
        return None
    x = (viewport.box.x - content.box.x) * viewport.scale / grain.width
    y = (viewport.box.y - content.box.y) * viewport.scale / grain.height
    column = min(max(round(x), 0), whole.width - area.width)
    row = min(max(round(y), 0), whole.height - area.height)
    least = float(max(viewport.scale, Fraction(1)))
    is_near = float(abs(x - column)) * grain.width < least and float(abs(y - row)) * grain.height < least
    return Window(whole, column, row, ratio == 1 and is_near)


def crop_for(cover: Resident, wanted: Wanted) -> PixelRect:
    """The part of a larger picture that shows what is wanted, in pixels of that picture as it was sent."""
    content, box = cover.content, wanted.viewport.box
    # What was sent is a canvas of whole cells; the picture stands at its top left.
    scale_x = content.shown.width / content.box.width * cover.size.width / cover.canvas.width
    scale_y = content.shown.height / content.box.height * cover.size.height / cover.canvas.height
    x, y = round((box.x - content.box.x) * scale_x), round((box.y - content.box.y) * scale_y)
    x, y = min(x, cover.size.width - 1), min(y, cover.size.height - 1)
    width = min(max(round(box.width * scale_x), 1), cover.size.width - x)
    height = min(max(round(box.height * scale_y), 1), cover.size.height - y)
    return PixelRect(x, y, width, height)


def part_of(crop: PixelRect, seen: CellRect, cells: CellSize) -> PixelRect:
    """The part of a crop that some of its cells show."""
    x, width = crop.x + crop.width * seen.x // cells.width, max(crop.width * seen.width // cells.width, 1)
    y, height = crop.y + crop.height * seen.y // cells.height, max(crop.height * seen.height // cells.height, 1)
    return PixelRect(x, y, width, height)
