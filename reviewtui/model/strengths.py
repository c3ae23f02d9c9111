"""How much a fix may change: five names for shares. Pure."""

#: Named strengths, weakest first.
STRENGTHS = {"polish": 0.3, "repair": 0.45, "rework": 0.6, "replace": 0.8, "new": 1.0}


def parse_strength(text: str) -> float:
    """A share from its name or a number, whatever its range.

    Raises:
        ValueError: it is neither; says which names there are.
    """
    if text in STRENGTHS:
        return STRENGTHS[text]
    try:
        return float(text)
    except ValueError:
        names = ", ".join(f"{name} ({value:g})" for name, value in STRENGTHS.items())
        raise ValueError(f"'{text[:40]}' is no number and none of {names}") from None


def strength_words(share: float) -> str:
    """A share with its name where it has one, such as ``0.45 (repair)``."""
    name = next((name for name, value in STRENGTHS.items() if abs(value - share) < 1e-9), None)
    return f"{share:g}" if name is None else f"{share:g} ({name})"
