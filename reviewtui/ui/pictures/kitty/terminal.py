"""The terminal as all Kitty painters of an app share it. Event loop only."""

from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Protocol

from reviewtui.model.geometry import PixelSize
from reviewtui.ui.pictures.kitty import commands
from reviewtui.ui.pictures.kitty.overlay_images import OverlaySheets
from reviewtui.ui.pictures.kitty.small_pictures import SmallPictures
from reviewtui.ui.pictures.kitty.store import Store
from reviewtui.ui.pictures.kitty.transport import Transport
from reviewtui.ui.pictures.tiles import TileKey

_Z_STEPS = 1_000_000


class Shows(Protocol):
    """A painter, as far as the terminal can disappoint it."""

    def lost(self, image: int | None) -> None:
        """The terminal does not hold a picture any more; None when it holds none at all."""
        ...

    def lost_small(self, image: int, key: TileKey) -> None:
        """The terminal does not hold a small picture any more."""
        ...


@dataclass(slots=True)
class Terminal:
    """What all Kitty painters of an app share.

    Attributes:
        store: what the terminal holds.
        transport: the way to it.
        threads: for decoding and encoding.
        cell_px: size of a cell.
        in_tmux: whether a tmux lies between.
        views: how many painters were made; numbers their placements.
        layer: rises with each placement, so that a new picture covers the one that it replaces.
        painters: that show something.
        sheets: what overlays are made of.
        small: small pictures that the terminal holds.
        placements: how many small pictures were placed; numbers them.
    """

    store: Store
    transport: Transport
    threads: Executor
    cell_px: PixelSize
    in_tmux: bool
    views: int = 0
    layer: int = 0
    painters: list[Shows] = field(default_factory=list)
    placements: int = 0
    sheets: OverlaySheets = field(init=False)
    small: SmallPictures = field(init=False)

    def __post_init__(self) -> None:
        """Nothing is sent yet."""
        self.sheets = OverlaySheets(self.transport, self.threads, self.store.family)
        self.small = SmallPictures(self.store)

    @property
    def images(self) -> set[int]:
        """Ids that the terminal holds."""
        return self.store.images | self.sheets.images | self.small.images

    def forget_all(self) -> None:
        """The terminal may be another one, which holds nothing."""
        self.store.forget_all()
        self.sheets.forget()
        self.small.forget_all()
        for painter in list(self.painters):
            painter.lost(None)

    def answered(self, text: str) -> None:
        """The terminal said something about a picture: it could not take it, or has dropped it to make room.

        Args:
            text: of the answer, without what encloses it.
        """
        image = commands.failed_image(text)
        if image in self.sheets.images and "ENOENT" in text:
            self.sheets.lose()
        key = None if image is None else self.small.lose(image)
        if image is not None and key is not None:
            self.free([image])
            for painter in list(self.painters):
                painter.lost_small(image, key)
        if image is None or image not in self.store.images:
            return
        self.store.lose(image)
        # What is left of it, such as a placement by cells, would be in the way of the next one.
        self.free([image])
        for painter in list(self.painters):
            painter.lost(image)

    def free(self, images: list[int]) -> None:
        """Free pictures that nobody needs."""
        for image in images:
            self.transport.delete(commands.drop(image))

    def next_z(self) -> int:
        """For the next placement."""
        self.layer = (self.layer + 1) % _Z_STEPS
        return commands.BELOW_CELLS - _Z_STEPS + self.layer

    def next_placement(self) -> int:
        """Number of the next placement of a small picture; none is used twice, since a delete may come late."""
        self.placements += 1
        return self.placements
