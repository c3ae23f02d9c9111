"""The default engine: PatchMatch, which copies texture from around the hole. No model, no GPU.

Adapter around ``pypatchmatch`` (search and fill, in C, cannot be interrupted) and OpenCV's Telea fill (the preview).
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviewtui.engines.base import EngineRequest, EngineResult, EngineRun
from reviewtui.engines.catalog import PATCH
from reviewtui.imaging.crop import CropRules, context_crop
from reviewtui.model.errors import EngineError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.lifecycle import ErrorKind

Pixels = NDArray[np.uint8]

Windows = list[tuple[PixelRect, int]]

#: Searches that would take longer are done at a reduced scale.
MAX_SEARCH_S = 10.0
# Measured on one core with patches of radius 3: 300×220 to 600×600 holes in windows of 0.7 to 8 MP, within 15 %.
_S_PER_PX, _S_PER_HOLE_PX = 1.13e-6, 13e-6
_PREVIEW_HOLE_PX = 20_000
_MAX_COMPONENTS = 512
_PREVIEW_RADIUS_PX = 3
_SEED_RANGE = 2**32


class PatchEngine:
    """PatchMatch. The same seed gives the same bytes; each seed gives another fill.

    The library keeps its seed in one process-wide variable that every fill starts from: one fill at a time.
    """

    info = PATCH

    def __init__(self) -> None:
        """Nothing heavy; see ``load``."""
        self._patchmatch: Any = None
        self._cv2: Any = None

    def load(self, device: str) -> None:
        """Import both libraries.

        Raises:
            EngineError: kind ``engine_missing``.
        """
        if self._patchmatch is not None:
            return
        if device != "cpu":
            raise EngineError(ErrorKind.BAD_INPUT, f"patch runs on the cpu, not on {device}")
        try:
            import cv2
            import patchmatch
        except ImportError as error:
            raise EngineError(
                ErrorKind.ENGINE_MISSING,
                f"patch needs a library that is not installed: {error.name}",
                "pip install pypatchmatch opencv-python-headless",
            ) from error
        if not patchmatch.patchmatch_available:
            raise EngineError(
                ErrorKind.ENGINE_MISSING, "pypatchmatch has no native library here", "reinstall it from a wheel"
            )
        self._patchmatch, self._cv2 = patchmatch, cv2

    def unload(self) -> None:
        """Forget the libraries."""
        self._patchmatch = self._cv2 = None

    def inpaint(self, request: EngineRequest, run: EngineRun) -> EngineResult:
        """Fill the hole once per seed; pixels outside it are returned as they came. Blocking, not interruptible.

        Raises:
            EngineError: nothing to copy from, or the library failed.
            RunCancelledError: between two fills.
        """
        self.load("cpu")
        hole = request.mask > 0
        _check(hole)
        windows = [(window, _search_scale(hole[_slices(window)])) for window in self._windows(hole)]
        total = len(request.seeds) + 1
        run.report(0, total, "first guess", preview=self._first_guess(request.image, hole, windows))
        coarsest = max(scale for _window, scale in windows)
        images = []
        for done, seed in enumerate(request.seeds, start=1):
            run.report(done, total, _words(done, len(request.seeds), coarsest))
            filled = request.image.copy()
            for window, scale in windows:
                run.raise_if_cancelled()
                self._fill_window(filled, hole, window, scale, seed, request.params.patch_size)
            images.append(filled)
        return EngineResult(images, self._details(request, windows, coarsest))

    def _details(self, request: EngineRequest, windows: Windows, coarsest: int) -> dict[str, Any]:
        details = {
            "method": "patchmatch",
            "library": f"pypatchmatch {self._patchmatch.__version__}",
            "patch_size": request.params.patch_size,
            "search_scale": round(1 / coarsest, 4),
            "windows": len(windows),
            "passes": 0,
        }
        if coarsest > 1:
            details["remark"] = (
                f"searched at 1/{coarsest} scale because the hole is large: fine texture is softer there"
            )
        return details

    def _windows(self, hole: NDArray[np.bool_]) -> list[PixelRect]:
        """Parts of the hole that lie far from each other, each with the surroundings that it may copy from.

        The search takes time for every pixel that it sees, so two small holes in far corners are two small searches.
        """
        _count, _labels, stats, _centers = self._cv2.connectedComponentsWithStats(hole.astype(np.uint8), connectivity=8)
        boxes = [PixelRect(*(int(value) for value in row[:4])) for row in stats[1:]]
        size = PixelSize(hole.shape[1], hole.shape[0])
        if len(boxes) > _MAX_COMPONENTS:
            return [PixelRect.of_size(size)]
        return [context_crop(box, size, self.info.crop_rules) for box in _merged(boxes, size, self.info.crop_rules)]

    def _fill_window(
        self, filled: Pixels, hole: NDArray[np.bool_], window: PixelRect, scale: int, seed: int, patch_size: int
    ) -> None:
        """Fill the hole within a window of ``filled``, in place."""
        part = filled[_slices(window)]
        mask = hole[_slices(window)]
        image, search_mask = (part, mask) if scale == 1 else _reduced(part, mask, scale)
        self._patchmatch.set_random_seed(seed % _SEED_RANGE)
        try:
            new = self._patchmatch.inpaint(
                np.ascontiguousarray(image), search_mask.astype(np.uint8) * np.uint8(255), patch_size=patch_size
            )
        except RuntimeError as error:
            raise EngineError(ErrorKind.ENGINE_CRASHED, f"pypatchmatch failed: {error}", "retry") from error
        if scale > 1:
            new = self._enlarged(new, window, scale, self._cv2.INTER_CUBIC)
        part[mask] = new[mask]

    def _first_guess(self, image: Pixels, hole: NDArray[np.bool_], windows: Windows) -> Pixels:
        """A smooth Telea fill within some ten milliseconds for usual holes."""
        guess = image.copy()
        for window, _scale in windows:
            part, mask = guess[_slices(window)], hole[_slices(window)]
            scale = max(math.ceil(math.sqrt(np.count_nonzero(mask) / _PREVIEW_HOLE_PX)), 1)
            small, small_mask = (part, mask) if scale == 1 else _reduced(part, mask, scale)
            new = self._cv2.inpaint(
                np.ascontiguousarray(small), small_mask.astype(np.uint8), _PREVIEW_RADIUS_PX, self._cv2.INPAINT_TELEA
            )
            if scale > 1:
                new = self._enlarged(new, window, scale, self._cv2.INTER_LINEAR)
            part[mask] = new[mask]
        return guess

    def _enlarged(self, small: Pixels, window: PixelRect, scale: int, interpolation: int) -> Pixels:
        """Back to the window's size; the reduced picture may reach a little beyond it."""
        size = (small.shape[1] * scale, small.shape[0] * scale)
        large: Pixels = self._cv2.resize(small, size, interpolation=interpolation)
        return large[: window.height, : window.width]


