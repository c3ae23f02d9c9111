"""Boxes, windows and covers: the arithmetic around the networks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewtui.detectors.boxes import Box, overlap, strongest
from reviewtui.detectors.people import covering_boxes
from reviewtui.detectors.windows import Window, windows


def test_overlap__one_lies_inside_the_other__is_whole() -> None:
    assert overlap(Box(0, 0, 1, 1, 1), Box(0.4, 0.4, 0.5, 0.5, 1)) == pytest.approx(1)
    assert overlap(Box(0, 0, 0.4, 1, 1), Box(0.5, 0, 1, 1, 1)) == 0


def test_strongest__same_thing_seen_twice__keeps_the_surer() -> None:
    sure, unsure = Box(0.1, 0.1, 0.3, 0.3, 0.9), Box(0.12, 0.1, 0.31, 0.3, 0.8)
    other = Box(0.6, 0.6, 0.8, 0.8, 0.7)
    assert strongest([unsure, other, sure], most_overlap=0.3) == [sure, other]


def test_strongest__box_outside_the_picture__is_dropped() -> None:
    assert strongest([Box(1.1, 0, 1.4, 1, 0.9)], most_overlap=0.3) == []


@given(st.integers(1, 3000), st.integers(1, 3000))
def test_windows__any_size__cover_every_pixel_at_every_scale(width: int, height: int) -> None:
    rgb = np.zeros((height, width, 3), dtype=np.uint8)
    found = windows(rgb, smallest_px=128)
    for side in {window.side for window in found}:
        same = [window for window in found if window.side == side]
        for length, starts in ((width, {w.x for w in same}), (height, {w.y for w in same})):
            reached = 0
            for start in sorted(starts):
                assert start <= reached
                reached = max(reached, start + side)
            assert reached >= length


def test_window__box_of_the_window__is_the_window_in_the_picture() -> None:
    rgb = np.zeros((100, 200, 3), dtype=np.uint8)
    assert Window(50, 0, 100).in_picture(Box(0, 0, 1, 1, 0.5), rgb) == Box(0.25, 0.0, 0.75, 1.0, 0.5)


def test_window__reaches_beyond_the_picture__is_black_there() -> None:
    rgb = np.full((50, 100, 3), 200, dtype=np.uint8)
    seen = Window(0, -25, 100).look(rgb, 100)
    assert seen[:24].max() == 0
    assert seen[26:74].min() == 200


@given(st.integers(0, 2**32 - 1))
def test_covering_boxes__noise__stay_few_and_cover_what_is_dense(seed: int) -> None:
    wanted = np.random.default_rng(seed).random((64, 64)) > 0.5
    boxes = covering_boxes(wanted, 0.9)
    assert 1 <= len(boxes) <= 160
    covered = np.zeros_like(wanted)
    for box in boxes:
        covered[round(box.top * 64) : round(box.bottom * 64), round(box.left * 64) : round(box.right * 64)] = True
    assert covered.mean() >= wanted.mean()


def test_covering_boxes__disc__hardly_covers_more_than_it() -> None:
    y, x = np.mgrid[:256, :256]
    disc = (x - 128) ** 2 + (y - 100) ** 2 < 70**2
    covered = np.zeros_like(disc)
    for box in covering_boxes(disc, 0.9):
        covered[round(box.top * 256) : round(box.bottom * 256), round(box.left * 256) : round(box.right * 256)] = True
    assert np.count_nonzero(disc & ~covered) < 0.01 * np.count_nonzero(disc)
    assert np.count_nonzero(covered & ~disc) < 0.06 * np.count_nonzero(disc)
