"""What a sampling engine finds inside the hole before its first step: each verb begins from something else.

Pure functions of a crop and its mask; outside the mask nothing changes. Must not know which engine runs.
"""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from reviewtui.imaging.masks import box_blur, dilate
from reviewtui.imaging.membrane import spread
from reviewtui.imaging.paste import blend
from reviewtui.model.lifecycle import Verb

Pixels = NDArray[np.uint8]
Mask = NDArray[np.uint8]

#: Deepest bay of the border that a model sees of an enlarged picture.
RAGGED_PX = 8

_NEUTRAL = 128
_EDGE_BLUR_PX = 12
_EDGE_REACH_PX = 96


class Prefill(StrEnum):
    """Ways to begin."""

    ORIGINAL = "original"  # what is there
    SURROUNDINGS = "surroundings"  # a blur pyramid of what lies around
    NEUTRAL = "neutral"  # middle grey
    EDGE = "edge"  # the border goes on and blurs


# Below it so few steps are run that a blur would stay one: what is there shows through.
_LEAST_BLURRED_STRENGTH = 0.45


def prefill_for(verb: Verb, strength: float) -> Prefill:
    """How a sampling engine begins.

    Source: the project's table of verbs. A ``remove`` at full strength is left to the model: it starts from noise, or
    looks at the picture to know what shall go.

    Args:
        verb: one that engines can do.
        strength: 0 to 1, how much may change.
    """
    match verb:
        case Verb.REMOVE if strength < 1:
            return Prefill.SURROUNDINGS
        case Verb.FIX if strength >= _LEAST_BLURRED_STRENGTH:
            return Prefill.SURROUNDINGS
        case Verb.BACKGROUND:
            return Prefill.NEUTRAL
        case Verb.OUTPAINT:
            return Prefill.EDGE
        case _:
            return Prefill.ORIGINAL


def prefilled(image: Pixels, mask: Mask, kind: Prefill) -> Pixels:
    """The crop as an engine begins with it. Blocking, some 100 ms per megapixel.

    Args:
        image: (H, W, 3).
        mask: (H, W), 255 = repaint; in between the pre-fill is laid on by its share.
        kind: how to begin; where nothing is left around the hole, with the original for want of anything else.
    """
    hole = mask > 0
    if kind is Prefill.NEUTRAL:
        return blend(image, np.full_like(image, _NEUTRAL), mask)
    if kind is Prefill.ORIGINAL or not hole.any() or hole.all():
        return image.copy()
    return blend(image, _edge(image, hole) if kind is Prefill.EDGE else surroundings(image, hole), mask)


def surroundings(image: Pixels, hole: NDArray[np.bool_]) -> Pixels:
    """The hole filled with a blur pyramid of what lies around it.

    Source: pull and push through an image pyramid (S. Gortler et al., The Lumigraph, 1996).

    Args:
        image: (H, W, 3); what it holds inside the hole is never used.
        hole: (H, W), not everything.
    """
    known = ~hole
    smooth = spread(image.astype(np.float32) * known[:, :, np.newaxis], known)
    result = image.copy()
    result[hole] = np.rint(np.clip(smooth[hole], 0, 255)).astype(np.uint8)
    return result


def _edge(image: Pixels, hole: NDArray[np.bool_]) -> Pixels:
    """Inside a larger frame, whose border repeats outwards: that, blurred, and the surroundings farther out."""
    far = surroundings(image, hole)
    repeated = np.stack([box_blur(image[:, :, channel], _EDGE_BLUR_PX) for channel in range(3)], axis=2)
    # 255 at the original's border, 0 from the reach on.
    near = box_blur(dilate(~hole, _EDGE_REACH_PX // 2).view(np.uint8) * np.uint8(255), _EDGE_REACH_PX // 2)
    return blend(far, repeated, near)


def ragged(mask: Mask, most_px: int, seed: int) -> Mask:
    """The mask grown by 0 to ``most_px`` in smooth bays, so that a border is not a ruler's line.

    Only for the mask that an engine sees: the paste keeps its own, so original pixels stay as they are.

    Args:
        mask: (H, W).
        most_px: deepest bay.
        seed: the same one gives the same border.
    """
    if most_px <= 0:
        return mask
    noise = np.random.default_rng(seed % 2**32).integers(0, 256, mask.shape, dtype=np.uint8)
    bays = box_blur(box_blur(noise, 2 * most_px), 2 * most_px)
    low, high = int(bays.min()), int(bays.max())
    depth = (bays.astype(np.int32) - low) * (most_px + 1) // (high - low + 1)
    result = mask.copy()
    for step in range(1, most_px + 1):
        wider = dilate(mask > 0, step)
        result[wider & (depth >= step)] = 255
    return np.maximum(result, mask)
