"""Two pictures composed into one: wipe, difference, overlay.

They are sources like any other, so every protocol shows them. Must not know what is compared, and must not decide
whether the sizes allow it beyond refusing nonsense.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from reviewtui.model.errors import InputError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.ui.pictures.source import PictureSource, Pixels

GAINS = (1, 2, 4, 8, 16)
_SAMPLES_ALONG = 4
_EDGE_LIGHT, _EDGE_DARK = 236, 16
_EDGE_SHARE = 0.6


def have_one_shape(first: PixelSize, second: PixelSize) -> bool:
    """Whether one size is the other scaled, within the rounding of one pixel."""
    larger, smaller = sorted((first, second), key=lambda size: size.area_px, reverse=True)
    return abs(smaller.width * larger.height - larger.width * smaller.height) < max(larger.width, larger.height)


@dataclass(frozen=True, slots=True)
class Wipe:
    """The first picture at the left of an edge, the second at its right. The frame is the first one's.

    Attributes:
        edge_px: first column of the second picture, in pixels of the first.
    """

    first: PictureSource
    second: PictureSource
    edge_px: int

    @property
    def key(self) -> str:
        """Names both pictures and the edge."""
        return f"wipe:{self.first.key}:{self.second.key}:{self.edge_px}"

    @property
    def size(self) -> PixelSize:
        """Of the first picture."""
        return self.first.size

    def load(self, box: PixelRect, target: PixelSize) -> Pixels:
        """See ``PictureSource.load``. One shown column at the edge is a quiet line."""
        if self.edge_px >= box.right:
            return self.first.load(box, target)
        if self.edge_px <= box.x:
            return load_like(self.second, self.size, box, target)
        column = min(max(round((self.edge_px - box.x) * target.width / box.width), 1), max(target.width - 1, 1))
        pixels = self.first.load(box, target).copy()
        pixels[:, column:] = load_like(self.second, self.size, box, target)[:, column:]
        line = pixels[:, min(column, target.width - 1)]
        grey = _EDGE_LIGHT if line.mean() < 128 else _EDGE_DARK
        line[:] = (line * (1 - _EDGE_SHARE) + grey * _EDGE_SHARE).astype(np.uint8)
        return pixels


@dataclass(frozen=True, slots=True)
class Difference:
    """How far two pictures of one size are apart, sample by sample, times a gain; black where they are equal.

    When reduced, the largest difference under a shown pixel counts, so that a small change does not vanish.
    """

    first: PictureSource
    second: PictureSource
    gain: int

    @property
    def key(self) -> str:
        """Names both pictures and the gain."""
        return f"difference:{self.first.key}:{self.second.key}:{self.gain}"

    @property
    def size(self) -> PixelSize:
        """Of both pictures."""
        return self.first.size

    def load(self, box: PixelRect, target: PixelSize) -> Pixels:
        """See ``PictureSource.load``.

        Raises:
            InputError: the sizes differ.
        """
        if self.first.size != self.second.size:
            raise InputError(f"no difference between {self.first.size} and {self.second.size} pixels")
        along = max(min(_SAMPLES_ALONG, box.width // target.width, box.height // target.height), 1)
        finer = PixelSize(target.width * along, target.height * along)
        first, second = self.first.load(box, finer), self.second.load(box, finer)
        apart = np.where(first > second, first - second, second - first)
        blocks = apart.reshape(target.height, along, target.width, along, 3).max(axis=(1, 3))
        result: Pixels = np.minimum(blocks.astype(np.uint16) * self.gain, 255).astype(np.uint8)
        return result


@dataclass(frozen=True, slots=True)
class Overlaid:
    """The second picture over the first, as opaque as wanted. The frame is the first one's.

    Attributes:
        percent: opacity of the second, 0 to 100.
    """

    first: PictureSource
    second: PictureSource
    percent: int

    @property
    def key(self) -> str:
        """Names both pictures and the opacity."""
        return f"overlay:{self.first.key}:{self.second.key}:{self.percent}"

    @property
    def size(self) -> PixelSize:
        """Of the first picture."""
        return self.first.size

    def load(self, box: PixelRect, target: PixelSize) -> Pixels:
        """See ``PictureSource.load``."""
        if self.percent == 0:
            return self.first.load(box, target)
        over = load_like(self.second, self.size, box, target)
        if self.percent == 100:
            return over
        under = self.first.load(box, target).astype(np.uint16)
        mixed: Pixels = ((under * (100 - self.percent) + over * np.uint16(self.percent) + 50) // 100).astype(np.uint8)
        return mixed


def load_like(source: PictureSource, frame: PixelSize, box: PixelRect, target: PixelSize) -> Pixels:
    """The part of a picture that lies at the place of ``box`` in a frame of another size. Blocking.

    Args:
        source: the picture.
        frame: size in whose pixels ``box`` is; the picture is stretched to it.
        box: inside the frame.
        target: size of the answer.
    """
    size = source.size
    if size == frame:
        return source.load(box, target)
    left, right = box.x * size.width / frame.width, box.right * size.width / frame.width
    top, bottom = box.y * size.height / frame.height, box.bottom * size.height / frame.height
    x, y = min(int(left), size.width - 1), min(int(top), size.height - 1)
    outer = PixelRect(
        x, y, min(max(-int(-right // 1), x + 1), size.width) - x, min(max(-int(-bottom // 1), y + 1), size.height) - y
    )
    across, down = target.width / (right - left), target.height / (bottom - top)
    loaded = source.load(outer, PixelSize(max(round(outer.width * across), 1), max(round(outer.height * down), 1)))
    # The outer box is whole pixels; the place that is meant may begin and end within them.
    scale_x, scale_y = loaded.shape[1] / outer.width, loaded.shape[0] / outer.height
    exact = ((left - x) * scale_x, (top - y) * scale_y, (right - x) * scale_x, (bottom - y) * scale_y)
    inside = (exact[0], exact[1], min(exact[2], loaded.shape[1]), min(exact[3], loaded.shape[0]))
    picture = Image.fromarray(np.ascontiguousarray(loaded))
    return np.array(picture.resize((target.width, target.height), Image.Resampling.BILINEAR, box=inside))
