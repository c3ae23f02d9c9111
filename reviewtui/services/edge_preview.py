"""Another edge of a fix as a picture, at once: laid on from what was kept, nothing written and nothing measured.

What is decoded once stays at hand, so that each width costs the masks and the paste alone.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reviewtui.imaging.decoding import Decoder
from reviewtui.imaging.facts import NativePicture
from reviewtui.imaging.fixing import rgb_of
from reviewtui.imaging.layouts import to_rgb8
from reviewtui.imaging.locks import LockedRegion, locked_in
from reviewtui.imaging.masks import edit_masks
from reviewtui.imaging.matching import ColorFit, apply_color
from reviewtui.imaging.paste import blend
from reviewtui.model.errors import InputError
from reviewtui.model.geometry import PixelRect, bounding_rect
from reviewtui.model.masks import MaskSpec
from reviewtui.services.composing import read_kept
from reviewtui.services.content import get_content
from reviewtui.services.locks import load_locks, specs_on
from reviewtui.services.lookup import find_target
from reviewtui.services.previews import Preview
from reviewtui.services.raster_masks import find_raster
from reviewtui.services.repasting import RepasteSource, read_answer, repaste_source
from reviewtui.services.seen import as_seen
from reviewtui.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class LooseEdge:
    """A fix whose edge can be looked at in any width.

    Attributes:
        version_id: of the version that is looked at.
        spec: the selection.
        crop: that the engine saw, in pixels of the frame.
        base: (crop height, crop width, 3) uint8, the parent there as a screen shows it.
        answer: same shape, what the engine answered, in the picture's colors and grain, as a screen would show it.
        box: where the version differs from the parent.
        samples: the engine samples, which needs wide edges by itself.
        strength: 0 to 1.
        raster: samples that the selection names, or None.
        locks: what stays as it is.
    """

    version_id: int
    spec: MaskSpec
    crop: PixelRect
    base: NDArray[np.uint8]
    answer: NDArray[np.uint8]
    box: PixelRect
    samples: bool
    strength: float
    raster: NDArray[np.uint8] | None
    locks: tuple[LockedRegion, ...]

    def laid(self, feather_px: int | None) -> Preview:
        """The version with another edge, where it differs from what is there. Pure; some 30 ms per megapixel.

        Args:
            feather_px: full width of the ramp; 0 is exactly the selection, None is automatic.

        Raises:
            InputError: the edge would reach beyond what was kept.
        """
        spec = self.spec.with_feather(feather_px)
        masks = edit_masks(spec, for_model=self.samples, strength=self.strength, raster=self.raster)
        if not self.crop.contains_rect(masks.box):
            raise InputError(
                f"an edge of {masks.edge_px} px reaches beyond what was kept of the answer", "take a narrower one"
            )
        alpha = masks.alpha
        if self.locks:
            alpha = np.where(locked_in(self.locks, masks.box), np.uint8(0), alpha)
        box = bounding_rect([masks.box, self.box])
        assert box is not None
        rgb = self.base[_within(box, self.crop)].copy()
        part = _within(masks.box, self.crop)
        rgb[_within(masks.box, box)] = blend(self.base[part], self.answer[part], alpha)
        return Preview(box, rgb)


def loosen_edge(workspace: Workspace, decoder: Decoder, name: str) -> LooseEdge:
    """Make a fix ready for looking at other edges. Blocking: decodes the parent and what was kept of the answer.

    Args:
        name: ``key@N``, or a key for the head's fix.

    Raises:
        NotFoundError: no such asset or version.
        RefusedError: no engine made that version.
        InputError, DriftError: what was kept cannot be used, or is gone.
    """
    with workspace.store.read() as db:
        version = find_target(workspace, db, name).get_version()
        source, spec, box = repaste_source(db, version)
        content = get_content(workspace, db, source.parent)
        locked = specs_on(db, source.parent)
    native = decoder.load_native(content.path, expect_sha256=source.parent.sha256)
    crop, answer = read_answer(workspace, decoder, native, source)
    locks, raster = load_locks(workspace, decoder, locked), find_raster(workspace, decoder, spec)
    base, laid = rgb_of(native, crop), to_rgb8(answer)
    if source.is_sampled:
        laid = _adjusted(workspace, decoder, source, crop, laid)
    base_seen, answer_seen = (as_seen(workspace, decoder, native, crop, one) for one in (base, laid))
    if native.has_alpha:
        # What shows through stays as it is; only the colors in front of it change.
        whole = decoder.load_rgb(content.path, expect_sha256=source.parent.sha256).rgb
        through = whole[crop.y : crop.bottom, crop.x : crop.right]
        answer_seen = _in_front(through, base_seen, answer_seen, _opacity(native, crop))
        base_seen = through
    return LooseEdge(
        version.id, spec, crop, base_seen.copy(), answer_seen, box, source.is_sampled, source.strength, raster, locks
    )


def _opacity(native: NativePicture, rect: PixelRect) -> NDArray[np.float32]:
    """0 to 1, (rect height, rect width, 1)."""
    alpha = native.pixels[rect.y : rect.bottom, rect.x : rect.right, -1:]
    return alpha.astype(np.float32) / np.float32(np.iinfo(alpha.dtype).max)


def _in_front(
    through: NDArray[np.uint8], base: NDArray[np.uint8], answer: NDArray[np.uint8], opacity: NDArray[np.float32]
) -> NDArray[np.uint8]:
    change = (answer.astype(np.float32) - base) * opacity
    seen: NDArray[np.uint8] = np.rint(np.clip(through + change, 0, 255)).astype(np.uint8)
    return seen


def _adjusted(
    workspace: Workspace, decoder: Decoder, source: RepasteSource, crop: PixelRect, raw: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """A sampled answer as it was laid on, where that was kept; beyond it only in the picture's colors.

    Matching it anew takes a second per megapixel; what is written behind the preview does so.
    """
    color = (source.proof.metrics.get("adjusted") or {}).get("color")
    answer = raw.copy() if color is None else apply_color(raw, ColorFit(color["gain"], color["offset"], 0.0, 0.0))
    patch = read_kept(workspace, decoder, source.proof.patch_sha256)
    answer[_within(source.proof.box, crop)] = to_rgb8(patch)
    return answer


def _within(inner: PixelRect, outer: PixelRect) -> tuple[slice, slice]:
    return (
        slice(inner.y - outer.y, inner.bottom - outer.y),
        slice(inner.x - outer.x, inner.right - outer.x),
    )
