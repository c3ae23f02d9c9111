"""The host's side of a fix: cut out what the engine may see, lay its result back, measure, refuse what broke a promise.

Two pure calls around an engine that is not trusted. Blocking, some ten milliseconds per megapixel: call from a thread.
Must not know which engine runs or where.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviewtui.imaging.adjust import adjust
from reviewtui.imaging.blank import blank_color
from reviewtui.imaging.crop import CropRules, context_crop, sampled_size
from reviewtui.imaging.deep_color import DEEP_COLOR_MODES
from reviewtui.imaging.facts import NativePicture
from reviewtui.imaging.grading import luma_ssim
from reviewtui.imaging.layouts import as_array, colors_of, cut, to_rgb8
from reviewtui.imaging.locks import LockedRegion, count_changed, locked_in
from reviewtui.imaging.masks import EditMasks, edit_masks
from reviewtui.imaging.matching import color_error
from reviewtui.imaging.metrics import Samples, outside_changed
from reviewtui.imaging.paste import paste
from reviewtui.imaging.proof import DEFINITIONS, measure
from reviewtui.model.errors import EngineError, InputError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.lifecycle import ErrorKind, Verb
from reviewtui.model.masks import MaskSpec

_BLACK = 2


@dataclass(frozen=True, slots=True)
class PreparedRun:
    """What goes to the engine, and what is needed to lay its answer back.

    Attributes:
        verb: what the fix does.
        rules: of the engine it was prepared for.
        crop: what the engine sees, in pixels of the frame.
        image_rgb: raw samples of the crop in ``layout``, 8-bit RGB for most engines.
        mask_l: raw bytes of the denoise mask over the crop, 255 = repaint.
        box: where anything may change, in pixels of the frame, inside ``crop``.
        hole: (box height, box width) uint8, part of ``mask_l``.
        alpha: (box height, box width) uint8, weight of the new pixels.
        edge_px: how far the change reaches beyond the selection.
        layout: of ``image_rgb`` and of what comes back.
        locks: regions that were cut out of ``hole`` and ``alpha``; they hold for the whole frame.
    """

    verb: str
    rules: CropRules
    crop: PixelRect
    image_rgb: bytes
    mask_l: bytes
    box: PixelRect
    hole: NDArray[np.uint8]
    alpha: NDArray[np.uint8]
    edge_px: int
    layout: str = "RGB"
    locks: tuple[LockedRegion, ...] = ()

    @property
    def size(self) -> PixelSize:
        """Of the crop."""
        return self.crop.size

    def untouched(self) -> NDArray[np.bool_]:
        """(crop height, crop width), pixels that neither the engine nor the paste may change."""
        allowed = np.frombuffer(self.mask_l, dtype=np.uint8).reshape(self.crop.height, self.crop.width) > 0
        allowed[_within(self.box, self.crop)] |= self.alpha > 0
        return ~allowed


@dataclass(frozen=True, slots=True)
class FixResult:
    """A frame with one candidate laid on.

    Attributes:
        picture: the whole frame, with the parent's metadata, ready for ``encode.write_png``.
        patch: (box height, box width[, 3]), the candidate before the paste in the layout that it came in, so that only
            the paste need be redone.
        alpha: (box height, box width) uint8 that it was laid on with.
        box: in pixels of the frame.
        metrics: JSON-ready proof; None is 'not measured'.
        raw: (crop height, crop width, 3) uint8, what a sampling engine answered; None where the patch says it all.
    """

    picture: NativePicture
    patch: Samples
    alpha: NDArray[np.uint8]
    box: PixelRect
    metrics: dict[str, Any]
    raw: NDArray[np.uint8] | None = None


def prepare(
    native: NativePicture,
    spec: MaskSpec,
    *,
    verb: str,
    engine_rules: CropRules,
    strength: float = 1.0,
    own_samples: bool = False,
    raster: NDArray[np.uint8] | None = None,
    locks: tuple[LockedRegion, ...] = (),
    crop: PixelRect | None = None,
) -> PreparedRun:
    """Cut out what the engine gets.

    Args:
        native: the parent's exact samples.
        spec: the selection, drawn on a picture of the same size.
        verb: value of ``Verb``.
        engine_rules: what the engine wants of its crop.
        strength: 0 to 1, for engines that sample.
        own_samples: the engine gets the picture's own colors, whatever their depth, not 8-bit RGB.
        raster: the samples that the selection names, for a mask that came as a picture.
        locks: regions of this picture that stay as they are; cut out after feathering.
        crop: what an engine saw already, whose answer is laid on again; None chooses.

    Raises:
        InputError: the selection belongs to a picture of another size, is empty or locked, leaves nothing around it, or
            reaches beyond the crop that is given.
    """
    if spec.size != native.size:
        raise InputError(
            f"the region was drawn on a picture of {spec.size}, this one has {native.size}", "draw it again on this one"
        )
    masks = edit_masks(spec, for_model=engine_rules.for_model, strength=strength, raster=raster)
    hole, alpha = _unlocked(masks, locks)
    if crop is None:
        crop = context_crop(masks.box, native.size, engine_rules, strength)
    elif not crop.contains_rect(masks.box):
        raise InputError(
            f"an edge of {masks.edge_px} px reaches beyond what was kept of the answer", "take a narrower one"
        )
    mask = np.zeros((crop.height, crop.width), dtype=np.uint8)
    mask[_within(masks.box, crop)] = hole
    if not engine_rules.for_model and engine_rules.needs_surroundings and mask.all():
        raise InputError("nothing is left around the selection to copy from", "mark a smaller region")
    layout = colors_of(native.mode) if own_samples else "RGB"
    sent = cut(native, crop, layout) if own_samples else rgb_of(native, crop)
    return PreparedRun(
        verb=verb,
        rules=engine_rules,
        crop=crop,
        image_rgb=bytes(sent.tobytes()),
        mask_l=mask.tobytes(),
        box=masks.box,
        hole=hole,
        alpha=alpha,
        edge_px=masks.edge_px,
        layout=layout,
        locks=locks,
    )


def _unlocked(masks: EditMasks, locks: tuple[LockedRegion, ...]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Hole and alpha without what is locked: the engine sees those pixels as surroundings."""
    if not locks:
        return masks.hole, masks.alpha
    locked = locked_in(locks, masks.box)
    hole, alpha = np.where(locked, np.uint8(0), masks.hole), np.where(locked, np.uint8(0), masks.alpha)
    if not (alpha > 0).any():
        raise InputError("all of the region is locked", "mark another one, or lift the lock")
    return hole, alpha


