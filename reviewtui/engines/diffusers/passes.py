"""One pass or two: a region that is larger than the model samples is made small first, then again in tiles at its size.

Runs in an engine's process only. Must not know how a pass is sampled.

Source: the project's rule, re-described from what Krita AI Diffusion does: a second pass at a strength of 0.4 over the
enlarged first result, where the first would have to be enlarged by more than a third.
"""

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviewtui.engines.base import EngineRequest, EngineRun
from reviewtui.engines.diffusers.inputs import Pixels
from reviewtui.engines.diffusers.loading import LoadedModel
from reviewtui.engines.diffusers.params import effective_steps
from reviewtui.engines.diffusers.sampling import Progress, Sampler, begin, for_seed, make_sampler
from reviewtui.imaging.crop import LEAST_SCALE, SECOND_STRENGTH, TILE_OVERLAP_PX, CropRules, tiles_over
from reviewtui.imaging.matching import apply_color, fit_color
from reviewtui.imaging.paste import blend
from reviewtui.imaging.prefill import RAGGED_PX, ragged
from reviewtui.model.geometry import PixelRect, PixelSize, bounding_rect
from reviewtui.model.lifecycle import Verb

_SEED_STEP = 1_000_003


@dataclass(frozen=True, slots=True)
class Made:
    """What all passes gave.

    Attributes:
        images: one of the request's size per seed.
        facts: JSON-ready: ``passes``, ``effective_steps``, ``sampled_px``, ``megapixels_sampled`` of one candidate, and
            where there were tiles ``tiles`` and ``second_steps``; a ``remark`` where the result is softer.
    """

    images: list[Pixels]
    facts: dict[str, Any]


@dataclass(slots=True)
class Plan:
    """How a request is worked off.

    Attributes:
        model: the loaded pipeline.
        request: what is asked for.
        first: the pass over the whole crop; None when tiles alone do it, because little is to change.
        tiles: of the second pass, in pixels of the crop; empty when the first is enough.
        strength: of the second pass.
        shrink: share of the usual working area.
    """

    model: LoadedModel
    request: EngineRequest
    first: Sampler | None
    tiles: list[PixelRect]
    strength: float
    shrink: float
    remark: str = ""
    _sampled: list[PixelSize] = field(default_factory=list)

    @property
    def second_steps(self) -> int:
        """Steps that are run for one tile."""
        return effective_steps(self.request.params.steps, self.strength) if self.tiles else 0

    @property
    def size(self) -> PixelSize:
        """The largest that is sampled at once."""
        return self.first.size if self.first is not None else max((tile.size for tile in self.tiles), key=_area)

    def work(self, run: EngineRun, batch: int) -> Made:
        """All candidates. Blocking.

        Args:
            batch: candidates of the first pass that are sampled together at most.

        Raises:
            EngineError: what came back is no picture.
            RunCancelledError: within one step of being asked to stop.
        """
        request, seeds = self.request, self.request.seeds
        second = bool(self.tiles)
        calls = math.ceil(len(seeds) / batch)
        total = calls * self.first.steps if self.first is not None else 0
        progress = Progress(run, total + len(seeds) * len(self.tiles) * self.second_steps)
        if self.first is not None:
            progress.words = "pass 1 of 2, " if second else ""
            images = self.first.sample(batch, progress)
            self._sampled = [self.first.sampled]
        else:
            images = [begin(request)] * len(seeds)
        if second:
            images = [self._detailed(image, seed, progress) for image, seed in zip(images, seeds, strict=True)]
        return Made(images, self._facts())

    def _detailed(self, image: Pixels, seed: int, progress: Progress) -> Pixels:
        """The second pass of one candidate: tile after tile, each seeing what the ones before it made."""
        untouched = self.request.mask == 0
        if self.first is not None and (fit := fit_color(self.request.image, image, untouched)) is not None:
            image = apply_color(image, fit)
        count = len(self.tiles)
        result = image.copy()
        sizes = []
        for index, tile in enumerate(self.tiles):
            part = _part(tile)
            sampler = self._tile_sampler(result, tile, (seed + _SEED_STEP * (index + 1)) % 2**63)
            before = "pass 2 of 2, " if self.first is not None else ""
            progress.words = f"{before}tile {index + 1} of {count}, " if count > 1 else before
            progress.canvas = (result, tile)
            [made] = sampler.sample(1, progress)
            progress.canvas = None
            base = np.ascontiguousarray(result[part])
            if (fit := fit_color(base, made, untouched[part])) is not None:
                made = apply_color(made, fit)
            join_tile(result, tile, made, self.tiles)
            sizes.append(sampler.sampled)
        self._sampled = [*self._sampled[: 1 if self.first is not None else 0], *sizes]
        return lay_in(image, result, self.tiles)

    def _tile_sampler(self, image: Pixels, tile: PixelRect, seed: int) -> Sampler:
        part = _part(tile)
        request = for_seed(self.request, np.ascontiguousarray(image[part]), self.request.mask[part], seed)
        return make_sampler(self.model, request, shrink=self.shrink, strength=self.strength)

    def _facts(self) -> dict[str, Any]:
        largest = max(self._sampled, key=_area)
        first_steps = self.first.ran if self.first is not None else self.second_steps
        facts: dict[str, Any] = {
            "effective_steps": first_steps,
            "sampled_px": [largest.width, largest.height],
            "megapixels_sampled": round(sum(map(_area, self._sampled)) / 1e6, 3),
            "passes": int(self.first is not None) + bool(self.tiles),
        }
        if self.tiles:
            facts |= {"tiles": len(self.tiles), "second_steps": self.second_steps, "second_strength": self.strength}
        return facts | ({"remark": self.remark} if self.remark else {})


