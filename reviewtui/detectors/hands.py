"""Hands: a place where a palm may be counts only when the joints of a hand are found there. In the child only.

Source: F. Zhang et al., MediaPipe Hands (2020): palm detector, turned square, joints with a score of presence.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from reviewtui.detectors.anchored import find_palms
from reviewtui.detectors.boxes import Box, strongest
from reviewtui.detectors.catalog import WEIGHTS
from reviewtui.detectors.windows import Pixels

_SIDE_PX = 224
_JOINTS = 21
_SURE = 0.5
_SAME_HAND = 0.4
_MARGIN = 0.18
"""Joints lie inside the flesh: the box reaches this share of its longer side beyond them."""

Joints = NDArray[np.float32]


def find_hands(rgb: Pixels) -> list[Box]:
    """Every hand, from wrist to fingertips.

    Args:
        rgb: (height, width, 3).
    """
    height, width = rgb.shape[:2]
    palms = find_palms(rgb)
    if not palms:
        return []
    look, picture = _load(), Image.fromarray(rgb)
    found: list[Box] = []
    for palm, turn in palms:
        center = ((palm.left + palm.right) / 2 * width, (palm.top + palm.bottom) / 2 * height)
        side = (palm.right - palm.left) * width
        joints, presence = look(_turned(picture, center, side, turn))
        if presence >= _SURE:
            points = _back(joints, center, side, turn)
            points /= np.array([width, height], dtype=np.float32)
            found.append(_around(points, presence, width / height))
    return [box.clipped() for box in strongest(found, most_overlap=_SAME_HAND)]


def _load() -> Callable[[Pixels], tuple[Joints, float]]:
    """Read the weights; the answer gives joints (21, 2) in pixels of its input, and how sure it is of a hand."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter: Any = Interpreter(str(WEIGHTS / "hand_landmarks.tflite"), num_threads=1)
    interpreter.allocate_tensors()
    place = interpreter.get_input_details()[0]["index"]
    # In the order of their names: joints, presence, which hand, joints in metres.
    outputs = sorted(interpreter.get_output_details(), key=lambda one: str(one["name"]))

    def look(square: Pixels) -> tuple[Joints, float]:
        interpreter.set_tensor(place, square[np.newaxis].astype(np.float32) / np.float32(255))
        interpreter.invoke()
        joints = interpreter.get_tensor(outputs[0]["index"]).reshape(_JOINTS, 3)[:, :2]
        return joints, float(interpreter.get_tensor(outputs[1]["index"])[0, 0])

    return look


def _turned(picture: Image.Image, center: tuple[float, float], side: float, turn: float) -> Pixels:
    """The square around a hand, turned so that its fingers point up."""
    step = side / _SIDE_PX
    cos, sin = math.cos(turn) * step, math.sin(turn) * step
    half = _SIDE_PX / 2
    x, y = center[0] - cos * half + sin * half, center[1] - sin * half - cos * half
    square = picture.transform(
        (_SIDE_PX, _SIDE_PX), Image.Transform.AFFINE, (cos, -sin, x, sin, cos, y), Image.Resampling.BILINEAR
    )
    return np.asarray(square)


def _back(joints: Joints, center: tuple[float, float], side: float, turn: float) -> Joints:
    """From pixels of the turned square to pixels of the picture."""
    from_middle = (joints - np.float32(_SIDE_PX / 2)) * np.float32(side / _SIDE_PX)
    cos, sin = math.cos(turn), math.sin(turn)
    turned = np.stack(
        [from_middle[:, 0] * cos - from_middle[:, 1] * sin, from_middle[:, 0] * sin + from_middle[:, 1] * cos], axis=1
    )
    return np.asarray(turned + np.array(center), dtype=np.float32)


def _around(points: Joints, score: float, aspect: float) -> Box:
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    margin = _MARGIN * max(float(right - left), float(bottom - top) / aspect)
    return Box(
        float(left) - margin,
        float(top) - margin * aspect,
        float(right) + margin,
        float(bottom) + margin * aspect,
        score,
    )