def finish(native: NativePicture, prepared: PreparedRun, candidate_rgb: bytes, *, seed: int = 0) -> FixResult:
    """Lay one candidate on the parent, measure it, and refuse it if anything outside changed.

    Args:
        native: the parent, as given to ``prepare``.
        prepared: what ``prepare`` returned.
        candidate_rgb: raw samples that the engine returned for the crop, in the layout that it got.
        seed: of the candidate; the grain that is added to a sampling engine's answer depends on it.

    Raises:
        EngineError: kind ``engine_crashed`` for a result of a wrong length or of one color, ``lock_broken`` when the
            outside changed.
    """
    sampled = prepared.rules.for_model
    raw = _candidate(candidate_rgb, prepared)
    seen = to_rgb8(raw)
    _refuse_blank(prepared, seen)
    candidate, adjusted = _adjusted(prepared, seen, seed)
    patch: Samples = (candidate if prepared.layout == "RGB" else raw)[_within(prepared.box, prepared.crop)]
    new = to_native(native, prepared.box, patch)
    pixels = paste(native.pixels, new, prepared.alpha, prepared.box, has_alpha=native.has_alpha)
    changed_px, largest = check_outside(native, pixels, prepared.box, prepared.alpha)
    locks_ok = check_locks(native, pixels, prepared.locks)
    result = NativePicture(pixels, native.mode, "", native.icc, native.exif, native.dpi, dict(native.text))
    own = {"luma_ssim": _luma_ssim(native, result, prepared)} if prepared.verb == Verb.RECOLOR else {}
    return FixResult(
        picture=result,
        patch=patch.copy(),
        alpha=prepared.alpha,
        box=prepared.box,
        metrics={
            "outside_changed_px": changed_px,
            "outside_max_delta": largest,
            "edge_px": prepared.edge_px,
            "locks_ok": locks_ok,
            **figures_of(result, prepared),
            **own,
            "color_error": color_error_of(prepared, candidate if sampled else answer_of(prepared, patch, None, seed)),
            "definitions": DEFINITIONS,
            "adjusted": adjusted,
            # Engines that copy pixels add no model decode; what a sampling engine added is the engine's to say.
            "passes": None if prepared.rules.for_model else 0,
            "crop": list(prepared.crop.as_tuple()),
            "megapixels_sampled": round(sampled_size(prepared.size, prepared.rules).area_px / 1e6, 3),
            "megapixels_frame": round(native.size.area_px / 1e6, 3),
            "changed_px": int(np.count_nonzero(prepared.alpha)),
        },
        raw=to_rgb8(raw) if sampled else None,
    )


