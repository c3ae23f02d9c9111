"""The figures of the proof line that can be had from the pixels of a result, together, and one number to rank by.

Pure; must not decide.
"""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from reviewtui.imaging.drift import lf_drift
from reviewtui.imaging.metrics import seam
from reviewtui.imaging.texture import texture

#: Of the definitions below. A proof with another one was measured otherwise and cannot be compared.
DEFINITIONS = 2
#: What ``measure`` returns, None where it is not measurable.
FIGURES = ("seam", "lf_drift", "tex1", "tex2", "grain_ratio")

_GOOD_DRIFT = 0.25
_LEAST_TEXTURE, _MOST_TEXTURE = 0.7, 1.4


def measure(rgb: NDArray[np.uint8], support: NDArray[np.bool_]) -> dict[str, float | None]:
    """Every figure of ``FIGURES``, three decimals. Blocking: some 20 ms per megapixel, call from a thread.

    Args:
        rgb: (H, W, 3), the result around the fix.
        support: (H, W), where new content was laid on.
    """
    fine = texture(rgb, support)
    figures = {
        "seam": seam(rgb, support),
        "lf_drift": lf_drift(rgb, support),
        "tex1": fine.tex1,
        "tex2": fine.tex2,
        "grain_ratio": fine.grain_ratio,
    }
    return {name: None if value is None else round(value, 3) for name, value in figures.items()}


def badness(figures: Mapping[str, float | None], *, good_drift: float = _GOOD_DRIFT) -> float:
    """How far figures are from what untouched photographs have: 0 is as they are, 0.4 shows.

    Only for ranking results of one place. Ranking by the seam alone prefers soft flat squares, so drift counts as much.

    Source: the project's own sum: seam above 1, drift above what photographs have, half the logarithm of texture
    outside 0.7 to 1.4.

    Args:
        good_drift: what counts as none. A copy that ends a thing in the hole drifts from a smooth interpolation, and a
            haze of that thing does not: who can tell these otherwise, counts only a drift that is worth a warning.
    """
    seam_excess = max((figures.get("seam") or 1.0) - 1.0, 0.0)
    drift_excess = max((figures.get("lf_drift") or 0.0) - good_drift, 0.0)
    return seam_excess + drift_excess + sum(_texture_excess(figures.get(name)) for name in ("tex1", "tex2"))


def _texture_excess(value: float | None) -> float:
    if value is None:
        return 0.0
    value = max(value, 1e-3)
    return 0.5 * max(math.log(_LEAST_TEXTURE / value), math.log(value / _MOST_TEXTURE), 0.0)
