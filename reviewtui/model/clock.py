"""Port for time, so that tests script it. Order never comes from here: ``seq`` orders."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells wall time for reading and monotonic time for measuring."""

    def now(self) -> datetime:
        """Aware UTC time."""
        ...

    def monotonic_s(self) -> float:
        """Seconds that never run backwards."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Aware UTC time."""
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        """Seconds that never run backwards."""
        return time.monotonic()


def iso(moment: datetime) -> str:
    """UTC ISO 8601 with milliseconds and ``Z``; sorts as text.

    Raises:
        ValueError: the moment has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def parse_iso(text: str) -> datetime:
    """The moment that ``iso`` wrote."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def ago(then: str, now: datetime) -> str:
    """Words for the time since ``then``: ``12 s``, ``5 min``, ``3 h``, ``2 d``; a future moment is ``0 s``."""
    seconds = max(0, int((now - parse_iso(then)).total_seconds()))
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
