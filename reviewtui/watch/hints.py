"""A bag that collects hints from any thread and hands them out in bursts. Must not know where they come from."""

import threading
import time
from dataclasses import dataclass, field

MAX_PATHS = 512
_BURST_S = 0.05


@dataclass(frozen=True, slots=True)
class Hints:
    """What may have changed since the last call.

    Attributes:
        paths: files and folders relative to the watched one.
        rescan: look at everything, because hints were lost or are not to be had.
        lost: why, as one line; None when nothing went wrong.
    """

    paths: frozenset[bytes] = field(default_factory=frozenset)
    rescan: bool = False
    lost: str | None = None

    def __bool__(self) -> bool:
        return bool(self.paths) or self.rescan


class HintBag:
    """Collects hints. Any thread."""

    def __init__(self) -> None:
        """Begin empty."""
        self._condition = threading.Condition()
        self._paths: set[bytes] = set()
        self._rescan = False
        self._lost: str | None = None

    def put(self, path: bytes) -> None:
        """Something happened to a path; so many that a full look is cheaper become one."""
        with self._condition:
            if len(self._paths) >= MAX_PATHS:
                self._rescan = True
            else:
                self._paths.add(path)
            self._condition.notify()

    def ask_rescan(self, lost: str | None = None) -> None:
        """Everything must be looked at.

        Args:
            lost: what went wrong; the first reason since the last call is kept.
        """
        with self._condition:
            self._rescan = True
            self._lost = self._lost or lost
            self._condition.notify()

    def wake(self) -> None:
        """Let a waiting ``take`` return."""
        with self._condition:
            self._condition.notify()

    def take(self, timeout_s: float) -> Hints:
        """Everything since the last call. Waits up to ``timeout_s`` for the first, then a moment for its burst."""
        with self._condition:
            if not self._has_any():
                self._condition.wait(max(timeout_s, 0))
            if self._has_any() and timeout_s > 0:
                until = time.monotonic() + _BURST_S
                while (left := until - time.monotonic()) > 0:
                    self._condition.wait(left)
            hints = Hints(frozenset() if self._rescan else frozenset(self._paths), self._rescan, self._lost)
            self._paths.clear()
            self._rescan, self._lost = False, None
            return hints

    def _has_any(self) -> bool:
        return bool(self._paths) or self._rescan
