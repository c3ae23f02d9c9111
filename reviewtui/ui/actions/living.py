"""Versions as a living document: locks, going back to the parent, dropping and taking over edits, doing a job again."""

from reviewtui.model.chains import versions_words
from reviewtui.model.entities import Lock, Version
from reviewtui.model.errors import NotFoundError, ReviewError, UsageError
from reviewtui.model.geometry import PixelRect, bounding_rect
from reviewtui.model.masks import MaskSpec
from reviewtui.services import cherry_picking, locks, rebasing, repeating
from reviewtui.services.rerunning import ask_rebase_again
from reviewtui.ui.actions.area import Action, Area
from reviewtui.ui.living_words import lock_words, lying_words
from reviewtui.ui.modes import Mode
from reviewtui.ui.pictures import Overlay, OverlayKind
from reviewtui.ui.text import line, styled, text


class LivingActions(Area):
    """What keeps or changes the line that a version stands in."""

    def actions(self) -> dict[str, Action]:
        """Actions by binding id."""
        return {"mark.lock": self._keep_lock, "version.revert": self.revert}

    def effect(self, binding_id: str) -> str | None:
        """A lock needs a region; going back needs somewhere to go."""
        if binding_id == "mark.lock":
            marking = self.state.marking
            return None if marking is None or not marking.regions else ""
        goal = self._revert_goal()
        return None if goal is None or self.desk.workspace.store.read_only else f"v{goal.number} becomes the head"

    # Locks

    def _keep_lock(self) -> None:
        """The regions that are marked become a lock instead of a mask."""
        marking, view, version = self.state.marking, self.state.view, self.state.shown_version
        if marking is None or view is None or version is None:
            return
        try:
            mask = marking.mask()
        except ReviewError as error:
            self.desk.say_error(error)
            return
        if mask is None:
            self.desk.say(styled("nothing is marked: n draws a region, p offers presets", "$role-changes"))
            return
        scope = f"mask:{version.id}"
        name = f"{view.asset.key}@{version.number}"
        self.desk.ask(
            styled(" lock, why (may be empty): ", "$role-accent"), initial=marking.text,
            submit=lambda why: self._draw(name, mask, why, scope),
        )  # fmt: skip

    def _draw(self, name: str, mask: MaskSpec, why: str, scope: str) -> None:
        self.desk.drafts.forget(scope)
        self.desk.hold.run(
            locks.draw_lock, self.desk.workspace, name, mask, why, act_key=self.desk.new_act_key(), draft_scope=scope,
            then=self._drawn, ordered=True,
        )  # fmt: skip

    def _drawn(self, lock: Lock) -> None:
        self.state.marking = None
        self.desk.enter(Mode.VIEW)
        self.desk.read_asset()
        where = " + ".join(map(str, lock.spec.regions[:3]))
        self.desk.say(
            line(
                styled("✓ ", "$role-approved"),
                text(f"lock {lock.id}: {where} stays as it is in v{lock.version_number}"),
                styled("  z takes it back", "$role-muted"),
            )
        )

    def lock(self, words: list[str]) -> None:
        """``lock`` lists what is locked; ``lock remove ID`` lifts one."""
        view = self.state.view
        if view is None:
            raise UsageError("no asset is in focus")
        if not words:
            self.desk.panels.output("locks", [lock_words(lock) for lock in view.locks] or ["nothing is locked"])
            return
        if len(words) != 2 or words[0].lstrip("-") != "remove" or not words[1].isdecimal():
            raise UsageError("not understood", "lock, or lock remove ID; in MARK L locks what is marked")
        self.desk.runner.run(
            locks.remove_lock, self.desk.workspace, view.asset.key, int(words[1][:9]), ordered=True,
            then=lambda lock: self.desk.say(
                line(text(f"lock {lock.id} is lifted"), styled("  z locks it again", "$role-muted"))
            ),
        )  # fmt: skip

    def overlays(self) -> list[Overlay]:
        """What is locked in the version on the screen, hatched."""
        version = self.state.shown_version
        return [] if version is None else self.overlays_on(version)

    def overlays_on(self, version: Version) -> list[Overlay]:
        """What is locked in one of the asset's versions."""
        view = self.state.view
        if view is None:
            return []
        return [
            Overlay(rect, OverlayKind.LOCK) for spec in view.locked.get(version.id, ()) for rect in locked_rects(spec)
        ]

    # Going back

    def _revert_goal(self) -> Version | None:
        """What becomes the head: the version on the screen, or its parent when it is the head already."""
        view, version = self.state.view, self.state.shown_version
        if view is None or version is None:
            return None
        if not self.state.is_head_shown:
            return version
        parent = None if version.parent_number is None else view.find_number(version.parent_number)
        return None if parent is None else parent.version

    def revert(self) -> None:
        """Make the parent, or the version on the screen, the head again."""
        goal = self._revert_goal()
        if goal is None:
            self.desk.say(styled("nobody knows what this version was made from", "$role-muted"))
            return
        self.desk.looking.pick(goal)
        self.desk.looking.show_number(goal.number)

    # Composing

    def rebase(self, words: list[str]) -> None:
        """``rebase N…`` drops the edits of these versions from the line of the version on the screen.

        Where others lie on them it asks; ``rebase N… again`` says at once that those are run again.
        """
        again = "again" in [word.lstrip("-") for word in words]
        numbers = [_number(word) for word in words if word.lstrip("-") not in {"drop", "again"}]
        if not numbers:
            raise UsageError("say which edit to drop", "such as: rebase 3")
        name = self._shown_name()
        if again:
            self._run_again(name, numbers)
            return
        desk = self.desk
        desk.hold.run(
            lambda: rebasing.survey_rebase(desk.workspace, desk.decoder, name, numbers),
            then=lambda survey: self._surveyed(name, numbers, survey),
        )

    def _surveyed(self, name: str, numbers: list[int], survey: rebasing.Survey) -> None:
        if not survey.lying:
            self._compose(name, numbers)
            return
        lying = [version.number for version, _ in survey.lying]
        these, kept = versions_words(tuple(lying)), len(survey.apart)
        rest = f"; {kept} other edit{'s stay as they are' if kept > 1 else ' stays as it is'}" if kept else ""
        job = "a job" if len(lying) == 1 else f"{len(lying)} jobs, one after the other"
        gone = versions_words(tuple(sorted({*numbers, *lying})))
        self.desk.choose(
            lying_words(survey),
            [
                ("r", f"run {these} again: {job}, on what is left{rest}", True),
                ("d", f"drop {gone}: nothing is run{rest}", False),
            ],
            lambda again: self._run_again(name, numbers) if again else self._compose(name, [*numbers, *lying]),
            left=lambda: self.desk.say(styled("nothing was dropped", "$role-muted")),
        )

    def _compose(self, name: str, numbers: list[int]) -> None:
        self.desk.runner.run(
            rebasing.ask_rebase, self.desk.workspace, name, numbers,
            act_key=self.desk.new_act_key(), then=self._sent, ordered=True,
        )  # fmt: skip

    def _run_again(self, name: str, numbers: list[int]) -> None:
        desk, key = self.desk, self.desk.new_act_key()
        desk.runner.run(
            lambda: ask_rebase_again(desk.workspace, desk.decoder, name, numbers, act_key=key),
            ordered=True,
            then=lambda job_id: desk.say(
                line(
                    text(f"job {job_id}: the rebase begins; the head moves when all of it is done"),
                    styled("  z takes it back", "$role-muted"),
                )
            ),
        )

    def cherry_pick(self, words: list[str]) -> None:
        """``cherry-pick N`` lays the edit that made version N on the version on the screen."""
        version, view = self.state.shown_version, self.state.view
        if len(words) != 1 or version is None or view is None:
            raise UsageError("say whose edit to take", "such as: cherry-pick 5, onto the version on the screen")
        self.desk.runner.run(
            cherry_picking.ask_cherry_pick, self.desk.workspace, f"{view.asset.key}@{_number(words[0])}",
            version.number, act_key=self.desk.new_act_key(), then=self._sent, ordered=True,
        )  # fmt: skip

    def _sent(self, job_id: int) -> None:
        self.desk.say(
            line(
                text(f"job {job_id}: put together from kept pixels, nothing is sampled"),
                styled("  z takes it back", "$role-muted"),
            )
        )

    def again(self, words: list[str]) -> None:
        """``again``: the job behind the version on the screen once more, in a process of its own."""
        if words:
            raise UsageError("again takes nothing", "it is about the version on the screen")
        name = self._shown_name()
        self.desk.say(styled(f"doing the job of {name} again, in a fresh process …", "$role-muted"))
        self.desk.runner.run(
            repeating.repeat_apart, self.desk.workspace, name,
            then=lambda lines: self.desk.panels.output("again", lines),
        )  # fmt: skip

    def _shown_name(self) -> str:
        view, version = self.state.view, self.state.shown_version
        if view is None or version is None:
            raise NotFoundError("no version is on the screen")
        return f"{view.asset.key}@{version.number}"


def locked_rects(spec: MaskSpec) -> list[PixelRect]:
    """Rectangles that show a lock; of an inverted one what lies around the bounds of its regions."""
    if not spec.invert:
        return list(spec.regions)
    inner = bounding_rect(spec.regions)
    assert inner is not None
    width, height = spec.size.width, spec.size.height
    strips = (
        (0, 0, width, inner.y),
        (0, inner.bottom, width, height - inner.bottom),
        (0, inner.y, inner.x, inner.height),
        (inner.right, inner.y, width - inner.right, inner.height),
    )
    return [PixelRect(*strip) for strip in strips if strip[2] > 0 and strip[3] > 0]


def _number(word: str) -> int:
    digits = word.removeprefix("v")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 9:
        raise UsageError(f"'{word}' is no version number", "such as 3")
    return int(digits)
