"""A mask that came as a picture, shown on the picture while it is marked: what is redone lies under a veil of grey."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewtui.model.errors import ReviewError
from reviewtui.model.masks import MaskSpec
from reviewtui.services.raster_masks import Veil, veiled

if TYPE_CHECKING:
    from reviewtui.ui.screens.desk import Desk


class MaskPreview:
    """The veil that is on the picture now. Event loop only."""

    def __init__(self, desk: Desk) -> None:
        """Begin without one."""
        self._desk = desk
        self._shown: tuple[int, MaskSpec] | None = None

    def follow(self) -> None:
        """Bring the veil in line with what is marked; nothing happens when it is."""
        wanted = self._wanted()
        if wanted == self._shown:
            return
        self._shown = wanted
        desk, version = self._desk, self._desk.state.shown_version
        if wanted is None or version is None:
            desk.showing.uncover()
            return

        def show(found: Veil) -> None:
            if self._shown == wanted:
                desk.showing.lay_over(*found)

        desk.runner.run(veiled, desk.workspace, desk.decoder, version, wanted[1], then=show, slot="veil")

    def _wanted(self) -> tuple[int, MaskSpec] | None:
        marking, version = self._desk.state.marking, self._desk.state.shown_version
        if marking is None or version is None or marking.raster_sha256 is None:
            return None
        try:
            mask = marking.mask()
        except ReviewError:
            return None
        return None if mask is None else (version.id, mask.with_feather(0))
