"""Waiting for what an executor says."""

import time
from collections.abc import Callable

from reviewtui.model.runs import TERMINAL_EVENTS, Executor, RunEvent, RunSpec

PATIENCE_S = 100.0


def events_until(
    executor: Executor, is_enough: Callable[[RunEvent], bool], *, patience_s: float = PATIENCE_S
) -> list[RunEvent]:
    """Events up to and including the first that is enough, and whatever came with it."""
    seen: list[RunEvent] = []
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        events = executor.events(0.2)
        seen += events
        if any(is_enough(event) for event in events):
            return seen
    raise AssertionError(f"never came; seen {seen}")


def run_to_end(executor: Executor, spec: RunSpec) -> list[RunEvent]:
    """All events of a run; the last one is terminal."""
    executor.submit(spec)
    return events_until(executor, lambda event: isinstance(event, TERMINAL_EVENTS))
