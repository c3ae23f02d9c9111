"""A mask as vectors: what a reviewer selected, independent of any raster.

A mask that came as a picture names its samples by hash and keeps their bounds as its region. Rasterising lives in
``reviewtui.imaging``; nothing here touches pixels.
"""

import json
import re
from dataclasses import dataclass, replace
from typing import Any

from reviewtui.model.errors import InputError
from reviewtui.model.geometry import PixelRect, PixelSize, bounding_rect

MAX_REGIONS = 256
MAX_FEATHER_PX = 4096
MAX_GROW_PX = 4096
MAX_FEATHER_PX = 4096
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class MaskSpec:
    """Regions on a picture of one size, united, then optionally inverted.

    Attributes:
        size: of the version that the regions were drawn on, as displayed (EXIF orientation applied).
        regions: at least one, each inside ``size``.
        invert: repaint everything but the regions.
        grow_px: the selection is dilated by this many pixels (Chebyshev distance) before use; negative erodes.
        feather_px: full width of the ramp outside the selection; 0 is exactly the selection, None is automatic.
        preset: name of the recipe that drew it, or None when drawn by hand.
        raster_sha256: blob of a grey picture of ``size``, 255 = repaint, that selects instead of the regions, which are
            then its bounds; None for a mask of regions.

    Raises:
        InputError: no region, too many, or one outside the picture.
    """

    size: PixelSize
    regions: tuple[PixelRect, ...]
    invert: bool = False
    grow_px: int = 0
    feather_px: int | None = None
    preset: str | None = None
    raster_sha256: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.regions) <= MAX_REGIONS:
            raise InputError(f"a mask has 1 to {MAX_REGIONS} regions, not {len(self.regions)}")
        whole = PixelRect.of_size(self.size)
        for region in self.regions:
            if not whole.contains_rect(region):
                raise InputError(f"the region {region} lies outside the picture of {self.size}")
        if self.feather_px is not None and not 0 <= self.feather_px <= MAX_FEATHER_PX:
            raise InputError(f"a feather is 0 to {MAX_FEATHER_PX} px, not {self.feather_px}")
        if not -MAX_GROW_PX <= self.grow_px <= MAX_GROW_PX:
            raise InputError(f"growing is -{MAX_GROW_PX} to {MAX_GROW_PX} px, not {self.grow_px}")
        if self.raster_sha256 is not None and _SHA256.fullmatch(self.raster_sha256) is None:
            raise InputError("the samples of a mask are named by their SHA-256")

    @property
    def bounds(self) -> PixelRect:
        """The smallest rectangle around the selected pixels (the whole picture when inverted)."""
        if self.invert:
            return PixelRect.of_size(self.size)
        bounds = bounding_rect(self.regions)
        assert bounds is not None
        return bounds.grown(self.grow_px).moved_inside(self.size)

    def with_feather(self, feather_px: int | None) -> "MaskSpec":
        """The same selection with another feather."""
        return replace(self, feather_px=feather_px)

    def to_data(self) -> dict[str, Any]:
        """JSON-ready form, read back by ``mask_from_data``."""
        return {
            "width": self.size.width,
            "height": self.size.height,
            "regions": [list(region.as_tuple()) for region in self.regions],
            "invert": self.invert,
            "grow_px": self.grow_px,
            "feather_px": self.feather_px,
            "preset": self.preset,
            # Left out where there is none: masks of regions read as they always did.
            **({} if self.raster_sha256 is None else {"raster_sha256": self.raster_sha256}),
        }


def mask_from_data(data: dict[str, Any]) -> MaskSpec:
    """The mask that ``MaskSpec.to_data`` described.

    Raises:
        InputError: the data does not describe a mask.
    """
    try:
        feather = data.get("feather_px")
        return MaskSpec(
            size=PixelSize(int(data["width"]), int(data["height"])),
            regions=tuple(PixelRect(*(int(value) for value in region)) for region in data["regions"]),
            invert=bool(data.get("invert", False)),
            grow_px=int(data.get("grow_px", 0)),
            feather_px=None if feather is None else int(feather),
            preset=data.get("preset"),
            raster_sha256=data.get("raster_sha256"),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"not a mask: {error}") from error


def mask_from_json(text: str) -> MaskSpec:
    """``mask_from_data`` on JSON text.

    Raises:
        InputError: not JSON, or not a mask.
    """
    try:
        data = json.loads(text)
    except ValueError as error:
        raise InputError(f"not a mask: {error}") from error
    if not isinstance(data, dict):
        raise InputError("not a mask: an object is needed")
    return mask_from_data(data)
