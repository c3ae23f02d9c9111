"""The default engine: PatchMatch, which copies texture from around the hole. No model, no GPU.

Adapter around ``pypatchmatch`` (search and fill, in C, cannot be interrupted) and OpenCV's Telea fill (the preview).
Small holes are filled by the library at full size. For larger ones it finds the structure at a quarter of the scale, a
few times, and ``two_scale`` copies pixels of the full size; the try that measures best is returned.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviewtui.engines.avoiding import avoided_in, touched
from reviewtui.engines.base import EngineRequest, EngineResult, EngineRun
from reviewtui.engines.catalog import PATCH
from reviewtui.engines.guides import meeting, roughness, with_tone
from reviewtui.engines.two_scale import COLLAR_PX, copy_pixels, find_origins
from reviewtui.imaging.crop import CropRules, context_crop
from reviewtui.imaging.masks import PATCH_COLLAR_PX, box_blur, dilate
from reviewtui.imaging.paste import blend
from reviewtui.imaging.proof import badness, measure
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
# Seeds beside the asked one, and how much smaller: another seed or scale finds another structure.
_TRIES = ((0, 1.0), (0x9E3779B9, 1.5))
# Larger holes get one try, and so few cells that their origins are found within some seconds.
_ONE_TRY_PX, _MAX_CELLS = 2_000_000, 100_000
# Measured on one core with patches of radius 3: 300×220 to 600×600 holes in windows of 0.7 to 8 MP, within 15 %.
_S_PER_PX, _S_PER_HOLE_PX = 1.13e-6, 13e-6
_PREVIEW_HOLE_PX, _PREVIEW_RING_PX = 10_000, 24
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
        filled: Pixels,
        hole: NDArray[np.bool_],
        window: PixelRect,
        scale: int,
        seed: int,
        run: EngineRun,
    ) -> None:
        """Fill the hole within a window of ``filled``, in place."""
        image, mask = request.image[_slices(window)], hole[_slices(window)]
        avoided = avoided_in(request.avoid, hole, _slices(window))
        part = filled[_slices(window)]
        if scale == 1:
            new = self._search(image, mask, avoided, seed, request.params.patch_size)
            part[mask] = new[mask]
            return
        best, least = None, math.inf
        near = dilate(mask, COLLAR_PX)
        is_hard = request.verb is Verb.OUTPAINT
        tried = _TRIES if np.count_nonzero(mask) <= _ONE_TRY_PX else _TRIES[:1]
        for shift, coarser in tried:
            run.raise_if_cancelled()
            tries = self._two_scale(
                image, mask, avoided, round(scale * coarser), seed + shift, request.params.patch_size
            )
            if is_hard:
                # Nothing fades over the original, so a step at its border fades into what is new.
                tries += [meeting(image, one, mask, near) for one in tries]
            for new in tries:
                score = _badness(image, new, mask, is_hard=is_hard)
                if score < least:
                    best, least = new, score
        assert best is not None
        part[near] = best[near]

    def _two_scale(
        self,
        image: Pixels,
        mask: NDArray[np.bool_],
        avoided: NDArray[np.bool_] | None,
        scale: int,
        seed: int,
        patch_size: int,
    ) -> list[Pixels]:
        """The structure from a search at 1/scale, the pixels from the full size; as copied, and with its tone."""
        small, small_mask = _reduced(image, mask, scale)
        small_avoided = touched(avoided, small_mask, scale)
        new = self._search(small, small_mask, small_avoided, seed, patch_size)
        small[small_mask] = new[small_mask]
        rough = roughness(image, mask, scale)
        origins = find_origins(small, small_mask, seed % _SEED_RANGE, rough, small_avoided)
        if origins is None:
            result, missing = image.copy(), mask
        else:
            result, missing = copy_pixels(image, mask, origins, scale, rough, avoided)
        if missing.any():
            size = (small.shape[1] * scale, small.shape[0] * scale)
            large = self._cv2.resize(small, size, interpolation=self._cv2.INTER_CUBIC)
            result[missing] = large[: mask.shape[0], : mask.shape[1]][missing]
        if small_mask.all():
            return [result]
        return [result, with_tone(result, dilate(mask, COLLAR_PX), small, small_mask, scale)]

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

    def _first_guess(self, image: Pixels, hole: NDArray[np.bool_], windows: Windows) -> Pixels:
        """A smooth Telea fill within some ten milliseconds for usual holes; it looks at a narrow ring around them."""
        guess = image.copy()
        for wide, _scale in windows:
            window = _close_around(wide, hole[_slices(wide)])
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


def _close_around(window: PixelRect, hole: NDArray[np.bool_]) -> PixelRect:
    """The part of a window that holds its hole and what the first guess is made from."""
    rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
    top, left = window.y + int(rows[0]), window.x + int(columns[0])
    box = PixelRect(left, top, int(columns[-1] - columns[0]) + 1, int(rows[-1] - rows[0]) + 1)
    near = box.grown(_PREVIEW_RING_PX).intersection(window)
    assert near is not None
    return near


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


def _badness(image: Pixels, new: Pixels, hole: NDArray[np.bool_], *, is_hard: bool) -> float:
    """How far a fill is from what photographs measure, faded at its edge about as the host will."""
    if is_hard:
        return badness(measure(np.where(hole[:, :, np.newaxis], new, image), hole))
    alpha = np.where(hole, np.uint8(255), box_blur(hole.view(np.uint8) * np.uint8(255), PATCH_COLLAR_PX // 2))
    return badness(measure(blend(image, new, alpha), hole))


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
