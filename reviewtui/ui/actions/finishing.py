"""The final of an accepted draft by one key, and the difference when it lands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewtui.model.lifecycle import JobState
from reviewtui.services import finishing
from reviewtui.services.browse import AssetView
from reviewtui.ui.actions.area import Action, Area
from reviewtui.ui.modes import Mode
from reviewtui.ui.text import styled

if TYPE_CHECKING:
    from reviewtui.ui.screens.desk import Desk


class FinishingActions(Area):
    """Finals that this desk asked for and has not seen yet."""

    def __init__(self, desk: Desk) -> None:
        """Begin without any."""
        super().__init__(desk)
        self._waiting: dict[int, finishing.Finishing] = {}

    def actions(self) -> dict[str, Action]:
        """Actions by binding id."""
        return {"view.finish": self.finish}

    def effect(self, binding_id: str) -> str | None:
        """Only what a fix made has a final."""
        version = self.state.shown_version
        return f"v{version.number}" if version is not None and version.job_id is not None else None

    def finish(self, engine: str | None = None) -> None:
        """Ask for the final of the version on the screen."""
        view, version = self.state.view, self.state.shown_version
        if view is None or version is None:
            return

        def sent(made: finishing.Finishing) -> None:
            self._waiting[made.job_id] = made
            self.desk.say(
                styled(f"final by {made.engine}, job {made.job_id}: same mask, prompt and seed", "$role-text")
            )
            self.desk.read_asset()

        self.desk.runner.run(
            finishing.finish, self.desk.workspace, f"{view.asset.key}@{version.number}", engine=engine,
            act_key=self.desk.new_act_key(), ordered=True, then=sent,
        )  # fmt: skip

    def look_for_landed(self, view: AssetView) -> None:
        """The asset on the screen was read again: show the difference of a final that landed."""
        for job in view.jobs:
            made = self._waiting.get(job.id)
            if made is None or job.finished_at is None:
                continue
            del self._waiting[job.id]
            if job.state is JobState.SUCCEEDED and job.versions:
                self._show(made, job.versions[0])

    def _show(self, made: finishing.Finishing, number: int) -> None:
        words = f"✓ the final landed as v{number}: Space flips with the draft v{made.draft_number}, y makes it head"
        if number == made.draft_number:
            words = f"✓ the final is the same as the draft v{number}, to the last pixel"
        elif self.state.mode is Mode.VIEW:
            self.desk.comparing.open_pair(made.draft_number, number)
        self.desk.say(styled(words, "$role-verify"), lasting=True)
