"""What a fix that is there can still become: the final of a draft, another edge; and the difference when it lands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewtui.model.errors import ReviewError, UsageError
from reviewtui.model.lifecycle import JOB_ACTIVE, JOB_FELL, JobState
from reviewtui.services import finishing
from reviewtui.services.browse import AssetView
from reviewtui.services.repasting import ask_repaste
from reviewtui.ui.actions.area import Action, Area
from reviewtui.ui.actions.marking import parse_feather
from reviewtui.ui.edge_preview import EdgePreview
from reviewtui.ui.modes import Mode
from reviewtui.ui.text import styled
from reviewtui.ui.words import fallen_words

if TYPE_CHECKING:
    from reviewtui.ui.screens.desk import Desk


class FinishingActions(Area):
    """What this desk asked for and has not seen yet."""

    def __init__(self, desk: Desk) -> None:
        """Begin without any."""
        super().__init__(desk)
        self._waiting: dict[int, tuple[str, int]] = {}
        """What it is called and the version that it is compared with, by job."""
        self._active: set[int] = set()
        self.edges = EdgePreview(desk)

    def actions(self) -> dict[str, Action]:
        """Actions by binding id."""
        return {"view.finish": self.finish, "view.feather": self._feather}

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
            self._waiting[made.job_id] = "the final", made.draft_number
            self.desk.say(
                styled(f"final by {made.engine}, job {made.job_id}: same mask, prompt and seed", "$role-text")
            )
            self.desk.read_asset()

        self.desk.runner.run(
            finishing.finish, self.desk.workspace, f"{view.asset.key}@{version.number}", engine=engine,
            act_key=self.desk.new_act_key(), ordered=True, then=sent,
        )  # fmt: skip

    def _feather(self) -> None:
        """Ask for a width; what is typed is shown on the picture at once."""
        if self.effect("view.feather") is None:
            self.desk.say(styled("no fix made this version: it has no edge", "$role-muted"))
            return
        self.edges.open()
        self.desk.ask(
            styled(" another edge, in px, 0 = exactly the region, a = automatic: ", "$role-accent"),
            changed=self.edges.typed, leave=lambda _: self.edges.drop(), submit=self._submit_feather,
        )  # fmt: skip

    def _submit_feather(self, value: str) -> None:
        try:
            feather_px = parse_feather(value)
        except UsageError:
            self.edges.drop()
            raise
        self.feather(feather_px)

    def feather(self, feather_px: int | None) -> None:
        """Ask for another edge of the version on the screen, which shows it while the version is written."""
        view, version = self.state.view, self.state.shown_version
        if view is None or version is None:
            return
        self.edges.look(feather_px)

        def sent(job_id: int) -> None:
            self._waiting[job_id] = "the other edge", version.number
            self.edges.wait_for(job_id)
            self.desk.say(styled(f"another edge, job {job_id}: shown already, v{version.number} stays", "$role-text"))
            self.desk.read_asset()

        def refused(error: ReviewError) -> None:
            self.edges.drop()
            self.desk.say_error(error)

        self.desk.runner.run(
            ask_repaste, self.desk.workspace, f"{view.asset.key}@{version.number}", feather_px,
            act_key=self.desk.new_act_key(), ordered=True, then=sent, failed=refused,
        )  # fmt: skip

    def look_for_landed(self, view: AssetView) -> None:
        """The asset on the screen was read again: show the difference of what landed, tell of candidates."""
        self.edges.check(view)
        self._tell_fallen(view)
        self._tell_candidates(view)
        for job in view.jobs:
            if job.id not in self._waiting or job.finished_at is None:
                continue
            name, before = self._waiting.pop(job.id)
            if job.state is JobState.SUCCEEDED and job.versions:
                self._show(name, before, job.versions[0])

    def _tell_fallen(self, view: AssetView) -> None:
        """What was waited for ended without a result: why, what is missing of a rebase, and how it goes on."""
        for job in view.jobs:
            words = fallen_words(job) if job.id in self._active and job.state in JOB_FELL else None
            if words:
                self.desk.say(words, lasting=True)

    def _tell_candidates(self, view: AssetView) -> None:
        landed = [job.id for job in view.jobs if job.state is JobState.SUCCEEDED]
        fresh = self._active & set(landed)
        self._active = {job.id for job in view.jobs if job.state in JOB_ACTIVE}
        for job in view.jobs:
            if job.id in fresh and job.id not in self._waiting and len(job.versions) > 1:
                words = f"✓ {len(job.versions)} candidates landed: C compares them two at a time, the winner stays"
                self.desk.say(styled(words, "$role-verify"), lasting=True)

    def _show(self, name: str, before: int, number: int) -> None:
        view = self.state.view
        is_head = view is not None and view.head is not None and view.head.version.number == number
        then = "it is the head now" if is_head else "y makes it head"
        words = f"✓ {name} landed as v{number}: Space flips with v{before}, {then}"
        if number == before:
            words = f"✓ {name} is the same as v{number}, to the last pixel"
        elif self.state.mode is Mode.VIEW:
            self.desk.comparing.open_pair(before, number)
        self.desk.say(styled(words, "$role-verify"), lasting=True)
