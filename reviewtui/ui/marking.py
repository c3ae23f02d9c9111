"""Drawing a mask with keys: pure state, no widgets, no pixels.

A mask is any number of finished regions and at most one that is being drawn between two corner pixels.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from reviewtui.model.errors import InputError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.lifecycle import Flaw
from reviewtui.model.masks import MaskSpec

Corner = tuple[int, int]

STEPS = ("cell", "8 px", "1 px")
FEATHER_MAX_PX = 4096


@dataclass(frozen=True, slots=True)
class Marking:
    """What is being marked on one version.

    Attributes:
        size: of the version.
        done: finished regions.
        active: two corner pixels of the region being drawn, or None; the first is where it was begun.
        moving: which of the two corners the keys move, 0 or 1.
        settled: whether the other corner was set already, so that the next Space finishes the region.
        step: index into STEPS.
        feather_px: None is automatic, 0 exactly the region.
        grow_px: how much wider the selection is than what is drawn; below 0 narrower.
        raster_sha256: samples of a mask that came from a file, whose bounds the only region then is.
        is_moving: whether the last key moved a corner; moves in a row are brought back together.
        history: earlier states of (done, active), newest last, for bringing back.
    """

    size: PixelSize
    done: tuple[PixelRect, ...] = ()
    active: tuple[Corner, Corner] | None = None
    moving: int = 0
    settled: bool = False
    step: int = 0
    invert: bool = False
    feather_px: int | None = None
    preset: str | None = None
    grow_px: int = 0
    raster_sha256: str | None = None
    flaw: Flaw | None = None
    severity: int = 2
    text: str = ""
    is_moving: bool = False
    history: tuple[tuple[tuple[PixelRect, ...], tuple[Corner, Corner] | None], ...] = field(default=(), repr=False)

    @property
    def active_rect(self) -> PixelRect | None:
        """The region being drawn."""
        if self.active is None:
            return None
        (x0, y0), (x1, y1) = self.active
        return PixelRect.from_corners(x0, y0, x1, y1)

    @property
    def regions(self) -> tuple[PixelRect, ...]:
        """Finished regions and the one being drawn."""
        rect = self.active_rect
        return self.done if rect is None else (*self.done, rect)

    @property
    def corner(self) -> Corner | None:
        """The corner pixel that the keys move."""
        return None if self.active is None else self.active[self.moving]

    def mask(self) -> MaskSpec | None:
        """The mask as drawn, or None while nothing is.

        Raises:
            InputError: too many regions.
        """
        if not self.regions:
            return None
        return MaskSpec(
            self.size, self.regions, self.invert, self.grow_px, self.feather_px, self.preset, self.raster_sha256
        )

    def _saved(self, **changes: Any) -> "Marking":
        history = (*self.history[-49:], (self.done, self.active))
        return replace(self, history=history, **{"is_moving": False, **changes})

    def begun(self, seen: PixelRect) -> "Marking":
        """With a region to be drawn in the middle of what is seen, a fifth of its size.

        Args:
            seen: part of the picture that is on the screen, in picture pixels.
        """
        width, height = max(seen.width // 5, 1), max(seen.height // 5, 1)
        x, y = seen.x + (seen.width - width) // 2, seen.y + (seen.height - height) // 2
        corners = ((x, y), (x + width - 1, y + height - 1))
        return self._saved(active=corners, moving=0, settled=False, preset=None)

    def moved(self, dx_px: int, dy_px: int) -> "Marking":
        """With the moving corner elsewhere, kept inside the picture; before the first corner is set both move."""
        if self.active is None:
            return self
        corners = list(self.active)
        if not self.settled and self.moving == 0:
            rect = self.active_rect
            assert rect is not None
            moved = PixelRect(rect.x + dx_px, rect.y + dy_px, rect.width, rect.height).moved_inside(self.size)
            dx_px, dy_px = moved.x - rect.x, moved.y - rect.y
            corners = [(x + dx_px, y + dy_px) for x, y in corners]
        else:
            x, y = corners[self.moving]
            corners[self.moving] = (
                min(max(x + dx_px, 0), self.size.width - 1),
                min(max(y + dy_px, 0), self.size.height - 1),
            )
        active = (corners[0], corners[1])
        if self.is_moving:
            return replace(self, active=active, preset=None)
        return self._saved(active=active, preset=None, is_moving=True)

    def corner_set(self) -> "Marking":
        """Space: the first corner is set and the other one moves; again: the region is done."""
        if self.active is None:
            return self
        if not self.settled:
            return replace(self, moving=1, settled=True, is_moving=False)
        return self.region_done()

    def other_corner(self) -> "Marking":
        """Move the opposite corner."""
        return replace(self, moving=1 - self.moving, settled=True, is_moving=False)

    def region_done(self) -> "Marking":
        """The region being drawn becomes a finished one."""
        rect = self.active_rect
        if rect is None:
            return self
        return self._saved(done=(*self.done, rect), active=None, moving=0, settled=False)

    def with_rect(self, rect: PixelRect) -> "Marking":
        """The region being drawn is this one, both corners set."""
        inside = rect.clamped(self.size)
        if inside is None:
            raise InputError("that lies outside the picture")
        corners = ((inside.x, inside.y), (inside.right - 1, inside.bottom - 1))
        return self._saved(active=corners, moving=1, settled=True, preset=None)

    def with_mask(self, mask: MaskSpec) -> "Marking":
        """Exactly this mask, ready to be sent."""
        return self._saved(
            done=mask.regions, active=None, settled=False, invert=mask.invert, preset=mask.preset,
            grow_px=mask.grow_px, raster_sha256=mask.raster_sha256,
            feather_px=self.feather_px if mask.feather_px is None else mask.feather_px,
        )  # fmt: skip

    def grown(self, step_px: int) -> "Marking":
        """The region being drawn, or the last finished one, larger or smaller on every side."""
        if self.active is None and not self.done:
            return self
        rect = self.active_rect or self.done[-1]
        inside = rect.grown(step_px).clamped(self.size) or rect
        if self.active is None:
            return self._saved(done=(*self.done[:-1], inside), preset=None)
        grown = self.with_rect(inside)
        return replace(grown, moving=self.moving, settled=self.settled)

    def checked(self, before: "Marking") -> "Marking":
        """Itself, if a mask from a file is still whole: it is deleted or replaced, its bounds are not drawn on.

        Args:
            before: as it was before the last change.

        Raises:
            InputError: a region was drawn, moved or added.
        """
        if self.raster_sha256 is None or self.regions == before.regions:
            return self
        if not self.regions:
            return replace(self, raster_sha256=None)
        if self.raster_sha256 != before.raster_sha256:
            return self
        raise InputError("this mask came from a file and is not drawn on", "D deletes it; i, g and f still change it")

    def deleted(self) -> "Marking":
        """Without the region being drawn, or without the last finished one."""
        if self.active is not None:
            return self._saved(active=None, settled=False, moving=0)
        return self._saved(done=self.done[:-1], preset=None) if self.done else self

    def next_region(self) -> "Marking":
        """The oldest finished region is being drawn again, the present one is done."""
        if not self.done:
            return self
        first, rest = self.done[0], self.done[1:]
        rect = self.active_rect
        turned = self._saved(done=rest if rect is None else (*rest, rect))
        return replace(turned.with_rect(first), history=turned.history)

    def brought_back(self) -> "Marking":
        """What was deleted, finished or replaced last."""
        if not self.history:
            return self
        done, active = self.history[-1]
        return replace(
            self, done=done, active=active, settled=active is not None, is_moving=False, history=self.history[:-1]
        )

    def to_data(self) -> dict[str, Any]:
        """JSON-ready, for a draft."""
        return {
            "width": self.size.width,
            "height": self.size.height,
            "regions": [list(rect.as_tuple()) for rect in self.regions],
            "invert": self.invert,
            "feather_px": self.feather_px,
            "preset": self.preset,
            "grow_px": self.grow_px,
            "raster_sha256": self.raster_sha256,
            "flaw": self.flaw,
            "severity": self.severity,
            "text": self.text,
        }


def marking_from_data(data: dict[str, Any], size: PixelSize) -> Marking | None:
    """A drawn mask from its draft, or None when it was drawn on another size or is no such draft."""
    try:
        if (data["width"], data["height"]) != (size.width, size.height):
            return None
        rects = tuple(PixelRect(*map(int, values)) for values in data["regions"])
        whole = PixelRect.of_size(size)
        flaw = data.get("flaw")
        marking = Marking(
            size,
            done=tuple(rect for rect in rects if whole.contains_rect(rect)),
            invert=bool(data.get("invert")),
            feather_px=data.get("feather_px"),
            preset=data.get("preset"),
            grow_px=int(data.get("grow_px", 0)),
            raster_sha256=data.get("raster_sha256"),
            flaw=None if flaw is None else Flaw(flaw),
            severity=int(data.get("severity", 2)),
            text=str(data.get("text", "")),
        )
        marking.mask()  # refuses what cannot be stored later
        return marking if 1 <= marking.severity <= 3 else None
    except (InputError, KeyError, TypeError, ValueError, OverflowError):
        return None
