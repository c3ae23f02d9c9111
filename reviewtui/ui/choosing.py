"""Offering a list beside the picture with a letter for each row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from reviewtui.ui.modes import Mode
from reviewtui.ui.text import styled
from reviewtui.ui.widgets.panel import PanelRow

if TYPE_CHECKING:
    from reviewtui.ui.screens.desk import Desk

T = TypeVar("T")

Option = tuple[str, str, T]
"""Letter, words, value."""


class Choosing:
    """The list that is offered now. Event loop only."""

    def __init__(self, desk: Desk) -> None:
        """Begin without one."""
        self._desk = desk
        self._takes: dict[str, Callable[[], None]] = {}
        self._looks: dict[str, Callable[[], None]] = {}
        self._leave: Callable[[], None] = lambda: None

    def choose(
        self,
        title: str,
        options: Sequence[Option[T]],
        then: Callable[[T], object],
        *,
        moved: Callable[[T], object] | None = None,
        left: Callable[[], object] | None = None,
    ) -> None:
        """Offer a list; a letter or Enter takes, Esc leaves.

        Args:
            title: our own words.
            options: (letter, words, value) each.
            then: gets the value.
            moved: gets the value under the cursor as it moves.
            left: called on Esc.
        """
        back = self._desk.state.mode

        def take(value: T) -> None:
            self._desk.enter(back)
            then(value)

        def look(value: T) -> None:
            if moved is not None:
                moved(value)

        def leave() -> None:
            self._desk.enter(back)
            if left is not None:
                left()

        self._takes = {letter: _bound(take, value) for letter, _, value in options}
        self._looks = {letter: _bound(look, value) for letter, _, value in options}
        self._leave = leave
        rows = [
            PanelRow(styled(f" {letter}  ", "bold $role-accent") + styled(words, "$role-text"), letter, indent_cells=4)
            for letter, words, _ in options
        ]
        self._desk.panel.show(title, rows)
        self._desk.enter(Mode.CHOICE)

    def press(self, key: str) -> None:
        """A key while the list is offered."""
        panel = self._desk.panel
        if key in self._takes:
            self._takes[key]()
        elif key in {"down", "up", "j", "k"}:
            panel.move(1 if key in {"down", "j"} else -1)
            self._looks[str(panel.cursor_key)]()
        elif key == "enter":
            self._takes[str(panel.cursor_key)]()
        elif key in {"escape", "q"}:
            self._leave()


def _bound(call: Callable[[T], None], value: T) -> Callable[[], None]:
    return lambda: call(value)
