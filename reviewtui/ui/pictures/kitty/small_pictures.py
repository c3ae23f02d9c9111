"""The small pictures that the terminal holds, beside the large ones in ``store``. Event loop only; must not write.

They have a bound of their own, so that a walk through a thousand of them does not cost the picture that is looked at.
"""

from collections import OrderedDict
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from reviewtui.model.geometry import CellSize, PixelSize
from reviewtui.ui.pictures.kitty.store import RESERVED_IDS, Store
from reviewtui.ui.pictures.tiles import TileKey

LIMIT_BYTES = 80 << 20
"""Kitty drops pictures by itself beyond 320 MB, which large ones and overlays share."""

MOST = 180
"""Where a cell can name only so many colours; a page has fewer."""

_FAMILIES = 255
_APART = 127


@dataclass(frozen=True, slots=True, eq=False)
class SmallResident:
    """A small picture in the terminal.

    Attributes:
        key: what it shows.
        image: its id.
        size: in pixels, as sent.
        cells: that it takes.
        is_sharp: whether it is more than a first look.
    """

    key: TileKey
    image: int
    size: PixelSize
    cells: CellSize
    is_sharp: bool

    @property
    def size_bytes(self) -> int:
        """In the terminal's memory."""
        return self.size.area_px * 4


class SmallPictures:
    """Residents by what they show, least recently used out first.

    Args:
        store: of the large pictures, whose ids may not be taken.
        limit_bytes: of all together.
    """

    def __init__(self, store: Store, limit_bytes: int = LIMIT_BYTES) -> None:
        self._store = store
        # Behind tmux an id is a colour and a mark; another mark makes room for as many again.
        self._family = (store.family + _APART - 1) % _FAMILIES + 1 if store.family else 0
        self._limit_bytes = limit_bytes
        self._residents: OrderedDict[TileKey, SmallResident] = OrderedDict()
        self._by_image: dict[int, SmallResident] = {}
        self._retired: list[int] = []
        self._last = 0
        self._held_bytes = 0

    @property
    def images(self) -> set[int]:
        """Ids that the terminal holds."""
        return {*self._by_image, *self._retired}

    @property
    def held_bytes(self) -> int:
        """In the terminal's memory."""
        return self._held_bytes

    @property
    def names_are_few(self) -> bool:
        """Whether cells name pictures, of which there can be only ``MOST`` then."""
        return bool(self._family)

    def new_id(self) -> int:
        """An id that is free."""
        if not self._family:
            return self._store.new_id()
        colours = range(RESERVED_IDS, 256)
        for _ in colours:
            self._last = (self._last + 1) % len(colours)
            found = self._family << 24 | colours[self._last]
            if found not in self.images:
                return found
        raise AssertionError("more small pictures than ids in spite of the limit")

    def find(self, key: TileKey) -> SmallResident | None:
        """The resident, which becomes the most recently used one, or None."""
        found = self._residents.get(key)
        if found is not None:
            self._residents.move_to_end(key)
        return found

    def keep(self, resident: SmallResident, in_view: AbstractSet[TileKey]) -> None:
        """Remember what was sent, and forget the oldest beyond the limit that are not in view."""
        self._retire(resident.key)
        self._residents[resident.key] = resident
        self._by_image[resident.image] = resident
        self._held_bytes += resident.size_bytes
        for key in list(self._residents):
            few = not self._family or len(self._residents) <= MOST
            if few and self._held_bytes <= self._limit_bytes:
                break
            if key not in in_view and key != resident.key:
                self._retire(key)

    def take_retired(self) -> list[int]:
        """Ids that are to be freed now, for the first and last time."""
        retired, self._retired = self._retired, []
        return retired

    def lose(self, image: int) -> TileKey | None:
        """The terminal does not hold it any more; what it showed."""
        found = self._by_image.pop(image, None)
        if found is None:
            return None
        self._held_bytes -= found.size_bytes
        if self._residents.get(found.key) is found:
            del self._residents[found.key]
        return found.key

    def forget_all(self) -> None:
        """The terminal lost everything."""
        self._residents.clear()
        self._by_image.clear()
        self._retired.clear()
        self._held_bytes = 0

    def _retire(self, key: TileKey) -> None:
        old = self._residents.pop(key, None)
        if old is not None:
            del self._by_image[old.image]
            self._held_bytes -= old.size_bytes
            self._retired.append(old.image)
