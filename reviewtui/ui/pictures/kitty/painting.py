"""A picture in the terminal as the rows of a widget, and which part of it is shown. Pure; must not write."""

from dataclasses import dataclass
from functools import partial

from textual.strip import Strip

from reviewtui.model.geometry import CellRect, CellSize, PixelRect
from reviewtui.ui.pictures.compose import hole_row
from reviewtui.ui.pictures.kitty.placeholders import PlaceholderStrip
from reviewtui.ui.pictures.kitty.store import Resident
from reviewtui.ui.pictures.painter import PREVIEW, Painting, RowLook, Wanted
from reviewtui.ui.pictures.strips import Rgb


@dataclass(frozen=True, slots=True, eq=False)
class KittyPainting:
    """A picture in the terminal, or a part of one; see ``Painting``.

    Attributes:
        crop_px: the part, in pixels of the resident; None for all of it.
    """

    wanted: Wanted
    resident: Resident
    crop_px: PixelRect | None
    in_tmux: bool

    @property
    def cells(self) -> CellSize:
        """Its size."""
        area = self.wanted.viewport.area
        return CellSize(area.width, area.height)

    @property
    def truth(self) -> str:
        """A part of a picture at another scale is never exact."""
        is_same = self.crop_px is None or self.resident.content.scale == self.wanted.viewport.scale
        return self.resident.truth if is_same else PREVIEW

    def row(self, row: int, look: RowLook) -> Strip:
        """See ``Painting.row``."""
        if self.in_tmux:
            return PlaceholderStrip.of_row(self.resident.image, row, self.cells.width, look, partial(self._behind, row))
        return hole_row(self.cells.width, look, partial(self._behind, row))

    def has_rows_of(self, other: Painting) -> bool:
        """Outside tmux all pictures are holes; inside, cells name the picture."""
        if not isinstance(other, KittyPainting):
            return False
        return not self.in_tmux or other.resident.image == self.resident.image

    def _behind(self, row: int, column: int) -> tuple[Rgb, Rgb]:
        """Colours of the halves of a cell."""
        colors = self.resident.colors
        content = self.resident.content
        y, x = row, column
        if self.crop_px is not None:
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
