"""What the version on the screen hardly differs from, so that a flip costs a few bytes and a new version a part.

Where fixes lie between two versions their records tell; else the pixels are compared beside the loop, once somebody
goes from one to the other. Must not show anything.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from reviewtui.model.entities import Version
from reviewtui.model.errors import ReviewError
from reviewtui.model.geometry import PixelRect
from reviewtui.services.comparing import Comparer, box_of_fixes
from reviewtui.ui.pictures import Kinship

if TYPE_CHECKING:
    from reviewtui.ui.screens.desk import Desk

_SAME_PIXELS = PixelRect(0, 0, 1, 1)
"""Two versions without a difference: any part stands for it."""

_KEPT = 256


class Kinships:
    """Remembers where versions differ, and which one was looked at before. Event loop only.

    Args:
        desk: whose pictures they are.
        comparer: compares pixels in threads.
    """

    def __init__(self, desk: Desk, comparer: Comparer) -> None:
        self._desk = desk
        self._comparer = comparer
        self._boxes: OrderedDict[frozenset[str], PixelRect | None] = OrderedDict()
        self._now: Version | None = None
        self._before: Version | None = None

    def look_at(self, version: Version) -> Kinship | None:
        """A version comes on the screen; as a change of what was looked at before, or else of its parent."""
        if self._now is None or self._now.id != version.id:
            self._now, self._before = version, self._now
        other = self.neighbour(version)
        return None if other is None else self.between(version, other)

    def neighbour(self, version: Version) -> Version | None:
        """The version that is flipped to next, most likely: the one before, or the parent."""
        before = self._before
        if before is not None and before.asset_id == version.asset_id and before.id != version.id:
            return before
        view = self._desk.state.view
        parent = None if view is None or version.parent_number is None else view.find_number(version.parent_number)
        return None if parent is None else parent.version

    def between(self, version: Version, other: Version) -> Kinship | None:
        """One version as a change of another one; None when they are no kin, or when that is not known."""
        if version.id == other.id or version.asset_id != other.asset_id or version.size != other.size:
            return None
        box = self._recorded(version, other) or self._boxes.get(_pair(version, other))
        return None if box is None else Kinship(self._desk.showing.source_of(other).key, box)

    def learn(self, version: Version, other: Version, then: Callable[[], None], *, are_compared: bool = False) -> None:
        """Find out where two versions differ, beside the loop, if somebody went from one to the other.

        Args:
            version: one of them.
            other: the other one.
            then: called when as much as can be known is known.
            are_compared: somebody will go, for they lie against each other.
        """
        went = {one.id for one in (self._now, self._before) if one is not None} == {version.id, other.id}
        pair = _pair(version, other)
        if (
            not (went or are_compared)
            or version.size != other.size
            or pair in self._boxes
            or self._recorded(version, other) is not None
        ):
            then()
            return

        def keep(box: PixelRect | None) -> None:
            self._boxes[pair] = box or _SAME_PIXELS
            if len(self._boxes) > _KEPT:
                self._boxes.popitem(last=False)
            then()

        def leave(_: ReviewError) -> None:
            # A version that cannot be read says so when it is looked at.
            self._boxes[pair] = None

        self._desk.runner.run(self._comparer.find_box, version, other, then=keep, failed=leave, slot="kin")

    def _recorded(self, version: Version, other: Version) -> PixelRect | None:
        view = self._desk.state.view
        if view is None or view.asset.id != version.asset_id:
            return None
        if view.find_number(version.number) is None or view.find_number(other.number) is None:
            return None
        return box_of_fixes(view.versions, version.number, other.number)


def _pair(version: Version, other: Version) -> frozenset[str]:
    return frozenset((version.sha256, other.sha256))
