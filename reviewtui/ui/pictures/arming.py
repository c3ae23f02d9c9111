"""Whether the picture on the screen was really painted, and the evidence for it.

Pure state; must not know widgets or the terminal.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import NamedTuple

_MOST_PICTURES = 512
"""So many are remembered; what was looked at before that counts as not seen."""


@dataclass(frozen=True, slots=True)
class PaintEvidence:
    """How a picture was shown.

    Attributes:
        key: the picture's.
        protocol: name of the protocol that drew it.
        acknowledged_ms: from the request behind the picture to the terminal's answer.
        scale: picture pixels for each shown pixel; 1.0 is pixel for pixel.
        largest_scale: the nearest look at this picture since it was first shown, in the same measure.
        truth: ``preview``, ``palette`` or ``true``; see ``painter``.
        seen_at_1_to_1: whether any look, not counting previews, showed each picture pixel.
    """

    key: str
    protocol: str
    acknowledged_ms: int
    scale: float
    largest_scale: float
    truth: str
    seen_at_1_to_1: bool = False


@dataclass(frozen=True, slots=True)
class _Asked:
    serial: int
    key: str
    protocol: str
    scale: float
    truth: str
    at_s: float


class _Nearest(NamedTuple):
    """Scales of the nearest looks at a picture."""

    any_truth: float
    but_previews: float


class Arming:
    """Arms when the terminal acknowledged the picture that is shown now, and only then.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._serial = 0
        self._asked: _Asked | None = None
        self._evidence: PaintEvidence | None = None
        self._nearest: OrderedDict[str, _Nearest] = OrderedDict()

    @property
    def armed(self) -> bool:
        """Whether the picture shown now was acknowledged."""
        return self._evidence is not None

    @property
    def evidence(self) -> PaintEvidence | None:
        """How it was shown, or None when it is not armed."""
        return self._evidence

    def disarm(self) -> None:
        """Another picture comes, or this one is in doubt; answers that are still out no longer count."""
        self._serial += 1
        self._asked = None
        self._evidence = None

    def ask(self, key: str, protocol: str, scale: float, truth: str) -> int:
        """A picture was written; returns the serial that ``answered`` and ``is_overdue`` want."""
        self._serial += 1
        self._asked = _Asked(self._serial, key, protocol, scale, truth, self._clock())
        return self._serial

    def answered(self, serial: int) -> PaintEvidence | None:
        """The terminal acknowledged; returns the evidence, or None when it was for something else."""
        asked = self._asked
        if asked is None or asked.serial != serial:
            return None
        nearest = self._looked(asked)
        waited_ms = round((self._clock() - asked.at_s) * 1000)
        self._asked = None
        self._evidence = PaintEvidence(
            asked.key, asked.protocol, waited_ms, asked.scale, nearest.any_truth, asked.truth, nearest.but_previews <= 1
        )
        return self._evidence

    def _looked(self, asked: _Asked) -> _Nearest:
        """The nearest looks at a picture, this one included; other pictures in between do not count against it."""
        known = self._nearest.pop(asked.key, _Nearest(inf, inf))
        but_previews = known.but_previews if asked.truth == "preview" else min(known.but_previews, asked.scale)
        self._nearest[asked.key] = nearest = _Nearest(min(known.any_truth, asked.scale), but_previews)
        while len(self._nearest) > _MOST_PICTURES:
            self._nearest.popitem(last=False)
        return nearest

    def is_overdue(self, serial: int) -> bool:
        """Whether this request still waits and the picture is not armed by an earlier one."""
        return self._asked is not None and self._asked.serial == serial and not self.armed
