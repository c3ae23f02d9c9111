"""Pictures of the iTerm2 protocol: a JPEG or PNG file inside ``OSC 1337``. Pure functions.

Source: iTerm2's documentation of its inline images. Must not place pictures and must not know widgets: see ``placing``.

What terminals make of it:

* iTerm2 takes all of it; from 3.5 on also a file in parts, which is needed where a long sequence is cut, as in tmux.
* WezTerm leaves the cursor where it is for ``doNotMoveCursor=1``; others overlook that word. Its own multiplexer does
  not pass pictures on.
* xterm.js with its image add-on, thus VS Code, needs ``size``, takes strict base64 of at most 20 MB, PNG, JPEG and GIF,
  and no parts. It moves the cursor down by the picture's rows less one, so it never scrolls a picture that fits.
* mintty takes a sequence of at most 1 MiB, and no parts.
* Konsole takes width and height in cells, and no parts.

A picture over a picture replaces it, and text over it erases its cell, in all of them.
"""

import io
from base64 import b64encode
from typing import NamedTuple

import numpy as np
from PIL import Image

from reviewtui.model.geometry import CellSize
from reviewtui.ui.pictures.source import Pixels

QUALITIES = (92, 85, 75, 60, 40)
"""Of JPEG files, the best first."""

_FULL_CHROMA_FROM = 85
"""From this quality on colours keep their full resolution: a reviewer looks for fringes."""

_SMALLEST_SIDE_PX = 16
PART_BYTES = 200_000


class PictureFile(NamedTuple):
    """An encoded picture.

    Attributes:
        data: bytes of a JPEG or PNG file.
        quality: of the JPEG; 100 for PNG, which loses nothing.
        reduction: how many shown pixels one pixel of the file stands for, along each side.
    """

    data: bytes
    quality: int
    reduction: int

    @property
    def truth(self) -> str:
        """``true`` when every pixel is exact, else ``preview``."""
        return "true" if self.quality == 100 and self.reduction == 1 else "preview"


def to_png(pixels: Pixels) -> PictureFile:
    """Exact pixels. Blocking. Call from a thread.

    Args:
        pixels: RGB, uint8, shape (height, width, 3), at least 1×1.
    """
    file = io.BytesIO()
    # Level 1 takes a third of the time of level 6 for a tenth more bytes.
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, "PNG", compress_level=1)
    return PictureFile(file.getvalue(), 100, 1)


def to_jpeg(pixels: Pixels, quality: int = QUALITIES[1], reduction: int = 1) -> PictureFile:
    """A JPEG file. Blocking, a few milliseconds. Call from a thread.

    Args:
        pixels: RGB, uint8, shape (height, width, 3), at least 1×1.
        quality: 1 to 95.
        reduction: make it smaller by this factor; the terminal enlarges it again.
    """
    image = Image.fromarray(np.ascontiguousarray(pixels))
    if reduction > 1:
        image = image.reduce(reduction)
    file = io.BytesIO()
    # 0 keeps colours at full resolution, 2 halves them both ways.
    image.save(file, "JPEG", quality=quality, subsampling=0 if quality >= _FULL_CHROMA_FROM else 2)
    return PictureFile(file.getvalue(), quality, reduction)


def to_jpeg_within(pixels: Pixels, limit_bytes: int) -> PictureFile:
    """The best JPEG that takes at most so many bytes when it is written as base64; the smallest one when none does.

    Blocking. Call from a thread. First quality goes down, then size: a blurred picture tells more than blocks.

    Args:
        pixels: RGB, uint8, shape (height, width, 3), at least 1×1.
        limit_bytes: what may be written.
    """
    reduction = 1
    # The worst one tells at once whether there is any at this size.
    worst = to_jpeg(pixels, QUALITIES[-1], reduction)
    while len(worst.data) * 4 // 3 > limit_bytes and min(pixels.shape[:2]) >= 2 * reduction * _SMALLEST_SIDE_PX:
        reduction *= 2
        worst = to_jpeg(pixels, QUALITIES[-1], reduction)
    better = (to_jpeg(pixels, quality, reduction) for quality in QUALITIES[:-1])
    return next((file for file in better if len(file.data) * 4 // 3 <= limit_bytes), worst)


def encode_iterm2(data: bytes, cells: CellSize, *, in_parts: bool = False) -> str:
    """The sequence that draws a file over a rectangle of cells, its first cell being the one under the cursor.

    The picture fills the cells whatever their shape: who calls gives the file the shape of its cells.

    Args:
        data: bytes of a JPEG or PNG file.
        cells: at least 1×1.
        in_parts: several short sequences instead of a long one; only iTerm2 from 3.5 on knows them.
    """
    arguments = (
        f"inline=1;size={len(data)};width={cells.width};height={cells.height};preserveAspectRatio=0;doNotMoveCursor=1"
    )
    text = b64encode(data).decode("ascii")
    if not in_parts:
        return f"\x1b]1337;File={arguments}:{text}\x07"
    parts = [f"\x1b]1337;FilePart={text[start : start + PART_BYTES]}\x07" for start in range(0, len(text), PART_BYTES)]
    return "".join([f"\x1b]1337;MultipartFile={arguments}\x07", *parts, "\x1b]1337;FileEnd\x07"])
