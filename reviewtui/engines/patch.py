"""The default engine: PatchMatch, which copies texture from around the hole. No model, no GPU.

Adapter around ``pypatchmatch`` (search and fill, in C, cannot be interrupted) and OpenCV's Telea fill (the preview).
What it does with the search is in ``tries``.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviewtui.engines.avoiding import avoided_in
from reviewtui.engines.base import EngineRequest, EngineResult, EngineRun
from reviewtui.engines.catalog import PATCH
from reviewtui.engines.first_guess import first_guess
from reviewtui.engines.reducing import slices_of
from reviewtui.engines.tries import Part, best_filled, filled_at_once
from reviewtui.imaging.crop import CropRules, context_crop
from reviewtui.imaging.layouts import Samples, from_rgb8, to_rgb8
from reviewtui.model.errors import EngineError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.lifecycle import ErrorKind, Verb

Pixels = NDArray[np.uint8]

Windows = list[tuple[PixelRect, int]]

#: Searches that would take longer are done at a yet smaller scale.
MAX_SEARCH_S = 10.0
#: Holes with fewer pixels are filled at full size: there is too little of them at a quarter.
MIN_TWO_SCALE_PX = 96 * 96
_SCALE = 4
# So few cells that their origins are found within some seconds.
_MAX_CELLS = 100_000
# Measured on one core with patches of radius 3: 300×220 to 600×600 holes in windows of 0.7 to 8 MP, within 15 %.
_S_PER_PX, _S_PER_HOLE_PX = 1.13e-6, 13e-6
_MAX_COMPONENTS = 512
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
        """Fill the hole once per seed. Blocking, not interruptible.

        Pixels outside the hole are returned as they came, but for a collar of ``two_scale.COLLAR_PX`` around a large
        one, where the host's paste fades from the copies to the kept pixels.

        Raises:
            EngineError: nothing to copy from, or the library failed.
            RunCancelledError: between two fills.
        """
        self.load("cpu")
        hole = request.mask > 0
        _check(hole)
        windows = [(window, _search_scale(hole[slices_of(window)])) for window in self._windows(hole)]
        total = len(request.seeds) + 1
        guess = first_guess(self._cv2, to_rgb8(request.image), hole, [window for window, _scale in windows])
        run.report(0, total, "first guess", preview=from_rgb8(guess, request.image))
        coarsest = max(scale for _window, scale in windows)
        images = []
        for done, seed in enumerate(request.seeds, start=1):
            run.report(done, total, _words(done, len(request.seeds), coarsest))
            filled = request.image.copy()
            for window, scale in windows:
                run.raise_if_cancelled()
                self._fill_window(request, filled, hole, window, scale, seed, run)
            images.append(filled)
        return EngineResult(images, self._details(request, windows, coarsest))

    def _details(self, request: EngineRequest, windows: Windows, coarsest: int) -> dict[str, Any]:
        details: dict[str, Any] = {
            "method": "patchmatch" if coarsest == 1 else "patchmatch at two scales",
            "library": f"pypatchmatch {self._patchmatch.__version__}",
            "patch_size": request.params.patch_size,
            "search_scale": round(1 / coarsest, 4),
            "windows": len(windows),
            "passes": 0,
        }
        if coarsest > _SCALE:
            details["remark"] = (
                f"structure was searched at 1/{coarsest} scale because the hole is large: small things may not line up"
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
        self,
        request: EngineRequest,
        filled: Samples,
        hole: NDArray[np.bool_],
        window: PixelRect,
        scale: int,
        seed: int,
        run: EngineRun,
    ) -> None:
        """Fill the hole within a window of ``filled``, in place."""
        where = slices_of(window)

        def search(image: Pixels, mask: NDArray[np.bool_], avoided: NDArray[np.bool_] | None, seed: int) -> Pixels:
            return self._search(image, mask, avoided, seed, request.params.patch_size)

        part = Part(
            own=request.image[where],
            hole=hole[where],
            avoided=avoided_in(request.avoid, hole, where),
            is_hard=request.verb is Verb.OUTPAINT,
        )
        if scale == 1:
            new, changed = filled_at_once(part, search, seed), part.hole
        else:
            new, changed = best_filled(part, search, scale, seed, run.raise_if_cancelled), part.near
        filled[where][changed] = new[changed]

    def _search(
        self, image: Pixels, mask: NDArray[np.bool_], avoided: NDArray[np.bool_] | None, seed: int, patch_size: int
    ) -> Pixels:
        self._patchmatch.set_random_seed(seed % _SEED_RANGE)
        try:
            new: Pixels = self._patchmatch.inpaint(
                np.ascontiguousarray(image),
                mask.astype(np.uint8) * np.uint8(255),
                global_mask=avoided,
                patch_size=patch_size,
            )
        except RuntimeError as error:
            raise EngineError(ErrorKind.ENGINE_CRASHED, f"pypatchmatch failed: {error}", "retry") from error
        return new


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
    """By how much a window is reduced for the search: not for small holes, else so that it takes ``MAX_SEARCH_S``."""
    hole_px = int(np.count_nonzero(hole))
    seconds = hole.size * _S_PER_PX + hole_px * _S_PER_HOLE_PX
    needed = math.ceil(math.sqrt(max(seconds / MAX_SEARCH_S, hole_px / _MAX_CELLS)))
    return 1 if hole_px < MIN_TWO_SCALE_PX and needed <= 1 else max(needed, _SCALE)


def _check(hole: NDArray[np.bool_]) -> None:
    if not hole.any():
        raise EngineError(ErrorKind.BAD_INPUT, "the mask is empty: there is nothing to fill")
    if hole.all():
        raise EngineError(
            ErrorKind.BAD_INPUT, "the mask covers the whole crop: nothing is left to copy from", "mark a smaller region"
        )


def _words(done: int, count: int, scale: int) -> str:
    which = f"candidate {done} of {count}" if count > 1 else "searching"
    return which if scale <= _SCALE else f"{which}, at 1/{scale} scale"
