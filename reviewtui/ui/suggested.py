"""The mask that a flaw suggests, drawn over the picture to be taken with one key or passed over."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from reviewtui.model.lifecycle import Flaw
from reviewtui.model.masks import MaskSpec
from reviewtui.services.suggesting import SuggestedMask, suggest_mask
from reviewtui.ui.modes import Mode
from reviewtui.ui.pictures import Overlay, OverlayKind
from reviewtui.ui.text import styled

if TYPE_CHECKING:
    from reviewtui.ui.screens.desk import Desk


class Suggested:
    """What is suggested for the version on the screen. Event loop only; detectors run in their own process beside it.

    Keys never wait for it: who draws faster than a detector looks is not held up.
    """

    def __init__(self, desk: Desk) -> None:
        """Begin with nothing."""
        self._desk = desk
        self._about: tuple[int, Flaw] | None = None
        self._found = SuggestedMask()

    @property
    def mask(self) -> MaskSpec | None:
        """To be taken in MARK; None where nothing is suggested that is not drawn already."""
        marking, version = self._desk.state.marking, self._desk.state.shown_version
        found = self._found.mask
        if found is None or version is None or self._about is None or marking is None:
            return None
        fits = self._about == (version.id, marking.flaw) and found.size == marking.size
        return found if fits and marking.regions != found.regions else None

    @property
    def effect(self) -> str | None:
        """What taking it would do, in words; None while there is nothing to take."""
        return None if self.mask is None else self._found.words

    def look(self, flaw: Flaw | None) -> None:
        """Look for what a flaw suggests in the version on the screen, if it is not known yet."""
        version = self._desk.state.shown_version
        if flaw is None or version is None:
            self._about, self._found = None, SuggestedMask()
            return
        if self._about == (version.id, flaw):
            return
        self._about, self._found = (version.id, flaw), SuggestedMask()
        self._desk.runner.run(
            suggest_mask, self._desk.workspace, version, flaw, decoder=lambda: self._desk.decoder,
            then=partial(self._take, (version.id, flaw)), slot="suggested",
        )  # fmt: skip

    def look_for_note(self) -> None:
        """A note in focus that marks no region may have one suggested."""
        one = self._desk.state.note
        if one is not None and one.note.mask is None:
            self.look(one.note.flaw)

    def _take(self, about: tuple[int, Flaw], found: SuggestedMask) -> None:
        version = self._desk.state.shown_version
        if self._about != about or version is None or version.id != about[0]:
            return
        self._found = found
        if self._is_wanted and found.words:
            way = (
                f"{found.words}, {self._way}" if found.mask is not None else f"{found.preset} suggested: {found.words}"
            )
            self._desk.say(styled(way, "$role-muted"))
        self._desk.show_overlays()
        self._desk.show_title_lines()

    @property
    def _is_wanted(self) -> bool:
        """Whether somebody still looks at that flaw, in MARK or at its note."""
        state = self._desk.state
        flaw = None if self._about is None else self._about[1]
        if state.marking is not None:
            return state.marking.flaw == flaw
        one = state.note
        return one is not None and one.note.mask is None and one.note.flaw == flaw

    @property
    def _way(self) -> str:
        return "y takes it" if self._desk.state.mode is Mode.MARK else "d and y mark it"

    def overlays(self) -> list[Overlay]:
        """Its regions, dashed, with the way to take it."""
        desk = self._desk
        version, found = desk.state.shown_version, self._found.mask
        if found is None or version is None or self._about is None or self._about[0] != version.id:
            return []
        drawn = desk.state.marking is not None
        if (drawn and self.mask is None) or not self._is_wanted:
            return []
        label = f"{'all but ' if found.invert else ''}{self._found.preset}: {'y' if drawn else 'd y'}"
        return [
            Overlay(region, OverlayKind.SUGGESTED, label if place == 0 else "")
            for place, region in enumerate(found.regions)
        ]
