"""People against what is behind them. Runs in the detectors' process only."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from reviewtui.detectors.boxes import Box
from reviewtui.detectors.catalog import WEIGHTS
from reviewtui.detectors.windows import Pixels

_SIDE_PX = 256
_SURE = 0.5
_LEAST_SHARE = 0.004
"""Smaller spots are noise of the network."""
_MOST_BOXES = 160


def find_people(rgb: Pixels) -> list[Box]:
    """Boxes that cover the people in front, and little else; none where there are no people.

    Args:
        rgb: (height, width, 3).
    """
    from ai_edge_litert.interpreter import Interpreter

    interpreter: Any = Interpreter(str(WEIGHTS / "person.tflite"), num_threads=1)
    interpreter.allocate_tensors()
    small = Image.fromarray(rgb).resize((_SIDE_PX, _SIDE_PX), Image.Resampling.BILINEAR)
    values = np.asarray(small, dtype=np.float32)[np.newaxis] / np.float32(255)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], values)
    interpreter.invoke()
    sure = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0, :, :, 0]
    if np.mean(sure > _SURE) < _LEAST_SHARE:
        return []
    return covering_boxes(sure > _SURE, float(sure[sure > _SURE].mean()))


def covering_boxes(wanted: NDArray[np.bool_], score: float) -> list[Box]:
    """At most some 160 boxes that cover a shape, as finely as that number allows.

    Args:
        wanted: (rows, columns).
        score: given to each box.
    """
    rows, columns = wanted.shape
    cell = 2
    while True:
        coarse = _coarse(wanted, cell)
        boxes = _boxes(coarse)
        if len(boxes) <= _MOST_BOXES:
            break
        cell *= 2
    return [
        Box(
            left * cell / columns,
            top * cell / rows,
            min(right * cell / columns, 1.0),
            min(bottom * cell / rows, 1.0),
            score,
        )
        for left, top, right, bottom in boxes
    ]


def _coarse(wanted: NDArray[np.bool_], cell: int) -> NDArray[np.bool_]:
    """Cells of which at least a quarter is wanted."""
    rows, columns = wanted.shape
    padded = np.pad(wanted, ((0, -rows % cell), (0, -columns % cell)))
    blocks = padded.reshape(padded.shape[0] // cell, cell, padded.shape[1] // cell, cell)
    result: NDArray[np.bool_] = blocks.mean(axis=(1, 3)) >= 0.25
    return result


def _boxes(cells: NDArray[np.bool_]) -> list[tuple[int, int, int, int]]:
    """Runs of cells, row by row, joined downwards where they begin and end alike: (left, top, right, bottom)."""
    done: list[tuple[int, int, int, int]] = []
    growing: dict[tuple[int, int], int] = {}
    for row in range(cells.shape[0] + 1):
        line = cells[row] if row < cells.shape[0] else np.zeros(cells.shape[1], dtype=np.bool_)
        edges = np.flatnonzero(np.diff(np.concatenate([[False], line, [False]]).astype(np.int8)))
        runs = {(int(start), int(end)) for start, end in edges.reshape(-1, 2)}
        ended = [run for run in growing if run not in runs]
        done.extend((run[0], growing.pop(run), run[1], row) for run in ended)
        for run in runs:
            growing.setdefault(run, row)
    return sorted(done, key=lambda box: (box[1], box[0]))
