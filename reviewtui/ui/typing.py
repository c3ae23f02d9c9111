"""Asking for a line of text: the prompt, its draft, and the mode that comes back afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.content import Content

from reviewtui.model.errors import ReviewError
from reviewtui.services.annotate import find_my_draft
from reviewtui.ui.modes import Mode
from reviewtui.ui.text import styled

if TYPE_CHECKING:
    from reviewtui.ui.screens.desk import Desk


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Attributes:
        prompt: made safe already.
        submit: gets the text on Enter.
        initial: text to begin with; a draft where it is empty.
        scope: where the text is kept while it is typed; None keeps none.
        leave: gets the text on Esc; the draft stays.
        changed: gets the text after every change.
        complete: gives endings for Tab.
        belongs_to_asset: whether going to another asset leaves the line, as Esc does.
    """

    prompt: Content
    submit: Callable[[str], object]
    initial: str = ""
    scope: str | None = None
    leave: Callable[[str], object] | None = None
    changed: Callable[[str], None] | None = None
    complete: Callable[[str], list[str]] | None = None
    belongs_to_asset: bool = True


class Typing:
    """The line for typing. Event loop only."""

    def __init__(self, desk: Desk) -> None:
        """Begin closed."""
        self._desk = desk
        self._back = Mode.BROWSE
        self._question: Question | None = None

    @property
    def belongs_to_asset(self) -> bool:
        """Whether what is asked is about the asset on the screen."""
        return self._question is not None and self._question.belongs_to_asset

    @property
    def keeps_draft(self) -> bool:
        """Whether what is typed is kept when the line is left."""
        return self._question is not None and self._question.scope is not None

    def ask(self, prompt: Content, **options: Any) -> None:
        """Open the line; options are the attributes of ``Question``."""
        question = Question(prompt, **options)
        desk = self._desk
        if desk.state.mode is not Mode.ENTRY:
            self._back = desk.state.mode
        if question.scope is None:
            self._open(question, None)
        else:
            desk.hold.run(find_my_draft, desk.workspace, question.scope, then=lambda draft: self._open(question, draft))

    def _open(self, question: Question, draft: dict[str, Any] | None) -> None:
        desk = self._desk
        self._question = question
        desk.state.mode = Mode.ENTRY
        desk.set_class(True, "-entry")
        desk.entry.ask(
            question.prompt,
            initial=question.initial or str((draft or {}).get("text", "")),
            submit=lambda value: self._submitted(question, value),
            leave=lambda value: self._left(question, value),
            changed=lambda value: self._typed(question, value),
            complete=question.complete,
        )
        desk.show_title_lines()

    def _typed(self, question: Question, value: str) -> None:
        if question.scope is not None:
            self._desk.drafts.keep_soon(question.scope, lambda: {"text": value})
        if question.changed is not None:
            question.changed(value)

    def _submitted(self, question: Question, value: str) -> None:
        self._close()
        if question.scope is not None:
            # What submits the text drops its draft in the same transaction; until then nothing typed can be lost.
            self._desk.drafts.forget(question.scope)
            self._desk.drafts.save(question.scope, {"text": value} if value.strip() else None)
        try:
            question.submit(value)
        except ReviewError as error:
            self._desk.say_error(error)

    def _left(self, question: Question, value: str) -> None:
        self._close()
        if question.scope is not None:
            self._desk.drafts.forget(question.scope)
            kept = bool(value.strip())
            self._desk.drafts.save(question.scope, {"text": value} if kept else None)
            if kept:
                self._desk.say(styled("kept as a draft", "$role-muted"))
        if question.leave is not None:
            question.leave(value)

    def _close(self) -> None:
        desk = self._desk
        desk.set_class(False, "-entry")
        desk.state.mode = self._back
        desk.show_title_lines()
