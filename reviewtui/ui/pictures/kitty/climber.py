"""Gets pictures up the ladder: loads and encodes in threads, sends, and goes on with the next rung meanwhile.

Knows which picture is waited for, which is shown and may become better, and what may be wanted next. Must not show
anything. Event loop only, the work in threads excepted.
"""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from reviewtui.model.errors import ReviewError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.ui.pictures.kitty import commands
from reviewtui.ui.pictures.kitty.climbing import (
    BEST,
    PALETTE_RUNG,
    Climb,
    encode_climb,
    is_small_change,
    widened,
)
from reviewtui.ui.pictures.kitty.rungs import LADDER, Encoded, first_rung
from reviewtui.ui.pictures.kitty.store import Content, Resident, Scratch
from reviewtui.ui.pictures.kitty.terminal import Terminal
from reviewtui.ui.pictures.kitty.transport import Upload
from reviewtui.ui.pictures.painter import PREVIEW, TRUE, Canvas, Wanted

IDLE_S = 0.4
"""How long a picture is looked at before its exact pixels are sent."""

_SETTLE_S = 0.15
"""How long a view rests before a sharper picture is made, when what is at hand is not too bad."""

_FAIR_SHARPNESS = 0.5
_ROOMY_BYTES_PER_S = 1_000_000
"""From this speed on more than the window is sent at once, so that it can be moved without sending again."""


class Shower(Protocol):
    """Whoever shows what was sent."""

    def delivered(self, wanted: Wanted, resident: Resident) -> None:
        """Something that is wanted is in the terminal, or better than before."""
        ...

    def failed(self, wanted: Wanted, error: ReviewError) -> None:
        """What is waited for cannot be had."""
        ...

    def base_for(self, wanted: Wanted) -> Resident | None:
        """A picture that something hardly differs from, whole or a larger part of it, and that may get a frame."""
        ...

    def frames_begin(self, base: Resident, with_frames: Resident) -> None:
        """A picture got its first frame besides itself."""
        ...


@dataclass(frozen=True, slots=True)
class AtHand:
    """What shows something wanted already, though not as well as possible.

    Attributes:
        rung: of the ladder; None for a part of a picture at another scale.
        sharpness: pixels that were sent for each pixel of the screen.
    """

    rung: int | None
    sharpness: float

    @property
    def better_rung(self) -> int:
        """The lowest rung that looks better."""
        if self.rung is not None:
            return min(self.rung + 1, BEST)
        better = (n for n in range(PALETTE_RUNG) if 1 / LADDER[n].reductions[0] > self.sharpness)
        return next(better, PALETTE_RUNG)


