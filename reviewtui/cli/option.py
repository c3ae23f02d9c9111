"""An option of a command as data."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Option:
    """A flag, or an option with values.

    Attributes:
        flag: with its dashes.
        values: names of its values for the help; empty for a flag.
        kind: turns the text of a value into a value.
        repeat: may be given several times.
    """

    flag: str
    words: str
    values: tuple[str, ...] = ()
    kind: Callable[[str], Any] = str
    choices: tuple[Any, ...] = ()
    repeat: bool = False

    @property
    def dest(self) -> str:
        """Attribute of the parsed arguments."""
        return self.flag.lstrip("-").replace("-", "_")
