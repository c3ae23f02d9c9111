"""Regions that no job may change, in pixels. Pure; must not decide which locks hold for a picture."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reviewtui.imaging.masks import rasterise
from reviewtui.imaging.metrics import Samples
from reviewtui.model.geometry import PixelRect
from reviewtui.model.masks import MaskSpec


def locked_in(locks: Sequence[MaskSpec], box: PixelRect) -> NDArray[np.bool_]:
    """Pixels of a box that any lock covers, (box height, box width).

    Args:
        locks: drawn on pictures of the size that the box lies in.
    """
    locked = np.zeros((box.height, box.width), dtype=np.bool_)
    for lock in locks:
        if lock.bounds.intersection(box) is not None:
            locked |= rasterise(lock, box)
    return locked


def is_all_locked(spec: MaskSpec, locks: Sequence[MaskSpec]) -> bool:
    """Whether every selected pixel lies inside a lock, feather aside."""
    if not locks:
        return False
    box = spec.bounds
    selected = rasterise(spec, box)
    return bool(selected.any()) and not bool((selected & ~locked_in(locks, box)).any())


def count_changed(base: Samples, result: Samples, locks: Sequence[MaskSpec]) -> int:
    """How many locked pixels differ between a parent and its child, each counted once.

    Args:
        base: (H, W) or (H, W, C).
        result: same shape and type.
        locks: drawn on pictures of that size.
    """
    changed = 0
    for index, lock in enumerate(locks):
        box = lock.bounds
        window = np.s_[box.y : box.bottom, box.x : box.right]
        differs = base[window] != result[window]
        if differs.ndim == 3:
            differs = differs.any(axis=2)
        changed += int((differs & rasterise(lock, box) & ~locked_in(locks[:index], box)).sum())
    return changed
