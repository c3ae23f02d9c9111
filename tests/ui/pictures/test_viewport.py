"""A rectangle that lands on other pixels than those seen would repaint the wrong place."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewtui.model.geometry import CellSize, PixelRect, PixelSize
from reviewtui.ui.pictures.viewport import ZOOM_STEPS, Viewport

SIZES = st.builds(PixelSize, st.integers(1, 20000), st.integers(1, 20000))
ROOMS = st.builds(CellSize, st.integers(1, 300), st.integers(1, 100))
GRAINS = st.sampled_from([PixelSize(1, 2), PixelSize(10, 20)])


@st.composite
def _viewports(draw: st.DrawFn) -> Viewport:
    view = Viewport(draw(SIZES), draw(ROOMS), draw(GRAINS))
    for _ in range(draw(st.integers(0, 4))):
        about = (draw(st.integers(0, view.picture.width - 1)), draw(st.integers(0, view.picture.height - 1)))
        view = draw(
            st.sampled_from(
                [
                    view.zoomed_by(draw(st.integers(-9, 9)), about),
                    view.zoomed_to(draw(st.integers(1, 8)), about),
                    view.panned(draw(st.integers(-50, 50)), draw(st.integers(-50, 50))),
                    view.looking_at(PixelRect(*about, 1, 1)),
                    view.resized(draw(ROOMS)),
                ]
            )
        )
    return view


@given(_viewports())
def test_viewport__anything__box_lies_in_the_picture_and_area_in_the_room(view: Viewport) -> None:
    assert PixelRect.of_size(view.picture).contains_rect(view.box)
    area = view.area
    assert area.width >= 1
    assert area.height >= 1
    assert 0 <= area.x <= view.cells.width - area.width
    assert 0 <= area.y <= view.cells.height - area.height
    assert abs((view.cells.width - area.width) - 2 * area.x) <= 1


@given(_viewports(), st.data())
def test_viewport__cell_to_pixels_and_back__contains_the_cell(view: Viewport, data: st.DataObject) -> None:
    area = view.area
    x = data.draw(st.integers(area.x, area.x + area.width - 1))
    y = data.draw(st.integers(area.y, area.y + area.height - 1))
    pixels = view.pixels_at(x, y)
    assert pixels is not None
    assert view.box.contains_rect(pixels)
    cells = view.cells_of(pixels)
    assert cells is not None
    assert cells.x <= x < cells.x + cells.width
    assert cells.y <= y < cells.y + cells.height


@given(_viewports(), st.data())
def test_viewport__rect_to_cells__covers_every_pixel_of_it_in_view(view: Viewport, data: st.DataObject) -> None:
    box = view.box
    x, y = data.draw(st.integers(box.x, box.right - 1)), data.draw(st.integers(box.y, box.bottom - 1))
    rect = PixelRect(x, y, data.draw(st.integers(1, box.right - x)), data.draw(st.integers(1, box.bottom - y)))
    cells = view.cells_of(rect)
    assert cells is not None
    first = view.pixels_at(cells.x, cells.y)
    last = view.pixels_at(cells.x + cells.width - 1, cells.y + cells.height - 1)
    assert first is not None
    assert last is not None
    assert first.union(last).contains_rect(rect)


@given(_viewports(), st.integers(-10, 310), st.integers(-10, 110))
def test_viewport__nearest_pixel__is_always_in_view(view: Viewport, x: int, y: int) -> None:
    assert view.box.contains(*view.nearest_pixel(x, y))


def test_viewport__one_to_one__shows_every_pixel_once() -> None:
    view = Viewport(PixelSize(3072, 2048), CellSize(96, 30)).zoomed_to(1, (1000, 700))
    assert view.box.size == PixelSize(96, 60)
    assert view.shown == view.box.size
    assert view.box.contains(1000, 700)
    assert view.pixels_at(0, 0) == PixelRect(view.box.x, view.box.y, 1, 2)
    assert view.words == "1:1"
    assert "pixel for pixel" in view.pixel_words


def test_viewport__fit__says_that_pixels_cannot_be_judged() -> None:
    view = Viewport(PixelSize(3072, 2048), CellSize(96, 40))
    assert view.is_fit
    assert view.words == "fit 1:32"
    assert view.pixel_words.startswith("reduced")


def test_viewport__fit__never_enlarges() -> None:
    view = Viewport(PixelSize(1, 1), CellSize(100, 40))
    assert (view.area.width, view.area.height) == (1, 1)


@pytest.mark.parametrize("size", [PixelSize(20000, 300), PixelSize(300, 20000), PixelSize(1, 1)])
@pytest.mark.parametrize("room", [CellSize(0, 0), CellSize(0, 5), CellSize(1, 1), CellSize(300, 100)])
def test_viewport__extreme_sizes__stay_sane(size: PixelSize, room: CellSize) -> None:
    view = Viewport(size, room).zoomed_by(5).panned(3, -3)
    assert view.shown.width >= 1
    assert view.is_empty or view.pixels_at(view.area.x, view.area.y) is not None


def test_viewport__zoom_about_a_point__leaves_it_in_its_cell() -> None:
    view = Viewport(PixelSize(3000, 2000), CellSize(100, 33)).zoomed_to(Fraction(1, 4))
    cell = view.cells_of(PixelRect(1500, 1100, 1, 1))
    nearer = view.zoomed_to(2, (1500, 1100))
    after = nearer.cells_of(PixelRect(1500, 1100, 1, 1))
    assert cell is not None
    assert after is not None
    assert abs(cell.x - after.x) <= 1
    assert abs(cell.y - after.y) <= 1


def test_viewport__zoom_out_all_the_way__is_fit_and_in_all_the_way_is_eight() -> None:
    view = Viewport(PixelSize(3000, 2000), CellSize(100, 33))
    assert view.zoomed_by(99).scale == ZOOM_STEPS[-1] == 8
    assert view.zoomed_by(99).zoomed_by(-99).zoom is None


def test_viewport__pan_at_the_edge__turns_back_at_once() -> None:
    view = Viewport(PixelSize(3000, 2000), CellSize(100, 33)).zoomed_to(1).panned(9999, 0)
    assert view.box.right == 3000
    assert view.panned(-1, 0).box.right == 2999


def test_viewport__another_picture__keeps_the_place_only_for_equal_size() -> None:
    view = Viewport(PixelSize(3000, 2000), CellSize(100, 33)).zoomed_to(1, (400, 300))
    assert view.on_picture(PixelSize(3000, 2000)) == view
    assert view.on_picture(PixelSize(3000, 2000), keep_view=False).is_fit
    assert view.on_picture(PixelSize(3001, 2000)).is_fit


def test_viewport__enlarged__says_how_large_a_pixel_is() -> None:
    view = Viewport(PixelSize(300, 200), CellSize(40, 20), PixelSize(10, 20)).zoomed_to(3)
    assert view.pixel_words.startswith("each pixel takes 3×3 screen pixels")
