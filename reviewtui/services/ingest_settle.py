"""When a file has been quiet for long enough, and when a path has been gone for long enough. Memory of one process."""

from collections.abc import Collection

from reviewtui.model.clock import Clock

Signature = tuple[int, int, int]


class Settling:
    """Remembers paths that are still moving. One thread.

    Args:
        settle_s: how long size and time must not change; 0 takes everything at once.
    """

    def __init__(self, clock: Clock, settle_s: float) -> None:
        self._clock = clock
        self._settle_s = settle_s
        self._watched: dict[bytes, tuple[Signature, float]] = {}
        self._gone: dict[bytes, float] = {}
        self._later: dict[bytes, float] = {}

    def is_stable(self, path: bytes, signature: Signature) -> bool:
        """Whether a file may be read: old enough by its own time, or seen unchanged for long enough.

        The second way is what counts for a file with a time in the future.
        """
        age = self.age_s(signature)
        if self._settle_s <= 0 or (age is not None and age >= self._settle_s):
            self._watched.pop(path, None)
            return True
        now = self._clock.monotonic_s()
        before = self._watched.get(path)
        if before is None or before[0] != signature:
            self._watched[path] = (signature, now)
            return False
        if now - before[1] < self._settle_s:
            return False
        del self._watched[path]
        return True

    def age_s(self, signature: Signature) -> float | None:
        """Seconds since the file's own time; None when that lies in the future."""
        age = self._clock.now().timestamp() - signature[1] / 1e9
        return age if age >= 0 else None

    def is_young(self, signature: Signature) -> bool:
        """Whether a file that does not decode may still be growing."""
        age = self.age_s(signature)
        return age is not None and age < 2 * self._settle_s

    # --- decoding again

    def put_off(self, path: bytes) -> None:
        """Do not decode this path before another settling time."""
        self._later[path] = self._clock.monotonic_s() + max(self._settle_s, 0.05)

    def is_put_off(self, path: bytes) -> bool:
        """Whether it is too early to decode this path again."""
        due = self._later.get(path)
        return due is not None and self._clock.monotonic_s() < due

    def forget_due(self) -> None:
        """What was put off and is due now is decoded again or was done by somebody else; either way stop waiting."""
        now = self._clock.monotonic_s()
        self._later = {path: due for path, due in self._later.items() if due > now}

    def keep_only(self, seen: Collection[bytes], scope: Collection[bytes] | None) -> None:
        """Stop watching paths that vanished before they settled."""
        for path in list(self._watched):
            if path not in seen and (scope is None or path in scope):
                del self._watched[path]

    # --- gone

    def note_gone(self, path: bytes) -> None:
        """The path was not there just now."""
        self._gone.setdefault(path, self._clock.monotonic_s())

    def wait_again(self, path: bytes) -> None:
        """The path is gone, but nothing can be concluded yet."""
        self._gone[path] = self._clock.monotonic_s()

    def note_there(self, path: bytes) -> None:
        """The path is there (again)."""
        self._gone.pop(path, None)

    def list_long_gone(self) -> list[bytes]:
        """Paths that have been gone for at least the settling time."""
        limit = self._clock.monotonic_s() - self._settle_s
        return [path for path, since in self._gone.items() if since <= limit]

    # --- when to look again

    @property
    def unsettled(self) -> Collection[bytes]:
        """Every path that is to be looked at again."""
        return {*self._watched, *self._gone, *self._later}

    def moving_for_s(self) -> float | None:
        """Seconds until the first file that is being written may have settled; None when there is none."""
        moments = [since + self._settle_s for _, since in self._watched.values()]
        return max(0.01, min(moments) - self._clock.monotonic_s()) if moments else None

    def due_in_s(self) -> float | None:
        """Seconds until the first of them is due, at least a hundredth; None when there is none."""
        moments = [since + self._settle_s for _, since in self._watched.values()]
        moments += [since + self._settle_s for since in self._gone.values()]
        moments += list(self._later.values())
        return max(0.01, min(moments) - self._clock.monotonic_s()) if moments else None