def _luma_ssim(native: NativePicture, result: NativePicture, prepared: PreparedRun) -> float:
    """How much of the luma's structure a recolor left, whoever made it."""
    box = prepared.box
    part = np.s_[box.y : box.bottom, box.x : box.right]
    colors = np.s_[..., 0] if native.mode == "LA" else np.s_[...]
    return round(luma_ssim(native.pixels[part][colors], result.pixels[part][colors], prepared.alpha == 255), 4)


def check_outside(native: NativePicture, pixels: Samples, box: PixelRect, alpha: NDArray[np.uint8]) -> tuple[int, int]:
    """Compare every pixel of the frame with the parent, whatever the paste promised.

    Returns:
        (0, 0): changed pixels where ``alpha`` is 0, and the largest change in levels.

    Raises:
        EngineError: kind ``lock_broken``: it is not so.
    """
    changed_px, largest = outside_changed(native.pixels, pixels, box, alpha)
    if changed_px:
        raise EngineError(
            ErrorKind.LOCK_BROKEN,
            f"the result changed {changed_px} pixels outside the mask, by up to {largest} levels, and was refused",
            "nothing was written; please report it",
        )
    return changed_px, largest


def check_locks(native: NativePicture, pixels: Samples, locks: tuple[LockedRegion, ...]) -> bool | None:
    """Compare every locked pixel with the parent; None when there are no locks.

    Raises:
        EngineError: kind ``lock_broken``: one of them differs.
    """
    if not locks:
        return None
    changed_px = count_changed(native.pixels, pixels, locks)
    if changed_px:
        raise EngineError(
            ErrorKind.LOCK_BROKEN,
            f"the result changed {changed_px} locked pixels and was refused",
            "nothing was written; lift the lock if they may change",
        )
    return True


def _candidate(raw: bytes, prepared: PreparedRun) -> Samples:
    try:
        return as_array(raw, prepared.size, prepared.layout)
    except ValueError as error:
        raise EngineError(
            ErrorKind.ENGINE_CRASHED,
            f"the engine returned {len(raw)} bytes where a crop of {prepared.size} needs {len(prepared.image_rgb)}",
            "retry, or use another engine",
        ) from error


def _refuse_blank(prepared: PreparedRun, returned: NDArray[np.uint8]) -> None:
    """Engines that copy pixels cannot return something that is nowhere around."""
    color = blank_color(_sent(prepared), returned, ~prepared.untouched()) if prepared.rules.for_model else None
    if color is not None:
        what = "black" if max(color) <= _BLACK else f"one color, #{bytes(color).hex()}"
        raise EngineError(
            ErrorKind.ENGINE_CRASHED,
            f"the engine's answer is {what} all over, as safety filters and overflown numbers give it, and was refused",
            "change the prompt or the seed, or use another engine",
        )


def _within(inner: PixelRect, outer: PixelRect) -> tuple[slice, slice]:
    return (
        slice(inner.y - outer.y, inner.bottom - outer.y),
        slice(inner.x - outer.x, inner.right - outer.x),
    )


