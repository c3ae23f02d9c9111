"""Notes: writing, walking, closing, answering, sending their fixes."""

from collections.abc import Callable

from reviewtui.model.entities import Note
from reviewtui.model.errors import UsageError
from reviewtui.model.lifecycle import Flaw, NoteState
from reviewtui.services import annotate, browse
from reviewtui.services.browse import NoteView
from reviewtui.ui.actions.area import Action, Area
from reviewtui.ui.fix_target import Target
from reviewtui.ui.modes import Mode
from reviewtui.ui.text import line, styled, text

FLAW_LETTERS: dict[str, Flaw] = {
    "h": Flaw.HAND,
    "f": Flaw.FACE,
    "t": Flaw.TEXT,
    "l": Flaw.LOGO,
    "e": Flaw.EDGE,
    "s": Flaw.SEAM,
    "a": Flaw.ARTIFACT,
    "i": Flaw.LIGHT,
    "c": Flaw.COLOR,
    "m": Flaw.COMPOSITION,
    "o": Flaw.OTHER,
}


class NotingActions(Area):
    """Notes of the asset on the screen."""

    def actions(self) -> dict[str, Action]:
        """Actions by binding id."""
        severities: dict[str, Action] = {f"notes.severity_{n}": self._weigher(n) for n in (1, 2, 3)}
        return {
            **severities,
            "note.write": self._write,
            "note.next": lambda: self.walk(1),
            "note.previous": lambda: self.walk(-1),
            "note.tag": self._tag,
            "note.fix": self._fix,
            "notes.open": self._open,
            "notes.close": lambda: self.desk.enter(Mode.VIEW),
            "notes.next": lambda: self.walk(self.state.take_count() or 1),
            "notes.previous": lambda: self.walk(-(self.state.take_count() or 1)),
            "notes.reply": self._reply,
            "notes.close_note": lambda: self._move(NoteState.CLOSED),
            "notes.reopen": lambda: self._move(NoteState.REOPENED),
            "notes.wont_fix": self._wont_fix,
            "notes.compare": self._compare,
            "notes.choose": self._choose,
        }

    def effect(self, binding_id: str) -> str | None:
        """Most need a note in focus."""
        if binding_id in {"note.write", "notes.open", "notes.close"}:
            return "" if self.state.shown_version is not None or binding_id == "notes.close" else None
        view = self.state.view
        if view is None or not view.notes:
            return None
        note = self.state.note
        if binding_id in {"note.next", "note.previous", "notes.next", "notes.previous"}:
            return ""
        return None if note is None else f"note {self.index_of(note) + 1}"

    def index_of(self, one: NoteView) -> int:
        """Place of a note among those of its asset, as its number on the picture minus one."""
        assert self.state.view is not None
        return [other.note.id for other in self.state.view.notes].index(one.note.id)

    def _open(self) -> None:
        view = self.state.view
        if view is None or not view.notes:
            self.desk.say(styled("no notes yet: d marks a region, ; writes a note", "$role-muted"))
            return
        self.desk.enter(Mode.NOTES)
        if self.state.note is None:
            self.walk(1)

    def walk(self, delta: int) -> None:
        """To the next note; the picture goes to its region."""
        view = self.state.view
        if view is None or not view.notes:
            self.desk.say(styled("no notes yet: d marks a region, ; writes a note", "$role-muted"))
            return
        ids = [one.note.id for one in view.notes]
        here = ids.index(self.state.note_id) if self.state.note_id in ids else (-1 if delta > 0 else 0)
        self.state.note_id = ids[(here + delta) % len(ids)]
        self.desk.suggested.look_for_note()
        self._go_to_region()
        self.desk.show_asset()

    def _go_to_region(self) -> None:
        note = self.state.note
        picture = self.desk.picture
        version = self.state.shown_version
        mask = None if note is None else note.note.mask
        if mask is None or version is None or mask.size != version.size or mask.invert:
            picture.fit()
        elif not picture.viewport.is_fit or self.state.mode is Mode.VIEW:
            picture.look_at(mask.bounds)

    # Writing

    def _write(self) -> None:
        view, version = self.state.view, self.state.shown_version
        if view is None or version is None:
            return
        name = f"{view.asset.key}@{version.number}"

        def submit(value: str) -> None:
            if value.strip():
                flaw, words = split_flaw(value)
                request = annotate.NoteRequest(
                    words, flaw or Flaw.OTHER, act_key=self.desk.new_act_key(), draft_scope=f"note:{version.id}"
                )
                self.desk.runner.run(
                    annotate.write_note, self.desk.workspace, name, request, then=self.written, ordered=True
                )

        self.desk.ask(
            styled(f" note on v{version.number}: ", "$role-accent"), scope=f"note:{version.id}", submit=submit,
            complete=complete_flaw,
        )  # fmt: skip

    def written(self, written: annotate.Written) -> None:
        """A note was committed."""
        self.state.note_id = written.note_id
        words = f"note saved on v{written.version_number}"
        if written.job_id is not None:
            words = f"fix sent, job {written.job_id}: only the marked region will change"
        self.desk.say(line(styled("✓ ", "$role-approved"), text(words), styled("  z takes it back", "$role-muted")))
        self.desk.read_asset()

    def _reply(self) -> None:
        one = self.state.note
        if one is None:
            return
        scope = f"reply:{one.note.id}"
        self.desk.ask(
            styled(f" answer to note {self.index_of(one) + 1}: ", "$role-accent"),
            scope=scope,
            submit=lambda value: (
                self.desk.runner.run(
                    annotate.reply, self.desk.workspace, one.note.id, value, draft_scope=scope, ordered=True
                )
                if value.strip()
                else None
            ),
        )

    # States

    def _move(self, state: NoteState, why: str = "") -> None:
        one = self.state.note
        if one is not None:
            words = {NoteState.CLOSED: "closed", NoteState.REOPENED: "open again", NoteState.WONT_FIX: "won't be fixed"}
            number = self.index_of(one) + 1
            self.desk.runner.run(
                annotate.set_note_state, self.desk.workspace, one.note.id, state, why,
                then=lambda _: self.desk.say(styled(f"note {number} is {words[state]}  z takes it back", "$role-text")),
                ordered=True,
            )  # fmt: skip

    def _wont_fix(self) -> None:
        one = self.state.note
        if one is not None:
            self.desk.ask(
                styled(f" note {self.index_of(one) + 1} stays as it is, why: ", "$role-accent"),
                submit=lambda why: self._move(NoteState.WONT_FIX, why),
            )

    def _weigher(self, severity: int) -> Action:
        def weigh() -> None:
            one = self.state.note
            if one is not None:
                self.desk.runner.run(annotate.weigh_note, self.desk.workspace, one.note.id, severity, ordered=True)

        return weigh

    def _tag(self) -> None:
        one = self.state.note
        if one is None:
            self.desk.say(styled("no note in focus: , and . walk through them", "$role-muted"))
            return

        def tag(flaw: Flaw) -> None:
            self.desk.runner.run(annotate.tag_note, self.desk.workspace, one.note.id, flaw, ordered=True)
            if one.note.mask is None:
                self.desk.suggested.look(flaw)

        self.choose_flaw(tag)

    def choose_flaw(self, then: Callable[[Flaw], None]) -> None:
        """Ask for a flaw tag by its letter, most used first.

        Args:
            then: gets the flaw.
        """
        letters = {flaw: letter for letter, flaw in FLAW_LETTERS.items()}
        self.desk.hold.run(
            browse.flaws_by_use,
            self.desk.workspace,
            then=lambda flaws: self.desk.choose(
                "what is wrong", [(letters[flaw], flaw.value, flaw) for flaw in flaws], then
            ),
        )

    def _choose(self) -> None:
        one = self.state.note
        if one is None:
            return
        if one.note.mask is None:
            self.desk.say_error(UsageError("this note marks no region", "only marked regions are fixed"))
            return
        self.state.chosen_notes ^= {one.note.id}
        self.walk(1)

    def _fix(self) -> None:
        """The sheet for the note in focus, or for all chosen ones."""
        view = self.state.view
        notes = [] if view is None else [one.note for one in view.notes]
        chosen = [note for note in notes if note.id in self.state.chosen_notes]
        if not chosen:
            one = self.state.note
            if one is None:
                self.desk.say(styled("no note in focus: , and . walk through them, d marks a region", "$role-muted"))
                return
            chosen = [one.note]
        first = chosen[0]
        if first.mask is None:
            self.desk.say_error(UsageError("this note marks no region", "d marks one"))
            return
        numbers = [str(notes.index(note) + 1) for note in chosen]
        words = f"note {numbers[0]}" if len(chosen) == 1 else f"notes {', '.join(numbers)}"
        self.desk.fixing.open(
            Target(tuple(note.id for note in chosen), first.mask, first.flaw, words, prompt_of(first))
        )

    def _compare(self) -> None:
        one = self.state.note
        if one is not None and one.note.fixed_number is not None:
            self.desk.comparing.open_pair(one.note.version_number, one.note.fixed_number)
        else:
            self.desk.say(styled("no fix of this note has landed yet", "$role-muted"))


def prompt_of(note: Note) -> str:
    """A note alone is enough: its text is the prompt, unless it only repeats the flaw."""
    return "" if note.text == note.flaw.value else note.text


def split_flaw(value: str) -> tuple[Flaw | None, str]:
    """A ``#flaw`` word anywhere in a text, and the text without it."""
    words = value.split(" ")
    for word in words:
        if word.startswith("#") and word[1:] in set(Flaw):
            return Flaw(word[1:]), " ".join(other for other in words if other is not word).strip()
    return None, value


def complete_flaw(value: str) -> list[str]:
    """Endings of a ``#flaw`` that is being typed."""
    head, space, last = value.rpartition(" ")
    if not last.startswith("#"):
        return []
    return [f"{head}{space}#{flaw}" for flaw in Flaw if flaw.startswith(last[1:]) and f"#{flaw}" != last]
