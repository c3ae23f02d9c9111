"""The engine that sets text: letters laid on the picture's own samples. No model.

The mask's box is the text's box; the font is read in the engine's process and nowhere else.
"""

import hashlib
import os
from typing import Any

import numpy as np

from reviewtui.engines.base import EngineRequest, EngineResult, EngineRun
from reviewtui.engines.catalog import TEXT, TextParams
from reviewtui.imaging.files import open_regular
from reviewtui.imaging.lettering import MAX_FONT_BYTES, Lettering, coverage
from reviewtui.imaging.paste import blend
from reviewtui.model.errors import EngineError, InputError
from reviewtui.model.lettering import clean_text, parse_color
from reviewtui.model.lifecycle import ErrorKind


class TextEngine:
    """The same parameters and font give the same bytes, whatever the seed."""

    info = TEXT

    def load(self, device: str) -> None:
        """Nothing to load."""

    def unload(self) -> None:
        """Nothing to give back."""

    def inpaint(self, request: EngineRequest, run: EngineRun) -> EngineResult:
        """Lay the text on, its top left corner at the mask's.

        Raises:
            EngineError: the font is gone, was changed or cannot be read, or the text does not fill the mask's box.
        """
        params: TextParams = request.params
        try:
            plane = coverage(Lettering(clean_text(params.text), params.size_px, params.align), _font(params))
            color = parse_color(params.color)
        except InputError as error:
            raise EngineError(ErrorKind.BAD_INPUT, error.message, error.remedy) from error
        letters = np.asarray(plane)
        base: Any = request.image
        rows, columns = np.flatnonzero(request.mask.any(axis=1)), np.flatnonzero(request.mask.any(axis=0))
        top, left = int(rows[0]), int(columns[0])
        height, width = letters.shape
        part = base[top : top + height, left : left + width]
        if part.shape[:2] != letters.shape or (rows.size, columns.size) != letters.shape:
            raise EngineError(
                ErrorKind.BAD_INPUT, f"the text takes {width}×{height} px, its region {columns.size}×{rows.size}",
                "ask for it again: another version of the font or of Pillow measures it otherwise",
            )  # fmt: skip
        weight = np.rint(letters * params.opacity).astype(np.uint8)
        result = base.copy()
        result[top : top + height, left : left + width] = blend(part, _plain(part, color), weight)
        run.report(1, 1, "text is set")
        return EngineResult([result] * len(request.seeds), {"method": "text", "passes": 0})


def _plain(like: Any, color: tuple[int, int, int]) -> Any:
    """An area of one color in the picture's layout; grey gets the color's luma."""
    if like.ndim == 3:
        deep = 257 if like.dtype == np.uint16 else 1
        return np.broadcast_to((np.array(color) * deep).astype(like.dtype), like.shape)
    grey = (299 * color[0] + 587 * color[1] + 114 * color[2] + 500) // 1000
    return np.full(like.shape, grey * 257 if like.dtype == np.uint16 else grey, dtype=like.dtype)


def _font(params: TextParams) -> bytes | None:
    if not params.font:
        return None
    descriptor = open_regular(params.font)
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(MAX_FONT_BYTES + 1)
    if len(data) > MAX_FONT_BYTES:
        raise InputError(f"the font is larger than {MAX_FONT_BYTES >> 20} MiB")
    if params.font_sha256 and hashlib.sha256(data).hexdigest() != params.font_sha256:
        raise InputError(f"the font {params.font} is another one than when the text was asked for", "ask for it again")
    return data
