"""The tile painter for terminals with Kitty graphics: each small picture is sent once and stays in the terminal.

On a slow line a first look of a kilobyte comes for all tiles in view before any of them becomes sharp. At most two
are on their way at a time, so that a held key leaves no backlog. See ``tiles``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from PIL import Image
from rich.color import ColorSystem
from textual.strip import Strip

from reviewtui.model.errors import BusyError, ReviewError
from reviewtui.model.geometry import CellRect, CellSize, PixelRect, PixelSize
from reviewtui.ui.pictures.errands import Errands
from reviewtui.ui.pictures.kept import Kept
from reviewtui.ui.pictures.kitty import commands
from reviewtui.ui.pictures.kitty.painting import part_of
from reviewtui.ui.pictures.kitty.palette import png, quantized, recolored, refined, steadied
from reviewtui.ui.pictures.kitty.placeholders import NamedStrip
from reviewtui.ui.pictures.kitty.rungs import Encoded, exact_png
from reviewtui.ui.pictures.kitty.small_pictures import MOST, SmallResident
from reviewtui.ui.pictures.kitty.terminal import Terminal
from reviewtui.ui.pictures.kitty.transport import Upload
from reviewtui.ui.pictures.strips import HOLE, CellStrip
from reviewtui.ui.pictures.tiles import (
    SmallPicture,
    SmallSource,
    Tile,
    TileCanvas,
    TileKey,
    TileLook,
    TileSpot,
    load_small,
)

_ON_THE_WAY = 2
_AHEAD = 6
"""Small pictures that are encoded before the line has room for them, at most."""

_READY_BYTES = 4 << 20
_MOST_LOSSES = 3
_SMOOTH_BYTES_PER_S = 400_000
"""From this speed on a page is there so soon that a first look would only flicker."""

_HASTY_BYTES_PER_S = 1_500_000
_LOOK_REDUCTION, _LOOK_COLOURS = 4, 32
_COLOURS, _TOLERANCE = 128, 60.0
"""Of a sharp one on a slow line: 38.6 dB for 8.2 KB at 240×160 (median of 16 photographs)."""


class _Job(NamedTuple):
    key: TileKey
    is_sharp: bool


@dataclass(frozen=True, slots=True)
class _Ready:
    encoded: Encoded
    cells: CellSize


@dataclass(frozen=True, slots=True, eq=False)
class _KittyPicture:
    """See ``SmallPicture``."""

    resident: SmallResident
    in_tmux: bool

    @property
    def cells(self) -> CellSize:
        """Its size."""
        return self.resident.cells

    def row(self, row: int) -> Strip:
        """See ``SmallPicture.row``."""
        width = self.cells.width
        if self.in_tmux:
            return NamedStrip.of_picture(self.resident.image, row, width)
        return CellStrip([HOLE] * width, ColorSystem.TRUECOLOR)


class _Place(NamedTuple):
    """A placement of a picture: its number, and where it is."""

    number: int
    column: int
    row: int
    seen: CellRect


class KittyTiles:
    """See ``TilePainter``.

    Args:
        canvas: the widget.
        terminal: shared by all painters of the app.
    """

    name = "kitty"

    def __init__(self, canvas: TileCanvas, terminal: Terminal) -> None:
        self._canvas = canvas
        self._terminal = terminal
        terminal.painters.append(self)
        self._errands: Errands[_Job, _Ready] = Errands(terminal.threads, canvas.call_on_loop, self._encoded)
        self._look: TileLook | None = None
        self._wanted: dict[TileKey, SmallSource] = {}
        self._ready: Kept[_Job, _Ready] = Kept(_READY_BYTES)
        self._uploads: dict[_Job, Upload] = {}
        self._failed: set[TileKey] = set()
        self._losses: dict[TileKey, int] = {}
        self._places: dict[tuple[int, int], _Place] = {}
        self._closed = False

    @property
    def is_idle(self) -> bool:
        """Whether no thread works and nothing is to be sent."""
        return self._errands.is_idle and not self._uploads and self._terminal.transport.is_idle

    def want(self, tiles: Sequence[Tile], look: TileLook) -> None:
        """See ``TilePainter.want``."""
        self._look = look
        wanted = {TileKey.of(tile, look): tile.source for tile in tiles}
        most = MOST if self._terminal.small.names_are_few else len(wanted)
        self._wanted = dict(list(wanted.items())[:most])
        for job, upload in list(self._uploads.items()):
            if job.key not in self._wanted and not upload.sent:
                del self._uploads[job]
                self._terminal.transport.cancel(upload)
        self._go_on()

    def find(self, tile: Tile) -> SmallPicture | None:
        """See ``TilePainter.find``."""
        if self._look is None:
            return None
        found = self._terminal.small.find(TileKey.of(tile, self._look))
        return None if found is None else _KittyPicture(found, self._terminal.in_tmux)

    def show(self, spots: Sequence[TileSpot]) -> None:
        """See ``TilePainter.show``."""
        if not self._terminal.in_tmux:
            self._place(spots)
        self._terminal.free(self._terminal.small.take_retired())

    def withdraw(self) -> None:
        """See ``TilePainter.withdraw``."""
        self._wanted = {}
        self._errands.want(())
        self._failed.clear()
        for job, upload in list(self._uploads.items()):
            if not upload.sent:
                del self._uploads[job]
                self._terminal.transport.cancel(upload)
        self.show(())

    def close(self) -> None:
        """See ``TilePainter.close``."""
        self.withdraw()
        self._closed = True
        self._errands.close()
        if self in self._terminal.painters:
            self._terminal.painters.remove(self)

    def lost(self, image: int | None) -> None:
        """See ``Shows``; ``Terminal`` has forgotten it already."""
        gone = [known for known in self._places if image in (None, known[0])]
        for known in gone:
            del self._places[known]
        if image is None:
            self._canvas.arrived(list(self._wanted))
            self._go_on()

    def lost_small(self, image: int, key: TileKey) -> None:
        """The terminal could not take a small picture, or dropped it."""
        self.lost(image)
        self._losses[key] = self._losses.get(key, 0) + 1
        if self._losses[key] > _MOST_LOSSES:
            self._failed.add(key)
        if key in self._wanted:
            self._canvas.arrived([key])
            self._go_on()

    # Getting them there

    def _jobs(self) -> list[_Job]:
        """What is still to be sent, the most wanted first."""
        small, speed = self._terminal.small, self._terminal.transport.pace.bytes_per_s
        missing: list[TileKey] = []
        blurred: list[TileKey] = []
        for key in self._wanted:
            found = small.find(key)
            if key in self._failed or (found is not None and found.is_sharp):
                continue
            (missing if found is None else blurred).append(key)
        if speed >= _SMOOTH_BYTES_PER_S:
            return [_Job(key, True) for key in self._wanted if key in {*missing, *blurred}]
        return [*(_Job(key, False) for key in missing), *(_Job(key, True) for key in (*blurred, *missing))]

    def _go_on(self) -> None:
        """Send what is ready, and get ready what comes next."""
        if self._closed:
            return
        jobs = [job for job in self._jobs() if job not in self._uploads]
        for job in jobs:
            if len(self._uploads) >= _ON_THE_WAY:
                break
            ready = self._ready.find(job)
            # A sharp one that is ready waits until each has its first look.
            if ready is None:
                break
            self._send(job, ready)
        speed = self._terminal.transport.pace.bytes_per_s
        next_ones = [job for job in jobs if job not in self._uploads][:_AHEAD]
        self._errands.want(
            (job, partial(self._encode, job, self._wanted[job.key], speed))
            for job in next_ones
            if job not in self._ready
        )

    def _encode(self, job: _Job, source: SmallSource, bytes_per_s: float) -> _Ready:
        """Blocking, runs in a thread."""
        grain = self._terminal.cell_px
        pixels = load_small(source, job.key.room, grain, job.key.look.ground_rgb)
        cells = CellSize(pixels.shape[1] // grain.width, pixels.shape[0] // grain.height)
        if not job.is_sharp:
            pixels = np.asarray(Image.fromarray(pixels).reduce(_LOOK_REDUCTION))
            data = png(refined(pixels, quantized(pixels, _LOOK_COLOURS)), 9)
        elif bytes_per_s >= _HASTY_BYTES_PER_S:
            data = exact_png(pixels)
        else:
            few = steadied(pixels, refined(pixels, quantized(pixels, _COLOURS)), _TOLERANCE)
            data = png(recolored(pixels, few), 9)
        return _Ready(Encoded.of(data, PixelSize(pixels.shape[1], pixels.shape[0]), ""), cells)

    def _encoded(self, job: _Job, result: _Ready | ReviewError) -> None:
        if isinstance(result, ReviewError):
            # Its room stays empty; who opens it is told why.
            if not isinstance(result, BusyError):
                self._failed.add(job.key)
        else:
            self._ready.keep(job, result, len(result.encoded.payload))
        self._go_on()

    def _send(self, job: _Job, ready: _Ready) -> None:
        image = self._terminal.small.new_id()
        words = commands.transmission(image, ready.encoded.payload)

        def sent() -> None:
            self._uploads.pop(job, None)
            self._arrived(SmallResident(job.key, image, ready.encoded.size, ready.cells, job.is_sharp))

        def dropped() -> None:
            self._uploads.pop(job, None)
            self._canvas.call_on_loop(self._go_on)

        upload = Upload(words, sent, commands.drop(image), urgent=False, dropped=dropped)
        self._uploads[job] = upload
        self._terminal.transport.send(upload)

    def _arrived(self, resident: SmallResident) -> None:
        if self._terminal.in_tmux:
            self._terminal.transport.say(commands.place_virtually(resident.image, resident.cells))
        self._terminal.small.keep(resident, self._wanted.keys())
        self._canvas.arrived([resident.key])
        # Not from within the transport.
        self._canvas.call_on_loop(self._go_on)

    # Showing

    def _place(self, spots: Sequence[TileSpot]) -> None:
        """Say only what differs from what stands there."""
        old, self._places = self._places, {}
        words: list[str] = []
        for spot in spots:
            picture = self.find(spot.tile)
            if not isinstance(picture, _KittyPicture):
                continue
            resident = picture.resident
            # The same picture may be in view more than once.
            copy = 0
            while (resident.image, copy) in self._places:
                copy += 1
            before = old.get((resident.image, copy))
            number = self._terminal.next_placement() if before is None else before.number
            place = _Place(number, spot.column, spot.row, spot.seen)
            self._places[resident.image, copy] = place
            if place != before:
                words.append(self._words(resident, place))
        self._terminal.transport.say("\x1b7" + "".join(words) + "\x1b8" if words else "")
        images = self._terminal.small.images
        for (image, copy), place in old.items():
            if (image, copy) not in self._places and image in images:
                self._terminal.transport.delete(commands.take_away(image, place.number))

    def _words(self, resident: SmallResident, place: _Place) -> str:
        seen, crop = place.seen, None
        if (seen.width, seen.height) != (resident.cells.width, resident.cells.height):
            crop = part_of(PixelRect.of_size(resident.size), seen, resident.cells)
        return commands.place(
            commands.Placement(
                resident.image,
                place.number,
                place.column + seen.x,
                place.row + seen.y,
                CellSize(seen.width, seen.height),
                crop,
                self._terminal.next_z(),
            )
        )
