"""How much a fix may change: five names for shares. Pure."""

from reviewtui.model.errors import UsageError

#: Named strengths, weakest first.
STRENGTHS = {"polish": 0.3, "repair": 0.45, "rework": 0.6, "replace": 0.8, "new": 1.0}


def parse_strength(text: str) -> float:
    """A share of 0 to 1 from a name or a number.

    Raises:
        UsageError: it is neither.
    """
    if text in STRENGTHS:
        return STRENGTHS[text]
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        names = ", ".join(f"{name} ({value:g})" for name, value in STRENGTHS.items())
        raise UsageError(f"'{text[:40]}' is no number and no named strength", f"0 to 1, or {names}")
    return share
