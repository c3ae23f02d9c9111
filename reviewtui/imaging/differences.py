"""What differs between two pictures of one size: counts, and where. Pure functions; must not decide or scale.

Works in bands of rows and lets other threads run between them, so that an event loop beside it does not stall.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reviewtui.model.geometry import PixelRect

Rgb = NDArray[np.uint8]
Selection = NDArray[np.bool_]

MAX_AREAS = 32
_BAND_SAMPLES = 2_000_000
_CELL_PX = 16
_MOST_CELLS_ALONG = 192


@dataclass(frozen=True, slots=True)
class Change:
    """Counts over some pixels.

    Attributes:
        pixels: how many were looked at.
        changed: how many of them differ in any sample.
        largest: largest difference of one sample, 0 to 255.
    """

    pixels: int
    changed: int
    largest: int

    @property
    def percent(self) -> float:
        """Share of changed pixels, 0 to 100; 0 when none were looked at."""
        return 100 * self.changed / self.pixels if self.pixels else 0.0


@dataclass(frozen=True, slots=True)
class Areas:
    """Where two pictures differ.

    Attributes:
        boxes: largest number of changed pixels first, at most ``MAX_AREAS``.
        found: how many there are in all.
    """

    boxes: tuple[PixelRect, ...]
    found: int


def differing(first: Rgb, second: Rgb) -> Selection:
    """Pixels that differ in any sample.

    Args:
        first: (H, W, 3).
        second: the same shape.

    Raises:
        ValueError: the shapes differ.
    """
    _check_shapes(first, second)
    result = np.empty(first.shape[:2], dtype=np.bool_)
    for band in _bands(first.shape):
        result[band] = (first[band] != second[band]).any(axis=2)
    return result


def count_changes(
    first: Rgb, second: Rgb, support: Iterable[tuple[PixelRect, Selection]] = ()
) -> tuple[Change, Change]:
    """Exact counts inside and outside of a support.

    Args:
        first: (H, W, 3).
        second: the same shape.
        support: parts that may differ: a box inside the picture and which pixels of it; their union counts.

    Returns:
        (inside, outside); without a support everything is outside.

    Raises:
        ValueError: the shapes differ.
    """
    _check_shapes(first, second)
    inside = np.zeros(first.shape[:2], dtype=np.bool_)
    for box, selected in support:
        inside[box.y : box.bottom, box.x : box.right] |= selected
    counts = np.zeros((2, 3), dtype=np.int64)
    for band in _bands(first.shape):
        delta = np.abs(first[band].astype(np.int16) - second[band]).max(axis=2)
        for place, chosen in enumerate((inside[band], ~inside[band])):
            part = delta[chosen]
            counts[place, 0] += part.size
            counts[place, 1] += np.count_nonzero(part)
            counts[place, 2] = max(counts[place, 2], part.max(initial=0))
    return Change(*map(int, counts[0])), Change(*map(int, counts[1]))


def changed_areas(first: Rgb, second: Rgb, limit: int = MAX_AREAS) -> Areas:
    """Boxes around groups of differing pixels.

    Pixels belong together when their cells of a coarse grid touch, corners included. Each box is tight around the
    differing pixels of its group.

    Args:
        first: (H, W, 3).
        second: the same shape.
        limit: most boxes.

    Raises:
        ValueError: the shapes differ.
    """
    differs = differing(first, second)
    cell = max(_CELL_PX, -(-max(differs.shape) // _MOST_CELLS_ALONG))
    counts = _count_cells(differs, cell)
    groups = sorted(_groups(counts > 0), key=lambda group: (-sum(int(counts[place]) for place in group), group[0]))
    return Areas(tuple(_tight_box(differs, group, cell) for group in groups[:limit]), len(groups))


def changed_box(first: Rgb, second: Rgb) -> PixelRect | None:
    """The smallest box that holds every differing pixel; None when there is none.

    Args:
        first: (H, W, 3).
        second: the same shape.

    Raises:
        ValueError: the shapes differ.
    """
    differs = differing(first, second)
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if not rows.size:
        return None
    width, height = columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1
    return PixelRect(int(columns[0]), int(rows[0]), int(width), int(height))


def _check_shapes(first: Rgb, second: Rgb) -> None:
    if first.shape != second.shape:
        raise ValueError("only pictures of one size can be compared pixel by pixel")


def _bands(shape: tuple[int, ...]) -> Iterator[slice]:
    rows = max(_BAND_SAMPLES // (shape[1] * 3), 1)
    for top in range(0, shape[0], rows):
        yield slice(top, top + rows)


def _count_cells(differs: Selection, cell: int) -> NDArray[np.int64]:
    """Number of selected pixels in each cell of a grid."""
    rows = np.add.reduceat(differs, np.arange(0, differs.shape[0], cell), axis=0, dtype=np.int64)
    result: NDArray[np.int64] = np.add.reduceat(rows, np.arange(0, differs.shape[1], cell), axis=1)
    return result


def _groups(cells: Selection) -> list[list[tuple[int, int]]]:
    """Cells (row, column) that touch each other, in reading order of their first one."""
    left = {(int(y), int(x)) for y, x in np.argwhere(cells)}
    groups = []
    for start in sorted(left):
        if start not in left:
            continue
        left.discard(start)
        group, front = [start], [start]
        while front:
            y, x = front.pop()
            near = {(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)} & left
            left -= near
            group.extend(near)
            front.extend(near)
        groups.append(group)
    return groups


def _tight_box(differs: Selection, group: list[tuple[int, int]], cell: int) -> PixelRect:
    """The smallest box around the selected pixels of some cells."""
    places = np.array(group)
    (top, left), (bottom, right) = places.min(axis=0), places.max(axis=0) + 1
    member = np.zeros((bottom - top, right - left), dtype=np.bool_)
    member[places[:, 0] - top, places[:, 1] - left] = True
    part = differs[top * cell : bottom * cell, left * cell : right * cell]
    part = part & member.repeat(cell, axis=0).repeat(cell, axis=1)[: part.shape[0], : part.shape[1]]
    rows, columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
    return PixelRect(
        int(left * cell + columns[0]),
        int(top * cell + rows[0]),
        int(columns[-1] - columns[0] + 1),
        int(rows[-1] - rows[0] + 1),
    )
