"""What the terminal holds: pictures by content, least recently shown out first, bounded in bytes.

A picture may have several frames, each another content; memory is that of all frames that were ever sent with it, and
goes when the picture goes. Event loop only. Must not write to the terminal; it says what has to be freed.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from reviewtui.model.geometry import CellSize, PixelRect, PixelSize
from reviewtui.ui.pictures.painter import PREVIEW, Wanted
from reviewtui.ui.pictures.source import Pixels
from reviewtui.ui.pictures.strips import Rgb
from reviewtui.ui.pictures.viewport import Viewport

LIMIT_BYTES = 200 * 1024 * 1024
"""Kitty drops pictures by itself beyond 320 MB."""

_MOST_FRAMES = 24


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
        viewport: the same, as it was asked for.
        image: its id.
        size: of the picture as sent; the terminal scales it to its cells.
        canvas: its size in pixels of the screen.
        truth: how true it is.
        colors: of half cells, shape (2 × rows, columns, 3), for marks.
        rung: of the ladder.
        frame: which of the image's frames shows it, from 1.
        has_frames: whether the image has more than one.
    """

    content: Content
    viewport: Viewport
    image: int
    size: PixelSize
    canvas: PixelSize
    truth: str
    colors: Pixels
    rung: int = 0
    frame: int = 1
    has_frames: bool = False

    @property
    def size_bytes(self) -> int:
        """Of one frame in the terminal's memory."""
        return self.size.area_px * 4


@dataclass(frozen=True, slots=True)
class Scratch:
    """A frame of provisional pixels, painted over again and again so that an image does not grow with each of them.

    Attributes:
        frame: its number.
        base: number of the frame that it is a copy of elsewhere.
        place: where it may differ from that, in pixels as they were sent.
    """

    frame: int
    base: int
    place: PixelRect


@dataclass(slots=True)
class _Image:
    """One id.

    Attributes:
        frame_bytes: of one frame.
        frames: that were sent.
        users: views that show it.
        scratch: its frame for provisional pixels.
    """

    frame_bytes: int
    frames: int = 1
    users: int = 0
    scratch: "Scratch | None" = None

    @property
    def size_bytes(self) -> int:
        return self.frame_bytes * self.frames


RESERVED_IDS = 16
"""Ids below this are not pictures: what lies over them has them."""

_PALETTE_IDS = range(RESERVED_IDS, 256)
"""Colours that every terminal and every tmux hands on as the number they are."""

_MOST_IMAGES = 180


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
        self._residents: dict[Content, Resident] = {}
        self._images: OrderedDict[int, _Image] = OrderedDict()

    @property
    def family(self) -> int:
        """Of its ids."""
        return self._family

    @property
    def images(self) -> set[int]:
        """Ids that the terminal holds."""
        return set(self._images)

    @property
    def held_bytes(self) -> int:
        """In the terminal's memory."""
        return sum(one.size_bytes for one in self._images.values())

    def new_id(self) -> int:
        """An id that is free."""
        self._last_id += 1
        if not self._family:
            return self._last_id
        count = len(_PALETTE_IDS)
        for step in range(count):
            found = self._family << 24 | _PALETTE_IDS[(self._last_id + step) % count]
            if found not in self._images:
                self._last_id += step
                return found
        raise AssertionError("more pictures than ids in spite of the limit")

    def find(self, content: Content) -> Resident | None:
        """The resident, whose image becomes the most recently used one, or None."""
        found = self._residents.get(content)
        if found is not None:
            self._images.move_to_end(found.image)
        return found

    def covers(self, wanted: Wanted, key: str | None = None) -> Iterator[Resident]:
        """Residents that show what is wanted as a part of them, the best first.

        Args:
            wanted: what is to be seen.
            key: of another picture of the same size.
        """
        box, scale = wanted.viewport.box, wanted.viewport.scale
        found = [
            one
            for content, one in self._residents.items()
            if content.key == (key or wanted.source.key) and not content.patch and content.box.contains_rect(box)
        ]
        yield from sorted(
            found,
            key=lambda one: (
                one.content.scale == scale and one.truth != PREVIEW,
                one.size.width / one.content.box.width,
            ),
            reverse=True,
        )

    def keep(self, resident: Resident) -> list[int]:
        """Remember what was sent; returns ids that are to be freed now."""
        old = self._residents.get(resident.content)
        self._residents[resident.content] = resident
        image = self._images.setdefault(resident.image, _Image(resident.size_bytes))
        image.frames = max(image.frames, resident.frame)
        self._images.move_to_end(resident.image)
        freed = [] if old is None or old.image == resident.image else self._retire(old.image)
        for number, one in list(self._images.items()):
            if self.held_bytes <= self._limit_bytes and len(self._images) <= _MOST_IMAGES:
                break
            if number != resident.image and not one.users:
                self.lose(number)
                freed.append(number)
        return freed

    def use(self, image: int) -> None:
        """A view shows it."""
        if image in self._images:
            self._images[image].users += 1

    def release(self, image: int) -> list[int]:
        """A view shows it no more; returns ids that are to be freed now."""
        found = self._images.get(image)
        if found is None:
            return []
        found.users = max(found.users - 1, 0)
        return self._retire(image)

    def frames(self, image: int) -> int:
        """How many frames were sent, those included that nobody knows any more."""
        return self._images[image].frames if image in self._images else 0

    def may_grow(self, image: int) -> bool:
        """Whether another frame of it is no burden."""
        found = self._images.get(image)
        return found is not None and found.frames < _MOST_FRAMES and found.size_bytes * 2 <= self._limit_bytes

    def scratch(self, image: int) -> Scratch | None:
        """The frame for provisional pixels, if it has one."""
        return self._images[image].scratch if image in self._images else None

    def keep_scratch(self, image: int, scratch: Scratch) -> None:
        """It was painted on: what it showed before is not there any more."""
        self._images[image].scratch = scratch
        gone = [content for content, one in self._residents.items() if one.image == image and content.patch]
        for content in gone:
            del self._residents[content]

    def users(self, image: int) -> int:
        """How many views show it."""
        return self._images[image].users if image in self._images else 0

    def forget(self, content: Content) -> list[int]:
        """Something will not be wanted again; returns ids that are to be freed now."""
        old = self._residents.pop(content, None)
        return [] if old is None else self._retire(old.image)

    def lose(self, image: int) -> None:
        """The terminal does not hold it any more, or will not in a moment."""
        self._images.pop(image, None)
        self._residents = {content: one for content, one in self._residents.items() if one.image != image}

    def forget_all(self) -> None:
        """The terminal lost everything."""
        self._residents.clear()
        self._images.clear()

    def _retire(self, image: int) -> list[int]:
        """Free an id unless a view shows it or something of it is known."""
        if self.users(image) or any(one.image == image for one in self._residents.values()):
            return []
        self._images.pop(image, None)
        return [image]
