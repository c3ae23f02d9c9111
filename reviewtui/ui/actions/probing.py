"""PROBE: read single pixels of the picture, beside those of its parent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from textual.content import Content

from reviewtui.model.entities import Version
from reviewtui.model.errors import ReviewError
from reviewtui.model.geometry import PixelRect
from reviewtui.ui.actions.area import Action, Area
from reviewtui.ui.modes import Mode
from reviewtui.ui.pictures import Overlay, OverlayKind
from reviewtui.ui.text import line, styled

if TYPE_CHECKING:
    from reviewtui.ui.screens.desk import Desk

_FAR_STEPS = 10
_MOVES = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}

Rgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Reading:
    """One pixel.

    Attributes:
        version_id: of the picture.
        at: x and y in its pixels.
        rgb: its samples, sRGB.
        parent_number: version that it was made from, None when it has none of the same size.
        parent_rgb: samples at the same place there.
    """

    version_id: int
    at: tuple[int, int]
    rgb: Rgb
    parent_number: int | None = None
    parent_rgb: Rgb | None = None


class ProbingActions(Area):
    """Mode PROBE."""

    def __init__(self, desk: Desk) -> None:
        """Begin with nothing read."""
        super().__init__(desk)
        self._reading: Reading | None = None
        self._asking = False

    def actions(self) -> dict[str, Action]:
        """Actions by binding id."""
        near: dict[str, Action] = {f"probe.{name}": self._mover(dx, dy) for name, (dx, dy) in _MOVES.items()}
        far: dict[str, Action] = {
            f"probe.far_{name}": self._mover(dx * _FAR_STEPS, dy * _FAR_STEPS) for name, (dx, dy) in _MOVES.items()
        }
        return {**near, **far, "view.probe": self._open, "probe.close": self.close}

    def effect(self, binding_id: str) -> str | None:
        """A picture must be looked at."""
        return "" if self.state.shown_version is not None or binding_id == "probe.close" else None

    def _open(self) -> None:
        if self.state.shown_version is None:
            return
        box = self.desk.picture.viewport.box
        self.state.probe = (box.x + box.width // 2, box.y + box.height // 2)
        self._reading = None
        self.desk.enter(Mode.PROBE)
        self._read()

    def close(self) -> None:
        """Back to the picture."""
        self.state.probe = None
        self.desk.enter(Mode.VIEW)

    def _mover(self, dx: int, dy: int) -> Action:
        return lambda: self._move(dx, dy)

    def _move(self, dx: int, dy: int) -> None:
        version, at = self.state.shown_version, self.state.probe
        if version is None or at is None:
            return
        across, down = self.desk.picture.viewport.step_px
        x = min(max(at[0] + dx * across, 0), version.size.width - 1)
        y = min(max(at[1] + dy * down, 0), version.size.height - 1)
        self.state.probe = (x, y)
        self._keep_in_view(x, y)
        self.desk.show_overlays()
        self.desk.show_title_lines()
        self._read()

    def _keep_in_view(self, x: int, y: int) -> None:
        viewport = self.desk.picture.viewport
        box = viewport.box
        dx, dy = _beyond(x, box.x, box.right), _beyond(y, box.y, box.bottom)
        if dx or dy:
            middle_x, middle_y = box.x + Fraction(box.width, 2), box.y + Fraction(box.height, 2)
            self.desk.picture.set_viewport(replace(viewport, center_x=middle_x + dx, center_y=middle_y + dy))

    # Reading

    def _read(self) -> None:
        """Read the pixel under the cursor; while one is read no other is asked for, however fast the cursor moves."""
        version, at, view = self.state.shown_version, self.state.probe, self.state.view
        if self._asking or version is None or at is None or view is None:
            return
        parent = None if version.parent_number is None else view.find_number(version.parent_number)
        fits = parent is not None and parent.version.size == version.size
        self._asking = True
        self.desk.runner.run(
            self._load, version, parent.version if fits and parent is not None else None, at,
            then=self._show, failed=self._failed,
        )  # fmt: skip

    def _load(self, version: Version, parent: Version | None, at: tuple[int, int]) -> Reading:
        load = self.desk.renditions.load_full
        mine = _rgb_at(load(version), at)
        if parent is None:
            return Reading(version.id, at, mine)
        return Reading(version.id, at, mine, parent.number, _rgb_at(load(parent), at))

    def _show(self, reading: Reading) -> None:
        self._asking = False
        self._reading = reading
        version = self.state.shown_version
        if self.state.probe is None or version is None:
            return
        self.desk.show_title_lines()
        if (version.id, self.state.probe) != (reading.version_id, reading.at):
            self._read()

    def _failed(self, error: ReviewError) -> None:
        self._asking = False
        self.desk.say_error(error)

    # Showing

    def overlays(self) -> list[Overlay]:
        """The pixel under the cursor."""
        at = self.state.probe
        return [] if at is None else [Overlay(_pixel(at), OverlayKind.CORNER)]

    def line(self) -> Content:
        """What the line for messages says: place, samples, the parent's, how far apart."""
        at, reading, version = self.state.probe, self._reading, self.state.shown_version
        if at is None or version is None:
            return Content("")
        place = styled(f"{at[0]},{at[1]}", "bold $role-text")
        if reading is None or (reading.version_id, reading.at) != (version.id, at):
            return line(place, styled("  …", "$role-muted"))
        parts = [place, styled("   ", ""), *_samples(reading.rgb)]
        if reading.parent_rgb is not None:
            apart = max(abs(a - b) for a, b in zip(reading.rgb, reading.parent_rgb, strict=True))
            parts += [
                styled(f"   parent v{reading.parent_number} ", "$role-muted"), *_samples(reading.parent_rgb),
                styled(f"   Δ {apart}" if apart else "   equal", "$role-changes" if apart else "$role-muted"),
            ]  # fmt: skip
        return Content("").join(parts)


def _samples(rgb: Rgb) -> list[Content]:
    red, green, blue = rgb
    code = f"#{red:02x}{green:02x}{blue:02x}"
    return [
        Content.styled("██ ", code),
        styled(f"{red:>3} {green:>3} {blue:>3}", "$role-text"),
        styled(f"  {code}", "$role-muted"),
    ]


def _rgb_at(pixels: NDArray[np.uint8], at: tuple[int, int]) -> Rgb:
    red, green, blue = pixels[at[1], at[0]].tolist()
    return red, green, blue


def _pixel(at: tuple[int, int]) -> PixelRect:
    return PixelRect(at[0], at[1], 1, 1)


def _beyond(place: int, first: int, end: int) -> int:
    """Pixels to move along one axis so that a place comes into view."""
    return min(place - first, 0) + max(place - end + 1, 0)
