"""What is known of a decoded picture, and the pixels themselves, as plain values.

Arrays are (height, width, channels) or (height, width), origin top-left, as displayed: EXIF orientation is applied.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from reviewtui.model.geometry import PixelSize


@dataclass(frozen=True, slots=True)
class PictureInfo:
    """Facts beside the pixels.

    Attributes:
        has_alpha: some transparency is declared.
        bit_depth: bits per sample in the file.
        orientation: EXIF orientation that was applied, 1 to 8; 1 when there is none.
        has_icc: an ICC profile is embedded.
        text: texts of the file (PNG text chunks, EXIF description), shortened; not yet safe for a terminal.
    """

    has_alpha: bool
    bit_depth: int
    orientation: int
    has_icc: bool
    text: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """A file that was read and decoded whole.

    Attributes:
        sha256: of exactly the bytes that were decoded, lower-case hex.
        size_bytes: length of the file.
        size: as displayed.
        media_type: such as ``image/png``.
        mode: Pillow's name of the sample layout.
        frames: 1 unless animated or of several pages.
        pixel_sha256: of the pixels as displayed, so that a rewrite of metadata alone is recognised. RGBA bytes, except
            for deeper samples, which are taken as they are; the size and layout are part of it.
        info: facts beside the pixels.
    """

    sha256: str
    size_bytes: int
    size: PixelSize
    media_type: str
    mode: str
    frames: int
    pixel_sha256: str
    info: PictureInfo


@dataclass(frozen=True, slots=True)
class DecodedPicture:
    """Pixels for the screen.

    Attributes:
        rgb: (height, width, 3) uint8 sRGB, read-only; a checkerboard of greys behind what is transparent.
        full_size: of the picture as displayed; ``rgb`` may be smaller.
        factor: width of ``rgb`` divided by the full width, at most 1.
        sha256: of exactly the bytes that were decoded.
    """

    rgb: NDArray[np.uint8]
    full_size: PixelSize
    factor: float
    sha256: str

    @property
    def size_bytes(self) -> int:
        """Memory that the pixels take."""
        return int(self.rgb.nbytes)


@dataclass(frozen=True, slots=True)
class NativePicture:
    """Exact samples for fixing, with what a lossless copy must keep.

    Attributes:
        pixels: uint8 (H, W, 3) ``RGB``, (H, W, 4) ``RGBA``, (H, W) ``L``, (H, W, 2) ``LA``, or
            uint16 (H, W) ``I;16``, (H, W, 3) ``RGB;16``, (H, W, 4) ``RGBA;16``.
        mode: one of those names.
        sha256: of the file that was decoded; empty for a picture that was made here.
        icc: ICC profile or None.
        exif: EXIF block with the orientation reset, or None.
        dpi: horizontal and vertical, or None.
        text: PNG texts, whole.
    """

    pixels: NDArray[np.uint8] | NDArray[np.uint16]
    mode: str
    sha256: str = ""
    icc: bytes | None = None
    exif: bytes | None = None
    dpi: tuple[float, float] | None = None
    text: dict[str, str] = field(default_factory=dict)

    @property
    def size(self) -> PixelSize:
        """Width and height."""
        return PixelSize(int(self.pixels.shape[1]), int(self.pixels.shape[0]))

    @property
    def has_alpha(self) -> bool:
        """Whether the last channel is transparency."""
        return self.mode in ("RGBA", "LA", "RGBA;16")
