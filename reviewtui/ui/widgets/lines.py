"""The line that text is typed into."""

from collections import deque
from collections.abc import Callable
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

_SEEN_KEYS = 256


class EntryInput(Input):
    """The field itself; keys with a meaning of their own are posted instead of typed."""

    BINDINGS = []  # noqa: RUF012 - Textual's own name and type

    class Special(Message):
        """Tab, Esc, or Enter behind a backslash.

        Attributes:
            key: name of the key.
        """

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, **options: Any) -> None:
        """See ``Input``."""
        super().__init__(**options)
        self.is_open = False
        self.seen: deque[events.Key] = deque(maxlen=_SEEN_KEYS)

    async def _on_key(self, event: events.Key) -> None:
        if not self.is_open:
            # The line was closed before the focus that it had asked for came: the key is the desk's.
            self.screen.set_focus(None)
            event.prevent_default()
            return
        self.seen.append(event)
        if self._is_special(event):
            event.stop()
            event.prevent_default()
            self.post_message(self.Special(event.key))
            return
        await super()._on_key(event)

    def _is_special(self, event: events.Key) -> bool:
        return event.key in {"tab", "escape"} or (event.key == "enter" and self.value.endswith("\\"))

    async def take(self, event: events.Key) -> None:
        """A key as if it came from the terminal."""
        is_special = self._is_special(event)
        await self._on_key(event)
        if not (is_special or event.is_printable):
            for binding in self._bindings.key_to_bindings.get(event.key, []):
                await self.run_action(binding.action)


class EntryLine(Horizontal):
    """A prompt and a field. Lines that were finished with a backslash stand before the field's text.

    Asked for with ``ask``; posts nothing: it calls back.
    """

    DEFAULT_CSS = """
    EntryLine { height: 1; display: none; background: $panel; }
    EntryLine.-open { display: block; }
    EntryLine > Static { width: auto; max-width: 60%; text-wrap: nowrap; text-overflow: ellipsis; }
    EntryLine > Input { width: 1fr; height: 1; border: none; padding: 0; background: $panel; }
    EntryLine > Input:focus { border: none; background-tint: $foreground 0%; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        """Begin closed."""
        super().__init__(id=id)
        self._earlier: list[str] = []
        self._submit: Callable[[str], None] = lambda _: None
        self._leave: Callable[[str], None] = lambda _: None
        self._changed: Callable[[str], None] | None = None
        self._complete: Callable[[str], list[str]] | None = None
        self._prompt = Content("")
        self._closing = False

    def compose(self) -> ComposeResult:
        """Prompt and field."""
        yield Static(markup=False)
        yield EntryInput(compact=True, select_on_focus=False)

    @property
    def is_open(self) -> bool:
        """Whether something is being typed."""
        return self.has_class("-open")

    @property
    def text(self) -> str:
        """Everything typed so far."""
        return "\n".join([*self._earlier, self._field.value])

    @property
    def _field(self) -> EntryInput:
        return self.query_one(EntryInput)

    def ask(
        self,
        prompt: Content,
        *,
        initial: str = "",
        submit: Callable[[str], None],
        leave: Callable[[str], None],
        changed: Callable[[str], None] | None = None,
        complete: Callable[[str], list[str]] | None = None,
    ) -> None:
        """Open the line. Event loop only.

        Args:
            prompt: made safe already.
            initial: text to begin with, such as a draft.
            submit: gets the text on Enter; the line is closed before.
            leave: gets the text on Esc; the line is closed before.
            changed: gets the text after every change.
            complete: gives endings for the text so far; Tab takes the first one, again the next.
        """
        self._submit, self._leave, self._changed, self._complete = submit, leave, changed, complete
        *self._earlier, last = initial.split("\n")
        self._prompt = prompt
        self._show_prompt()
        with self.prevent(Input.Changed):
            self._field.value = last
        self._field.cursor_position = len(last)
        self._offers: list[str] = []
        self.add_class("-open")
        self._field.is_open = True
        self._field.focus()

    def has_seen(self, event: events.Key) -> bool:
        """Whether a key came to the field; one that was on its way when the line opened went past it."""
        return any(one is event for one in self._field.seen)

    def press(self, event: events.Key) -> None:
        """A key that was held back while the line was being opened, or went past it."""
        # Behind what waits in the field already, and with its bindings: Enter is one of them.
        self._field.call_later(self._field.take, event)

    def take_keys(self, wanted: bool) -> None:
        """Whether keys are typed into the line; what is there stays."""
        self.screen.set_focus(self._field if wanted else None)

    def leave(self) -> None:
        """As Esc does."""
        self._leave(self.close())

    def close(self) -> str:
        """Close the line; what was typed."""
        text = self.text
        self.remove_class("-open")
        self._field.is_open = False
        self.screen.set_focus(None)
        return text

    def _show_prompt(self) -> None:
        lines = len(self._earlier)
        more = Content.styled(f"[{lines + 1} lines] ", "$role-muted") if lines else Content("")
        self.query_one(Static).update(self._prompt + more)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell who listens."""
        event.stop()
        if self.is_open and self._changed is not None:
            self._changed(self.text)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter."""
        event.stop()
        if self.is_open:
            # The field may have taken a key behind Enter by now; that one is no part of what was submitted.
            self.close()
            self._submit("\n".join([*self._earlier, event.value]))

    def on_entry_input_special(self, event: EntryInput.Special) -> None:
        """Tab, Esc, a new line."""
        event.stop()
        if event.key == "escape":
            self.leave()
        elif event.key == "enter":
            self._earlier.append(self._field.value[:-1])
            self._field.value = ""
            self._show_prompt()
        else:
            self._take_completion()

    def _take_completion(self) -> None:
        if self._complete is None:
            return
        value = self._field.value
        if value in self._offers:
            offer = self._offers[(self._offers.index(value) + 1) % len(self._offers)]
        else:
            self._offers = self._complete(value)
            if not self._offers:
                return
            offer = self._offers[0]
        self._field.value = offer
        self._field.cursor_position = len(offer)
