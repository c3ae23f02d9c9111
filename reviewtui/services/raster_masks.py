"""Masks that come as pictures: read in the limited process, cleaned, kept as blobs named by their hash.

A fix finds the samples again by that hash, whatever happened to the file that they came from.
"""

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from reviewtui.imaging.decoding import Decoder
from reviewtui.imaging.masks import rasterise
from reviewtui.imaging.raster import bounds_of, cleaned, fitted, painted, weights_of
from reviewtui.model.entities import Version
from reviewtui.model.errors import InputError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.masks import MaskSpec
from reviewtui.services.content import get_content
from reviewtui.services.workspace import Workspace

Mask = NDArray[np.uint8]
Veil = tuple[PixelRect, NDArray[np.uint8]]


def import_mask(
    workspace: Workspace,
    decoder: Decoder,
    path: Path,
    size: PixelSize,
    *,
    also: tuple[PixelRect, ...] = (),
    scale: bool = False,
) -> MaskSpec:
    """The selection that a picture file holds. Blocking: call from a thread.

    Args:
        path: any picture that can be read exactly; white is repainted, transparent is not.
        size: of the picture that is to be fixed.
        also: regions that are selected beside it.
        scale: stretch a mask of another size; else that is refused.

    Raises:
        InputError: no such picture, of another size, or it selects nothing.
        StoreError: it cannot be kept.
    """
    native = decoder.load_native(path)
    if native.size != size and not scale:
        raise InputError(f"the mask is {native.size}, the picture {size}", "--mask-scale stretches it")
    return keep_mask(workspace, painted(fitted(weights_of(native), size), also))


def keep_mask(workspace: Workspace, weights: Mask, preset: str | None = None) -> MaskSpec:
    """A selection whose samples are kept as a blob. Blocking.

    Args:
        weights: (H, W) uint8 of the picture's size, 255 = repaint.
        preset: name of the recipe that made it.

    Raises:
        InputError: it selects nothing.
        StoreError: it cannot be kept.
    """
    clean = cleaned(weights)
    sha256 = workspace.blobs.put(_png(clean))
    size = PixelSize(clean.shape[1], clean.shape[0])
    return MaskSpec(size, (bounds_of(clean),), preset=preset, raster_sha256=sha256)


def find_raster(workspace: Workspace, decoder: Decoder, spec: MaskSpec) -> Mask | None:
    """The samples that a selection names, read back exactly; None for a mask of regions. Blocking.

    Raises:
        InputError: they are gone or cannot be read.
        DriftError: the blob holds other bytes.
    """
    if spec.raster_sha256 is None:
        return None
    if not workspace.blobs.has(spec.raster_sha256):
        raise InputError("the samples of this mask are gone", "import the mask again")
    path = workspace.blobs.path_of(spec.raster_sha256)
    return weights_of(decoder.load_native(path, expect_sha256=spec.raster_sha256))


def export_mask(workspace: Workspace, decoder: Decoder, spec: MaskSpec, path: Path) -> None:
    """Write a selection as a grey PNG of its picture's size, 255 = repaint; without feather. Blocking.

    Raises:
        InputError: the file exists, cannot be written, or lies in the folder that is watched.
    """
    if path.resolve().is_relative_to(workspace.paths.root.resolve()):
        raise InputError("a mask is not written among the pictures that are watched", "name a place outside the folder")
    raster = find_raster(workspace, decoder, spec)
    plane = rasterise(spec, PixelRect.of_size(spec.size), raster).view(np.uint8) * np.uint8(255)
    if raster is not None and spec.grow_px == 0:
        plane = 255 - raster if spec.invert else raster
    try:
        with path.open("xb") as file:
            file.write(_png(plane))
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}", "name a new file") from error


def veiled(workspace: Workspace, decoder: Decoder, version: Version, spec: MaskSpec) -> Veil:
    """The part of a picture around a selection, and its pixels with the selection under a veil of mid grey. Blocking.

    Args:
        version: the selection's picture.

    Raises:
        InputError: the samples are gone or cannot be read.
        DriftError: the bytes of either are gone or changed.
        BusyError: no decoder process can be had.
    """
    with workspace.store.read() as db:
        content = get_content(workspace, db, version)
    picture = decoder.load_rgb(content.path, expect_sha256=version.sha256).rgb
    box = spec.bounds.clamped(spec.size) or PixelRect.of_size(spec.size)
    selected = rasterise(spec, box, find_raster(workspace, decoder, spec))
    part = picture[box.y : box.bottom, box.x : box.right].copy()
    part[selected] = part[selected] // 2 + 64
    return box, part


def _png(plane: Mask) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(plane).save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()