def rgb_of(native: NativePicture, rect: PixelRect) -> NDArray[np.uint8]:
    """8-bit RGB of a part of the frame, (rect height, rect width, 3), transparency ignored."""
    return to_rgb8(native.pixels[rect.y : rect.bottom, rect.x : rect.right])


def to_native(native: NativePicture, box: PixelRect, patch: Samples) -> Any:
    """A patch in the parent's layout; pixels that the engine left alone keep the parent's own samples.

    Args:
        native: the parent.
        box: where the patch lies.
        patch: (box height, box width, 3) 8-bit RGB, or the colors of the picture's own layout.

    Returns:
        Color samples of the box: the parent's channels and type, without the transparency.
    """
    base = native.pixels[box.y : box.bottom, box.x : box.right]
    if native.mode in ("RGB", "RGBA") or patch.ndim == 2 or patch.dtype == np.uint16:
        return patch  # it has the picture's own samples
    if native.mode in DEEP_COLOR_MODES:
        same = (patch == rgb_of(native, box)).all(axis=2, keepdims=True)
        return np.where(same, base[:, :, :3], patch.astype(np.uint16) * np.uint16(257))
    grey = _luma(patch.astype(np.uint8, copy=False))
    base_grey = base[:, :, 0] if base.ndim == 3 else base
    sent = rgb_of(native, box)
    untouched = (patch == sent).all(axis=2)
    converted = grey.astype(np.uint16) * np.uint16(257) if base.dtype == np.uint16 else grey
    return np.where(untouched, base_grey, converted).astype(base.dtype)


def _luma(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Source: ITU-R BT.601 weights in thousandths, rounded; grey in gives the same grey out."""
    weighted = rgb.astype(np.uint32) @ np.array([299, 587, 114], dtype=np.uint32)
    return ((weighted + 500) // 1000).astype(np.uint8)


def _adjusted(
    prepared: PreparedRun, candidate: NDArray[np.uint8], seed: int
) -> tuple[NDArray[np.uint8], dict[str, Any] | None]:
    """The candidate in the picture's colors and grain; engines that copy pixels need none of it."""
    if not prepared.rules.for_model:
        return candidate, None
    alpha = np.zeros((prepared.crop.height, prepared.crop.width), dtype=np.uint8)
    alpha[_within(prepared.box, prepared.crop)] = prepared.alpha
    adjusted = adjust(_sent(prepared), candidate, alpha, prepared.untouched(), seed)
    return adjusted.image, adjusted.details


def answer_of(prepared: PreparedRun, patch: Samples, raw: NDArray[np.uint8] | None, seed: int) -> NDArray[np.uint8]:
    """An engine's answer as it was laid on: in the picture's colors and grain, (crop height, crop width, 3).

    Args:
        prepared: of the run that it came from.
        patch: what was kept of it, (box height, box width, 3).
        raw: what a sampling engine answered; None for one that copies: nothing of its answer counts but the patch.
        seed: of the candidate.
    """
    if raw is not None:
        return _adjusted(prepared, raw, seed)[0]
    answer = _sent(prepared).copy()
    answer[_within(prepared.box, prepared.crop)] = to_rgb8(patch)
    return answer


def color_error_of(prepared: PreparedRun, answer: NDArray[np.uint8]) -> float | None:
    """Color error of an answer outside of what it may change, three decimals."""
    return _rounded(color_error(_sent(prepared), answer, prepared.untouched()))


def figures_of(result: NativePicture, prepared: PreparedRun) -> dict[str, float | None]:
    """What can be measured from a result's pixels alone; see ``proof.FIGURES``.

    Args:
        result: the parent with the fix laid on.
        prepared: what ``prepare`` returned for the parent.
    """
    support = np.zeros((prepared.crop.height, prepared.crop.width), dtype=np.bool_)
    support[_within(prepared.box, prepared.crop)] = (prepared.alpha > 0) & (prepared.hole > 0)
    return measure(rgb_of(result, prepared.crop), support)


def _sent(prepared: PreparedRun) -> NDArray[np.uint8]:
    """What the engine got, (crop height, crop width, 3) in 8 bits."""
    return to_rgb8(as_array(prepared.image_rgb, prepared.size, prepared.layout))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
