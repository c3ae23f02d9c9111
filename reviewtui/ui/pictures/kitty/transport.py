"""Sends pictures in slices, so that the line to the terminal is never full and a key is answered between two slices.

After each slice the terminal is asked whether it has processed it; the answers tell how much may be under way. Only
one upload is open at a time, since the protocol has no way to tell two apart; deleting anything would destroy it, so
deletes wait. Event loop only. Must not know pictures.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from reviewtui.ui.pictures.painter import TerminalLink
from reviewtui.ui.pictures.writing import for_tmux

_FIRST_WINDOW_BYTES = 16 * 1024
_MOST_FIRST_BYTES = 64 * 1024
_LEAST_WINDOW_BYTES = 8 * 1024
_LARGEST_WINDOW_BYTES = 1 << 20
_CALM_S, _CROWDED_S = 0.045, 0.090
_FAST_WINDOW_BYTES = 96 * 1024
_FAST_SLICE = 4
"""Commands in a slice on a fast link."""

_MOST_SLICES = 24
_SILENCE_S = 4.0
_FIRST_GUESS_BYTES_PER_S = 125_000.0
_BLOCKED_S = 0.02
_LONG_S, _SHORT_S = 0.25, 0.05
"""How long an upload is watched for its speed, at least; shorter ones when they end."""


@dataclass(eq=False, slots=True)
class Upload:
    """One picture or frame on its way.

    Attributes:
        commands: to be written in order.
        finished: called when the last one was written.
        abort: what ends it half-way.
        urgent: somebody waits for it; else it gives way.
        dropped: called when something urgent ended it half-way.
    """

    commands: Sequence[str]
    finished: Callable[[], None]
    abort: str
    urgent: bool
    dropped: Callable[[], None] = lambda: None
    sent: int = field(default=0, init=False)

    @property
    def is_open(self) -> bool:
        """Whether some of it was written and some was not."""
        return 0 < self.sent < len(self.commands)


class Pace:
    """How much may be under way, and how fast the link is. Pure."""

    def __init__(self) -> None:
        self.window_bytes: float = _FIRST_WINDOW_BYTES
        self.base_s: float | None = None
        self._base_bytes = 0
        self.bytes_per_s: float = _FIRST_GUESS_BYTES_PER_S
        self._measured = False
        self._busy_since_s: float | None = None
        self._busy_bytes = 0

    @property
    def is_measured(self) -> bool:
        """Whether the speed is more than a guess."""
        return self._measured

    @property
    def lazy_window_bytes(self) -> float:
        """How much may be under way of what nobody waits for: what the link holds, to be out of the way soon."""
        held_bytes = self.bytes_per_s * (self.base_s or 0.0)
        return min(self.window_bytes, max(held_bytes, _LEAST_WINDOW_BYTES))

    @property
    def exact_window_bytes(self) -> float:
        """How much may be under way of what cannot be cut into small slices: what keeps the line busy, and not more."""
        held_bytes = self.bytes_per_s * (self.base_s or 0.0)
        return min(self.window_bytes, held_bytes + _LEAST_WINDOW_BYTES)

    def expect(self, round_trip_s: float) -> None:
        """Begin with as much under way as a line holds that is so long; a short window would leave it idle."""
        held_bytes = self.bytes_per_s * round_trip_s * 1.25
        self.window_bytes = max(self.window_bytes, min(held_bytes, _MOST_FIRST_BYTES))

    def answered(self, took_s: float, size_bytes: int, now_s: float, *, was_full: bool) -> None:
        """A slice was processed.

        Args:
            took_s: since it was written.
            size_bytes: of the slice.
            now_s: monotonic seconds.
            was_full: whether more was waiting behind it, so that the link was busy all the time.
        """
        if self.base_s is None or took_s < self.base_s:
            self.base_s, self._base_bytes = took_s, size_bytes
        # What is larger than the quickest one takes longer by itself.
        crowd_s = took_s - self.base_s - max(size_bytes - self._base_bytes, 0) / self.bytes_per_s
        if crowd_s < _CALM_S:
            # Twice as much in one round trip while it is calm and fast, one slice more otherwise.
            grown = size_bytes if took_s < 0.02 else size_bytes / 2
            self.window_bytes = min(self.window_bytes + grown, _LARGEST_WINDOW_BYTES)
        elif crowd_s > _CROWDED_S:
            self.window_bytes = max(self.window_bytes * 0.85, _LEAST_WINDOW_BYTES)
        self._measure(size_bytes, now_s, was_full=was_full)

    def _measure(self, size_bytes: int, now_s: float, *, was_full: bool) -> None:
        """Answers come in bunches: only what came over a while tells the speed."""
        if self._busy_since_s is None:
            self._busy_since_s, self._busy_bytes = now_s, 0
        else:
            self._busy_bytes += size_bytes
            while_s = now_s - self._busy_since_s
            if while_s >= _LONG_S or (not was_full and while_s >= _SHORT_S):
                speed = self._busy_bytes / while_s
                self.bytes_per_s += (speed - self.bytes_per_s) * (0.3 if self.is_measured else 0.7)
                self._measured = True
                self._busy_since_s, self._busy_bytes = now_s, 0
        if not was_full:
            self._busy_since_s = None


class Transport:
    """The queue to the terminal.

    Args:
        link: the line.
        in_tmux: whether everything must be wrapped.
        later: calls something after some seconds.
        clock: monotonic seconds.
        seems_mute: it answered nothing before, so that waiting for a first answer is in vain.
    """

    def __init__(
        self,
        link: TerminalLink,
        *,
        in_tmux: bool,
        later: Callable[[float, Callable[[], object]], object],
        clock: Callable[[], float] = time.monotonic,
        seems_mute: bool = False,
    ) -> None:
        self._link = link
        self._in_tmux = in_tmux
        self._later = later
        self._clock = clock
        self.pace = Pace()
        self.lost: Callable[[], None] = lambda: None
        self._uploads: deque[Upload] = deque()
        self._deletes: list[str] = []
        self._in_flight: dict[int, tuple[int, float]] = {}
        self._serial = 0
        self._waiting = False
        self._silent_since_s: float | None = None
        self._seems_mute = seems_mute
        self._has_answered = False
        self._closed = False

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits to be sent."""
        return not self._uploads and not self._deletes

    def together(self) -> AbstractContextManager[None]:
        """What is said and asked meanwhile is one text on the line."""
        return self._link.together()

    def say(self, text: str) -> None:
        """Write something short at once; it may stand between the slices of an upload. Never a delete."""
        if text and not self._closed:
            self._link.write(for_tmux(text) if self._in_tmux else text)

    def delete(self, text: str) -> None:
        """Write a delete as soon as no upload is open."""
        self._deletes.append(text)
        self._pump()

    def send(self, upload: Upload) -> None:
        """Queue an upload. An urgent one goes before all that nobody waits for, and ends one that is under way."""
        if not upload.urgent:
            self._uploads.append(upload)
        else:
            if self._uploads and not self._uploads[0].urgent and self._uploads[0].is_open:
                ended = self._uploads[0]
                self.cancel(ended)
                ended.dropped()
            place = next((n for n, one in enumerate(self._uploads) if not one.urgent), len(self._uploads))
            self._uploads.insert(place, upload)
        self._pump()

    def send_soon(self, upload: Upload) -> None:
        """Queue something small right behind what is open."""
        self._uploads.insert(1 if self._uploads and self._uploads[0].is_open else 0, upload)
        self._pump()

    def cancel(self, upload: Upload) -> None:
        """Forget an upload; what was sent of it is freed."""
        if upload not in self._uploads:
            return
        self._uploads.remove(upload)
        if upload.is_open:
            self.say(upload.abort)
        self._pump()

    def close(self, deletes: Sequence[str]) -> None:
        """End what is open, free everything, and say no more."""
        if self._uploads and self._uploads[0].is_open:
            self.say(self._uploads[0].abort)
        self._uploads.clear()
        for text in (*self._deletes, *deletes):
            self.say(text)
        self._closed = True

    def _pump(self) -> None:
        """Write what may be written now."""
        if self._closed:
            return
        while True:
            if not (self._uploads and self._uploads[0].is_open):
                for text in self._deletes:
                    self.say(text)
                self._deletes.clear()
            if not self._uploads or self._is_full():
                return
            if not self._link.has_room:
                self._wait(_BLOCKED_S)
                return
            self._slice(self._uploads[0])

    def _is_full(self) -> bool:
        under_way = sum(size for size, _ in self._in_flight.values())
        pace = self.pace
        window_bytes = pace.window_bytes if self._uploads[0].urgent else pace.lazy_window_bytes
        return len(self._in_flight) >= _MOST_SLICES or under_way >= window_bytes

    def _wait(self, seconds: float) -> None:
        if not self._waiting:
            self._waiting = True
            self._later(seconds, self._resume)

    def _resume(self) -> None:
        self._waiting = False
        self._check_silence()
        self._pump()
        if self._in_flight:
            self._wait(self._patience_s)

    def _slice(self, upload: Upload) -> None:
        count = _FAST_SLICE if self.pace.window_bytes >= _FAST_WINDOW_BYTES else 1
        part = upload.commands[upload.sent : upload.sent + count]
        text = "".join(part)
        if self._in_tmux:
            text = for_tmux(text)
        with self.together():
            self._link.write(text)
            upload.sent += len(part)
            self._serial += 1
            serial = self._serial
            self._in_flight[serial] = (len(text), self._clock())
            is_last = upload.sent >= len(upload.commands)
            if is_last:
                self._uploads.popleft()
                # What shows it goes out behind its last bytes, before they are asked for.
                upload.finished()
            self._link.ask(lambda: self._answered(serial))
        self._wait(self._patience_s)

    @property
    def _is_mute(self) -> bool:
        """Whether it never answered, though it was waited for."""
        return not self._has_answered and (self._seems_mute or self._silent_since_s is not None)

    @property
    def _patience_s(self) -> float:
        """How long answers are waited for; those of a mute terminal as long as a guess says that it takes."""
        if not self._is_mute:
            return _SILENCE_S
        return sum(size for size, _ in self._in_flight.values()) / self.pace.bytes_per_s

    def _answered(self, serial: int) -> None:
        self._has_answered = True
        found = self._in_flight.pop(serial, None)
        if self._silent_since_s is not None:
            # Nobody listened for a while: a tmux was left, maybe for another terminal without any picture.
            self._silent_since_s = None
            self.lost()
        if found is None:
            return
        now_s = self._clock()
        # What nobody waits for is held back by its small window, not by the line, and says nothing of the line's speed.
        is_full = bool(self._in_flight) and bool(self._uploads) and self._uploads[0].urgent
        self.pace.answered(now_s - found[1], found[0], now_s, was_full=is_full)
        for earlier in [one for one in self._in_flight if one < serial]:
            del self._in_flight[earlier]
        self._pump()

    def _check_silence(self) -> None:
        now_s, patience_s = self._clock(), self._patience_s
        if self._in_flight and all(now_s - at_s >= patience_s for _, at_s in self._in_flight.values()):
            self._in_flight.clear()
            # What was only guessed to be through tells nothing: a first answer that is late is no return.
            if not self._is_mute:
                self._silent_since_s = now_s
