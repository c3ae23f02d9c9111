"""Puts the right picture and overlays on the screen for what is looked at. Must not decide what is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reviewtui.model.entities import Version
from reviewtui.model.geometry import PixelRect
from reviewtui.model.lifecycle import JobState
from reviewtui.services import previews
from reviewtui.services.comparing import Comparer
from reviewtui.ui.describing import describe_notes
from reviewtui.ui.kinship import Kinships
from reviewtui.ui.modes import Mode
from reviewtui.ui.pictures import Adjusted, Channel, PictureSource, PictureView, Pixels
from reviewtui.ui.sources import AlphaSource, VersionSource
from reviewtui.ui.state import Look

if TYPE_CHECKING:
    from reviewtui.ui.screens.desk import Desk

_MARGIN_CELLS = (4, 2)
"""A picture leaves at most this much of its room to its surround."""


class Showing:
    """The desk's pictures. Event loop only."""

    def __init__(self, desk: Desk) -> None:
        """Show nothing yet."""
        self._desk = desk
        self.comparer = Comparer(desk.workspace, desk.decoder, desk.renditions)
        self.kinships = Kinships(desk, self.comparer)

    def source_of(self, version: Version) -> PictureSource:
        """A version as a picture, seen as everything is to be seen now."""
        tone = self._desk.state.tone
        if tone.is_neutral:
            return VersionSource(version, self._desk.renditions)
        kind = AlphaSource if tone.channel is Channel.ALPHA else VersionSource
        return Adjusted(kind(version, self._desk.renditions), tone)

    @property
    def views(self) -> list[PictureView]:
        """Every picture on the screen, the one for a single version included."""
        return [self._desk.single, *self._desk.panes.views]

    def check_rooms(self) -> None:
        """After a layout: tell a picture its new room where Textual did not.

        Reading any widget's size between a change of styles and its layout makes Textual forget the Resize events.
        """
        for view in self.views:
            size, cells = view.size, view.viewport.cells
            margins = (size.width - cells.width, size.height - cells.height)
            if size and not (0 <= margins[0] <= _MARGIN_CELLS[0] and 0 <= margins[1] <= _MARGIN_CELLS[1]):
                view.on_resize()

    def show_picture(self) -> None:
        """The framed version, alone or with others."""
        desk, state = self._desk, self._desk.state
        version = state.shown_version
        if desk.has_class("-sheet"):
            desk.single.show(None)
            return
        several = desk.comparing.pane_versions()
        if several:
            pair = state.comparison
            assert pair is not None
            sources = [self.source_of(one) for one in several]
            desk.panes.show(sources, pair.framed_place, locked=pair.locked)
            # What is hidden must not stay armed.
            desk.single.show(None)
            return
        framed = desk.panes.framed_view
        if framed is not None:
            desk.single.set_viewport(framed.viewport)
            desk.panes.clear()
        if version is None:
            desk.single.empty_words = self._empty_words()
            if state.view is not None:
                desk.single.show(None)
            return
        composed = desk.comparing.composed()
        if composed is not None:
            desk.single.show(composed, placeholder=True)
        else:
            desk.single.show(self.source_of(version), placeholder=True, kin=self.kinships.look_at(version))

    def describe(self, key: str) -> Sequence[str]:
        """What stands on the picture with a key, in words."""
        view = self._desk.state.view
        shown = next((one for one in view.versions if one.version.sha256 == key), None) if view is not None else None
        return [] if view is None or shown is None else describe_notes(view, shown.version)

    def check_bytes(self) -> None:
        """A picture whose bytes are gone from disk stays to be looked at, but nobody decides on it."""
        view = self._desk.state.view
        gone = {shown.version.sha256 for shown in view.versions if shown.path is None} if view is not None else set()
        for picture in self.views:
            if picture.source is not None:
                picture.doubt(picture.source.key in gone)

    def _empty_words(self) -> str:
        state = self._desk.state
        if state.asset_id is None:
            if state.query:
                return "nothing fits the filter"
            return (
                f"no pictures in {self._desk.workspace.paths.root.name} yet · put some there, they appear by themselves"
            )
        if state.view is None:
            return ""
        aside = [file.reason for file in state.view.files if file.reason]
        return f"cannot be shown: {aside[0]}" if aside else "reading the file …"

    def prefetch(self, version: Version) -> None:
        """Have a version ready for a flip."""
        shown = self._desk.state.shown_version
        kin = None if shown is None else self.kinships.between(version, shown)
        self._desk.single.prefetch(self.source_of(version), kin=kin)

    def prefetch_other(self, other: Version) -> None:
        """The other one of a pair that is compared; only what differs from the one shown, once that is known."""
        version = self._desk.state.shown_version
        if version is None:
            return

        def ready() -> None:
            if self._desk.state.shown_version == version:
                self.prefetch(other)

        self.kinships.learn(version, other, ready, are_compared=True)

    def prefetch_neighbour(self) -> None:
        """The version that a flip or a step would show next; only what differs, where that is known."""
        version = self._desk.state.shown_version
        other = None if version is None else self.kinships.neighbour(version)
        if version is None or other is None:
            return

        def ready() -> None:
            if self._desk.state.shown_version == version:
                self.prefetch(other)

        self.kinships.learn(version, other, ready)

    def show_overlays(self) -> None:
        """Frames on the pictures, by mode."""
        desk = self._desk
        desk.mask_preview.follow()
        mode = desk.state.mode
        if mode in {Mode.ENTRY, Mode.CHOICE, Mode.PANEL, Mode.FIX}:
            mode = self._underlying_mode()
        if mode is Mode.MARK:
            overlays = [*desk.living.overlays(), *desk.suggested.overlays(), *desk.marking.overlays()]
        elif mode is Mode.PROBE:
            overlays = desk.probing.overlays()
        elif mode is Mode.COMPARE:
            self._overlay_compared()
            return
        else:
            overlays = [*desk.living.overlays(), *desk.suggested.overlays(), *desk.looking.overlays()]
        for view in self.views:
            view.set_overlays([*overlays, *desk.fixing.overlays()])

    def _overlay_compared(self) -> None:
        """The changed area that was walked to on every picture, and on each the notes and locks of its own version."""
        desk = self._desk
        changed, shown = desk.comparing.overlays(), desk.state.shown_version
        versions = [shown, *desk.comparing.pane_versions()]
        for view, version in zip(self.views, versions, strict=False):
            own = [] if version is None else [*desk.living.overlays_on(version), *desk.looking.overlays_on(version)]
            view.set_overlays([*own, *changed])

    def _underlying_mode(self) -> Mode:
        if self._desk.state.marking is not None:
            return Mode.MARK
        if self._desk.state.probe is not None:
            return Mode.PROBE
        return Mode.COMPARE if self._desk.state.comparison is not None else Mode.VIEW

    def lay_over(self, rect: PixelRect, rgb: Pixels) -> None:
        """Provisional pixels over the picture, as ``PictureView.set_patch``; the lamp says so."""
        self._desk.single.set_patch(rect, rgb)
        self._desk.show_title_lines()

    def uncover(self) -> None:
        """The picture without provisional pixels."""
        if self._desk.single.is_patched:
            self._desk.single.clear_patch()
            self._desk.show_title_lines()

    def show_preview(self) -> None:
        """While a fix of the version on the screen runs, its provisional pixels lie over the region."""
        desk, state = self._desk, self._desk.state
        if state.marking is not None and state.marking.raster_sha256 is not None:
            return  # its veil lies there
        if desk.finishing.edges.is_shown:
            return  # what was asked for last is shown as it will be
        view, version = state.view, state.shown_version
        alone = state.comparison is None or state.comparison.look is Look.FLIP
        running = [
            job
            for job in (view.jobs if view else ())
            if alone and job.state is JobState.RUNNING and version and job.version_id == version.id
        ]
        if not running:
            self.uncover()
            return
        job_id = running[0].id

        def load() -> tuple[PixelRect, Pixels] | None:
            found = previews.find_preview(desk.workspace, job_id)
            return None if found is None else (found[0], desk.decoder.load_rgb(found[1]).rgb)

        def show(found: tuple[PixelRect, Pixels] | None) -> None:
            pair = state.comparison
            if found is not None and state.shown_version == version and (pair is None or pair.look is Look.FLIP):
                self.lay_over(*found)

        # A preview that vanished meanwhile was replaced by the result.
        desk.runner.run(load, then=show, failed=lambda _: None, slot="preview")
