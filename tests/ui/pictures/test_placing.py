"""Which cells are drawn again, where, and how the cursor fares."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from reviewtui.model.geometry import CellRect, PixelSize
from reviewtui.ui.pictures.placing import (
    Piece,
    changed_cells,
    exact_rectangles,
    fewer,
    padded,
    pixels_of,
    placed,
    rectangles,
    tiles,
)

GRAIN = PixelSize(5, 9)


def painted(parts: list[CellRect], shape: tuple[int, int]) -> NDArray[np.int64]:
    """How often each cell is drawn."""
    times = np.zeros(shape, dtype=np.int64)
    for part in parts:
        assert min(part.x, part.y) >= 0
        assert part.x + part.width <= shape[1]
        assert part.y + part.height <= shape[0]
        times[part.y : part.y + part.height, part.x : part.x + part.width] += 1
    return times


@given(
    rows=st.integers(1, 20),
    columns=st.integers(1, 30),
    share=st.sampled_from([0.0, 0.02, 0.3, 1.0]),
    seed=st.integers(0, 999),
)
@settings(deadline=None)
def test_rectangles__any_cells__all_are_covered_and_little_else(
    rows: int, columns: int, share: float, seed: int
) -> None:
    wanted = np.random.default_rng(seed).random((rows, columns)) < share
    parts = rectangles(wanted)
    assert (painted(parts, wanted.shape)[wanted] > 0).all()
    assert bool(parts) == bool(wanted.any())
    assert (painted(exact_rectangles(wanted), wanted.shape) == wanted).all()


@given(most=st.integers(1, 8), seed=st.integers(0, 999))
@settings(max_examples=40, deadline=None)
def test_fewer__any_rectangles__cover_the_same_in_as_many_as_allowed(most: int, seed: int) -> None:
    wanted = np.random.default_rng(seed).random((12, 12)) < 0.15
    parts = fewer(exact_rectangles(wanted), most)
    assert len(parts) <= most
    assert (painted(parts, wanted.shape)[wanted] > 0).all()


def test_rectangles__all_cells__are_one() -> None:
    parts = rectangles(np.ones((34, 120), dtype=bool))
    assert parts == [CellRect(0, 0, 120, 34)]


def test_rectangles__two_far_regions__are_not_joined() -> None:
    wanted = np.zeros((40, 120), dtype=bool)
    wanted[2:6, 3:9] = wanted[30:36, 80:100] = True
    assert sorted(rectangles(wanted), key=lambda one: one.y) == [CellRect(3, 2, 6, 4), CellRect(80, 30, 20, 6)]


def test_rectangles__a_frame__is_not_filled() -> None:
    wanted = np.zeros((30, 80), dtype=bool)
    wanted[3:25, 5:60] = True
    wanted[4:24, 6:59] = False
    assert int(painted(rectangles(wanted), wanted.shape).sum()) < 2 * int(wanted.sum())


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 200), st.integers(1, 200))
def test_tiles__any_limit__cover_each_cell_once_and_stay_within(
    width: int, height: int, limit_x: int, limit_y: int
) -> None:
    parts = tiles(CellRect(2, 3, width, height), GRAIN, PixelSize(limit_x, limit_y))
    times = painted(parts, (height + 3, width + 2))
    assert (times[3:, 2:] == 1).all()
    assert times.sum() == width * height
    for part in parts:
        assert part.width * GRAIN.width <= max(limit_x, GRAIN.width)
        assert part.height * GRAIN.height <= max(limit_y, GRAIN.height)


def test_changed_cells__one_pixel__is_its_cell() -> None:
    before = np.zeros((4 * GRAIN.height, 6 * GRAIN.width, 3), dtype=np.uint8)
    after = before.copy()
    after[2 * GRAIN.height + 8, 4 * GRAIN.width, 2] = 1
    changed = changed_cells(before, after, GRAIN)
    assert [tuple(one) for one in np.argwhere(changed).tolist()] == [(2, 4)]


def test_changed_cells__other_shapes__refused() -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        changed_cells(np.zeros((9, 5, 3), np.uint8), np.zeros((9, 10, 3), np.uint8), GRAIN)
    with pytest.raises(ValueError, match="cannot be compared"):
        changed_cells(np.zeros((9, 6, 3), np.uint8), np.zeros((9, 6, 3), np.uint8), GRAIN)


@given(st.integers(1, 23), st.integers(1, 29))
def test_padded__any_size__becomes_whole_cells_and_keeps_its_pixels(width: int, height: int) -> None:
    pixels = np.full((height, width, 3), 7, dtype=np.uint8)
    whole = padded(pixels, GRAIN, (1, 2, 3))
    assert whole.shape[0] % GRAIN.height == whole.shape[1] % GRAIN.width == 0
    assert whole.shape[0] - height < GRAIN.height
    assert (whole[:height, :width] == 7).all()
    assert (whole[height:] == (1, 2, 3)).all()
    assert (whole[:, width:] == (1, 2, 3)).all()


def test_pixels_of__cells__are_their_pixels() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (3 * 9, 4 * 5, 3), dtype=np.uint8)
    assert (pixels_of(pixels, CellRect(1, 2, 2, 1), GRAIN) == pixels[18:27, 5:15]).all()


def test_placed__pieces__cursor_is_saved_and_put_back_in_one_synchronized_write() -> None:
    text = placed([Piece(4, 2, "<a>"), Piece(0, 0, "<b>")], synchronized=True)
    assert text == "\x1b[?2026h\x1b7\x1b[3;5H<a>\x1b[1;1H<b>\x1b8\x1b[?2026l"


def test_placed__terminal_without_synchronized_output__is_not_asked_for_it() -> None:
    assert placed([Piece(0, 0, "<a>")], synchronized=False) == "\x1b7\x1b[1;1H<a>\x1b8"


def test_placed__nothing__writes_nothing() -> None:
    assert placed([], synchronized=True) == ""
