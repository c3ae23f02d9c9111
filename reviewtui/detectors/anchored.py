"""Networks that answer by anchors: faces and palms. Runs in the detectors' process only.

Source: V. Bazarevsky et al., BlazeFace (2019), and the configurations that MediaPipe 0.10.21 publishes for these files:
strides, anchors per cell, input ranges and the order of the numbers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviewtui.detectors.boxes import Box, strongest
from reviewtui.detectors.catalog import WEIGHTS
from reviewtui.detectors.windows import Pixels, Window, windows

Floats = NDArray[np.float32]
Run = Callable[[Floats], tuple[Floats, Floats]]

_SAME_FACE = 0.3
_SURE_FACE = 0.75
"""A dog's face scores 0.60."""
_SAME_PALM = 0.6
_SURE_PALM = 0.5
_HAND_SIDE = 2.6
"""Side of a hand, in sides of its palm's box."""
_HAND_SHIFT = 0.5
"""From the middle of the palm to that of the hand, towards the fingers, in sides of the palm's box."""
_WRIST, _MIDDLE_FINGER = 0, 2


@dataclass(frozen=True, slots=True)
class Network:
    """One anchored network.

    Attributes:
        file: of its weights.
        side_px: of its square input.
        cells: (stride, anchors per cell) of its output layers.
        lowest: value of black in its input; white is 1.
    """

    file: str
    side_px: int
    cells: tuple[tuple[int, int], ...]
    lowest: float

    def anchors(self) -> Floats:
        """Centres, in shares of the input, shape (anchors, 2), as (x, y)."""
        rows: list[Floats] = []
        for stride, count in self.cells:
            steps = (np.arange(self.side_px // stride, dtype=np.float32) + 0.5) * stride / self.side_px
            x, y = np.meshgrid(steps, steps)
            rows.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), count, axis=0))
        return np.concatenate(rows)

    def load(self) -> Run:
        """Read its weights; the answer runs it on an input of shape (1, side, side, 3)."""
        from ai_edge_litert.interpreter import Interpreter

        interpreter: Any = Interpreter(str(WEIGHTS / self.file), num_threads=1)
        interpreter.allocate_tensors()
        place = interpreter.get_input_details()[0]["index"]
        outputs = sorted(interpreter.get_output_details(), key=lambda one: -int(one["shape"][2]))

        def run(values: Floats) -> tuple[Floats, Floats]:
            interpreter.set_tensor(place, values)
            interpreter.invoke()
            numbers, scores = (interpreter.get_tensor(one["index"])[0] for one in outputs)
            return numbers, scores[:, 0]

        return run


NEAR = Network("face_short_range.tflite", 128, ((8, 2), (16, 6)), -1.0)
FAR = Network("face_full_range.tflite", 192, ((4, 1),), -1.0)
PALM = Network("palm.tflite", 192, ((8, 2), (16, 6)), 0.0)


def find_faces(rgb: Pixels) -> list[Box]:
    """Every face.

    Args:
        rgb: (height, width, 3).
    """
    found: list[Box] = []
    for network in (NEAR, FAR):
        look = _Looker(network)
        for window in windows(rgb, smallest_px=network.side_px):
            found += [window.in_picture(_face(points, score), rgb) for points, score in look(rgb, window, _SURE_FACE)]
    return [box.clipped() for box in strongest(found, most_overlap=_SAME_FACE)]


def find_palms(rgb: Pixels) -> list[tuple[Box, float]]:
    """Every place where a palm may be, sure or not: a square around the whole hand, and which way its fingers point.

    Args:
        rgb: (height, width, 3).

    Returns:
        Boxes in shares of the picture (square in pixels), and radians from upright, clockwise.
    """
    look = _Looker(PALM)
    turns: dict[Box, float] = {}
    for window in windows(rgb, smallest_px=PALM.side_px):
        for points, score in look(rgb, window, _SURE_PALM):
            box, turn = _hand(points, score)
            turns[window.in_picture(box, rgb)] = turn
    return [(box, turns[box]) for box in strongest(turns, most_overlap=_SAME_PALM)]


class _Looker:
    """Runs a network on windows; answers points (n, 2) in shares of the window: centre, size, then key points."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._run = network.load()
        self._anchors = network.anchors()

    def __call__(self, rgb: Pixels, window: Window, least: float) -> list[tuple[Floats, float]]:
        side, lowest = self._network.side_px, self._network.lowest
        values = window.look(rgb, side).astype(np.float32) / np.float32(255) * np.float32(1 - lowest)
        numbers, raw = self._run((values + np.float32(lowest))[np.newaxis])
        scores = 1 / (1 + np.exp(-np.clip(raw, -100, 100)))
        found = []
        for index in np.flatnonzero(scores >= least).tolist():
            points = numbers[index].reshape(-1, 2) / np.float32(side)
            points[0] += self._anchors[index]
            points[2:] += self._anchors[index]
            found.append((points, float(scores[index])))
        return found


def _face(points: Floats, score: float) -> Box:
    """From brow to chin and ear to ear: the network's box ends below the brow."""
    (x, y), (width, height) = points[0], points[1]
    return Box(
        float(x - 0.55 * width), float(y - 0.75 * height), float(x + 0.55 * width), float(y + 0.55 * height), score
    )


def _hand(points: Floats, score: float) -> tuple[Box, float]:
    (x, y), side = points[0], float(max(points[1]))
    along = points[2 + _MIDDLE_FINGER] - points[2 + _WRIST]
    length = float(np.hypot(*along)) or 1.0
    x, y = float(x + along[0] / length * _HAND_SHIFT * side), float(y + along[1] / length * _HAND_SHIFT * side)
    reach = _HAND_SIDE * side / 2
    return Box(x - reach, y - reach, x + reach, y + reach, score), float(np.arctan2(along[0], -along[1]))
