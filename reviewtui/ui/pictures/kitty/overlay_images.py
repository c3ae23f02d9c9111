"""Overlays of one view as placements of tiny pictures: what changed is placed anew, nothing is sent again.

Outside tmux they lie above pictures and below cells with a background. Behind tmux they hang on the picture's own
placement, wherever its cells stand; there they lie above text, so they hide while a dialog is open. A placement that is
not needed shows an empty pixel: deleting it would destroy an upload that is under way. Event loop only.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter

from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.ui.pictures.kitty import commands
from reviewtui.ui.pictures.kitty.overlay_pieces import Ground, Piece, pieces_for, sheets_ahead, sheets_for
from reviewtui.ui.pictures.kitty.overlay_sheets import (
    CORNERS,
    Sheet,
    SheetLook,
    empty_px,
    sheet_payload,
    unit_for,
)
from reviewtui.ui.pictures.kitty.store import RESERVED_IDS
from reviewtui.ui.pictures.kitty.transport import Transport, Upload
from reviewtui.ui.pictures.overlays import Overlay, OverlayKind
from reviewtui.ui.pictures.painter import Spot
from reviewtui.ui.pictures.strips import Rgb
from reviewtui.ui.pictures.viewport import Viewport

_ROUND_PX = 256
"""Sheets are somewhat larger than the room, so that a small change of the window sends nothing."""

_MOST_LOSSES = 5

_CALM_S = 0.3
"""When nothing was moved for so long, what the next steps are made of is sent."""

_DRAG_STEPS = 4
"""From so many steps without a calm moment on, corners are sent all the same."""

Loop = Callable[..., object]
Later = Callable[[float, Callable[[], object]], object]


class OverlaySheets:
    """The sheets that the terminal has, shared by all views.

    Args:
        transport: the way to it.
        threads: for encoding.
        family: of the ids, 0 to 255; programs that share a terminal need different ones.
    """

    def __init__(self, transport: Transport, threads: Executor, family: int) -> None:
        self._transport = transport
        self._threads = threads
        self._family = family
        self._look: SheetLook | None = None
        self._ready: set[Sheet] = set()
        self._coming: set[Sheet] = set()
        self._waiting: list[Callable[[], None]] = []
        self._generation = 0
        self._losses = 0
        self._placements: Counter[Sheet] = Counter()

    @property
    def images(self) -> set[int]:
        """Ids that the terminal holds or is about to."""
        return {self.image(sheet) for sheet in (*self._ready, *self._coming)}

    @property
    def is_idle(self) -> bool:
        """Whether none is on its way."""
        return not self._coming

    @property
    def look(self) -> SheetLook | None:
        """Of those that are there or come."""
        return self._look

    @property
    def generation(self) -> int:
        """Rises when placements of earlier sheets are gone."""
        return self._generation

    def image(self, sheet: Sheet) -> int:
        """Its id. Short, since every placement repeats it."""
        return self._family * RESERVED_IDS + sheet

    def new_placement(self, sheet: Sheet) -> int:
        """A number that no view has given to a placement of this sheet."""
        self._placements[sheet] += 1
        return self._placements[sheet]

    def look_for(self, room: PixelSize, cell: PixelSize, light: Rgb, accent: Rgb) -> SheetLook:
        """How sheets have to look for a room; those of a larger room will do."""
        old = self._look
        width, height = (-(-side // _ROUND_PX) * _ROUND_PX for side in (room.width, room.height))
        if old is not None:
            width, height = max(width, old.room.width), max(height, old.room.height)
        look = SheetLook(PixelSize(width, height), unit_for(cell), light, accent)
        if look != old:
            self.forget()
            self._look = look
        return look

    def has(self, sheets: set[Sheet]) -> bool:
        """Whether all of them are in the terminal."""
        return sheets <= self._ready

    def want(self, sheets: set[Sheet], loop: Loop, ready: Callable[[], None]) -> None:
        """Have sheets sent that are not there.

        Args:
            sheets: for the look that was asked for last.
            loop: brings a call back from a thread.
            ready: called when all of them are there.
        """
        assert self._look is not None
        missing = sheets - self._ready
        if missing and ready not in self._waiting:
            self._waiting.append(ready)
        for sheet in sorted(missing - self._coming):
            self._coming.add(sheet)
            future = self._threads.submit(sheet_payload, sheet, self._look)
            future.add_done_callback(partial(loop, self._encoded, sheet, self._generation))

    def forget(self) -> None:
        """What was sent is gone or of no use."""
        self._ready.clear()
        self._coming.clear()
        self._waiting.clear()
        self._generation += 1

    def lose(self) -> None:
        """The terminal dropped one to make room: all are sent again with the next step, a few times."""
        self._losses += 1
        if self._losses <= _MOST_LOSSES:
            self.forget()

    def _encoded(self, sheet: Sheet, generation: int, future: "Future[str]") -> None:
        if generation != self._generation or future.cancelled():
            return
        image = self.image(sheet)
        self._transport.send_soon(
            Upload(
                commands.transmission(image, future.result()),
                partial(self._sent, sheet, generation),
                commands.drop(image),
                urgent=True,
            )
        )

    def _sent(self, sheet: Sheet, generation: int) -> None:
        if generation == self._generation:
            self._ready.add(sheet)
            self._coming.discard(sheet)
            if not self._coming:
                waiting, self._waiting = self._waiting, []
                for ready in waiting:
                    ready()


@dataclass(slots=True)
class _Slot:
    """One placement: its number and what it was told last."""

    number: int
    said: str = ""


@dataclass(frozen=True, slots=True)
class _Shown:
    """What overlays stand on.

    Attributes:
        viewport: of the picture.
        spot: where it stands.
        parent: id of its image behind tmux, else None.
    """

    viewport: Viewport
    spot: Spot
    parent: int | None


@dataclass(eq=False, slots=True)
class KittyOverlays:
    """Overlays of one view.

    Attributes:
        sheets: shared by all views.
        transport: the way to the terminal.
        loop: brings a call back from a thread.
        later: calls something after some seconds.
    """

    sheets: OverlaySheets
    transport: Transport
    loop: Loop
    later: Later
    _overlays: tuple[Overlay, ...] = field(default=(), init=False)
    _colors: Mapping[OverlayKind, Rgb] = field(default_factory=dict, init=False)
    _shown: _Shown | None = field(default=None, init=False)
    _covered: bool = field(default=False, init=False)
    _drags: int = field(default=0, init=False)
    _slots: dict[Sheet, list[_Slot]] = field(default_factory=dict, init=False)
    _generation: int = field(default=0, init=False)
    _moves: int = field(default=0, init=False)

    def want(self, overlays: Sequence[Overlay], colors: Mapping[OverlayKind, Rgb]) -> None:
        """See ``Painter.overlay``."""
        before, after = (
            [one.rect for one in some if one.kind is OverlayKind.MASK_ACTIVE] for some in (self._overlays, overlays)
        )
        # Once is a jump, as to a preset; what goes on is a drag.
        self._drags = self._drags + (before != after) if before and after else 0
        self._overlays, self._colors = tuple(overlays), colors
        self._update()
        self._prepare_soon()

    def place(self, viewport: Viewport, spot: Spot, parent: int | None) -> None:
        """A picture was placed, for the first time or elsewhere."""
        self._shown = _Shown(viewport, spot, parent)
        self._update()
        self._prepare_soon()

    def cover(self, *, covered: bool) -> None:
        """See ``Painter.cover``; outside tmux dialogs lie above by themselves."""
        self._covered = covered
        if self._shown is not None and self._shown.parent is not None:
            self._update()

    def take_away(self) -> None:
        """The picture is gone from the screen."""
        self._shown = None
        for sheet, slots in self._slots.items():
            for slot in slots:
                self.transport.delete(commands.take_away(self.sheets.image(sheet), slot.number))
        self._slots.clear()

    def forget(self) -> None:
        """Nothing that was sent exists any more."""
        self._shown = None
        self._slots.clear()

    def _update(self) -> None:
        """Place what differs from what the terminal was told."""
        shown = self._shown
        if shown is None or not (self._overlays or self._slots):
            return
        wanted: dict[Sheet, list[Piece]] = {}
        is_hidden = self._covered and shown.parent is not None
        if self._overlays and not is_hidden:
            look = self._look(shown)
            self.sheets.want(
                sheets_for(self._overlays, look, dragged=self._drags >= _DRAG_STEPS), self.loop, self._update
            )
            cornered = frozenset(kind for kind, pair in CORNERS.items() if self.sheets.has(set(pair)))
            ground = Ground(shown.viewport, shown.spot.seen, look, cornered)
            for piece in pieces_for(self._overlays, ground):
                wanted.setdefault(piece.sheet, []).append(piece)
        if self._generation != self.sheets.generation:
            self._generation = self.sheets.generation
            self._slots.clear()
        self.transport.say(_joined(self._said(shown, wanted)))

    def _prepare_soon(self) -> None:
        self._moves += 1
        if self._colors and not self.sheets.has(sheets_ahead(self._overlays, self.sheets.look)):
            self.later(_CALM_S, partial(self._prepare, self._moves))

    def _prepare(self, moves: int) -> None:
        """In a calm moment: no step has to bring its sheets along."""
        if moves == self._moves and self._shown is not None:
            ahead = sheets_ahead(self._overlays, self._look(self._shown))
            self.sheets.want(ahead, self.loop, self._update)

    def _look(self, shown: _Shown) -> SheetLook:
        light, accent = self._colors[OverlayKind.NOTE], self._colors[OverlayKind.MASK_ACTIVE]
        viewport = shown.viewport
        return self.sheets.look_for(viewport.room, viewport.grain, light, accent)

    def _said(self, shown: _Shown, wanted: Mapping[Sheet, list[Piece]]) -> list[tuple[str, str]]:
        """Places of the cursor and commands, for placements that change."""
        found: list[tuple[str, str]] = []
        for sheet in sorted({*wanted, *self._slots}):
            if not self.sheets.has({sheet}):
                continue
            pieces, slots = wanted.get(sheet, []), self._slots.setdefault(sheet, [])
            while len(slots) < len(pieces):
                slots.append(_Slot(self.sheets.new_placement(sheet)))
            for number, slot in enumerate(slots):
                piece = pieces[number] if number < len(pieces) else self._nothing(sheet)
                where, text = _spelled(self.sheets.image(sheet), slot.number, piece, shown)
                if where + text != slot.said:
                    slot.said = where + text
                    found.append((where, text))
        return found

    def _nothing(self, sheet: Sheet) -> Piece:
        look = self.sheets.look
        assert look is not None
        return Piece(sheet, PixelRect(*empty_px(sheet, look), 1, 1), 0, 0)


def _spelled(image: int, number: int, piece: Piece, shown: _Shown) -> tuple[str, str]:
    cell, source = shown.viewport.grain, piece.source
    column, row = piece.x // cell.width, piece.y // cell.height
    inset = commands.Inset(source, piece.x % cell.width, piece.y % cell.height)
    if shown.parent is None:
        where = commands.go_to(shown.spot.column + column, shown.spot.row + row)
        return where, commands.place_over(image, number, inset)
    return "", commands.hang_over(
        image, number, inset, shown.parent, column - shown.spot.seen.x, row - shown.spot.seen.y
    )


def _joined(said: list[tuple[str, str]]) -> str:
    """One text; the cursor stays where it is behind a placement, so what begins in one cell goes together."""
    parts: list[str] = []
    at = ""
    for where, text in sorted(said, key=itemgetter(0)):
        parts += [where, text] if where != at else [text]
        at = where
    return "".join(parts)
