"""The query language of the ``/`` filter and of ``ls``: parsed here, compiled by the store.

``status:waiting flaw:hand by:ana -dock [wfa]`` – words and fields are joined by AND, ``-`` negates, letters in
brackets are statuses (any of them).
"""

from dataclasses import dataclass

from reviewtui.model.errors import UsageError
from reviewtui.model.lifecycle import AssetStatus, Flaw

STATUS_LETTERS: dict[str, AssetStatus] = {
    "o": AssetStatus.OMITTED,
    "h": AssetStatus.HOLD,
    "!": AssetStatus.VOID,
    "d": AssetStatus.DELIVERED,
    "a": AssetStatus.APPROVED,
    "f": AssetStatus.FIXING,
    "v": AssetStatus.TO_VERIFY,
    "r": AssetStatus.CHANGES_REQUESTED,
    "i": AssetStatus.IN_REVIEW,
    "w": AssetStatus.WAITING,
    "n": AssetStatus.FOUND,
}


@dataclass(frozen=True, slots=True)
class Term:
    """One condition.

    Attributes:
        field: ``word``, ``status``, ``flaw``, ``by`` or ``needs``.
        values: any of them fits.
        negated: whether it must not fit.
    """

    field: str
    values: tuple[str, ...]
    negated: bool = False


def _status_values(text: str) -> tuple[str, ...]:
    values = []
    for part in text.split(","):
        token = part.replace("-", "_")
        if token not in set(AssetStatus):
            raise UsageError(f"no status is called '{part}'", f"one of: {', '.join(AssetStatus)}")
        values.append(token)
    return tuple(values)


def _flaw_values(text: str) -> tuple[str, ...]:
    for part in text.split(","):
        if part not in set(Flaw):
            raise UsageError(f"no flaw is called '{part}'", f"one of: {', '.join(Flaw)}")
    return tuple(text.split(","))


def _letters(text: str) -> tuple[str, ...]:
    for letter in text:
        if letter not in STATUS_LETTERS:
            raise UsageError(f"no status has the letter '{letter}'", f"letters: {''.join(STATUS_LETTERS)}")
    return tuple(STATUS_LETTERS[letter] for letter in text)


def _parse_term(text: str) -> Term:
    negated = text.startswith("-") and len(text) > 1
    body = text[1:] if negated else text
    name, colon, value = body.partition(":")
    if colon and value and name == "status":
        return Term("status", _status_values(value.lower()), negated)
    if colon and value and name == "flaw":
        return Term("flaw", _flaw_values(value.lower()), negated)
    if colon and value and name == "by":
        return Term("by", tuple(value.split(",")), negated)
    if body.lower() == "needs:me":
        return Term("needs", ("me",), negated)
    if len(body) > 2 and body[0] == "[" and body[-1] == "]":
        return Term("status", _letters(body[1:-1].lower()), negated)
    return Term("word", (body,), negated)


def parse_query(text: str) -> tuple[Term, ...]:
    """Terms of a query; an empty query fits everything.

    Raises:
        UsageError: a status, letter or flaw that does not exist.
    """
    return tuple(_parse_term(part) for part in text.split())
