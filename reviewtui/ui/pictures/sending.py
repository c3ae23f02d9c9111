"""Sends pictures piece by piece, so that the app's own frames and key echoes get between them. Event loop only.

Must not know what it sends.
"""

import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import NamedTuple, Protocol

from reviewtui.ui.pictures.kitty.transport import Pace
from reviewtui.ui.pictures.painter import TerminalLink

_NO_ROOM_S = 0.01
_SILENT_S = 2.0
"""A terminal that has said nothing for so long is not waited for any more, until it says something."""


class Parcel(NamedTuple):
    """Something to send.

    Attributes:
        text: gives what is written at once, when its turn has come; empty for nothing.
        sent: called when it was written.
    """

    text: Callable[[], str]
    sent: Callable[[], None]


class CallsLater(Protocol):
    """A canvas, as far as it is needed here."""

    def call_after(self, delay_s: float, function: Callable[[], object]) -> object:
        """Run something on the event loop later."""
        ...


class Drain:
    """What is on its way to the terminal, and whether more may follow.

    Args:
        canvas: for waiting.
        link: the line.
        pace: how fast it may go; shared by all who use the line.
        go_on: called when more may follow.
        clock: monotonic seconds.

    Attributes:
        is_wanted: more waits to be written, so the line never stands idle.
    """

    def __init__(
        self,
        canvas: CallsLater,
        link: TerminalLink,
        pace: Pace,
        go_on: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._canvas = canvas
        self._link = link
        self._clock = clock
        self._pace = pace
        self._go_on = go_on
        self.is_wanted = False
        self._open: dict[int, tuple[int, float]] = {}
        self._serial = 0
        self._is_silent = False

    def has_room(self, size_bytes: int) -> bool:
        """Whether so much may be written now."""
        under_way = sum(size for size, _ in self._open.values())
        # To the half of it: the line must not stand idle. A parcel that is larger than the window goes alone.
        return self._is_silent or not under_way or under_way + size_bytes / 2 <= self._pace.exact_window_bytes

    def note(self, size_bytes: int) -> None:
        """So much was written just now, roughly; the terminal is asked when it has drawn it."""
        self._serial += 1
        self._open[self._serial] = (size_bytes, self._clock())
        self._link.ask(partial(self._drained, self._serial))
        self._canvas.call_after(_SILENT_S, partial(self._give_up, self._serial))

    def _drained(self, serial: int) -> None:
        """The terminal has drawn everything up to a parcel."""
        self._is_silent = False
        found = self._open.get(serial)
        if found is not None:
            now_s = self._clock()
            is_full = self.is_wanted or len(self._open) > 1
            self._pace.answered(now_s - found[1], found[0], now_s, was_full=is_full)
        self._close(serial)

    def _give_up(self, serial: int) -> None:
        """No answer came in time; on a slow line an older one may still be due."""
        if serial in self._open and serial == min(self._open):
            self._is_silent = True
            self._close(serial)

    def _close(self, serial: int) -> None:
        for one in [known for known in self._open if known <= serial]:
            del self._open[one]
        self._go_on()


class Sender:
    """Sends parcels in order and waits for the terminal to keep up.

    Args:
        canvas: for waiting.
        link: the line.
        pace: how fast it may go; shared by all who use the line.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        canvas: CallsLater,
        link: TerminalLink,
        pace: Pace | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._canvas = canvas
        self._link = link
        self._pace = pace or Pace()
        self._drain = Drain(canvas, link, self._pace, self._go_on, clock)
        self._waiting: deque[Parcel] = deque()
        self._is_woken = False

    @property
    def bytes_per_s(self) -> float:
        """What the line carries, as far as it is known."""
        return self._pace.bytes_per_s

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits to be sent."""
        return not self._waiting

    def send(self, parcels: list[Parcel]) -> None:
        """Send these after what waits already."""
        self._waiting.extend(parcels)
        self._go_on()

    def cancel(self) -> None:
        """Forget what was not written yet."""
        self._waiting.clear()

    def _go_on(self) -> None:
        self._drain.is_wanted = bool(self._waiting)
        while self._waiting:
            text = self._waiting[0].text()
            if not self._link.has_room or not self._drain.has_room(len(text)):
                break
            parcel = self._waiting.popleft()
            self._drain.is_wanted = bool(self._waiting)
            if text:
                with self._link.together():
                    self._link.write(text)
                    self._drain.note(len(text))
            parcel.sent()
        if self._waiting and not self._link.has_room and not self._is_woken:
            self._is_woken = True
            self._canvas.call_after(_NO_ROOM_S, self._wake)

    def _wake(self) -> None:
        self._is_woken = False
        self._go_on()
