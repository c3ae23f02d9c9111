"""Keeps a widget from writing frames faster than the terminal takes them, so that a held key leaves no backlog.

Textual hands a frame to a writer and does not ask how the line is; on a slow one seconds of frames pile up, each of
them superseded by the next. Here the next one waits for the answer to an earlier one. Event loop only.
"""

import time
from collections.abc import Callable

_AHEAD = 2
"""Frames on their way: with one, the line would be silent for the way there and back."""

_SLOW_S = 0.2
"""When a frame takes so long it fills the line, and one on its way is enough."""

_SILENT_S = 1.0
"""A terminal that does not answer is not waited for any longer."""


class FramePace:
    """See the module.

    Args:
        ask: calls back when the terminal has processed what was written so far, maybe never; None for a terminal that
            cannot be asked, which is taken to be fast.
        later: calls something after some seconds.
        again: called when a frame may be written that had to wait.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        ask: Callable[[Callable[[], None]], None] | None,
        later: Callable[[float, Callable[[], object]], object],
        again: Callable[[], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._later = later
        self._again = again
        self._clock = clock
        self._open: dict[int, float] = {}
        self._serial = 0
        self._took_s = 0.0
        self._waits = False

    @property
    def is_waiting(self) -> bool:
        """Whether a frame waits for its turn."""
        return self._waits

    def may_write(self) -> bool:
        """Whether the next frame may be written now; if not, ``again`` is called later."""
        most = 1 if self._took_s > _SLOW_S else _AHEAD
        self._waits = len(self._open) >= most
        return not self._waits

    def wrote(self) -> None:
        """A frame was written."""
        if self._ask is None:
            return
        self._serial += 1
        serial = self._serial
        self._open[serial] = self._clock()
        self._ask(lambda: self._answered(serial))
        self._later(_SILENT_S, lambda: self._close(serial))

    def _answered(self, serial: int) -> None:
        if serial in self._open:
            self._took_s = self._clock() - self._open[serial]
        self._close(serial)

    def _close(self, serial: int) -> None:
        for one in [known for known in self._open if known <= serial]:
            del self._open[one]
        if self._waits:
            self._waits = False
            self._again()
