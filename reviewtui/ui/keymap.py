"""Which key does what in which mode: a table that the footer, ``?`` and the docs are generated from.

User remaps are data (TOML: id = "key" or a list); a clash is an error at load that names both. Must not know what an
action does.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from textual import events

from reviewtui.model.errors import UsageError
from reviewtui.ui.modes import Mode

DECISION_IDS = frozenset({"decide.approve", "decide.with_changes", "decide.request", "decide.reject"})

_NAMES = {
    "enter": "Enter", "escape": "Esc", "tab": "Tab", "shift+tab": "Shift-Tab", "backspace": "Backspace",
    "space": "Space", "up": "↑", "down": "↓", "left": "←", "right": "→", "pageup": "PgUp", "pagedown": "PgDn",
    "shift+up": "Shift-↑", "shift+down": "Shift-↓", "shift+left": "Shift-←", "shift+right": "Shift-→",
    "ctrl+d": "Ctrl-d", "ctrl+p": "Ctrl-p", "ctrl+u": "Ctrl-u", "home": "Home", "end": "End",
}  # fmt: skip

# Keys that terminals, tmux or screen take for themselves, or send for another key.
_FORBIDDEN = frozenset({f"ctrl+{letter}" for letter in "imhsqzbac[j"} | {"ctrl+enter"})


@dataclass(frozen=True, slots=True)
class Binding:
    """One row of the table.

    Attributes:
        id: ``area.action``; stable, users remap by it.
        keys: key sequences; the keys of a sequence are joined by a space, such as ``g g``.
        modes: where it is alive.
        label: word for the footer.
        help: what it does, for ``?`` and the docs.
        rank: place in the footer, lower is earlier; 0 keeps it out.
    """

    id: str
    keys: tuple[str, ...]
    modes: frozenset[Mode]
    label: str
    help: str
    rank: int = 0


def key_of(event: events.Key) -> str:
    """Name of a key press as the table spells it: the character itself, or Textual's name."""
    if event.key == "space" or event.character == " ":
        return "space"
    if event.character is not None and event.is_printable:
        return event.character
    return event.key


def key_words(sequence: str) -> str:
    """A key sequence as people read it: ``Enter``, ``gg``, ``Shift-↑``."""
    parts = [_NAMES.get(key, key) for key in sequence.split(" ")]
    return "".join(parts) if all(len(part) == 1 for part in parts) else " ".join(parts)


class Keymap:
    """The live table.

    Args:
        bindings: rows; no two may share a key in one mode.

    Raises:
        UsageError: a clash, or a key that cannot be used; names both rows.
    """

    def __init__(self, bindings: Iterable[Binding]) -> None:
        self.bindings = tuple(bindings)
        self._by_mode: dict[Mode, dict[str, Binding]] = {mode: {} for mode in Mode}
        for binding in self.bindings:
            for mode in sorted(binding.modes):
                for sequence in binding.keys:
                    self._add(mode, sequence, binding)

    def _add(self, mode: Mode, sequence: str, binding: Binding) -> None:
        table = self._by_mode[mode]
        if set(sequence.split(" ")) & _FORBIDDEN:
            raise UsageError(f"'{key_words(sequence)}' cannot be bound to {binding.id}", "terminals take that key")
        for taken, other in table.items():
            overlaps = taken == sequence or taken.startswith(sequence + " ") or sequence.startswith(taken + " ")
            if overlaps:
                raise UsageError(
                    f"in {mode} the key '{key_words(sequence)}' is bound to both {other.id} and {binding.id}",
                    "give one of them another key",
                )
        table[sequence] = binding

    def resolve(self, mode: Mode, pressed: tuple[str, ...]) -> "Binding | bool":
        """The binding of a sequence; True while it may become one, False when it cannot."""
        table = self._by_mode[mode]
        sequence = " ".join(pressed)
        found = table.get(sequence)
        if found is not None:
            return found
        return any(known.startswith(sequence + " ") for known in table)

    def alive(self, mode: Mode) -> list[Binding]:
        """Rows of a mode in the order of the table."""
        return [binding for binding in self.bindings if mode in binding.modes]

    def continuations(self, mode: Mode, pressed: tuple[str, ...]) -> list[tuple[str, Binding]]:
        """(next key, row) of every sequence that begins so."""
        start = " ".join(pressed) + " "
        return [(known[len(start) :], row) for known, row in self._by_mode[mode].items() if known.startswith(start)]


def remapped(bindings: Iterable[Binding], path: Path) -> list[Binding]:
    """The table with a user's keys.

    Args:
        path: TOML with a table ``[keys]`` of ``"area.action" = "key"`` or a list of keys.

    Raises:
        UsageError: the file cannot be read, names no known id, or has a value that is no key.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("keys", {})
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"keymap {path} cannot be read: {error}", "mend it, or open with --keymap ''") from error
    if not isinstance(table, dict):
        raise UsageError(f"keymap {path}: 'keys' is no table", 'it is like [keys] and below it "queue.next" = "j"')
    rows = {binding.id: binding for binding in bindings}
    for name, value in table.items():
        keys = [value] if isinstance(value, str) else value
        if name not in rows:
            raise UsageError(f"keymap {path}: there is no action {name}", "? lists the actions")
        if not isinstance(keys, list) or not keys or not all(isinstance(key, str) and _is_key(key) for key in keys):
            raise UsageError(f"keymap {path}: {name} has no usable key", 'such as "j" or ["j", "down"]')
        rows[name] = replace(rows[name], keys=tuple(keys))
    return list(rows.values())


def _is_key(text: str) -> bool:
    return (
        bool(text)
        and len(text) <= 20
        and all((len(key) == 1 and key.isprintable()) or key in _NAMES for key in text.split(" "))
    )
