"""What is done to a sampling engine's answer before it is laid on: colors, grain, and a repair of its edge.

Each step is kept only when a measurement says that it helped. Pure; must not know which engine ran.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviewtui.imaging.matching import add_grain, apply_color, fit_color, grain_factor, missing_grain
from reviewtui.imaging.membrane import spread_step
from reviewtui.imaging.paste import blend
from reviewtui.imaging.proof import badness, measure
from reviewtui.imaging.texture import texture

Pixels = NDArray[np.uint8]

#: A result that measures better than this is left alone: a repair would only risk it.
_GOOD_ENOUGH = 0.1
_LEAST_GAIN = 0.02


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A crop brought in line with its surroundings.

    Attributes:
        image: (H, W, 3).
        details: JSON-ready, what was done: ``color``, ``membrane``, ``grain``; a step that was not kept is absent.
    """

    image: Pixels
    details: dict[str, Any]


def adjust(
    sent: Pixels, returned: Pixels, alpha: NDArray[np.uint8], untouched: NDArray[np.bool_], seed: int
) -> Adjusted:
    """Match colors, then the edge, then the grain. Blocking, some 100 ms per megapixel: call from a thread.

    Args:
        sent: (H, W, 3), the crop as the engine got it.
        returned: same shape, its answer.
        alpha: (H, W), weight of the new pixels; 0 keeps the old ones whatever is returned from here.
        untouched: (H, W), pixels that the engine was not to change.
        seed: of the grain.
    """
    if np.array_equal(sent, returned):
        return Adjusted(returned, {})
    details: dict[str, Any] = {}
    fit = fit_color(sent, returned, untouched)
    if fit is not None:
        returned = apply_color(returned, fit)
        details["color"] = {
            "gain": list(fit.gain),
            "offset": list(fit.offset),
            "error_before": round(fit.error_before, 3),
        }
    inside = alpha > 0
    repaired = _repaired(sent, returned, alpha, inside)
    if repaired is not None:
        returned, details["membrane"] = repaired
    grained = _grained(sent, returned, alpha, inside, seed)
    if grained is not None:
        returned, details["grain"] = grained
    return Adjusted(returned, details)


def _repaired(
    sent: Pixels, returned: Pixels, alpha: NDArray[np.uint8], inside: NDArray[np.bool_]
) -> tuple[Pixels, dict[str, float]] | None:
    """With the step at the edge spread inwards, where the result measures better for it."""
    before = badness(measure(blend(sent, returned, alpha), inside))
    if before <= _GOOD_ENOUGH:
        return None
    where = inside[:, :, np.newaxis]
    repaired = np.where(where, spread_step(np.where(where, returned, sent), inside), returned)
    after = badness(measure(blend(sent, repaired, alpha), inside))
    if after > before - _LEAST_GAIN:
        return None
    return repaired, {"badness_before": round(before, 3), "badness_after": round(after, 3)}


def _grained(
    sent: Pixels, returned: Pixels, alpha: NDArray[np.uint8], inside: NDArray[np.bool_], seed: int
) -> tuple[Pixels, dict[str, Any]] | None:
    """With the missing grain, where the grain is nearer to that around it afterwards."""
    pasted = blend(sent, returned, alpha)
    sigma = missing_grain(pasted, inside)
    if sigma is None:
        return None
    where = inside[:, :, np.newaxis]
    whole = np.where(where, returned, sent)
    grained = np.where(where, add_grain(whole, inside, sigma, seed), returned)
    factor = grain_factor(pasted, blend(sent, grained, alpha), inside)
    if factor > 1:
        sigma = (sigma[0] * factor, sigma[1] * factor, sigma[2] * factor)
        grained = np.where(where, add_grain(whole, inside, sigma, seed), returned)
    before = texture(pasted, inside).grain_ratio
    after = texture(blend(sent, grained, alpha), inside).grain_ratio
    if before is None or after is None or abs(np.log(max(after, 1e-3))) >= abs(np.log(max(before, 1e-3))):
        return None
    return grained, {"sigma": [round(one, 4) for one in sigma], "seed": seed, "ratio_before": round(before, 3)}
