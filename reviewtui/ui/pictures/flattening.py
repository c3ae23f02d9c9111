"""A picture as few runs of one colour: what a first look costs least as where runs are what is paid for. Pure.

Must not know a protocol or the terminal.
"""

import numpy as np
from numpy.typing import NDArray

from reviewtui.ui.pictures.source import Pixels

_FIRST_ERROR = 24.0
_GROWTH = 1.5
_FEW = 0.1
"""When fewer than this share of all runs can be joined, more error is allowed."""

_MOST_ROUNDS = 200
_TIE = 1e-3

Means = NDArray[np.float32]


def flattened(pixels: Pixels, most_runs: int) -> tuple[Pixels, NDArray[np.int64]]:
    """A picture whose rows consist of a few runs, with edges where they matter most.

    Neighbours in a row are joined while that costs little: the error that joining adds is a sum of squares, as in
    Ward's method, and the cheapest pairs of all rows go first.
    Source: J. H. Ward, "Hierarchical grouping to optimize an objective function", 1963.

    Args:
        pixels: RGB, uint8, shape (height, width, 3), at least 1×1.
        most_runs: of all rows together; each row keeps one at least.

    Returns:
        The mean colour of each run, shape (1, runs, 3), and for each pixel the number of its run, shape
        (height, width).
    """
    height, width = pixels.shape[:2]
    means: Means = pixels.reshape(-1, 3).astype(np.float32)
    counts = np.ones(len(means), dtype=np.float32)
    rows = np.repeat(np.arange(height), width)
    error = _FIRST_ERROR
    run_of = np.arange(len(means))
    for _ in range(_MOST_ROUNDS):
        if len(means) <= max(most_runs, height):
            break
        joins = _cheap_pairs(means, counts, rows, error)
        if not joins.any():
            error *= _GROWTH
            continue
        # A run that joins the one before it gets its number.
        number = np.cumsum(~joins) - 1
        total: Means = np.add.reduceat(means * counts[:, np.newaxis], np.flatnonzero(~joins), axis=0)
        counts = np.add.reduceat(counts, np.flatnonzero(~joins))
        means, rows, run_of = np.divide(total, counts[:, np.newaxis], dtype=np.float32), rows[~joins], number[run_of]
        if joins.sum() < _FEW * len(joins):
            error *= _GROWTH
    colours: Pixels = np.round(means).astype(np.uint8)[np.newaxis]
    return colours, run_of.reshape(height, width)


def _cheap_pairs(means: Means, counts: NDArray[np.float32], rows: NDArray[np.int64], error: float) -> NDArray[np.bool_]:
    """For each run whether it is to join the one before it; never two neighbours at once."""
    apart = ((means[1:] - means[:-1]) ** 2).sum(axis=1)
    cost = np.full(len(means) + 1, np.inf, dtype=np.float32)
    cost[1:-1] = np.where(rows[1:] == rows[:-1], apart * counts[1:] * counts[:-1] / (counts[1:] + counts[:-1]), np.inf)
    # Of equal pairs every other one goes, so that even rows become long runs in a few rounds.
    cost[1::2] += _TIE
    inner = cost[:-1]
    joins: NDArray[np.bool_] = (inner <= error) & (inner <= cost[1:])
    joins[1:] &= inner[1:] < inner[:-1]
    return joins
