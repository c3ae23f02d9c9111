"""A picture of cells in steps: a first look of few bytes, then its rows, a few at a time. Pure.

Must not write anything.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from PIL import Image
from rich.color import ColorSystem

from reviewtui.ui.pictures.flattening import flattened
from reviewtui.ui.pictures.painter import PREVIEW
from reviewtui.ui.pictures.protocol import Drawing
from reviewtui.ui.pictures.strips import Cell, encode

_RUN_BYTES = 20
"""What a run of one colour takes beside its cells."""

_AROUND_BYTES = 12
"""What moving to a row takes."""


def first_look(drawing: Drawing, depth: ColorSystem, most_bytes: int) -> Drawing:
    """The same picture as a few runs of one colour in each row. Some milliseconds; call from a thread.

    Args:
        drawing: the picture.
        depth: colours that the terminal can show.
        most_bytes: that it should take, about.
    """
    columns, rows = drawing.cells.width, drawing.cells.height
    small = Image.fromarray(np.ascontiguousarray(drawing.pixels)).resize((columns, rows), Image.Resampling.BOX)
    runs = max((most_bytes - rows * (columns + _AROUND_BYTES)) // _RUN_BYTES, rows)
    means, run_of = flattened(np.asarray(small), runs)
    colors = [Cell(" ", (red, green, blue), (red, green, blue)) for red, green, blue in means[0].tolist()]
    cells = tuple(tuple(colors[run] for run in row) for row in run_of.tolist())
    return replace(drawing, rows=cells, encoded=tuple(encode(row, depth) for row in cells), truth=PREVIEW)


def cost_bytes(drawing: Drawing, shown: Drawing | None) -> int:
    """Roughly what it takes to write a drawing over another one of the same size, or over nothing."""
    if shown is None or shown.cells != drawing.cells:
        return sum(map(len, drawing.encoded))
    return sum(
        round(len(text) * _share(row, before))
        for text, row, before in zip(drawing.encoded, drawing.rows, shown.rows, strict=True)
    )


def steps(begin: Drawing, end: Drawing, step_bytes: int) -> Iterator[Drawing]:
    """Drawings that show more and more rows of another one, from the top; the last one is that.

    Args:
        begin: what is shown.
        end: what is to be shown, of the same size.
        step_bytes: what a step may take; a row takes a step at least.
    """
    size_bytes = 0
    for row, text in enumerate(end.encoded):
        if size_bytes and size_bytes + len(text) > step_bytes:
            yield _mixed(begin, end, row)
            size_bytes = 0
        size_bytes += len(text)
    yield end


def _mixed(begin: Drawing, end: Drawing, rows: int) -> Drawing:
    return replace(
        end,
        rows=(*end.rows[:rows], *begin.rows[rows:]),
        encoded=(*end.encoded[:rows], *begin.encoded[rows:]),
        truth=PREVIEW,
    )


def _share(row: tuple[Cell, ...], before: tuple[Cell, ...]) -> float:
    """How much of a row differs; what lies between is written too."""
    if row == before:
        return 0.0
    differing = [column for column, pair in enumerate(zip(row, before, strict=True)) if pair[0] != pair[1]]
    return (differing[-1] + 1 - differing[0]) / len(row)
