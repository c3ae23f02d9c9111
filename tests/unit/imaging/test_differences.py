"""Counts and places of changed pixels against counting one by one."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewtui.imaging.differences import Change, changed_areas, count_changes, differing
from reviewtui.model.geometry import PixelRect


def pair(seed: int, height: int, width: int, spots: int) -> tuple[np.ndarray, np.ndarray]:
    """Two pictures that differ in a few small spots."""
    random = np.random.default_rng(seed)
    first = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
    second = first.copy()
    for _ in range(spots):
        y, x = random.integers(0, height), random.integers(0, width)
        part = second[y : y + int(random.integers(1, 9)), x : x + int(random.integers(1, 9))]
        part[:] = random.integers(0, 256, part.shape, dtype=np.uint8)
    return first, second


def groups_one_by_one(differs: np.ndarray, cell: int) -> list[tuple[int, tuple[int, int, int, int]]]:
    """(pixels, box) of groups, by joining cells until nothing joins any more."""
    cells: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for y, x in np.argwhere(differs):
        cells.setdefault((int(y) // cell, int(x) // cell), []).append((int(y), int(x)))
    label = {place: number for number, place in enumerate(cells)}
    joined = True
    while joined:
        joined = False
        for one in cells:
            for other in cells:
                touch = abs(one[0] - other[0]) <= 1 and abs(one[1] - other[1]) <= 1
                if touch and label[other] > label[one]:
                    label[other], joined = label[one], True
    found = []
    for number in set(label.values()):
        points = np.array([point for place, inside in cells.items() if label[place] == number for point in inside])
        (top, left), (bottom, right) = points.min(axis=0), points.max(axis=0)
        found.append((len(points), (int(left), int(top), int(right - left + 1), int(bottom - top + 1))))
    return found


@given(st.integers(0, 10_000), st.integers(1, 70), st.integers(1, 90), st.integers(0, 7))
def test_changed_areas__any_pictures__are_those_found_one_by_one(
    seed: int, height: int, width: int, spots: int
) -> None:
    first, second = pair(seed, height, width, spots)
    wanted = groups_one_by_one((first != second).any(axis=2), 16)
    areas = changed_areas(first, second)
    assert areas.found == len(wanted)
    assert sorted(box.as_tuple() for box in areas.boxes) == sorted(box for _, box in wanted)
    pixels = {box: count for count, box in wanted}
    assert all(pixels[a.as_tuple()] >= pixels[b.as_tuple()] for a, b in pairwise(areas.boxes))


def test_changed_areas__more_than_the_limit__keep_the_largest_and_say_how_many() -> None:
    first = np.zeros((400, 400, 3), dtype=np.uint8)
    second = first.copy()
    for number in range(9):
        x, y = 40 + 120 * (number % 3), 40 + 120 * (number // 3)
        second[y : y + number + 1, x : x + 2] = 9
    areas = changed_areas(first, second, limit=2)
    assert areas.found == 9
    assert areas.boxes == (PixelRect(280, 280, 2, 9), PixelRect(160, 280, 2, 8))


def test_changed_areas__large_picture__are_found_in_every_band_and_corner() -> None:
    first = np.zeros((1500, 4001, 3), dtype=np.uint8)
    second = first.copy()
    for y, x in ((0, 0), (0, 4000), (1499, 0), (1499, 4000), (749, 2000)):
        second[y, x, 2] = 1
    assert {box.as_tuple() for box in changed_areas(first, second).boxes} == {
        (0, 0, 1, 1), (4000, 0, 1, 1), (0, 1499, 1, 1), (4000, 1499, 1, 1), (2000, 749, 1, 1),
    }  # fmt: skip


@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(1, 40), st.integers(0, 5))
def test_count_changes__with_overlapping_supports__counts_every_pixel_once(
    seed: int, height: int, width: int, spots: int
) -> None:
    first, second = pair(seed, height, width, spots)
    random = np.random.default_rng(seed + 1)
    support = []
    union = np.zeros((height, width), dtype=np.bool_)
    for _ in range(2):
        box = PixelRect(0, 0, int(random.integers(1, width + 1)), int(random.integers(1, height + 1)))
        chosen = random.random((box.height, box.width)) < 0.5
        support.append((box, chosen))
        union[: box.height, : box.width] |= chosen
    counts = {True: [0, 0, 0], False: [0, 0, 0]}
    for y in range(height):
        for x in range(width):
            apart = max(abs(int(a) - int(b)) for a, b in zip(first[y, x], second[y, x], strict=True))
            row = counts[bool(union[y, x])]
            row[0], row[1], row[2] = row[0] + 1, row[1] + (apart > 0), max(row[2], apart)
    assert count_changes(first, second, support) == (Change(*counts[True]), Change(*counts[False]))


def test_pictures_of_two_sizes__compared_pixel_by_pixel__are_refused() -> None:
    first, second = np.zeros((2, 3, 3), dtype=np.uint8), np.zeros((3, 2, 3), dtype=np.uint8)
    for compare in (differing, count_changes, changed_areas):
        with pytest.raises(ValueError, match="one size"):
            compare(first, second)
