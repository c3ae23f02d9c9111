"""Drawings by what they show, least recently used out first, bounded in bytes. Event loop only."""

from collections import OrderedDict
from typing import NamedTuple

from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.ui.pictures.protocol import Drawing

DEFAULT_LIMIT_BYTES = 96 * 1024 * 1024


class DrawingKey(NamedTuple):
    """What a drawing shows, without overlays."""

    key: str
    box: PixelRect
    shown: PixelSize
    protocol: str
    depth: int


class DrawingCache:
    """An LRU of drawings.

    Args:
        limit_bytes: what all drawings together may hold; one drawing beyond it is not kept.
    """

    def __init__(self, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._drawings: OrderedDict[DrawingKey, Drawing] = OrderedDict()
        self._held_bytes = 0

    @property
    def held_bytes(self) -> int:
        """What all drawings together hold."""
        return self._held_bytes

    def __len__(self) -> int:
        return len(self._drawings)

    def __contains__(self, key: DrawingKey) -> bool:
        return key in self._drawings

    def find(self, key: DrawingKey) -> Drawing | None:
        """The drawing, which becomes the most recently used one, or None."""
        drawing = self._drawings.get(key)
        if drawing is not None:
            self._drawings.move_to_end(key)
        return drawing

    def keep(self, key: DrawingKey, drawing: Drawing) -> None:
        """Remember a drawing and forget the oldest ones beyond the limit."""
        old = self._drawings.pop(key, None)
        if old is not None:
            self._held_bytes -= old.size_bytes
        if drawing.size_bytes > self._limit_bytes:
            return
        self._drawings[key] = drawing
        self._held_bytes += drawing.size_bytes
        while self._held_bytes > self._limit_bytes:
            _, dropped = self._drawings.popitem(last=False)
            self._held_bytes -= dropped.size_bytes

    def forget(self, key: str) -> None:
        """Drop every drawing of one picture."""
        for drawing_key in [entry for entry in self._drawings if entry.key == key]:
            self._held_bytes -= self._drawings.pop(drawing_key).size_bytes
