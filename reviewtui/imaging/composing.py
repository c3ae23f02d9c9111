"""Put versions together from pixels that were kept: lay edits on a frame again, seal the result with a full proof.

No engine, no sampling. Pure; must not know why something is composed.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviewtui.imaging.facts import NativePicture
from reviewtui.imaging.fixing import FixResult, check_locks, check_outside, rgb_of, to_native
from reviewtui.imaging.locks import LockedRegion
from reviewtui.imaging.metrics import Samples
from reviewtui.imaging.paste import blend
from reviewtui.imaging.proof import DEFINITIONS, measure
from reviewtui.model.geometry import PixelRect, PixelSize

_CONTEXT_PX = 64


@dataclass(frozen=True, slots=True)
class Layer:
    """One edit, ready to be laid on any frame of the same size and sample layout.

    Attributes:
        box: where it lies, in pixels of the frame.
        new: color samples of the box in the frame's layout, without the transparency.
        patch: (box height, box width, 3) uint8, the same as 8-bit RGB.
        alpha: (box height, box width) uint8.
    """

    box: PixelRect
    new: Any
    patch: NDArray[np.uint8]
    alpha: NDArray[np.uint8]


def layer_of(
    parent: NativePicture, child: NativePicture, box: PixelRect, patch: NDArray[np.uint8], alpha: NDArray[np.uint8]
) -> Layer:
    """The edit that made a version, as exact as it was.

    The kept patch is 8-bit RGB; where it covers fully, the child's own samples are what was laid on, at any depth.

    Args:
        parent: what it was laid on.
        child: what came out.
        patch: (box height, box width, 3).
        alpha: (box height, box width).
    """
    new = to_native(parent, box, patch)
    if parent.mode not in ("RGB", "RGBA"):
        covers = alpha == 255
        new = np.where(covers if new.ndim == 2 else covers[:, :, np.newaxis], _color(child, box), new)
    return Layer(box, new, patch, alpha)


def lay(pixels: Samples, layer: Layer, *, has_alpha: bool) -> None:
    """Blend a layer into a frame, in place; alpha 0 changes nothing.

    Args:
        pixels: (H, W) or (H, W, C), writable.
        has_alpha: the last channel is transparency, which is kept.
    """
    box = layer.box
    window = pixels[box.y : box.bottom, box.x : box.right]
    if has_alpha:
        window = window[:, :, :-1]
    new = layer.new[:, :, np.newaxis] if layer.new.ndim == 2 and window.ndim == 3 else layer.new
    window[...] = blend(window, new, layer.alpha)


def overlap_px(first_box: PixelRect, first: NDArray[np.uint8], second_box: PixelRect, second: NDArray[np.uint8]) -> int:
    """How many pixels two alphas both touch."""
    common = first_box.intersection(second_box)
    if common is None:
        return 0
    return int(((_part(first_box, first, common) > 0) & (_part(second_box, second, common) > 0)).sum())


def seal(
    parent: NativePicture,
    pixels: Samples,
    box: PixelRect,
    patch: NDArray[np.uint8],
    alpha: NDArray[np.uint8],
    *,
    edge_px: int,
    locks: tuple[LockedRegion, ...] = (),
) -> FixResult:
    """A composed frame with its proof against the parent. Blocking, some ten milliseconds per megapixel.

    Args:
        parent: the version that it is compared with; its metadata is kept.
        pixels: the composed frame, in the parent's layout.
        box: where it may differ.
        patch: (box height, box width, 3) that is kept beside it.
        alpha: (box height, box width), 0 where it may not differ.
        edge_px: how far ``alpha`` reaches beyond the selection.
        locks: regions that must be as in the parent.

    Raises:
        EngineError: kind ``lock_broken``: something differs outside, or inside a lock.
    """
    changed_px, largest = check_outside(parent, pixels, box, alpha)
    locks_ok = check_locks(parent, pixels, locks)
    result = NativePicture(pixels, parent.mode, "", parent.icc, parent.exif, parent.dpi, dict(parent.text))
    crop = context_of(box, parent.size)
    return FixResult(
        picture=result,
        patch=patch,
        alpha=alpha,
        box=box,
        metrics={
            "outside_changed_px": changed_px,
            "outside_max_delta": largest,
            "edge_px": edge_px,
            "locks_ok": locks_ok,
            **composed_figures(result, box, alpha),
            "color_error": None,
            "definitions": DEFINITIONS,
            "adjusted": None,
            "crop": list(crop.as_tuple()),
            "megapixels_sampled": 0.0,
            "megapixels_frame": round(parent.size.area_px / 1e6, 3),
            "changed_px": int(np.count_nonzero(alpha)),
        },
    )


def composed_figures(result: NativePicture, box: PixelRect, alpha: NDArray[np.uint8]) -> dict[str, float | None]:
    """What ``seal`` measures; see ``proof.FIGURES``."""
    crop = context_of(box, result.size)
    support = np.zeros((crop.height, crop.width), dtype=np.bool_)
    y, x = box.y - crop.y, box.x - crop.x
    support[y : y + box.height, x : x + box.width] = alpha > 0
    return measure(rgb_of(result, crop), support)


def context_of(box: PixelRect, size: PixelSize) -> PixelRect:
    """Surroundings that a composed region is measured against."""
    crop = box.grown(_CONTEXT_PX).clamped(size)
    assert crop is not None
    return crop


def _part(box: PixelRect, values: NDArray[np.uint8], common: PixelRect) -> NDArray[np.uint8]:
    y, x = common.y - box.y, common.x - box.x
    return values[y : y + common.height, x : x + common.width]


def _color(native: NativePicture, box: PixelRect) -> Any:
    part = native.pixels[box.y : box.bottom, box.x : box.right]
    if part.ndim == 2:
        return part
    return part[:, :, 0] if part.shape[2] == 2 else part[:, :, :3]
