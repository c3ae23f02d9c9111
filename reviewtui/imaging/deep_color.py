"""Colour of 16 bits a channel, read from a file in the limited process and written to a PNG.

Pillow cuts such samples to 8 bits; OpenCV keeps them whole. It is imported only when there is such a picture.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

DEEP_COLOR_MODES = ("RGB;16", "RGBA;16")
"""Layouts of ``facts.NativePicture``, of three and four channels."""

_PNG_LEVEL = 1
_STRIP_PX = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class DeepColor:
    """Samples of an upright picture.

    Attributes:
        pixels: uint16, (height, width, 3) RGB or (height, width, 4) RGBA.
    """

    pixels: NDArray[np.uint16]

    @property
    def mode(self) -> str:
        """Name of the layout."""
        return DEEP_COLOR_MODES[self.pixels.shape[2] - 3]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.pixels.shape[1], self.pixels.shape[0]

    def strips(self) -> Iterator[bytes]:
        """The samples as little-endian bytes, some rows at a time."""
        rows = max(_STRIP_PX // self.size[0], 1)
        for top in range(0, self.size[1], rows):
            yield self.pixels[top : top + rows].astype("<u2", copy=False).tobytes()

    def sha256(self) -> str:
        """Hash of the pixels; see ``PictureFacts.pixel_sha256``."""
        digest = hashlib.sha256(f"{self.mode} {self.size[0]}x{self.size[1]}\n".encode())
        for strip in self.strips():
            digest.update(strip)
        return digest.hexdigest()

    def png(self) -> bytes:
        """A plain PNG of them.

        Raises:
            OSError: it cannot be encoded.
        """
        import cv2

        options = [cv2.IMWRITE_PNG_COMPRESSION, _PNG_LEVEL]
        done, data = cv2.imencode(".png", np.ascontiguousarray(_swapped(self.pixels)), options)
        if not done:
            raise OSError("a 16-bit PNG cannot be encoded")
        return data.tobytes()


def read_deep_color(data: bytes, size: tuple[int, int], orientation: int) -> DeepColor | None:
    """All samples as they are stored, upright; None where OpenCV does not read the file so.

    Args:
        data: a PNG or TIFF with 16 bits a channel.
        size: width and height as displayed.
        orientation: of EXIF, 1 to 8.
    """
    import cv2

    try:
        found: Any = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if found is None or found.dtype != np.uint16 or found.ndim != 3 or found.shape[2] not in (3, 4):
        return None
    deep = DeepColor(_upright(_swapped(found), orientation))
    return deep if deep.size == tuple(size) else None


def _swapped(pixels: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Between RGB and OpenCV's order."""
    return pixels[:, :, [2, 1, 0, 3][: pixels.shape[2]]]


def _upright(pixels: NDArray[np.uint16], orientation: int) -> NDArray[np.uint16]:
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)