class Climber:
    """See the module.

    Args:
        canvas: the view.
        terminal: shared by all painters of the app.
        shower: gets what was sent.
    """

    def __init__(self, canvas: Canvas, terminal: Terminal, shower: Shower) -> None:
        self._canvas = canvas
        self._terminal = terminal
        self._shower = shower
        self._wanted: Wanted | None = None
        self._waited_for: Climb | None = None
        self._showing: Climb | None = None
        self._ahead: Climb | None = None
        self._next: Wanted | None = None
        self._working = 0
        self._closed = False

    @property
    def is_waited_for(self) -> bool:
        """Whether nothing of the newest wish was delivered yet."""
        return self._waited_for is not None

    @property
    def is_idle(self) -> bool:
        """Whether no thread works."""
        return not self._working

    def want(self, wanted: Wanted, at_hand: AtHand | None = None, *, plain: Wanted | None = None) -> None:
        """Get something that somebody waits for.

        Args:
            wanted: the picture.
            at_hand: what is shown meanwhile.
            plain: the same without provisional pixels, if that is to be sent first.
        """
        self.cancel()
        self._wanted = wanted
        climb = self._waited_for = self._new_climb(wanted if plain is None else plain, urgent=True)
        if at_hand is not None:
            climb.rung = max(climb.rung, at_hand.better_rung)
        if at_hand is not None and at_hand.sharpness >= _FAIR_SHARPNESS:
            self._canvas.call_after(_SETTLE_S, partial(self._begin, climb))
        else:
            self._begin(climb)

    def refine(self, wanted: Wanted) -> None:
        """Make what is shown exact when it is looked at for a while."""
        self.cancel()
        self._wanted = wanted
        climb = self._showing = Climb(wanted, Content.of(wanted), BEST, urgent=False, last_rung=BEST)
        self._canvas.call_after(IDLE_S, partial(self._begin, climb))

    def rest(self, wanted: Wanted) -> None:
        """What is shown cannot become better; its surroundings may be wanted next."""
        self.cancel()
        self._wanted = wanted
        self._canvas.call_after(IDLE_S, partial(self._prepare_surroundings, wanted))

    def prefetch(self, wanted: Wanted) -> None:
        """Something that may be wanted next, up to colours of a palette; only the last wish counts."""
        self._next = wanted
        self._prefetch_next()

    def cancel(self) -> None:
        """Drop what was asked for, and what nobody waits for."""
        for climb in (self._waited_for, self._showing, self._ahead):
            if climb is not None:
                climb.dropped = True
                for upload in climb.uploads:
                    self._terminal.transport.cancel(upload)
                climb.uploads.clear()
        self._waited_for = self._showing = self._ahead = self._wanted = None

    def close(self) -> None:
        """Say no more; work that runs is not waited for."""
        self.cancel()
        self._closed = True

    # Work

    def _new_climb(self, wanted: Wanted, *, urgent: bool) -> Climb:
        speed = self._terminal.transport.pace.bytes_per_s
        if urgent and speed > _ROOMY_BYTES_PER_S and not is_small_change(wanted):
            wanted = widened(wanted, in_tmux=self._terminal.in_tmux)
        area, grain = wanted.viewport.area, wanted.viewport.grain
        rung = first_rung(PixelSize(area.width * grain.width, area.height * grain.height), speed)
        if not urgent and any(self._terminal.store.covers(wanted)):
            # What is at hand would do until the palette comes.
            rung = max(rung, PALETTE_RUNG)
        if wanted.patch is not None and is_small_change(wanted):
            # Provisional pixels are over before exact ones of them would be there.
            return Climb(wanted, Content.of(wanted), PALETTE_RUNG, urgent, PALETTE_RUNG)
        return Climb(wanted, Content.of(wanted), rung, urgent, BEST if urgent else max(PALETTE_RUNG, rung))

    def _begin(self, climb: Climb) -> None:
        """Start a climb, or go on with exact pixels."""
        if climb.dropped or self._closed:
            return
        if climb is self._showing and (self._ahead is not None or self._prefetch_change()):
            # What a flip needs is small and goes first; exact pixels follow.
            climb.waits = True
            return
        climb.waits = False
        self._work(climb, climb.rung, self._base_for(climb))

    def _base_for(self, climb: Climb) -> Resident | None:
        """What a climb should be a frame of, now that it begins."""
        if climb.canvas is not None or not is_small_change(climb.wanted):
            return None
        base = self._shower.base_for(climb.wanted)
        if base is None or (climb.rung == BEST and base.truth != TRUE):
            return None
        climb.wanted = replace(climb.wanted, viewport=base.viewport)
        climb.content = Content.of(climb.wanted)
        return base

    def _work(self, climb: Climb, rung: int, base: Resident | None = None) -> None:
        """Encode a rung in a thread."""
        if self._closed or climb.dropped:
            return
        self._working += 1
        speed = self._terminal.transport.pace.bytes_per_s
        scratch = None if base is None else self._scratch_for(climb, base)
        future = self._terminal.threads.submit(encode_climb, climb, rung, base, speed, scratch)
        future.add_done_callback(partial(self._canvas.call_on_loop, self._encoded, climb, rung, base))

    def _encoded(
        self, climb: Climb, rung: int, base: Resident | None, future: "Future[tuple[Encoded, PixelRect] | None]"
    ) -> None:
        self._working -= 1
        if climb.dropped or future.cancelled() or self._closed:
            self._prefetch_next()
            return
        try:
            result = future.result()
        except ReviewError as error:
            self._fail(climb, error)
            return
        assert result is not None
        encoded, place = result
        if base is not None:
            self._send_frame(climb, rung, base, encoded, place)
            return
        self._send(climb, rung, encoded)
        # The line must not fall silent while the next rung is made; but exact pixels wait for idle time.
        if rung < min(climb.last_rung, PALETTE_RUNG):
            self._work(climb, rung + 1)

    def _fail(self, climb: Climb, error: ReviewError) -> None:
        if climb is self._waited_for:
            self._waited_for = None
            self._shower.failed(climb.wanted, error)
        elif climb is self._ahead:
            # A neighbour that cannot be read says so when it is looked at.
            self._ahead = None
            self._go_on_showing()

    def _send(self, climb: Climb, rung: int, encoded: Encoded) -> None:
        assert climb.colors is not None
        assert climb.canvas is not None
        canvas = PixelSize(climb.canvas.shape[1], climb.canvas.shape[0])
        image = self._terminal.store.new_id()
        viewport = climb.wanted.viewport
        resident = Resident(climb.content, viewport, image, encoded.size, canvas, encoded.truth, climb.colors, rung)
        self._queue(climb, commands.transmission(image, encoded.payload), commands.drop(image), resident, None, rung)

    def _send_frame(self, climb: Climb, rung: int, base: Resident, encoded: Encoded, place: PixelRect) -> None:
        """Send only what differs from a picture that the terminal has."""
        scratch = self._scratch_for(climb, base)
        if scratch is None and not self._terminal.store.may_grow(base.image):
            self._work(climb, rung)
            return
        assert climb.colors is not None
        truth = encoded.truth
        resident = replace(base, content=climb.content, colors=climb.colors, has_frames=True, truth=truth)
        if scratch is None:
            words = commands.frame(base.image, encoded.payload, place.x, place.y, base.frame)
        else:
            words = commands.repaint_frame(base.image, encoded.payload, place.x, place.y, scratch.frame)
        climb.place = place
        self._queue(climb, words, commands.abort_frame(base.image), resident, base, rung)

    def _queue(
        self, climb: Climb, words: Sequence[str], abort: str, resident: Resident, base: Resident | None, rung: int
    ) -> None:
        def sent() -> None:
            climb.uploads.remove(upload)
            if base is None:
                self._sent(climb, resident)
            else:
                self._frame_sent(climb, rung, base, resident)

        # Exact pixels and what nobody waits for give way.
        upload = Upload(words, sent, abort, climb.urgent and rung < BEST)
        climb.uploads.append(upload)
        self._terminal.transport.send(upload)

    def _frame_sent(self, climb: Climb, rung: int, base: Resident, resident: Resident) -> None:
        store = self._terminal.store
        if base.image not in store.images:
            self._work(climb, rung)
            return
        with_frames = replace(base, has_frames=True)
        if store.find(base.content) is base:
            store.keep(with_frames)
        self._shower.frames_begin(base, with_frames)
        scratch = self._scratch_for(climb, base)
        # Frames are numbered as they are sent, whichever view they are for.
        number = store.frames(base.image) + 1 if scratch is None else scratch.frame
        if climb.wanted.patch is not None and climb.place is not None:
            store.keep_scratch(base.image, Scratch(number, base.frame, climb.place))
        self._sent(climb, replace(resident, frame=number))

    def _scratch_for(self, climb: Climb, base: Resident) -> Scratch | None:
        """The frame that provisional pixels are painted on, if there is one that is a copy of ``base`` elsewhere."""
        found = None if climb.wanted.patch is None else self._terminal.store.scratch(base.image)
        return found if found is not None and found.base == base.frame else None

    def _sent(self, climb: Climb, resident: Resident) -> None:
        """A rung is in the terminal."""
        self._terminal.free(self._terminal.store.keep(resident))
        if self._wanted is not None and climb in (self._waited_for, self._showing) and not climb.dropped:
            self._waited_for, self._showing = None, climb
            self._shower.delivered(self._wanted, resident)
        if not climb.dropped:
            self._go_on(climb, BEST if resident.truth == TRUE else resident.rung)

    def _go_on(self, climb: Climb, rung: int) -> None:
        """After a rung: exact pixels in idle time, or what else there is to do."""
        if rung < min(climb.last_rung, PALETTE_RUNG):
            return
        if climb is self._ahead:
            self._ahead = None
            self._go_on_showing()
        elif climb is self._showing and rung < climb.last_rung:
            climb.rung = BEST
            if is_small_change(climb.wanted):
                # It may become a frame of an exact picture.
                climb.canvas = None
            self._canvas.call_after(IDLE_S, partial(self._begin, climb))
        else:
            climb.is_done = True
            self._go_on_showing()

    # What may be wanted next

    def _go_on_showing(self) -> None:
        if self._showing is not None and self._showing.waits:
            self._begin(self._showing)
            return
        if self._showing is not None and self._showing.is_done and self._wanted is not None and self._next is None:
            self._prepare_surroundings(self._wanted)
        self._prefetch_next()

    def _prepare_surroundings(self, wanted: Wanted) -> None:
        """Behind what is looked at closely, what lies around it."""
        if wanted is not self._wanted or self._ahead is not None or self._next is not None:
            return
        around = widened(wanted, in_tmux=self._terminal.in_tmux)
        if around is not wanted and not any(
            one.content.scale == around.viewport.scale and one.truth != PREVIEW
            for one in self._terminal.store.covers(around)
        ):
            self._next = replace(around, kin=None)
            self._prefetch_next()

    def _is_at_hand(self, wanted: Wanted) -> bool:
        """Whether it could be shown at once, as a frame of what it hardly differs from if that is at hand too."""
        found = self._terminal.store.find(Content.of(wanted))
        if found is None or not is_small_change(wanted):
            return found is not None
        base = self._shower.base_for(wanted)
        return base is None or base.image == found.image or (found.truth == TRUE and base.truth != TRUE)

    def _prefetch_next(self) -> None:
        busy = self._waited_for is not None or (self._showing is not None and not self._showing.is_done)
        if not busy:
            self._prefetch_now()

    def _prefetch_change(self) -> bool:
        """Begin with what is wanted next when it is a small part of something; whether it was."""
        return self._next is not None and is_small_change(self._next) and self._prefetch_now()

    def _prefetch_now(self) -> bool:
        if self._next is None or self._ahead is not None or self._closed:
            return False
        wanted, self._next = self._next, None
        if wanted.viewport.is_empty or self._is_at_hand(wanted):
            return False
        self._ahead = self._new_climb(wanted, urgent=False)
        self._begin(self._ahead)
        return True
