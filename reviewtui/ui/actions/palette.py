"""The command palette, Ctrl-p: every command beside the picture, fewer with each letter typed.

Textual's own palette is a dialog that dims what lies below: pixels under cells, or in them, are blanked or
smeared by it. A list beside the picture covers nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewtui.ui.modes import Mode
from reviewtui.ui.text import clip_cells, line, styled
from reviewtui.ui.widgets.panel import PanelRow

if TYPE_CHECKING:
    from reviewtui.ui.screens.desk import Desk

_NAME_CELLS = 16


class Palette:
    """The list of commands while one is typed. Event loop only."""

    def __init__(self, desk: Desk) -> None:
        """Begin closed."""
        self._desk = desk

    def open(self) -> None:
        """Show every command; what is typed leaves those that fit."""
        desk = self._desk
        if desk.state.mode in {Mode.ENTRY, Mode.CHOICE} or desk.has_class("-tiny"):
            return
        desk.panels.open("commands", "commands", self._rows(""))
        desk.ask(
            styled(" :", "$role-accent"),
            submit=self._run,
            leave=lambda _: desk.panels.close(),
            changed=lambda value: desk.panel.show("commands", self._rows(value)),
            complete=desk.commands.complete,
            belongs_to_asset=False,
        )

    def _run(self, value: str) -> None:
        desk = self._desk
        desk.panels.close()
        name, _, rest = value.strip().partition(" ")
        fitting = self._fitting(name)
        # A word from a command's help finds it, too; its arguments follow as they stand.
        desk.commands.execute(f"{fitting[0]} {rest}" if name and fitting else value)

    def _fitting(self, word: str) -> list[str]:
        """Commands that a word stands for, best first: by the beginning of their name, within it, in their help."""
        commands = self._desk.commands.commands()
        word = word.lower()
        ranks = {
            name: 0 if name.startswith(word) else 1 if word in name else 2 if word in words.lower() else 3
            for name, (_, words) in commands.items()
        }
        return sorted((name for name in commands if ranks[name] < 3), key=lambda name: ranks[name])

    def _rows(self, value: str) -> list[PanelRow]:
        commands = self._desk.commands.commands()
        rows = [
            PanelRow(
                line(
                    styled(f" {clip_cells(name, _NAME_CELLS)} ", "bold $role-text"),
                    styled(commands[name][1], "$role-muted"),
                ),
                name,
                _NAME_CELLS + 2,
            )
            for name in self._fitting(value.strip().partition(" ")[0])
        ]
        return rows or [PanelRow(styled(" no command fits", "$role-muted"))]
