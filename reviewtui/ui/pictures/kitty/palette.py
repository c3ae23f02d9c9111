"""Few colours that compress well: a palette, and rows that do not flicker between neighbours in it.

A photograph's noise makes a pixel and the next one fall on different colours of the palette, although one of them would
do for both. Where the colour of the pixel on the left is nearly as good as the pixel's own, it is taken over: longer
runs, fewer bytes. Must not know the terminal.
"""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from reviewtui.ui.pictures.source import Pixels

_LARGE_PX = 800
"""From this side on every other pixel is enough to find better colours."""


def quantized(pixels: Pixels, colours: int) -> Image.Image:
    """Pixels in few colours: a fast octree without dithering, the fewest bytes for a decibel of Pillow's methods.

    Args:
        pixels: RGB, uint8, shape (height, width, 3).
        colours: 2 to 256.
    """
    image = Image.fromarray(np.ascontiguousarray(pixels))
    return image.quantize(colours, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)


def refined(pixels: Pixels, image: Image.Image) -> Image.Image:
    """The same picture with better colours and each pixel on the nearest one; an octree goes for speed in both.

    Args:
        pixels: what it shows, RGB, uint8, shape (height, width, 3).
        image: the same in few colours.
    """
    sample = np.s_[:: 2 if pixels.shape[0] > _LARGE_PX else 1, :: 2 if pixels.shape[1] > _LARGE_PX else 1]
    better = recolored(pixels[sample], Image.fromarray(np.ascontiguousarray(np.asarray(image)[sample])), image)
    return Image.fromarray(np.ascontiguousarray(pixels)).quantize(palette=better, dither=Image.Dither.NONE)


def recolored(pixels: Pixels, image: Image.Image, like: Image.Image | None = None) -> Image.Image:
    """The same pixels of the palette, each colour of which becomes the mean of what it stands for.

    Args:
        pixels: what it shows, RGB, uint8, shape (height, width, 3).
        image: indices into a palette.
        like: has the palette; ``image`` itself when None.
    """
    indices = np.asarray(image).ravel()
    old = _palette_of(like or image)
    counts = np.bincount(indices, minlength=256)[: len(old)]
    sums = [np.bincount(indices, pixels[:, :, channel].ravel(), 256)[: len(old)] for channel in range(3)]
    means = np.stack(sums, axis=1) / np.maximum(counts, 1)[:, np.newaxis]
    colors = np.where(counts[:, np.newaxis] > 0, np.rint(means), old).astype(np.uint8)
    return _with_palette(np.asarray(image), colors)


def steadied(pixels: Pixels, image: Image.Image, tolerance: float) -> Image.Image:
    """The same picture with longer runs of one colour in its rows.

    Args:
        pixels: what it shows, RGB, uint8, shape (height, width, 3).
        image: the same in few colours.
        tolerance: by how much the squared error of a pixel, summed over its channels, may rise; from 0.
    """
    flat = _palette_of(image)
    # By columns: a step handles all rows at once.
    indices = np.asarray(image).T.copy()
    columns = np.ascontiguousarray(pixels.transpose(1, 0, 2))
    current = indices[0]
    for column, own in zip(columns[1:], indices[1:], strict=True):
        wanted = column.astype(np.int32)
        kept, fresh = flat[current], flat[own]
        kept -= wanted
        fresh -= wanted
        error = np.einsum("ij,ij->i", kept, kept)
        error -= np.einsum("ij,ij->i", fresh, fresh)
        np.copyto(own, current, where=error <= tolerance)
        current = own
    return _with_palette(np.ascontiguousarray(indices.T), flat.astype(np.uint8))


def _palette_of(image: Image.Image) -> NDArray[np.int32]:
    """Shape (colours, 3)."""
    return np.asarray(image.getpalette("RGB"), np.int32).reshape(-1, 3)


def _with_palette(indices: Pixels, colors: Pixels) -> Image.Image:
    image = Image.fromarray(indices)
    image.putpalette(colors.tobytes())
    return image


def png(image: Image.Image, level: int) -> bytes:
    """A file. Some tens of milliseconds for a megapixel of a palette at the highest level.

    Args:
        image: to be written.
        level: of compression, 1 to 9.
    """
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=level)
    return file.getvalue()
