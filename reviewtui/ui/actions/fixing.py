"""Mode FIX: the sheet that says what a fix would do before it is sent; every field by keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reviewtui.model.errors import ReviewError, UsageError
from reviewtui.model.lifecycle import Verb
from reviewtui.services import annotate, real_text, sheet
from reviewtui.services.wanted import (
    WHOLE_VERBS,
    Outlook,
    look_ahead,
    send_wanted,
    send_wanted_with_note,
    version_of_target,
)
from reviewtui.ui.actions.area import Action, Area
from reviewtui.ui.fix_form import FixForm
from reviewtui.ui.fix_target import Target, anew_words, prefilled
from reviewtui.ui.fix_words import form_rows, known_rows
from reviewtui.ui.modes import Mode
from reviewtui.ui.passguard import guard_passes
from reviewtui.ui.pictures import Overlay, OverlayKind
from reviewtui.ui.text import line, styled, text
from reviewtui.ui.verb_fields import OWN_EDGE_VERBS, REGION_VERBS
from reviewtui.ui.widgets.panel import PANEL_CELLS, PANEL_CELLS_WIDE

if TYPE_CHECKING:
    from reviewtui.ui.screens.desk import Desk


class FixingActions(Area):
    """The sheet that is open, if one is."""

    def __init__(self, desk: Desk) -> None:
        """Begin without a sheet."""
        super().__init__(desk)
        self.form: FixForm | None = None
        self._target: Target | None = None
        self._suggestion = ""
        self._outlook: Outlook | None = None
        self._trouble = ""
        self._back = Mode.VIEW

    def actions(self) -> dict[str, Action]:
        """Actions by binding id."""
        return {
            "fix.next": lambda: self._move(1),
            "fix.previous": lambda: self._move(-1),
            "fix.more": lambda: self._turn(1),
            "fix.less": lambda: self._turn(-1),
            "fix.type": self._type,
            "fix.reset": self._reset,
            "fix.send": self._send,
            "fix.letters": self._send_letters,
            "fix.close": self.close,
        }

    def effect(self, binding_id: str) -> str | None:
        """Sending needs an engine; a field that is typed is not turned."""
        form = self.form
        if form is None:
            return None
        if binding_id == "fix.send":
            return f"{form.verb} by {form.engine}" if form.engine else None
        if binding_id == "fix.letters":
            return f"a clean plate, then '{form.letters}' on it" if form.letters else None
        if binding_id in {"fix.more", "fix.less"}:
            row = next((one for one in form.rows() if one.name == self._focus), None)
            return None if row is None or row.is_text else row.name
        return self._focus if binding_id in {"fix.type", "fix.reset"} else ""

    @property
    def drawn_edge_px(self) -> int | None:
        """How far the fix of the region that is being drawn would reach; None without a sheet for it, or not yet."""
        if self._target is None or self._target.request is None or self._outlook is None:
            return None
        return self._outlook.estimate.edge_px

    @property
    def has_own_edge(self) -> bool:
        """Whether the verb in the sheet makes nothing of the edge of what is marked."""
        return self.form is not None and self.form.verb in OWN_EDGE_VERBS

    def overlays(self) -> list[Overlay]:
        """Where the letters would stand, or what would be kept."""
        form, outlook = self.form, self._outlook
        if form is None or outlook is None or outlook.place is None:
            return []
        return [Overlay(outlook.place, OverlayKind.SUGGESTED, "text" if form.verb is Verb.OVERLAY else "kept")]

    @property
    def _focus(self) -> str:
        key = self.desk.panel.cursor_key
        return key if isinstance(key, str) else "verb"

    @property
    def _width_cells(self) -> int:
        """Of the panel; known before it is laid out."""
        return PANEL_CELLS_WIDE if self.desk.has_class("-wide") else PANEL_CELLS

    # Opening and leaving

    def open(self, target: Target) -> None:
        """Show the sheet for something; the mode before comes back when it is left."""

        def show(facts: sheet.SheetFacts) -> None:
            if self.state.mode is not Mode.FIX:
                self._back = self.state.mode
            self._target, self._suggestion, self._outlook, self._trouble = target, facts.suggestion.words, None, ""
            self.form = prefilled(target, facts)
            if facts.set_text is not None:
                self._suggestion = anew_words(facts.set_text)
            self.desk.enter(Mode.FIX)
            self.show(keep=False)
            self._estimate_again()

        only = target.note_ids[0] if len(target.note_ids) == 1 else None
        self.desk.hold.run(sheet.load_sheet, self.desk.workspace, target.flaw, only, then=show)

    def close(self) -> None:
        """Leave; nothing is sent."""
        self.form = self._target = self._outlook = None
        self.desk.enter(self._back)

    # Showing

    def show(self, *, keep: bool = True) -> None:
        """Draw the sheet; the cursor stays on its field."""
        form, target = self.form, self._target
        if form is None or target is None:
            return
        focus = self._focus if keep else form.rows()[0].name
        rows = form_rows(form, focus) + known_rows(
            form, self._outlook, self._suggestion, target.flaw, trouble=self._trouble, width_cells=self._width_cells
        )
        self.desk.panel.show(f"fix {target.words}", rows, keep=keep)
        self.desk.show_title_lines()

    def _estimate_again(self) -> None:
        form, target = self.form, self._target
        if form is None or target is None or form.info is None:
            self._outlook, self._trouble = None, ""
            self.show()
            return
        workspace, info, decoder = self.desk.workspace, form.info, self.desk.decoder

        def look() -> Outlook:
            version = version_of_target(workspace, target.name, target.note_ids)
            return look_ahead(workspace, decoder, version, target.mask, form.wanted(), info)

        def show(found: Outlook | None, trouble: str = "") -> None:
            if self.form == form:
                self._outlook, self._trouble = found, trouble
                self.show()
                # The ring around a drawn region stands where this fix would end.
                self.desk.show_overlays()

        self.desk.runner.run(look, then=show, failed=lambda error: show(None, str(error)), slot="estimate")

    # Keys

    def _move(self, direction: int) -> None:
        panel = self.desk.panel
        panel.move(direction)
        if panel.cursor_key is None:
            panel.move(-direction)
        self.show()

    def _turn(self, direction: int) -> None:
        self._change(lambda form: form.turned(self._focus, direction))

    def _reset(self) -> None:
        self._change(lambda form: form.reset(self._focus))

    def _change(self, change: Callable[[FixForm], FixForm]) -> None:
        before = self.form
        if before is None:
            return
        try:
            self.form = change(before)
        except ReviewError as error:
            self.desk.say_error(error)
            return
        if self.form.verb is not before.verb:
            # What is known of another verb says nothing about this one.
            self._outlook, self._trouble = None, ""
            self.desk.show_overlays()
        self.show()
        self._estimate_again()

    def _type(self) -> None:
        form, name = self.form, self._focus
        if form is None:
            return
        row = next((one for one in form.rows() if one.name == name), None)
        initial = str(row.value) if row is not None and row.is_text else ""
        self.desk.ask(
            styled(f" {name.replace('_', ' ')}: ", "$role-accent"), initial=initial,
            submit=lambda value: self._change(lambda now: now.typed(name, value)),
        )  # fmt: skip

    # Sending

    def _send(self) -> None:
        form, target = self.form, self._target
        if form is None or target is None:
            return
        if not form.engine:
            self.desk.say_error(UsageError(f"no engine here can {form.verb}", "h and l choose another verb"))
            return
        if form.verb in WHOLE_VERBS:
            self._commit(form, target)
            return
        guard_passes(
            self.desk, [form.engine], lambda: self._commit(form, target), name=target.name,
            mask=target.mask if target.request is not None else None, note_ids=target.note_ids,
        )  # fmt: skip

    def _commit(self, form: FixForm, target: Target) -> None:
        workspace, decoder, key = self.desk.workspace, self.desk.decoder, self.desk.new_act_key()
        words = "" if form.verb in REGION_VERBS else f"{form.verb} sent"
        if target.request is not None:
            request = replace(target.request, act_key=key)
            self.desk.hold.run(
                lambda: send_wanted_with_note(workspace, decoder, target.name, request, form.wanted()),
                ordered=True, then=lambda written: self._sent_note(target, written, words), failed=self._not_sent,
            )  # fmt: skip
            return

        def send() -> int:
            if form.is_set_anew:
                return real_text.send_text_anew(workspace, decoder, target.note_ids[0], form.all_words(), act_key=key)
            return send_wanted(workspace, decoder, target.note_ids, form.wanted(), act_key=key)

        self.desk.hold.run(send, ordered=True, then=lambda job: self._sent(target, job, words), failed=self._not_sent)

    def _send_letters(self) -> None:
        """What stands in quotes as real text on a clean plate, in place of letters that a model would draw."""
        form, target = self.form, self._target
        if form is None or target is None:
            return
        if not form.letters:
            self.desk.say(styled('nothing stands in quotes: a prompt such as a sign that says "OPEN"', "$role-muted"))
            return
        workspace, decoder, key = self.desk.workspace, self.desk.decoder, self.desk.new_act_key()
        edge: dict[str, Any] = {"feather_px": form.feather_px, "seed": form.seed}
        words = f"a clean plate is sent, then '{form.letters}' as real text on it"
        if target.request is not None:
            request = replace(target.request, act_key=key)
            self.desk.hold.run(
                lambda: real_text.send_plate_with_note(workspace, decoder, target.name, request, form.letters, **edge),
                ordered=True, then=lambda written: self._sent_note(target, written, words), failed=self._not_sent,
            )  # fmt: skip
            return
        note_id = target.note_ids[0]
        self.desk.hold.run(
            lambda: real_text.send_plate(workspace, decoder, note_id, form.letters, act_key=key, **edge),
            ordered=True, then=lambda job: self._sent(target, job, words), failed=self._not_sent,
        )  # fmt: skip

    def _sent_note(self, target: Target, written: annotate.Written, words: str) -> None:
        self.close()
        if target.sent is not None:
            target.sent(written)
        if words:
            self.desk.say(line(text(f"{words}, job {written.job_id}"), styled("  z takes it back", "$role-muted")))

    def _not_sent(self, error: ReviewError) -> None:
        """The sheet stays open, the region stays drawn."""
        self.desk.say_error(error)

    def _sent(self, target: Target, job_id: int, words: str) -> None:
        self.close()
        more = len(target.note_ids) - 1
        then = f", then {more} more on its result" if more else ""
        self.desk.say(
            text(f"{words}, job {job_id}")
            if words
            else styled(f"fix sent, job {job_id}{then}: only the marked region will change", "$role-text")
        )
        self.state.chosen_notes.clear()
        self.desk.read_asset()
