"""What a fix would cost before it is sent: pixels by arithmetic, time learned from finished jobs, never a constant."""

import math
from dataclasses import dataclass
from statistics import median
from typing import Any

from reviewtui.engines.base import EngineInfo
from reviewtui.engines.diffusers.params import effective_steps
from reviewtui.imaging.crop import context_crop, planned_px
from reviewtui.imaging.masks import edit_reach
from reviewtui.model.masks import MaskSpec
from reviewtui.services.workspace import Workspace
from reviewtui.store.jobs import JobRequest
from reviewtui.store.learning import Timing, list_timings

#: Fewer than so many jobs of this very kind are helped out by the engine's others.
_ENOUGH = 3


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is known of a fix before it is sent.

    Attributes:
        megapixels_sampled: that the engine works on, for each candidate.
        megapixels_frame: of the picture.
        mask_share: of the crop that is repainted, 0 to 1, by the rectangles of the mask.
        edge_px: how far the change reaches beyond the selection.
        steps: that a sampling engine really runs; None for one that does not.
        seconds: of all candidates; None where nothing of this kind was measured yet.
        cost: of those seconds; None without a price per hour.
        measured: how many finished candidates that was learned from.
    """

    megapixels_sampled: float
    megapixels_frame: float
    mask_share: float
    edge_px: int
    steps: int | None
    seconds: float | None
    cost: float | None
    measured: int


def estimate(workspace: Workspace, mask: MaskSpec, request: JobRequest, info: EngineInfo) -> Estimate:
    """What a fix would take. Blocking: one query; no pixel is touched.

    Args:
        info: of the request's engine.

    Raises:
        InputError: the mask is too large for one run.
    """
    params: dict[str, Any] = {**info.defaults(request.verb, request.tier), **(request.params or {})}
    strength = _number(params.get("strength"), 1.0)
    feather = params.get("feather_px")
    spec = mask if feather is None else mask.with_feather(int(feather))
    box, edge_px = edit_reach(spec, for_model=info.crop_rules.for_model, strength=strength)
    crop = context_crop(box, mask.size, info.crop_rules, strength)
    sampled = planned_px(box, crop, info.crop_rules, strength) / 1e6
    steps = _steps(info, params)
    run = None if steps is None else effective_steps(steps, strength)
    with workspace.store.read() as db:
        timings = list_timings(db, request.engine, request.tier, request.verb)
        if len(timings) < _ENOUGH:
            timings = list_timings(db, request.engine)
    seconds = _seconds(timings, sampled, run)
    total = None if seconds is None else seconds * request.candidates
    per_hour = workspace.settings.cost_per_hour
    return Estimate(
        megapixels_sampled=sampled,
        megapixels_frame=mask.size.area_px / 1e6,
        mask_share=min(_repainted_px(mask) / crop.size.area_px, 1.0),
        edge_px=edge_px,
        steps=run,
        seconds=total,
        cost=None if total is None or not per_hour else total * per_hour / 3600,
        measured=len(timings),
    )


def _repainted_px(mask: MaskSpec) -> int:
    """By the rectangles, which may lie far apart, such as the strips of a larger frame; at most by their bounds."""
    bounds_px = mask.bounds.size.area_px
    return bounds_px if mask.invert else min(sum(rect.size.area_px for rect in mask.regions), bounds_px)


def _seconds(timings: list[Timing], megapixels: float, steps: int | None) -> float | None:
    """The median pace of what was measured, times the work of this one."""
    paces = [timing.seconds / (timing.megapixels * (timing.steps or 1)) for timing in timings]
    return median(paces) * megapixels * (steps or 1) if paces else None


def _steps(info: EngineInfo, params: dict[str, Any]) -> int | None:
    default = getattr(info.params_type(), "steps", None)
    steps = params.get("steps", default)
    return steps if isinstance(steps, int) and steps > 0 else None


def _number(value: Any, default: float) -> float:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else default
