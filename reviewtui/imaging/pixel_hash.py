"""The hash of pixels that were made here, the same that the decoder computes of a file. Pure function.

It lets the host check, without decoding in its own process, that a file reads back as the pixels it was made from.
"""

import hashlib

import numpy as np
from numpy.typing import NDArray

from reviewtui.imaging.facts import NativePicture

_STRIP_PX = 1 << 18  # a strip and its RGBA copy stay within the processor's cache


def pixel_sha256_of(picture: NativePicture) -> str:
    """Hash of the pixels as displayed; equal to ``PictureFacts.pixel_sha256`` of a lossless file of them. Blocking.

    Source: ``PictureFacts.pixel_sha256``: layout, size, then RGBA bytes; samples deeper than 8 bits as they are.
    """
    size = picture.size
    deep = picture.mode.endswith(";16")
    layout = picture.mode if deep else "RGBA"
    digest = hashlib.sha256(f"{layout} {size.width}x{size.height}\n".encode())
    rows = max(_STRIP_PX // size.width, 1)
    for top in range(0, size.height, rows):
        strip = picture.pixels[top : top + rows]
        samples = np.ascontiguousarray(strip, dtype="<u2") if deep else _rgba(strip)
        digest.update(samples.data)
    return digest.hexdigest()


def _rgba(strip: NDArray[np.uint8] | NDArray[np.uint16]) -> NDArray[np.uint8]:
    if strip.ndim == 2:
        strip = strip[:, :, np.newaxis]
    channels = strip.shape[2]
    if channels == 4:
        return np.ascontiguousarray(strip, dtype=np.uint8)
    result = np.empty((*strip.shape[:2], 4), dtype=np.uint8)
    result[:, :, :3] = strip[:, :, :3] if channels == 3 else strip[:, :, :1]
    result[:, :, 3] = strip[:, :, 1] if channels == 2 else 255
    return result
