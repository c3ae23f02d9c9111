"""A drawn mask as a recipe for pictures of any size: shares of the sides instead of pixels. Pure."""

import math
import re
from dataclasses import dataclass
from typing import Any

from reviewtui.model.errors import InputError, UsageError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.masks import MAX_FEATHER_PX, MAX_GROW_PX, MAX_REGIONS, MaskSpec

Share = tuple[float, float, float, float]
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True)
class NamedPreset:
    """One line of a list of presets.

    Attributes:
        name: as in ``--preset NAME``.
        key: one letter for a menu; empty when the letters are used up.
        words: what it selects.
        saved: whether a person saved it, so that it can be removed.
        is_detected: whether the picture has to be looked through for it, which takes a second or two.
        missing: why it cannot be used here and how to get it; empty when it can.
    """

    name: str
    key: str
    words: str
    saved: bool = False
    is_detected: bool = False
    missing: str = ""


@dataclass(frozen=True, slots=True)
class SavedPreset:
    """A mask that somebody kept under a name.

    Attributes:
        name: lower-case letters, digits, ``_`` and ``-``.
        shares: left, top, width and height of each region, 0 to 1.
        invert: as in ``MaskSpec``.
        grow_share: growth as a share of the picture's diagonal.
        feather_share: feather likewise; None is automatic.
        raster_sha256: samples that are stretched to the picture; None for a mask of regions.
        author: who saved it.
    """

    name: str
    shares: tuple[Share, ...]
    invert: bool = False
    grow_share: float = 0.0
    feather_share: float | None = None
    raster_sha256: str | None = None
    author: str = ""

    @property
    def words(self) -> str:
        """What it selects, for lists."""
        if self.raster_sha256 is not None:
            what = "a mask from a file"
        else:
            left, top, width, height = (100 * value for value in self.shares[0])
            more = len(self.shares) - 1
            what = f"{width:.0f}×{height:.0f} % at {left:.0f},{top:.0f} %" + (f" and {more} more" if more else "")
        return f"{'all but ' if self.invert else ''}{what}" + (f", saved by {self.author}" if self.author else "")

    def mask(self, size: PixelSize) -> MaskSpec:
        """The selection on a picture of a size, at least one pixel for each region.

        Samples are still those of the picture that it was saved from; see ``services.presets``.
        """
        diagonal = math.hypot(size.width, size.height)
        feather = self.feather_share
        return MaskSpec(
            size,
            tuple(dict.fromkeys(_rect(share, size) for share in self.shares)),
            self.invert,
            min(max(round(self.grow_share * diagonal), -MAX_GROW_PX), MAX_GROW_PX),
            None if feather is None else min(round(feather * diagonal), MAX_FEATHER_PX),
            self.name,
            self.raster_sha256,
        )

    def to_data(self) -> dict[str, Any]:
        """JSON-ready form, read back by ``preset_from_data``."""
        return {
            "shares": [list(share) for share in self.shares],
            "invert": self.invert,
            "grow_share": self.grow_share,
            "feather_share": self.feather_share,
            "raster_sha256": self.raster_sha256,
        }


def check_preset_name(name: str) -> str:
    """The name, if a preset can be called so.

    Raises:
        UsageError: it cannot.
    """
    if _NAME.fullmatch(name) is None:
        raise UsageError(
            f"'{name[:60]}' is no name for a preset", "1 to 40 of a-z, 0-9, - and _, beginning with a letter or digit"
        )
    return name


def preset_from_mask(name: str, mask: MaskSpec) -> SavedPreset:
    """The recipe that draws a mask again on any picture.

    Raises:
        UsageError: no preset can be called so.
    """
    width, height = mask.size.width, mask.size.height
    diagonal = math.hypot(width, height)
    return SavedPreset(
        check_preset_name(name),
        tuple((r.x / width, r.y / height, r.width / width, r.height / height) for r in mask.regions),
        mask.invert,
        mask.grow_px / diagonal,
        None if mask.feather_px is None else mask.feather_px / diagonal,
        mask.raster_sha256,
    )


def preset_from_data(name: str, data: dict[str, Any], author: str = "") -> SavedPreset:
    """The recipe that ``SavedPreset.to_data`` described.

    Raises:
        InputError: the data does not describe one.
    """
    try:
        shares = tuple(_share(values) for values in data["shares"])
        feather = data["feather_share"]
        preset = SavedPreset(
            check_preset_name(name), shares, bool(data["invert"]), _finite(data["grow_share"]),
            None if feather is None else max(_finite(feather), 0.0), data["raster_sha256"], author,
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, UsageError) as error:
        raise InputError(f"the preset '{name[:60]}' cannot be read: {error}", "remove it and save it again") from error
    if not 1 <= len(shares) <= MAX_REGIONS:
        raise InputError(f"the preset '{name[:60]}' has {len(shares)} regions", "remove it and save it again")
    return preset


def _share(values: Any) -> Share:
    left, top, width, height = (_finite(value) for value in values)
    if not (0 <= left < 1 and 0 <= top < 1 and 0 < width <= 1 and 0 < height <= 1):
        raise ValueError("a region outside the picture")
    return left, top, width, height


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("not a number")
    return number


def _rect(share: Share, size: PixelSize) -> PixelRect:
    left, top, width, height = share
    x, right = _span(left, width, size.width)
    y, bottom = _span(top, height, size.height)
    return PixelRect(x, y, right - x, bottom - y)


def _span(start: float, length: float, side: int) -> tuple[int, int]:
    first = min(round(start * side), side - 1)
    return first, min(max(round((start + length) * side), first + 1), side)
