"""Things by key, least recently used out first, bounded in bytes. Event loop only."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """An LRU.

    Args:
        limit_bytes: what all together may hold.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._things: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._held_bytes = 0

    @property
    def held_bytes(self) -> int:
        """What all together hold."""
        return self._held_bytes

    def __contains__(self, key: K) -> bool:
        return key in self._things

    def find(self, key: K) -> V | None:
        """The thing, which becomes the most recently used one, or None."""
        found = self._things.get(key)
        if found is None:
            return None
        self._things.move_to_end(key)
        return found[0]

    def keep(self, key: K, thing: V, size_bytes: int) -> None:
        """Remember something and forget the oldest beyond the limit, but never what was just remembered."""
        self.drop(key)
        self._things[key] = (thing, size_bytes)
        self._held_bytes += size_bytes
        while self._held_bytes > self._limit_bytes and len(self._things) > 1:
            _, (_, gone_bytes) = self._things.popitem(last=False)
            self._held_bytes -= gone_bytes

    def drop(self, key: K) -> None:
        """Forget something, if it is known."""
        old = self._things.pop(key, None)
        if old is not None:
            self._held_bytes -= old[1]
