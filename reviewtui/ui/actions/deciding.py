"""Decisions on the framed version: only painted pictures, only the head, and the slower of two is told."""

import time
from dataclasses import asdict, replace
from typing import Any

from textual.content import Content

from reviewtui.model.entities import Version
from reviewtui.model.errors import ConflictError, ReviewError
from reviewtui.model.lifecycle import Verdict
from reviewtui.services import browse, review, undo
from reviewtui.ui.actions.area import Action, Area
from reviewtui.ui.driver import is_guarded
from reviewtui.ui.modes import Mode
from reviewtui.ui.text import line, styled, text
from reviewtui.ui.theme import VERDICT_LOOK
from reviewtui.ui.words import approval_words

SEEN_AFTER_S = 0.8
"""A decision by somebody else that came on the screen less than this ago was not seen yet."""

_ASKS = {
    Verdict.APPROVED_WITH_CHANGES: "approve {name} with changes, which: ",
    Verdict.CHANGES_REQUESTED: "request changes on {name}, which: ",
    Verdict.REJECTED: "reject {name}, why: ",
}


class DecidingActions(Area):
    """The four decisions and taking them back."""

    def actions(self) -> dict[str, Action]:
        """Actions by binding id."""
        return {
            "decide.approve": lambda: self.decide(Verdict.APPROVED),
            "decide.with_changes": lambda: self.decide(Verdict.APPROVED_WITH_CHANGES),
            "decide.request": lambda: self.decide(Verdict.CHANGES_REQUESTED),
            "decide.reject": lambda: self.decide(Verdict.REJECTED),
            "decide.take_back": self._take_back,
            "desk.undo": self._undo,
        }

    def effect(self, binding_id: str) -> str | None:
        """A decision needs the head on the screen."""
        if binding_id == "desk.undo":
            return ""
        version = self.state.shown_version
        if version is None or self.desk.workspace.store.read_only:
            return None
        if binding_id == "decide.take_back":
            return "" if self._mine(self.state.view) else None
        alone = not self.desk.comparing.why_no_decision()
        return f"v{version.number}" if alone and self.state.is_head_shown else None

    def decide(self, verdict: Verdict) -> None:
        """Take a decision on the framed version, if it may be taken."""
        version = self.state.shown_version
        if version is None:
            self.desk.say(styled("not taken: no picture is on the screen yet", "$role-changes"))
            return
        refusal = self._why_not(version)
        if refusal:
            self.desk.say(line(styled("not taken: ", "$role-changes"), text(refusal)))
            return
        if not self.desk.picture.armed:
            self._ask_unacknowledged(version, verdict)
            return
        evidence = self.desk.picture.evidence()
        assert evidence is not None
        facts: dict[str, Any] = {"shown": "acknowledged by the terminal", **asdict(evidence)}
        facts.pop("key")
        facts["scale"], facts["largest_scale"] = round(evidence.scale, 3), round(evidence.largest_scale, 3)
        facts["never_at_1_to_1"] = not facts.pop("seen_at_1_to_1")
        self._go_on(version, verdict, facts)

    def _why_not(self, version: Version) -> str:
        """Why a decision key is dropped now; empty when it counts."""
        if is_guarded(self.desk.app):
            return "a key came torn from the line, press it again"
        if self.desk.workspace.store.read_only:
            return "this workspace is open read-only"
        made = self.desk.comparing.why_no_decision() or self.desk.toning.why_no_decision()
        if made:
            return made
        if not self.state.is_head_shown:
            head = self.state.view.asset.head_number if self.state.view is not None else None
            return f"v{version.number} is on the screen, the head is v{head}"
        picture = self.desk.picture
        if picture.doubted:
            return f"the bytes of v{version.number} are no longer on disk"
        if picture.is_patched:
            return f"what is seen is not all v{version.number}: a preview lies over it"
        if picture.is_loading or (not picture.armed and not self.desk.terminal_is_silent):
            return "the picture is still being painted"
        evidence = self.desk.picture.evidence()
        if evidence is not None and evidence.key != version.sha256:
            return "another picture is on the screen"
        return ""

    def _go_on(self, version: Version, verdict: Verdict, evidence: dict[str, Any]) -> None:
        assert self.state.view is not None
        # Named now: while the reason is typed the queue may go elsewhere.
        name = f"{self.state.view.asset.key}@{version.number}"
        if verdict is Verdict.APPROVED:
            self._commit(name, version, review.Ballot(verdict, evidence=evidence))
            return
        prompt = _ASKS[verdict].format(name=f"{self.desk.comparing.framed_name()}v{version.number}")
        scope = f"reason:{version.id}:{verdict}"

        def submit(reason: str) -> None:
            if not reason.strip():
                self.desk.say(styled("not taken: a refusal needs a reason", "$role-changes"))
                return
            self._commit(name, version, review.Ballot(verdict, reason, evidence=evidence, draft_scope=scope))

        self.desk.ask(
            line(styled(f" {VERDICT_LOOK[verdict].glyph} ", VERDICT_LOOK[verdict].style), text(prompt)),
            scope=scope,
            submit=submit,
        )

    def _ask_unacknowledged(self, version: Version, verdict: Verdict) -> None:
        picture = self.desk.picture
        # What was written; whether anybody saw it, and how near, nobody can tell.
        scale = picture.viewport.picture_px_per_shown_px
        written: dict[str, Any] = {"shown": "unacknowledged", "protocol": picture.painter.name, "truth": picture.truth}
        written |= {"scale": round(scale, 3), "never_at_1_to_1": scale > 1 or picture.truth in (None, "preview")}

        def answered(answer: str) -> None:
            if answer.strip().lower() == "y":
                self._go_on(version, verdict, written)
            else:
                self.desk.say(styled("not taken", "$role-muted"))

        words = f" the terminal does not say that v{version.number} was painted; y to decide all the same: "
        self.desk.ask(styled(words, "$role-changes"), submit=answered)

    def _commit(self, name: str, version: Version, said: review.Ballot) -> None:
        ballot = replace(
            said, sha256=version.sha256, act_key=self.desk.new_act_key(), seen=self.seen_decision(version.id)
        )
        self.desk.say(styled("saving …", "$role-muted"))
        self.desk.runner.run(
            review.decide, self.desk.workspace, name, ballot, then=self._decided, failed=self._not_decided, ordered=True
        )

    def _decided(self, decided: review.Decided) -> None:
        decision = decided.decision
        assert decision.verdict is not None
        words: Content = approval_words(
            decided.asset.key, decision.version_number, decision.verdict, decided.chain_head
        )
        closed = len(decided.closed_notes)
        if closed:
            words = line(words, styled(f"  {closed} note{'s' if closed > 1 else ''} closed", "$role-muted"))
        self.desk.say(line(words, styled("  z takes it back", "$role-muted")), lasting=True)

    def _not_decided(self, error: ReviewError) -> None:
        if isinstance(error, ConflictError):
            self.desk.say(
                line(
                    styled("not taken: ", "$role-changes"), text(error.message),
                    styled("  the same key again decides all the same", "$role-muted"),
                ),
                lasting=True,
            )  # fmt: skip
            self.desk.read_asset()
        else:
            self.desk.say_error(error)

    # What was seen

    def note_seen(self) -> None:
        """Remember which decisions of the framed version are on the screen now, and since when."""
        view, version = self.state.view, self.state.shown_version
        if view is None or version is None:
            return
        newest = max((d.id for d in view.decisions if d.version_id == version.id and d.verdict is not None), default=0)
        known = self.desk.decisions_seen.setdefault(version.id, [])
        if not known or known[-1][1] != newest:
            known.append((time.monotonic(), newest))
            del known[:-8]

    def seen_decision(self, version_id: int) -> int:
        """Newest decision on a version that was on the screen long enough to be read."""
        limit = time.monotonic() - SEEN_AFTER_S
        return max(
            (newest for since, newest in self.desk.decisions_seen.get(version_id, []) if since <= limit), default=0
        )

    # Taking back

    def _mine(self, view: browse.AssetView | None) -> bool:
        return view is not None and any(
            d.version_id == view.asset.head_id and d.verdict and not d.revoked
            and d.reviewer == self.desk.workspace.actor.name
            for d in view.decisions
        )  # fmt: skip

    def _take_back(self) -> None:
        if self.state.asset_id is not None:
            # Read behind what is being committed: the decision may be one key press old.
            self.desk.hold.run(
                browse.load_asset, self.desk.workspace, self.state.asset_id, then=self._ask_why, ordered=True
            )

    def _ask_why(self, view: browse.AssetView) -> None:
        if not self._mine(view):
            self.desk.say(styled("you have no decision on the head", "$role-muted"))
            return
        self.desk.ask(
            styled(" take your decision back, why: ", "$role-changes"),
            submit=lambda reason: self.desk.runner.run(
                undo.take_back_decision,
                self.desk.workspace,
                view.asset.id,
                reason or "taken back",
                then=self._undone,
                ordered=True,
            ),
        )

    def _undo(self) -> None:
        if self.state.mode is Mode.COMPARE:
            self.desk.comparing.close()
        self.desk.runner.run(undo.undo_last, self.desk.workspace, then=self._undone, ordered=True)

    def _undone(self, undone: undo.Undone) -> None:
        self.desk.say(line(styled("taken back: ", "$role-text"), text(undone.words)))
