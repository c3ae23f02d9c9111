"""Moving between panes and layouts, rescanning, leaving."""

from reviewtui.services.ingest import scan
from reviewtui.ui.actions.area import Action, Area
from reviewtui.ui.modes import Mode
from reviewtui.ui.text import styled

_PANES = (Mode.BROWSE, Mode.VIEW, Mode.NOTES)


class MovingActions(Area):
    """The desk as a whole."""

    def actions(self) -> dict[str, Action]:
        """Actions by binding id."""
        return {
            "desk.layout": self._next_layout,
            "desk.overlay": self._toggle_overlay,
            "desk.next_pane": lambda: self._turn(1),
            "desk.previous_pane": lambda: self._turn(-1),
            "desk.back": self._back,
            "desk.leave": self._leave_picture,
            "desk.quit": self._quit,
            "desk.rescan": self._rescan,
        }

    def _next_layout(self) -> None:
        self.state.layout = (self.state.layout + 1) % 3
        self.desk.lay_out()
        self.desk.show_title_lines()

    def _toggle_overlay(self) -> None:
        visible = not self.desk.single.overlays_visible
        for view in self.desk.showing.views:
            view.overlays_visible = visible
        words = "regions are shown" if visible else "regions are hidden, H shows them"
        self.desk.say(styled(words, "$role-muted"))

    def _turn(self, direction: int) -> None:
        mode = self.state.mode
        if mode not in _PANES or self.state.asset_id is None:
            return
        view = self.state.view
        panes = [pane for pane in _PANES if pane is not Mode.NOTES or (view is not None and view.notes)]
        place = panes.index(mode) if mode in panes else 0
        target = panes[(place + direction) % len(panes)]
        if target is Mode.NOTES:
            self.desk.act("notes.open")
        else:
            self.desk.enter(target)

    def _back(self) -> None:
        if self.state.layout:
            self.state.layout = 0
            self.desk.lay_out()
            self.desk.show_title_lines()
        elif self.state.mode is Mode.VIEW:
            self._leave_picture()
        elif self.state.query:
            self.state.query = ""
            self.desk.queue_actions.reload()

    def _leave_picture(self) -> None:
        self.desk.enter(Mode.SHEET if self.state.sheet else Mode.BROWSE)

    def _quit(self) -> None:
        self.desk.drafts.flush()
        self.desk.app.run_worker(self._leave(), exit_on_error=True)

    async def _leave(self) -> None:
        # What was acknowledged or typed is committed before the screen goes.
        await self.desk.runner.drain()
        self.desk.app.exit()

    def _rescan(self) -> None:
        workspace = self.desk.workspace
        if workspace.store.read_only:
            self.desk.say(styled("this workspace is open read-only", "$role-muted"))
            return
        self.desk.say(styled("reading the folder …", "$role-muted"), lasting=True)

        def read() -> int:
            return len(scan(workspace, self.desk.decoder))

        self.desk.runner.run(
            read,
            then=lambda count: self.desk.say(
                styled(
                    "the folder was read: " + (f"{count} files changed" if count else "nothing changed"), "$role-text"
                )
            ),
            slot="scan",
        )
