"""People beside a hole: an engine that copies must not set another eye or sleeve into the wall.

No figure of a proof sees such a copy, so it is kept from happening. What was found is recorded with the result, and
doing the job again takes what is recorded. Never stands in a fix's way.
"""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from reviewtui.detectors.catalog import find_detector, readiness
from reviewtui.engines.base import EngineInfo
from reviewtui.imaging.decoding import Decoder
from reviewtui.imaging.fixing import PreparedRun
from reviewtui.model.entities import Version
from reviewtui.model.errors import InputError, NotFoundError, ReviewError
from reviewtui.model.geometry import PixelRect
from reviewtui.model.lifecycle import Verb
from reviewtui.model.masks import MaskSpec
from reviewtui.services.detecting import find_regions
from reviewtui.services.workspace import Workspace

# The detector's box holds the ears and ends in the forehead: these shares of its sides reach hair and chin. More would
# bar the wall beside the head, which is what the hole needs.
_ABOVE, _BELOW, _BESIDE = 1 / 6, 1 / 16, 1 / 20
# A region with this share of itself on a face or on people mends them, and needs their skin or clothes.
_MENDS = 0.25
# A face that goes by this share goes.
_GONE = 0.5
# A worker's other jobs wait meanwhile.
_TIMEOUT_S = 8.0

_log = logging.getLogger(__name__)


def can_avoid(info: EngineInfo, verb: str) -> bool:
    """Whether faces are looked for: a thing is removed by copying from around it."""
    rules = info.crop_rules
    return verb == Verb.REMOVE and not rules.for_model and rules.needs_surroundings


def faces_to_avoid(
    workspace: Workspace, decoder: Decoder, version: Version, mask: MaskSpec, run: PreparedRun
) -> tuple[PixelRect, ...]:
    """Heads within a run's crop that nothing shall be copied from, and whose they are. Blocking, 0.8 s the first time.

    Left out are faces that mostly go themselves, and those that the selection mends; people where it mends their
    clothes, or where too little would be left beside them. Empty as well where nobody can be looked for; logged.

    Args:
        mask: the job's selection.
        run: prepared with it.

    Returns:
        Rectangles in pixels of the version, inside the crop.
    """
    if not workspace.settings.fix_avoid_faces:
        return ()
    faces = _find(workspace, decoder, version, "face")
    kept = [face for face in faces if not _goes(face, run) and not _is_mended((face,), mask)]
    heads = _cut([_head(face) for face in kept], run.crop)
    if not heads:
        return ()
    # Without its head the next best source for the searching engine is the coat.
    people = _find(workspace, decoder, version, "subject")
    bodies = () if _is_mended(people, mask) else _cut(people, run.crop)
    return heads + bodies if _leaves_enough(heads + bodies, run) else heads


def _find(workspace: Workspace, decoder: Decoder, version: Version, name: str) -> tuple[PixelRect, ...]:
    detector = find_detector(name)
    assert detector is not None
    ready = readiness(detector)
    if not ready.available:
        _log.info("faces are not avoided: %s", ready.why)
        return ()
    try:
        return find_regions(workspace, decoder, version, detector, timeout_s=_TIMEOUT_S)
    except NotFoundError:
        return ()
    except ReviewError as error:
        _log.warning("no %s is avoided in v%d: %s", name, version.number, error)
        return ()


def avoided_from_params(params: Mapping[str, Any]) -> tuple[PixelRect, ...]:
    """What a version's lineage says was avoided; nothing in those from before it was recorded.

    Raises:
        InputError: it says something else.
    """
    try:
        return tuple(PixelRect(*(int(side) for side in box)) for box in params.get("avoided", ()))
    except (TypeError, ValueError) as error:
        raise InputError(f"not a list of avoided boxes: {error}") from error


def in_crop(boxes: tuple[PixelRect, ...], crop: PixelRect) -> tuple[PixelRect, ...]:
    """The boxes in pixels of a crop; what lies beyond it is cut off."""
    return tuple(PixelRect(box.x - crop.x, box.y - crop.y, box.width, box.height) for box in _cut(boxes, crop))


def _cut(boxes: Iterable[PixelRect], crop: PixelRect) -> tuple[PixelRect, ...]:
    within = (box.intersection(crop) for box in boxes)
    return tuple(box for box in within if box is not None)


def _leaves_enough(boxes: tuple[PixelRect, ...], run: PreparedRun) -> bool:
    taken = np.frombuffer(run.mask_l, dtype=np.uint8).reshape(run.size.height, run.size.width) > 0
    hole_px = int(np.count_nonzero(taken))
    for box in in_crop(boxes, run.crop):
        taken[box.y : box.bottom, box.x : box.right] = True
    return taken.size - int(np.count_nonzero(taken)) >= hole_px


def _head(face: PixelRect) -> PixelRect:
    beside, above, below = round(_BESIDE * face.width), round(_ABOVE * face.height), round(_BELOW * face.height)
    return PixelRect(face.x - beside, face.y - above, face.width + 2 * beside, face.height + above + below)


def _goes(face: PixelRect, run: PreparedRun) -> bool:
    inside = face.intersection(run.box)
    if inside is None:
        return False
    x, y = inside.x - run.box.x, inside.y - run.box.y
    return int(np.count_nonzero(run.hole[y : y + inside.height, x : x + inside.width])) >= _GONE * face.size.area_px


def _is_mended(boxes: tuple[PixelRect, ...], mask: MaskSpec) -> bool:
    """Whether some region lies on boxes that do not overlap each other."""
    if mask.invert:
        return False
    return any(
        sum(part.size.area_px for part in _cut(boxes, region)) >= _MENDS * region.size.area_px
        for region in mask.regions
    )
