"""Another edge of the fix on the screen, shown while its width is typed and while the version is written behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewtui.model.errors import ReviewError
from reviewtui.model.lifecycle import JOB_ACTIVE
from reviewtui.model.masks import MAX_FEATHER_PX
from reviewtui.services.browse import AssetView
from reviewtui.services.edge_preview import LooseEdge, loosen_edge
from reviewtui.services.previews import Preview
from reviewtui.ui.text import styled

if TYPE_CHECKING:
    from reviewtui.ui.screens.desk import Desk


class EdgePreview:
    """What lies over the picture, if anything does. Event loop only; pixels are made beside it.

    A picture with provisional pixels on it is disarmed: nobody decides on what is not there yet.
    """

    def __init__(self, desk: Desk) -> None:
        """Begin with nothing."""
        self._desk = desk
        self._loose: LooseEdge | None = None
        self._wanted: tuple[int | None] | None = None
        self._version_id: int | None = None
        self._job_id: int | None = None
        self._shows = False

    @property
    def is_shown(self) -> bool:
        """Whether it lies over the version on the screen."""
        shown = self._desk.state.shown_version
        return self._shows and shown is not None and shown.id == self._version_id

    def open(self) -> None:
        """Get the fix on the screen ready; what is decoded stays at hand for every width."""
        view, version = self._desk.state.view, self._desk.state.shown_version
        if view is None or version is None or version.id == self._version_id:
            return
        self._loose, self._version_id = None, version.id
        self._desk.runner.run(
            loosen_edge, self._desk.workspace, self._desk.decoder, f"{view.asset.key}@{version.number}",
            then=self._opened, failed=self._not_opened, slot="edge",
        )  # fmt: skip

    def _opened(self, loose: LooseEdge) -> None:
        self._loose = loose
        if self._wanted is not None:
            self._draw(self._wanted[0])

    def _not_opened(self, _: ReviewError) -> None:
        """Nothing is shown then; whoever asks for the version is told why."""
        self._version_id = None

    def typed(self, value: str) -> None:
        """Show the width that is being typed, as far as it is one."""
        word = value.strip().lower()
        if word in {"a", "auto"}:
            self.look(None)
        elif word.isascii() and word.isdigit() and len(word) < 6 and int(word) <= MAX_FEATHER_PX:
            self.look(int(word))
        else:
            self.drop()

    def look(self, feather_px: int | None) -> None:
        """Show the fix on the screen with this edge."""
        self.open()
        self._wanted = (feather_px,)
        if self._loose is not None:
            self._draw(feather_px)

    def _draw(self, feather_px: int | None) -> None:
        loose = self._loose
        assert loose is not None
        self._desk.runner.run(loose.laid, feather_px, then=self._show, failed=self._cannot, slot="edge-look")

    def _show(self, preview: Preview) -> None:
        version = self._desk.state.shown_version
        if self._wanted is None or version is None or version.id != self._version_id:
            return
        self._shows = True
        self._desk.showing.lay_over(preview.box, preview.rgb)

    def _cannot(self, error: ReviewError) -> None:
        """Said while it is typed; sending would be refused with the same words."""
        self._clear()
        self._desk.say(styled(f"✗ {error}", "$role-changes"))

    def wait_for(self, job_id: int) -> None:
        """It stays until this job is over."""
        self._job_id = job_id

    def check(self, view: AssetView) -> None:
        """The asset was read again: what waited for a job goes with it."""
        job = next((one for one in view.jobs if one.id == self._job_id), None)
        if self._job_id is not None and (job is None or job.state not in JOB_ACTIVE):
            self.drop()

    def drop(self) -> None:
        """Show the version as it is; what was decoded is forgotten when another fix is looked at."""
        self._wanted = self._job_id = None
        self._clear()

    def _clear(self) -> None:
        if self._shows:
            self._shows = False
            self._desk.showing.uncover()
