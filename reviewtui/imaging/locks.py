"""Regions that no job may change, in pixels. Pure; must not decide which locks hold for a picture."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reviewtui.imaging.masks import Selection, rasterise
from reviewtui.imaging.metrics import Samples
from reviewtui.model.geometry import PixelRect
from reviewtui.model.masks import MaskSpec


@dataclass(frozen=True, slots=True)
class LockedRegion:
    """A lock on a picture of its own size.

    Attributes:
        raster: the samples that ``spec`` names, None for a lock of regions.
    """

    spec: MaskSpec
    raster: NDArray[np.uint8] | None = None

    def within(self, box: PixelRect) -> Selection:
        """Locked pixels of a box, (box height, box width)."""
        return rasterise(self.spec, box, self.raster)


def locked_in(locks: Sequence[LockedRegion], box: PixelRect) -> Selection:
    """Pixels of a box that any lock covers, (box height, box width)."""
    locked = np.zeros((box.height, box.width), dtype=np.bool_)
    for lock in locks:
        if lock.spec.bounds.intersection(box) is not None:
            locked |= lock.within(box)
    return locked


def is_all_locked(spec: MaskSpec, locks: Sequence[LockedRegion]) -> bool:
    """Whether every selected pixel of a mask of regions lies inside a lock, feather aside."""
    if not locks:
        return False
    box = spec.bounds
    selected = rasterise(spec, box)
    return bool(selected.any()) and not bool((selected & ~locked_in(locks, box)).any())


def count_changed(base: Samples, result: Samples, locks: Sequence[LockedRegion]) -> int:
    """How many locked pixels differ between a parent and its child, each counted once.

    Args:
        base: (H, W) or (H, W, C).
        result: same shape and type.
        locks: on pictures of that size.
    """
    changed = 0
    for index, lock in enumerate(locks):
        box = lock.spec.bounds
        window = np.s_[box.y : box.bottom, box.x : box.right]
        differs = base[window] != result[window]
        if differs.ndim == 3:
            differs = differs.any(axis=2)
        changed += int((differs & lock.within(box) & ~locked_in(locks[:index], box)).sum())
    return changed
