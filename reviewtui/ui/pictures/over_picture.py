"""What stands over the picture of one view: what its painter was told, and what cells carry. Must not draw."""

from collections.abc import Callable, Sequence

from textual.geometry import Region
from textual.widget import Widget

from reviewtui.model.geometry import CellRect
from reviewtui.ui.pictures.overlays import Mark, Overlay, OverlayKind, marks_for
from reviewtui.ui.pictures.painter import Painter, Painting
from reviewtui.ui.pictures.regions import runs_of_cells
from reviewtui.ui.pictures.strips import Rgb

Colors = dict[OverlayKind, Rgb]


def colors_of(widget: Widget) -> Colors:
    """The theme's colour of each kind, from the component classes of a widget."""
    colors: Colors = {}
    for kind in OverlayKind:
        color = widget.get_component_rich_style(f"picture-view--{kind}").color
        triplet = (255, 255, 255) if color is None else tuple(color.get_truecolor())
        colors[kind] = (triplet[0], triplet[1], triplet[2])
    return colors


class OverPicture:
    """See the module. Event loop only."""

    def __init__(self) -> None:
        """Nothing stands there."""
        self._marks: dict[tuple[int, int], Mark] = {}
        self._told: tuple[tuple[Overlay, ...], Colors] | None = None
        self._covered = False

    @property
    def is_told(self) -> bool:
        """Whether the painter was told of any overlay."""
        return self._told is not None and bool(self._told[0])

    def forget_painter(self) -> None:
        """Another painter knows of no overlay and of no dialog yet."""
        self._told, self._covered = None, False

    def tell(self, painter: Painter, overlays: Sequence[Overlay], colors: Callable[[], Colors]) -> None:
        """Say what should stand over the picture and in which colours, unless the painter knows."""
        wish = (tuple(overlays), colors() if overlays or self._told is None else self._told[1])
        if wish != self._told:
            self._told = wish
            painter.overlay(*wish)

    def cover(self, painter: Painter, *, covered: bool) -> None:
        """Say that a dialog stands there, or no more, unless the painter knows."""
        if covered is not self._covered:
            self._covered = covered
            painter.cover(covered=covered)

    def clear(self) -> None:
        """Cells carry nothing."""
        self._marks = {}

    def exchange(
        self, painter: Painter, painting: Painting | None, overlays: Sequence[Overlay], *, anew: bool = False
    ) -> list[Region]:
        """Have cells carry other marks.

        Args:
            painter: draws them, or leaves them to cells.
            painting: below them.
            overlays: what they say.
            anew: another picture lies below; its colors show behind lines that are cells.

        Returns:
            The cells that have to be written, counted from the painting's first one, in regions one row high.
        """
        old, self._marks = self._marks, {}
        if painting is None:
            return []
        viewport = painting.wanted.viewport
        self._marks = new = marks_for(overlays, viewport, lines=not painter.draws_lines)
        area = viewport.area
        all_anew = anew and not painter.draws_lines
        places = (place for place in old.keys() | new.keys() if all_anew or old.get(place) != new.get(place))
        changed = {(y - area.y, x - area.x) for (x, y) in places}
        if painter.draws_lines:
            # Where cells name a part of the picture, one takes its place from the one before it.
            changed |= {(row, column + 1) for row, column in changed}
        return runs_of_cells(changed)

    def on_row(self, area: CellRect, row: int) -> dict[int, Mark]:
        """Marks of one row of the painting, by column."""
        return {x - area.x: mark for (x, y), mark in self._marks.items() if y - area.y == row}
