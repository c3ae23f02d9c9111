"""Cells of a widget as the regions that Textual repaints. Pure."""

from collections.abc import Iterable

from textual.geometry import Region


def runs_of_cells(cells: Iterable[tuple[int, int]]) -> list[Region]:
    """Cells, given as (row, column), as regions one row high."""
    runs: list[Region] = []
    for row, column in sorted(cells):
        if runs and runs[-1].y == row and runs[-1].right == column:
            runs[-1] = Region(runs[-1].x, row, runs[-1].width + 1, 1)
        else:
            runs.append(Region(column, row, 1, 1))
    return runs
