"""Mode FIX: the sheet that says what a fix would do before it is sent; every field by keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reviewtui.model.errors import ReviewError, UsageError
from reviewtui.model.lifecycle import Flaw, Verb
from reviewtui.model.masks import MaskSpec
from reviewtui.services import annotate, sheet
from reviewtui.services.estimating import Estimate, estimate
from reviewtui.store.jobs import JobRequest
from reviewtui.ui.actions.area import Action, Area
from reviewtui.ui.fix_form import FixForm, able_engines
from reviewtui.ui.fix_words import form_rows, known_rows
from reviewtui.ui.modes import Mode
from reviewtui.ui.passguard import guard_passes
from reviewtui.ui.text import styled
from reviewtui.ui.widgets.panel import PANEL_CELLS, PANEL_CELLS_WIDE

if TYPE_CHECKING:
    from reviewtui.ui.screens.desk import Desk


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be fixed.

    Attributes:
        note_ids: notes that are there already; empty for a region that was just drawn.
        mask: of the first.
        flaw: of the first.
        words: for the title.
        prompt: to begin with.
        request: note to be written with the fix, for a drawn region.
        name: of the version that the note is about.
        sent: called once it is committed.
    """

    note_ids: tuple[int, ...]
    mask: MaskSpec
    flaw: Flaw
    words: str
    prompt: str
    request: annotate.NoteRequest | None = None
    name: str = ""
    sent: Callable[[annotate.Written], None] | None = None


class FixingActions(Area):
    """The sheet that is open, if one is."""

    def __init__(self, desk: Desk) -> None:
        """Begin without a sheet."""
        super().__init__(desk)
        self.form: FixForm | None = None
        self._target: Target | None = None
        self._suggestion = ""
        self._estimate: Estimate | None = None
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
            "fix.close": self.close,
        }

    def effect(self, binding_id: str) -> str | None:
        """Sending needs an engine; a field that is typed is not turned."""
        form = self.form
        if form is None:
            return None
        if binding_id == "fix.send":
            return f"{form.verb} by {form.engine}" if form.engine else None
        if binding_id in {"fix.more", "fix.less"}:
            row = next((one for one in form.rows() if one.name == self._focus), None)
            return None if row is None or row.is_text else row.name
        return self._focus if binding_id in {"fix.type", "fix.reset"} else ""

    @property
    def drawn_edge_px(self) -> int | None:
        """How far the fix of the region that is being drawn would reach; None without a sheet for it, or not yet."""
        if self._target is None or self._target.request is None or self._estimate is None:
            return None
        return self._estimate.edge_px

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
            self._target, self._suggestion, self._estimate = target, facts.suggestion.words, None
            self.form = _prefilled(target, facts)
            self.desk.enter(Mode.FIX)
            self.show(keep=False)
            self._estimate_again()

        self.desk.hold.run(sheet.load_sheet, self.desk.workspace, target.flaw, then=show)

    def close(self) -> None:
        """Leave; nothing is sent."""
        self.form = self._target = self._estimate = None
        self.desk.enter(self._back)

    # Showing

    def show(self, *, keep: bool = True) -> None:
        """Draw the sheet; the cursor stays on its field."""
        form, target = self.form, self._target
        if form is None or target is None:
            return
        focus = self._focus if keep else form.rows()[0].name
        rows = form_rows(form, focus) + known_rows(
            form, self._estimate, self._suggestion, target.flaw, width_cells=self._width_cells
        )
        self.desk.panel.show(f"fix {target.words}", rows, keep=keep)
        self.desk.show_title_lines()

    def _estimate_again(self) -> None:
        form, target = self.form, self._target
        if form is None or target is None or form.info is None:
            self._estimate = None
            self.show()
            return
        params = form.asked()["params"]
        request = JobRequest(form.verb, form.engine, form.tier, params, form.seed, form.candidates)

        def show(found: Estimate) -> None:
            if self.form == form:
                self._estimate = found
                self.show()
                # The ring around a drawn region stands where this fix would end.
                self.desk.show_overlays()

        self.desk.runner.run(estimate, self.desk.workspace, target.mask, request, form.info, then=show, slot="estimate")

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
        if self.form is None:
            return
        try:
            self.form = change(self.form)
        except ReviewError as error:
            self.desk.say_error(error)
            return
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
        guard_passes(
            self.desk, [form.engine], lambda: self._commit(form, target), name=target.name,
            mask=target.mask if target.request is not None else None, note_ids=target.note_ids,
        )  # fmt: skip

    def _commit(self, form: FixForm, target: Target) -> None:
        workspace, key = self.desk.workspace, self.desk.new_act_key()
        if target.request is not None:
            request = replace(target.request, act_key=key)
            self.desk.hold.run(
                sheet.send_with_note, workspace, target.name, request, form.asked(), ordered=True,
                then=lambda written: self._sent_note(target, written), failed=self._not_sent,
            )  # fmt: skip
        else:
            self.desk.hold.run(
                sheet.send_for_notes, workspace, target.note_ids, form.asked(), act_key=key, ordered=True,
                then=lambda job: self._sent(target, job),
            )  # fmt: skip

    def _sent_note(self, target: Target, written: annotate.Written) -> None:
        self.close()
        if target.sent is not None:
            target.sent(written)

    def _not_sent(self, error: ReviewError) -> None:
        """The sheet stays open, the region stays drawn."""
        self.desk.say_error(error)

    def _sent(self, target: Target, job_id: int) -> None:
        self.close()
        more = len(target.note_ids) - 1
        then = f", then {more} more on its result" if more else ""
        self.desk.say(styled(f"fix sent, job {job_id}{then}: only the marked region will change", "$role-text"))
        self.state.chosen_notes.clear()
        self.desk.read_asset()


def _prefilled(target: Target, facts: sheet.SheetFacts) -> FixForm:
    """The suggestion of the flaw, where an engine here can do it."""
    verb, wanted = facts.suggestion.verb, facts.suggestion.engine or facts.preferred
    able = able_engines(facts.engines, verb)
    if not able:
        verb = Verb.REMOVE
        able = able_engines(facts.engines, verb)
    engine = wanted if wanted in able else (*able, "")[0]
    several = len(target.note_ids) > 1
    params: dict[str, object] = {} if several else {"prompt": target.prompt}
    if facts.suggestion.strength is not None and verb is facts.suggestion.verb:
        params["strength"] = facts.suggestion.strength
    return FixForm(
        facts.engines,
        verb,
        engine,
        params=params,
        candidates=1 if several else facts.candidates,
        feather_px=target.mask.feather_px,
        own_prompts=several,
    )
