"""What the room needs to know of a picture. Must not know where pictures come from."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from reviewtui.model.geometry import PixelRect, PixelSize

Pixels = NDArray[np.uint8]
"""RGB, shape (height, width, 3)."""


class PictureSource(Protocol):
    """One picture with fixed content.

    Attributes:
        key: hash of the content; two sources with one key show the same pixels.
        size: of the whole picture, as displayed.
    """

    @property
    def key(self) -> str:
        """Hash of the content."""
        ...

    @property
    def size(self) -> PixelSize:
        """Size of the whole picture."""
        ...

    def load(self, box: PixelRect, target: PixelSize) -> Pixels:
        """A part of the picture, scaled to exactly ``target``. Blocking, called from a thread, from several at once.

        Args:
            box: inside the picture, in picture pixels.
            target: size of the answer; equal to the box's size for pixel for pixel.

        Returns:
            RGB, uint8, shape (target.height, target.width, 3).

        Raises:
            ReviewError: the picture cannot be read.
        """
        ...
