"""Which part of a picture is shown, how large, and where in the cells of a widget.

Pure arithmetic on integers and fractions; must not touch pixels, widgets or the terminal.

Three coordinate spaces: *picture pixels* (origin: top-left of the picture), *shown pixels* (what the terminal can
address: half cells have 1×2 of them in a cell) and *cells* (origin: top-left of the widget's content).
"""

from dataclasses import dataclass, replace
from fractions import Fraction

from reviewtui.model.geometry import CellRect, CellSize, PixelRect, PixelSize

HALF_CELL_GRAIN = PixelSize(1, 2)
"""Shown pixels in one cell when a cell is drawn as two halves."""

_REDUCTIONS = (64, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2)
ZOOM_STEPS: tuple[Fraction, ...] = tuple(Fraction(1, n) for n in _REDUCTIONS) + tuple(Fraction(n) for n in range(1, 9))
"""Scales, as shown pixels per picture pixel, that zooming in steps stops at; below them lies fit."""


@dataclass(frozen=True, slots=True)
class Viewport:
    """A window on a picture.

    Attributes:
        picture: size of the picture.
        cells: room for it; a side may be 0 or negative, then nothing is shown.
        grain: shown pixels in one cell.
        zoom: shown pixels per picture pixel, or None to fit the picture into the room (never enlarged).
        center_x: horizontal place that should stand in the middle, in picture pixels; clamped when used.
        center_y: vertical place.
    """

    picture: PixelSize
    cells: CellSize
    grain: PixelSize = HALF_CELL_GRAIN
    zoom: Fraction | None = None
    center_x: Fraction = Fraction(0)
    center_y: Fraction = Fraction(0)

    @property
    def is_empty(self) -> bool:
        """Whether there is no room at all."""
        return self.cells.width < 1 or self.cells.height < 1

    @property
    def room(self) -> PixelSize:
        """Shown pixels that the room holds; at least 1×1."""
        return PixelSize(max(self.cells.width, 1) * self.grain.width, max(self.cells.height, 1) * self.grain.height)

    @property
    def fit_scale(self) -> Fraction:
        """Scale at which the whole picture fits, 1 at most."""
        room = self.room
        return min(Fraction(room.width, self.picture.width), Fraction(room.height, self.picture.height), Fraction(1))

    @property
    def scale(self) -> Fraction:
        """Shown pixels per picture pixel."""
        return self.fit_scale if self.zoom is None else self.zoom

    @property
    def is_fit(self) -> bool:
        """Whether the whole picture is in view."""
        return self.box.size == self.picture

    @property
    def box(self) -> PixelRect:
        """The part of the picture in view, in picture pixels."""
        x, width = _window(self.picture.width, self.room.width, self.scale, self.center_x, fits=self.zoom is None)
        y, height = _window(self.picture.height, self.room.height, self.scale, self.center_y, fits=self.zoom is None)
        return PixelRect(x, y, width, height)

    @property
    def shown(self) -> PixelSize:
        """Size of the box on the screen, in shown pixels."""
        box, room = self.box, self.room
        return PixelSize(
            min(max(round(box.width * self.scale), 1), room.width),
            min(max(round(box.height * self.scale), 1), room.height),
        )

    @property
    def area(self) -> CellRect:
        """Cells that the picture takes, centred in the room; zero cells when there is no room."""
        if self.is_empty:
            return CellRect(0, 0, 0, 0)
        shown = self.shown
        width = -(-shown.width // self.grain.width)
        height = -(-shown.height // self.grain.height)
        return CellRect((self.cells.width - width) // 2, (self.cells.height - height) // 2, width, height)

    @property
    def picture_px_per_shown_px(self) -> float:
        """How many picture pixels one shown pixel stands for; 1.0 is pixel for pixel, less is enlarged."""
        return float(1 / self.scale)

    @property
    def step_px(self) -> tuple[int, int]:
        """Picture pixels (x, y) that one cell covers, at least 1: the step of a cursor that moves by cells."""
        box, area = self.box, self.area
        return (max(round(box.width / max(area.width, 1)), 1), max(round(box.height / max(area.height, 1)), 1))

    @property
    def words(self) -> str:
        """The scale for a status line: ``fit 1:12``, ``1:4``, ``1:1``, ``3:1``."""
        scale = self.scale
        ratio = f"{_short(scale)}:1" if scale >= 1 else f"1:{_short(1 / scale)}"
        return f"fit {ratio}" if self.zoom is None else ratio

    @property
    def pixel_words(self) -> str:
        """Honest words on whether single pixels of the picture can be judged in this view."""
        unit = "half cell" if self.grain == HALF_CELL_GRAIN else "screen pixel"
        if self.scale < 1:
            return f"reduced: one {unit} stands for about {_short((1 / self.scale) ** 2)} pixels"
        box = self.box
        if self.scale > 1:
            side = _short(self.scale)
            return f"each pixel takes {side}×{side} {unit}s: {box.width}×{box.height} of {self.picture} in view"
        return f"pixel for pixel, one {unit} each: {box.width}×{box.height} of {self.picture} in view"

    def resized(self, cells: CellSize) -> "Viewport":
        """The same place in another room."""
        return replace(self, cells=cells)

    def with_grain(self, grain: PixelSize) -> "Viewport":
        """The same part of the picture drawn with other pixels; a fixed scale stays what it is.

        At one scale a terminal with pixels shows far more of a picture than one with half cells.
        """
        box = self.box
        middle = (box.x + Fraction(box.width, 2), box.y + Fraction(box.height, 2))
        return replace(self, grain=grain, center_x=middle[0], center_y=middle[1])

    def on_picture(self, picture: PixelSize, *, keep_view: bool = True) -> "Viewport":
        """For another picture: the same place when it has the same size and that is wanted, else fitted."""
        if keep_view and picture == self.picture:
            return self
        return Viewport(picture, self.cells, self.grain)

    def fitted(self) -> "Viewport":
        """The whole picture."""
        return replace(
            self, zoom=None, center_x=Fraction(self.picture.width, 2), center_y=Fraction(self.picture.height, 2)
        )

    def zoomed_to(self, scale: Fraction | int, about: tuple[int, int] | None = None) -> "Viewport":
        """At another scale, one point staying where it is on the screen.

        Args:
            scale: shown pixels per picture pixel; 1 is pixel for pixel. Clamped to a sensible range.
            about: picture pixel (x, y) that stays in its place; the middle of the view when None.
        """
        box = self.box
        new = min(max(Fraction(scale), min(ZOOM_STEPS[0], self.fit_scale)), ZOOM_STEPS[-1])
        middle_x, middle_y = box.x + Fraction(box.width, 2), box.y + Fraction(box.height, 2)
        if about is None:
            return replace(self, zoom=new, center_x=middle_x, center_y=middle_y)._settled()
        ratio = self.scale / new
        point_x, point_y = about[0] + Fraction(1, 2), about[1] + Fraction(1, 2)
        return replace(
            self,
            zoom=new,
            center_x=point_x + (middle_x - point_x) * ratio,
            center_y=point_y + (middle_y - point_y) * ratio,
        )._settled()

    def zoomed_by(self, steps: int, about: tuple[int, int] | None = None) -> "Viewport":
        """Some steps nearer (positive) or farther; the farthest step is fit."""
        result = self
        for _ in range(min(abs(steps), len(ZOOM_STEPS))):
            result = result._one_step(steps > 0, about)
        return result

    def panned(self, dx_cells: int, dy_cells: int) -> "Viewport":
        """Moved over the picture by whole cells; stops at its edges, and does nothing when all of it is in view."""
        if self.zoom is None:
            return self
        box = self.box
        return replace(
            self,
            center_x=box.x + Fraction(box.width, 2) + Fraction(dx_cells * self.grain.width) / self.scale,
            center_y=box.y + Fraction(box.height, 2) + Fraction(dy_cells * self.grain.height) / self.scale,
        )._settled()

    def looking_at(self, rect: PixelRect, *, share: Fraction = Fraction(1, 2)) -> "Viewport":
        """Zoomed so that a region takes about this share of the room, and centred on it; 1:1 at most.

        Args:
            rect: region in picture pixels.
            share: of the room's width or height, whichever is reached first.
        """
        room = self.room
        wanted = min(share * room.width / rect.width, share * room.height / rect.height, Fraction(1))
        steps = [step for step in ZOOM_STEPS if step <= wanted]
        scale = steps[-1] if steps else wanted
        if scale <= self.fit_scale:
            return self.fitted()
        return replace(
            self,
            zoom=scale,
            center_x=rect.x + Fraction(rect.width, 2),
            center_y=rect.y + Fraction(rect.height, 2),
        )._settled()

    def pixels_at(self, x: int, y: int) -> PixelRect | None:
        """Picture pixels under a cell, or None when the cell lies beside the picture."""
        area = self.area
        if not (area.x <= x < area.x + area.width and area.y <= y < area.y + area.height):
            return None
        box, shown = self.box, self.shown
        left, right = _source(x - area.x, self.grain.width, box.width, shown.width)
        top, bottom = _source(y - area.y, self.grain.height, box.height, shown.height)
        return PixelRect(box.x + left, box.y + top, right - left, bottom - top)

    def pixels_near(self, x: int, y: int) -> PixelRect:
        """Picture pixels under a cell, or under the nearest cell of the picture when it lies beside it."""
        area = self.area
        near_x = min(max(x, area.x), area.x + max(area.width, 1) - 1)
        near_y = min(max(y, area.y), area.y + max(area.height, 1) - 1)
        return self.pixels_at(near_x, near_y) or PixelRect(self.box.x, self.box.y, 1, 1)

    def nearest_pixel(self, x: int, y: int) -> tuple[int, int]:
        """The picture pixel in the middle of a cell; beside the picture, the nearest one in view."""
        rect = self.pixels_near(x, y)
        return (rect.x + (rect.width - 1) // 2, rect.y + (rect.height - 1) // 2)

    def cells_of(self, rect: PixelRect) -> CellRect | None:
        """Cells that show any pixel of a rectangle, or None when it is out of view."""
        seen = rect.intersection(self.box)
        if seen is None or self.is_empty:
            return None
        shown = self.shown_of(seen)
        area, grain = self.area, self.grain
        left, right = shown.x // grain.width, -(-shown.right // grain.width)
        top, bottom = shown.y // grain.height, -(-shown.bottom // grain.height)
        return CellRect(area.x + left, area.y + top, right - left, bottom - top)

    def shown_of(self, seen: PixelRect) -> PixelRect:
        """Shown pixels, counted from the box's corner, that show any pixel of a rectangle inside the box."""
        box, shown = self.box, self.shown
        left, right = _target(seen.x - box.x, seen.width, box.width, shown.width)
        top, bottom = _target(seen.y - box.y, seen.height, box.height, shown.height)
        return PixelRect(left, top, right - left, bottom - top)

    def _one_step(self, nearer: bool, about: tuple[int, int] | None) -> "Viewport":
        scale, fit = self.scale, self.fit_scale
        if nearer:
            above = [step for step in ZOOM_STEPS if step > scale]
            return self.zoomed_to(above[0], about) if above else self
        below = [step for step in ZOOM_STEPS if fit < step < scale]
        return self.zoomed_to(below[-1], about) if below else self.fitted()

    def _settled(self) -> "Viewport":
        """With the centre where the box really is, so that panning back from an edge starts at once."""
        box = self.box
        return replace(self, center_x=box.x + Fraction(box.width, 2), center_y=box.y + Fraction(box.height, 2))


def _window(picture: int, room: int, scale: Fraction, center: Fraction, *, fits: bool) -> tuple[int, int]:
    """First picture pixel and number of picture pixels in view along one axis."""
    length = picture if fits else min(picture, max(int(room / scale), 1))
    first = round(center - Fraction(length, 2))
    return min(max(first, 0), picture - length), length


def _source(cell: int, grain: int, box: int, shown: int) -> tuple[int, int]:
    """Picture pixels under one cell along one axis, half-open, never empty."""
    first, last = cell * grain, min((cell + 1) * grain, shown)
    left = first * box // shown
    return left, max(-(-last * box // shown), left + 1)


def _target(start: int, length: int, box: int, shown: int) -> tuple[int, int]:
    """Shown pixels that show any of some picture pixels along one axis, half-open, never empty."""
    first = min(start * shown // box, shown - 1)
    return first, min(max(-(-(start + length) * shown // box), first + 1), shown)


def _short(value: Fraction) -> str:
    number = float(value)
    if number >= 10 or number == int(number):
        return str(round(number))
    return f"{number:.1f}"