def _slices(window: PixelRect) -> tuple[slice, slice]:
    return slice(window.y, window.bottom), slice(window.x, window.right)


def _merged(boxes: list[PixelRect], size: PixelSize, rules: CropRules) -> list[PixelRect]:
    """Boxes united until no box reaches into the surroundings of another."""
    groups: list[PixelRect] = []
    for box in boxes:
        grown, changed = box, True
        while changed:
            window = context_crop(grown, size, rules)
            near = [
                other
                for other in groups
                if other.intersection(window) or context_crop(other, size, rules).intersection(grown)
            ]
            changed = bool(near)
            for other in near:
                groups.remove(other)
                grown = grown.union(other)
        groups.append(grown)
    return groups


def _search_scale(hole: NDArray[np.bool_]) -> int:
    """By how much a window is reduced so that its search stays within ``MAX_SEARCH_S``, estimated."""
    seconds = hole.size * _S_PER_PX + np.count_nonzero(hole) * _S_PER_HOLE_PX
    return max(math.ceil(math.sqrt(seconds / MAX_SEARCH_S)), 1)


def _check(hole: NDArray[np.bool_]) -> None:
    if not hole.any():
        raise EngineError(ErrorKind.BAD_INPUT, "the mask is empty: there is nothing to fill")
    if hole.all():
        raise EngineError(
            ErrorKind.BAD_INPUT, "the mask covers the whole crop: nothing is left to copy from", "mark a smaller region"
        )


def _words(done: int, count: int, scale: int) -> str:
    which = f"candidate {done} of {count}" if count > 1 else "searching"
    return which if scale == 1 else f"{which}, at 1/{scale} scale"


def _reduced(image: Pixels, hole: NDArray[np.bool_], scale: int) -> tuple[Pixels, NDArray[np.bool_]]:
    """Mean of the known pixels of each block; a block with any hole pixel belongs to the hole."""
    height, width = hole.shape
    padding = ((0, -height % scale), (0, -width % scale))
    known = np.pad(~hole, padding)
    blocks = (known.shape[0] // scale, scale, known.shape[1] // scale, scale)
    weights = known.reshape(blocks).sum(axis=(1, 3), dtype=np.uint32)
    weighted = np.pad(image, (*padding, (0, 0))).astype(np.uint32) * known[:, :, np.newaxis]
    sums = weighted.reshape(*blocks, 3).sum(axis=(1, 3))
    small = (sums // np.maximum(weights, 1)[:, :, np.newaxis]).astype(np.uint8)
    whole: NDArray[np.bool_] = np.any(np.pad(hole, padding).reshape(blocks), axis=(1, 3))
    return small, whole
