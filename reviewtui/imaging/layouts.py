"""Raw samples of a crop as arrays and back: 8-bit RGB for most engines, the picture's own samples for some. Pure."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviewtui.imaging.facts import NativePicture
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.runs import BYTES_PER_PIXEL

Samples = NDArray[np.uint8] | NDArray[np.uint16]

_CHANNELS = {"RGB": 3, "RGBA": 4, "L": 1, "LA": 2, "I;16": 1, "RGB;16": 3, "RGBA;16": 4}
_COLORS_OF = {"RGBA": "RGB", "LA": "L", "RGBA;16": "RGB;16"}


def colors_of(mode: str) -> str:
    """The layout of a picture's colors alone, without its transparency."""
    return _COLORS_OF.get(mode, mode)


def cut(native: NativePicture, rect: PixelRect, layout: str) -> Samples:
    """The exact samples of a part of a picture.

    Args:
        layout: the picture's mode, or ``colors_of`` it.

    Returns:
        (H, W, channels), or (H, W) for one channel; contiguous.
    """
    part: Any = native.pixels[rect.y : rect.bottom, rect.x : rect.right]
    if layout != native.mode:
        part = part[:, :, 0] if layout == "L" else part[:, :, :3]
    result: Samples = np.ascontiguousarray(part)
    return result


def as_array(raw: bytes, size: PixelSize, layout: str) -> Samples:
    """Raw bytes as an array: (H, W, channels), or (H, W) for one channel; read-only.

    Raises:
        ValueError: not as many bytes as the layout takes.
    """
    if len(raw) != size.area_px * BYTES_PER_PIXEL[layout]:
        raise ValueError(f"{len(raw)} bytes are no {layout} picture of {size}")
    channels = _CHANNELS[layout]
    shape = (size.height, size.width) if channels == 1 else (size.height, size.width, channels)
    return np.frombuffer(raw, dtype="<u2" if layout.endswith(";16") else np.uint8).reshape(shape)


def fits(samples: object, size: PixelSize, layout: str) -> bool:
    """Whether something is an array of samples of that size and layout."""
    if not isinstance(samples, np.ndarray):
        return False
    channels = _CHANNELS[layout]
    shape = (size.height, size.width) if channels == 1 else (size.height, size.width, channels)
    return bool(samples.shape == shape) and samples.dtype == (np.uint16 if layout.endswith(";16") else np.uint8)


def is_rgb8(samples: Samples) -> bool:
    """Whether an answer or a patch is in 8-bit RGB, as most engines make it, whatever the picture is."""
    return samples.dtype == np.uint8 and samples.ndim == 3


def to_rgb8(samples: Samples) -> NDArray[np.uint8]:
    """(H, W, 3) uint8: transparency ignored, 16 bits cut to 8."""
    part = samples
    if part.dtype == np.uint16:
        part = (part >> 8).astype(np.uint8)
    if part.ndim == 3 and part.shape[2] >= 3:
        return np.ascontiguousarray(part[:, :, :3], dtype=np.uint8)
    grey = part if part.ndim == 2 else part[:, :, 0]
    return np.repeat(grey[:, :, np.newaxis], 3, axis=2).astype(np.uint8, copy=False)


def from_rgb8(rgb: NDArray[np.uint8], own: Samples) -> Samples:
    """8-bit RGB in the layout of other samples; a pixel that says the same as theirs keeps them.

    Args:
        rgb: (H, W, 3).
        own: (H, W, 3), or (H, W) for one channel, of 8 or 16 bits.
    """
    if own.dtype == np.uint8 and own.ndim == 3:
        return rgb
    same = (rgb == to_rgb8(own)).all(axis=2)
    colors = rgb if own.ndim == 3 else rgb[:, :, 1]
    raised = colors if own.dtype == np.uint8 else colors.astype(np.uint16) * np.uint16(257)
    result: Samples = np.where(same if own.ndim == 2 else same[:, :, np.newaxis], own, raised)
    return result