def make_plan(model: LoadedModel, request: EngineRequest, *, shrink: float) -> Plan:
    """Whether one pass is enough.

    Args:
        shrink: 0 to 1, share of the usual working area, for when memory is short.
    """
    from reviewtui.engines.diffusers.listing import info_of

    if request.verb is Verb.OUTPAINT:
        # One border for all candidates, so that one made in a batch equals one made alone.
        request = replace(request, mask=ragged(request.mask, RAGGED_PX, 0))
    first = make_sampler(model, request, shrink=shrink)
    if not model.can_start_from_picture:
        remark = "this model cannot start from the picture: all inside the mask is new, whatever the strength"
        return Plan(model, request, first, [], 0.0, shrink, remark if request.params.strength < 1 else "")
    # A working size that was cut because memory is short is no reason to work more.
    scale = (first.size.area_px / shrink / request.size.area_px) ** 0.5
    if scale >= LEAST_SCALE:
        return Plan(model, request, first, [], 0.0, shrink)
    rules = info_of(model.entry).crop_rules
    tiles = second_pass_tiles(request.mask, rules)
    if request.params.strength <= SECOND_STRENGTH:
        return Plan(model, request, None, tiles, request.params.strength, shrink)
    return Plan(model, request, first, tiles, SECOND_STRENGTH, shrink)


def second_pass_tiles(mask: Pixels, rules: CropRules) -> list[PixelRect]:
    """Tiles over all that is repainted, those without anything to repaint left out.

    Args:
        mask: (H, W) uint8 over the crop, not empty.
        rules: of the engine.
    """
    rows, columns = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    box = PixelRect.from_corners(int(columns[0]), int(rows[0]), int(columns[-1]), int(rows[-1]))
    tiles = tiles_over(box, PixelSize(mask.shape[1], mask.shape[0]), rules, overlap_px=TILE_OVERLAP_PX)
    return [tile for tile in tiles if mask[_part(tile)].any()]


def join_tile(canvas: Pixels, tile: PixelRect, made: Pixels, tiles: list[PixelRect]) -> None:
    """Lay a tile on a canvas in place: it fades in over those before it; those after it fade in over it.

    At the outer edge of all tiles it stays whole: ``rim`` fades them all together.
    """
    region = _region(tiles)
    next_right = any(other.y == tile.y and tile.x < other.x < tile.right for other in tiles)
    next_below = any(other.x == tile.x and tile.y < other.y < tile.bottom for other in tiles)
    across = _ramp(tile.width, tile.x > region.x, tile.right < region.right and not next_right)
    down = _ramp(tile.height, tile.y > region.y, tile.bottom < region.bottom and not next_below)
    part = _part(tile)
    canvas[part] = blend(np.ascontiguousarray(canvas[part]), made, _weight(down, across))


def lay_in(before: Pixels, canvas: Pixels, tiles: list[PixelRect]) -> Pixels:
    """The canvas of all tiles on the picture before, fading at their outer edge but where that is the crop's own."""
    region, (height, width) = _region(tiles), before.shape[:2]
    across = _ramp(region.width, region.x > 0, region.right < width)
    down = _ramp(region.height, region.y > 0, region.bottom < height)
    result, part = before.copy(), _part(region)
    result[part] = blend(np.ascontiguousarray(before[part]), np.ascontiguousarray(canvas[part]), _weight(down, across))
    return result


def _region(tiles: list[PixelRect]) -> PixelRect:
    region = bounding_rect(tiles)
    assert region is not None
    return region


def _weight(down: NDArray[np.float64], across: NDArray[np.float64]) -> NDArray[np.uint8]:
    weight: NDArray[np.uint8] = np.rint(np.minimum.outer(down, across) * 255).astype(np.uint8)
    return weight


def _ramp(length: int, at_begin: bool, at_end: bool) -> NDArray[np.float64]:
    rising = np.minimum(np.arange(1, length + 1) / min(TILE_OVERLAP_PX, length // 2 + 1), 1.0)
    whole = np.ones(length)
    return np.minimum(rising if at_begin else whole, rising[::-1] if at_end else whole)


def _part(rect: PixelRect) -> tuple[slice, slice]:
    return slice(rect.y, rect.bottom), slice(rect.x, rect.right)


def _area(size: PixelSize) -> int:
    return size.area_px
