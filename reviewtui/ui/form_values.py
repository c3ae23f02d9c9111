"""Values of a form's fields: turned through, named, parsed. Pure."""

from typing import Any

from reviewtui.model.errors import UsageError
from reviewtui.model.strengths import STRENGTHS


def turn(values: Any, value: Any, direction: int) -> Any:
    """The next or previous of some values; the first where the present one is none of them."""
    known = list(values)
    if not known:
        return value
    return known[(known.index(value) + direction) % len(known)] if value in known else known[0]


def named_strength(value: float, direction: int) -> float:
    """The next named strength above or below."""
    shares = sorted(STRENGTHS.values())
    beyond = [share for share in shares if (share > value + 1e-9 if direction > 0 else share < value - 1e-9)]
    if not beyond:
        return value
    return beyond[0] if direction > 0 else beyond[-1]


def one_of(word: str, values: Any) -> str:
    """The only value that begins with a word, or is it.

    Raises:
        UsageError: none, or several.
    """
    found = [str(value) for value in values if str(value).startswith(word)] if word else []
    exact = [value for value in found if value == word]
    if len(exact or found) != 1:
        raise UsageError(f"'{word[:40]}' is none of them", ", ".join(map(str, values)) or "no engine can")
    return (exact or found)[0]


def whole(word: str, low: int, high: int) -> int:
    """A whole number within a range.

    Raises:
        UsageError: it is none, or outside.
    """
    if not (word.isascii() and word.isdigit()) or len(word) > 12 or not low <= int(word) <= high:
        raise UsageError(f"'{word[:40]}' is out of range", f"{low} to {high}")
    return int(word)
