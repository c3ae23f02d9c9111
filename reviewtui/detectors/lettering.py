"""Lines of text. Runs in the detectors' process only."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from reviewtui.detectors.boxes import Box
from reviewtui.detectors.catalog import WEIGHTS
from reviewtui.detectors.windows import Pixels

_SHORTEST_PX, _LONGEST_PX = 736, 1600
"""Small lettering needs the larger, memory the smaller."""
_MULTIPLE_PX = 32
_LETTER = 0.3
_SURE = 0.6
_SMALLEST_PX = 3
_WIDENED_BY = 1.6
"""Source: M. Liao et al., Differentiable Binarization (2020): shrunk text is grown back by area × ratio / perimeter."""


def find_text(rgb: Pixels) -> list[Box]:
    """Every line of text, upright boxes.

    Args:
        rgb: (height, width, 3).
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session: Any = onnxruntime.InferenceSession(
        str(WEIGHTS / "text_lines.onnx"), options, providers=["CPUExecutionProvider"]
    )
    height, width = rgb.shape[:2]
    factor = max(1.0, _SHORTEST_PX / min(height, width))
    factor = min(factor, _LONGEST_PX / max(height, width))
    size = tuple(max(round(side * factor / _MULTIPLE_PX), 1) * _MULTIPLE_PX for side in (width, height))
    scaled = np.asarray(Image.fromarray(rgb).resize((size[0], size[1]), Image.Resampling.BILINEAR), dtype=np.float32)
    # The network was trained on blue, green, red.
    values = (scaled[:, :, ::-1] / np.float32(127.5) - np.float32(1)).transpose(2, 0, 1)[np.newaxis]
    (answer,) = session.run(None, {session.get_inputs()[0].name: np.ascontiguousarray(values)})
    return boxes_of(answer[0, 0])


def boxes_of(sure: NDArray[np.float32]) -> list[Box]:
    """Boxes around connected spots of a map of how likely each pixel belongs to text.

    Args:
        sure: (rows, columns), 0 to 1.
    """
    import cv2

    rows, columns = sure.shape
    count, labels, numbers, _centres = cv2.connectedComponentsWithStats(
        (sure > _LETTER).astype(np.uint8), connectivity=4
    )
    found = []
    for label in range(1, count):
        x, y, width, height = (int(value) for value in numbers[label][:4])
        inside = labels[y : y + height, x : x + width] == label
        score = float(sure[y : y + height, x : x + width][inside].mean())
        if min(width, height) < _SMALLEST_PX or score < _SURE:
            continue
        more = width * height * _WIDENED_BY / (2 * (width + height))
        box = Box(
            (x - more) / columns, (y - more) / rows, (x + width + more) / columns, (y + height + more) / rows, score
        )
        found.append(box.clipped())
    return sorted(found, key=lambda box: (box.top, box.left))
