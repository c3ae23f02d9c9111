"""Masks of things that detectors find in a version; looked for anew in each picture, never carried over."""

import math
import threading
from collections import OrderedDict

from reviewtui.detectors.boxes import Box
from reviewtui.detectors.catalog import Detector
from reviewtui.detectors.client import PATIENCE_S, detect
from reviewtui.imaging.decoding import Decoder
from reviewtui.model.entities import Version
from reviewtui.model.errors import NotFoundError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.masks import MAX_REGIONS, MaskSpec
from reviewtui.services.content import get_content
from reviewtui.services.workspace import Workspace

LOOK_WITHIN = PixelSize(1280, 1280)
"""A face of 24 px in a picture of this size is found; larger pictures cost time and find little more."""

_REMEMBERED = 64
_remembered: "OrderedDict[tuple[str, str], tuple[Box, ...]]" = OrderedDict()
_guard = threading.Lock()


def detected_mask(workspace: Workspace, decoder: Decoder, version: Version, detector: Detector) -> MaskSpec:
    """Everything that a detector finds in a version, as one selection. Blocking, 0.5 to 3 s the first time.

    Raises:
        NotFoundError: nothing was found, or the detector cannot run here; says how to get it.
        InputError: the picture or the detector failed.
        DriftError: the version's bytes are gone or others.
        BusyError: no process can be had.
    """
    regions = find_regions(workspace, decoder, version, detector)
    if not regions:
        what = "subject" if detector.name == "background" else detector.name
        were = "were" if what == "hands" else "was"
        raise NotFoundError(f"no {what} {were} found in v{version.number}", "mark the region by hand")
    return MaskSpec(version.size, regions, invert=detector.name == "background", preset=detector.name)


def find_regions(
    workspace: Workspace, decoder: Decoder, version: Version, detector: Detector, *, timeout_s: float = PATIENCE_S
) -> tuple[PixelRect, ...]:
    """The box of each thing that a detector finds, none twice. Blocking, and raises, as ``detected_mask``.

    Args:
        timeout_s: after which the detector is stopped.

    Returns:
        Empty where nothing was found.
    """
    boxes = _find(workspace, decoder, version, detector, timeout_s)
    return tuple(dict.fromkeys(region_of(box, version.size) for box in boxes[:MAX_REGIONS]))


def region_of(box: Box, size: PixelSize) -> PixelRect:
    """The pixels that a box touches, at least one, inside the picture."""
    left = min(math.floor(box.left * size.width), size.width - 1)
    top = min(math.floor(box.top * size.height), size.height - 1)
    right = min(max(math.ceil(box.right * size.width), left + 1), size.width)
    bottom = min(max(math.ceil(box.bottom * size.height), top + 1), size.height)
    return PixelRect(left, top, right - left, bottom - top)


def _find(
    workspace: Workspace, decoder: Decoder, version: Version, detector: Detector, timeout_s: float
) -> tuple[Box, ...]:
    key = (version.sha256, detector.name)
    with _guard:
        known = _remembered.get(key)
    if known is not None:
        return known
    with workspace.store.read() as db:
        content = get_content(workspace, db, version)
    picture = decoder.load_rgb(content.path, within=LOOK_WITHIN, expect_sha256=version.sha256)
    found = tuple(detect(detector, picture.rgb, timeout_s=timeout_s))
    with _guard:
        _remembered[key] = found
        while len(_remembered) > _REMEMBERED:
            _remembered.popitem(last=False)
    return found
