"""A picture in another frame: set into a larger one, and what was made larger as a whole. Pure functions of arrays.

Must not fill: what is new in a larger frame repeats the border until an engine replaces it.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image

from reviewtui.imaging.crop import CropRules
from reviewtui.imaging.facts import NativePicture
from reviewtui.imaging.fixing import FixResult, PreparedRun
from reviewtui.imaging.layouts import Samples, as_array, to_rgb8
from reviewtui.imaging.proof import DEFINITIONS
from reviewtui.model.errors import EngineError
from reviewtui.model.frames import Frame
from reviewtui.model.geometry import PixelRect
from reviewtui.model.lifecycle import ErrorKind

#: Mean difference in levels between a picture and what was made of it, reduced again, above which it is another one.
MOST_DRIFT_LEVELS = 3.0


def extended(native: NativePicture, frame: Frame) -> NativePicture:
    """The picture inside a larger frame, bit-exact, with all that came with it; its border repeats outwards.

    What is transparent at the border stays so outside; a fix replaces colors, never transparency.

    Raises:
        ValueError: the frame does not hold the picture, or scales it.
    """
    (x, y), size = frame.shift, native.size
    right, bottom = frame.size.width - x - size.width, frame.size.height - y - size.height
    if min(x, y, right, bottom) < 0 or frame.factor != 1:
        raise ValueError(f"a frame of {frame.size} at {x},{y} does not hold a picture of {size}")
    padding = ((y, bottom), (x, right)) + ((0, 0),) * (native.pixels.ndim - 2)
    pixels: Any = np.pad(native.pixels, padding, mode="edge")
    return replace(native, pixels=pixels, sha256="")


def prepare_whole(native: NativePicture, verb: str, rules: CropRules) -> PreparedRun:
    """What an engine gets that makes the whole picture larger: all samples, transparency included."""
    rect = PixelRect.of_size(native.size)
    full = np.broadcast_to(np.uint8(255), (rect.height, rect.width))
    return PreparedRun(
        verb=verb,
        rules=rules,
        crop=rect,
        image_rgb=bytes(native.pixels.tobytes()),
        mask_l=b"\xff" * rect.size.area_px,
        box=rect,
        hole=full,
        alpha=full,
        edge_px=0,
        layout=native.mode,
    )


def finish_scaled(native: NativePicture, raw: bytes, frame: Frame) -> FixResult:
    """Take a larger picture of an engine, and refuse it if it shows something else.

    The DPI grow with it, so that it prints at the same size; the result's patch is the picture itself.

    Args:
        native: the parent.
        raw: samples of the larger picture in the parent's mode.

    Raises:
        EngineError: kind ``engine_crashed``: a wrong number of bytes, or another picture.
    """
    try:
        pixels = as_array(raw, frame.size, native.mode)
    except ValueError as error:
        raise EngineError(ErrorKind.ENGINE_CRASHED, f"the engine returned {error}", "use another engine") from error
    drift = scaling_drift(native.pixels, pixels, frame.factor)
    if drift > MOST_DRIFT_LEVELS:
        raise EngineError(
            ErrorKind.ENGINE_CRASHED,
            f"reduced again, the larger picture differs from the original by {drift:.1f} levels on average",
            "use another engine",
        )
    dpi = None if native.dpi is None else (native.dpi[0] * frame.factor, native.dpi[1] * frame.factor)
    metrics: dict[str, Any] = dict.fromkeys(("locks_ok", "seam", "lf_drift", "tex1", "tex2", "grain_ratio"))
    metrics |= {
        # Every pixel is inside: there is no other that could have changed.
        "outside_changed_px": 0,
        "outside_max_delta": 0,
        "edge_px": 0,
        "color_error": None,
        "definitions": DEFINITIONS,
        "reduced_error": round(drift, 3),
        "passes": 0,
        "megapixels_frame": round(frame.size.area_px / 1e6, 3),
        "megapixels_sampled": 0.0,
        **frame.to_params(),
    }
    return FixResult(
        picture=replace(native, pixels=pixels, sha256="", dpi=dpi),
        patch=pixels,
        alpha=np.broadcast_to(np.uint8(255), (frame.size.height, frame.size.width)),
        box=PixelRect.of_size(frame.size),
        metrics=metrics,
    )


def scaling_drift(small: Samples, large: Samples, factor: int) -> float:
    """Mean difference in 8-bit levels between a picture and a larger one reduced by its factor.

    Source: the project's own measure, over the colors in 8 bits; what is transparent does not count.
    """
    total, count = 0.0, 0
    rows = max((1 << 22) // max(small.shape[1], 1), 1)
    for top in range(0, small.shape[0], rows):
        part = to_rgb8(small[top : top + rows])
        wide = Image.fromarray(to_rgb8(large[top * factor : (top + rows) * factor])).reduce(factor)
        difference = np.abs(np.asarray(wide, dtype=np.int16) - part)
        seen = _opaque(small[top : top + rows])
        total += float(difference.mean(axis=2)[seen].sum())
        count += int(np.count_nonzero(seen))
    return total / max(count, 1)


def _opaque(samples: Samples) -> Any:
    if samples.ndim == 3 and samples.shape[2] in (2, 4):
        return samples[:, :, -1] == np.iinfo(samples.dtype).max
    return np.ones(samples.shape[:2], dtype=np.bool_)
