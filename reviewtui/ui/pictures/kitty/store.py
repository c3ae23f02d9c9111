"""What the terminal holds: pictures by content, least recently shown out first, bounded in bytes.

Event loop only. Must not write to the terminal; it says what has to be freed.
"""

from collections import Counter, OrderedDict
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from reviewtui.model.geometry import CellSize, PixelRect, PixelSize
from reviewtui.ui.pictures.painter import PREVIEW, Wanted
from reviewtui.ui.pictures.source import Pixels
from reviewtui.ui.pictures.strips import Rgb

LIMIT_BYTES = 200 * 1024 * 1024
"""Kitty drops pictures by itself beyond 320 MB."""


class Content(NamedTuple):
    """What a picture in the terminal shows."""

    key: str
    box: PixelRect
    shown: PixelSize
    cells: CellSize
    scale: Fraction
    surround_rgb: Rgb
    patch: int

    @classmethod
    def of(cls, wanted: Wanted) -> "Content":
        """For something wanted."""
        viewport = wanted.viewport
        area = viewport.area
        patch = 0 if wanted.patch is None else id(wanted.patch)
        cells = CellSize(area.width, area.height)
        grey = wanted.surround_rgb
        return cls(wanted.source.key, viewport.box, viewport.shown, cells, viewport.scale, grey, patch)


@dataclass(frozen=True, slots=True, eq=False)
class Resident:
    """A picture in the terminal.

    Attributes:
        content: what it shows.
        image: its id.
        size: of the picture as sent; the terminal scales it to its cells.
        canvas: its size in pixels of the screen.
        truth: how true it is.
        colors: of half cells, shape (2 × rows, columns, 3), for marks.
        frame: which of the image's frames shows it, from 1.
        has_frames: whether the image has more than one.
    """

    content: Content
    image: int
    size: PixelSize
    canvas: PixelSize
    truth: str
    colors: Pixels
    frame: int = 1
    has_frames: bool = False

    @property
    def size_bytes(self) -> int:
        """In the terminal's memory."""
        return self.size.area_px * 4


RESERVED_IDS = 16
"""Ids below this are not pictures: what lies over them has them."""

_PALETTE_IDS = range(RESERVED_IDS, 256)
"""Colours that every terminal and every tmux hands on as the number they are."""

_MOST_RESIDENTS = 180


class Store:
    """Residents by content.

    Args:
        family: 0 for ids that count up from 1; 1 to 255 for ids that a cell can name by one of 240 colours and a mark,
            as they are needed where a tmux lies between. Programs that share a terminal need different families.
        limit_bytes: of all residents together.
    """

    def __init__(self, family: int = 0, limit_bytes: int = LIMIT_BYTES) -> None:
        self._family = family
        self._last_id = RESERVED_IDS - 1
        self._limit_bytes = limit_bytes
        self._residents: OrderedDict[Content, Resident] = OrderedDict()
        self._users: Counter[int] = Counter()
        self._superseded: set[int] = set()

    @property
    def family(self) -> int:
        """Of its ids."""
        return self._family

    @property
    def images(self) -> set[int]:
        """Ids that the terminal holds."""
        return {one.image for one in self._residents.values()} | self._superseded

    @property
    def held_bytes(self) -> int:
        """In the terminal's memory."""
        return sum(one.size_bytes for one in self._residents.values())

    def new_id(self) -> int:
        """An id that is free."""
        self._last_id += 1
        if not self._family:
            return self._last_id
        taken = self.images
        count = len(_PALETTE_IDS)
        for step in range(count):
            found = self._family << 24 | _PALETTE_IDS[(self._last_id + step) % count]
            if found not in taken:
                self._last_id += step
                return found
        raise AssertionError("more pictures than ids in spite of the limit")

    def find(self, content: Content) -> Resident | None:
        """The resident, which becomes the most recently used one, or None."""
        found = self._residents.get(content)
        if found is not None:
            self._residents.move_to_end(content)
        return found

    def find_cover(self, wanted: Wanted) -> Resident | None:
        """The resident of the same picture that shows what is wanted best, as a part of it; or None."""
        box, scale = wanted.viewport.box, wanted.viewport.scale
        covers = [
            one
            for content, one in self._residents.items()
            if content.key == wanted.source.key and not content.patch and content.box.contains_rect(box)
        ]
        best = max(
            covers,
            key=lambda one: (
                one.content.scale == scale and one.truth != PREVIEW,
                one.size.width / one.content.box.width,
            ),
            default=None,
        )
        if best is not None:
            self._residents.move_to_end(best.content)
        return best

    def keep(self, resident: Resident) -> list[int]:
        """Remember what was sent; returns ids that are to be freed now."""
        old = self._residents.pop(resident.content, None)
        self._residents[resident.content] = resident
        freed = [] if old is None or old.image == resident.image else self._retire(old.image)
        for content, one in list(self._residents.items()):
            if self.held_bytes <= self._limit_bytes and len(self._residents) <= _MOST_RESIDENTS:
                break
            if one is not resident and not self._users[one.image]:
                del self._residents[content]
                freed += self._retire(one.image)
        return freed

    def use(self, image: int) -> None:
        """A view shows it."""
        self._users[image] += 1

    def release(self, image: int) -> list[int]:
        """A view shows it no more; returns ids that are to be freed now."""
        self._users[image] -= 1
        if not self._users[image] and image in self._superseded:
            self._superseded.discard(image)
            return [image]
        return []

    def frames(self, image: int) -> int:
        """How many of its frames are known."""
        return max((one.frame for one in self._residents.values() if one.image == image), default=0)

    def users(self, image: int) -> int:
        """How many views show it."""
        return self._users[image]

    def forget(self, content: Content) -> list[int]:
        """Something will not be wanted again; returns ids that are to be freed now."""
        old = self._residents.pop(content, None)
        return [] if old is None else self._retire(old.image)

    def forget_all(self) -> None:
        """The terminal lost everything."""
        self._residents.clear()
        self._superseded.clear()
        self._users.clear()

    def _retire(self, image: int) -> list[int]:
        """An id whose resident is gone: freed unless a view shows it or another frame of it is known."""
        if any(one.image == image for one in self._residents.values()):
            return []
        if self._users[image]:
            self._superseded.add(image)
            return []
        return [image]
