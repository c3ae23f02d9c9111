"""Laws of rectangles: half-open, exact, and typed ones never leave the picture."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewtui.model.errors import UsageError
from reviewtui.model.geometry import PixelRect, PixelSize, bounding_rect, parse_rect

SIZES = st.builds(PixelSize, st.integers(1, 60), st.integers(1, 60))
RECTS = st.builds(PixelRect, st.integers(-40, 60), st.integers(-40, 60), st.integers(1, 50), st.integers(1, 50))
POINTS = st.tuples(st.integers(-60, 120), st.integers(-60, 120))


@given(RECTS, RECTS, POINTS)
def test_intersection__any_two__holds_exactly_the_common_pixels(
    a: PixelRect, b: PixelRect, point: tuple[int, int]
) -> None:
    common = a.intersection(b)
    assert common == b.intersection(a)
    inside = a.contains(*point) and b.contains(*point)
    assert inside == (common is not None and common.contains(*point))


@given(RECTS, RECTS)
def test_union__any_two__smallest_that_contains_both(a: PixelRect, b: PixelRect) -> None:
    both = a.union(b)
    assert both.contains_rect(a)
    assert both.contains_rect(b)
    assert (both.x, both.y) == (min(a.x, b.x), min(a.y, b.y))
    assert (both.right, both.bottom) == (max(a.right, b.right), max(a.bottom, b.bottom))


@given(st.lists(RECTS))
def test_bounding_rect__any_number__contains_all_or_is_none(rects: list[PixelRect]) -> None:
    bounds = bounding_rect(rects)
    assert (bounds is None) == (not rects)
    assert all(bounds is not None and bounds.contains_rect(rect) for rect in rects)


@given(RECTS, SIZES)
def test_moved_inside__any__lies_inside_with_its_size_where_that_fits(rect: PixelRect, size: PixelSize) -> None:
    moved = rect.moved_inside(size)
    assert PixelRect.of_size(size).contains_rect(moved)
    assert (moved.width, moved.height) == (min(rect.width, size.width), min(rect.height, size.height))
    if PixelRect.of_size(size).contains_rect(rect):
        assert moved == rect


@given(RECTS, SIZES)
def test_clamped__any__is_the_part_inside(rect: PixelRect, size: PixelSize) -> None:
    assert rect.clamped(size) == rect.intersection(PixelRect.of_size(size))


@given(RECTS, st.integers(0, 30))
def test_grown__and_shrunk_back__is_the_same(rect: PixelRect, margin: int) -> None:
    assert rect.grown(margin).grown(-margin) == rect
    assert rect.grown(margin).contains_rect(rect)


@given(RECTS, st.integers(1, 100))
def test_grown__shrunk_beyond_nothing__keeps_a_pixel_inside(rect: PixelRect, margin: int) -> None:
    assert rect.contains_rect(rect.grown(-margin))


@given(POINTS, POINTS)
def test_from_corners__any_order__holds_both_corner_pixels(a: tuple[int, int], b: tuple[int, int]) -> None:
    rect = PixelRect.from_corners(*a, *b)
    assert rect == PixelRect.from_corners(*b, *a)
    assert rect.contains(*a)
    assert rect.contains(*b)
    assert rect.size.area_px == (abs(a[0] - b[0]) + 1) * (abs(a[1] - b[1]) + 1)


@given(RECTS, SIZES)
def test_parse_rect__what_is_printed__is_read_back_clamped_or_lies_outside(rect: PixelRect, size: PixelSize) -> None:
    inside = rect.clamped(size)
    if inside is None:
        with pytest.raises(UsageError, match="outside"):
            parse_rect(str(rect), size)
    else:
        assert parse_rect(str(rect), size) == inside


@given(st.text(st.sampled_from("0123456789.,%+- x"), max_size=24), SIZES)
def test_parse_rect__anything_typed__inside_the_picture_or_refused(text: str, size: PixelSize) -> None:
    try:
        rect = parse_rect(text, size)
    except UsageError as error:
        assert error.remedy.startswith("give X,Y")  # noqa: PT017 - either answer is right
    else:
        assert PixelRect.of_size(size).contains_rect(rect)


@pytest.mark.parametrize(
    ("text", "rect"),
    [
        ("10%,20%,30%,25%", PixelRect(20, 20, 60, 25)),
        (" 5 , 6 , 7 , 8 ", PixelRect(5, 6, 7, 8)),
        ("150,50,100,100", PixelRect(150, 50, 50, 50)),
        ("-10,-10,20,20", PixelRect(0, 0, 10, 10)),
        ("0,0,100%,100%", PixelRect(0, 0, 200, 100)),
        ("0,0,9999999999999999999,5", PixelRect(0, 0, 200, 5)),
    ],
)
def test_parse_rect__pixels_and_percent__of_the_picture(text: str, rect: PixelRect) -> None:
    assert parse_rect(text, PixelSize(200, 100)) == rect


@pytest.mark.parametrize("text", ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "1,2,0,5", "1,2,3,-4", "300,0,5,5", "1e3,0,1,1"])
def test_parse_rect__no_rectangle_of_this_picture__refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_rect(text, PixelSize(200, 100))


@pytest.mark.parametrize("sides", [(0, 1), (1, 0), (-3, 5)])
def test_sizes__without_a_pixel__do_not_exist(sides: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="at least one pixel"):
        PixelSize(*sides)
    with pytest.raises(ValueError, match="at least one pixel"):
        PixelRect(0, 0, *sides)
