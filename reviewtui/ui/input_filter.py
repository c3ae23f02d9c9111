"""Stands between the terminal's bytes and Textual's parser, so that only what a person did becomes a key.

Terminal answers (APC, DCS, OSC, device attributes, reports) are swallowed whenever they come. An escape sequence that a
slow line tore apart is rejoined, or dropped, but never read as the letters of its rest. Pure: time is an argument. Must
not know what keys mean.
"""

import re
from collections import deque
from dataclasses import dataclass

from textual import constants
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS

ESC = "\x1b"
GUARD_S = 1.0
"""How long after a lone ESC its rest is waited for, and an unfinished sequence is held."""

_PASTE_START, _PASTE_END = "\x1b[200~", "\x1b[201~"
_LONE_ESC = ESC if constants.DISABLE_KITTY_KEY else "\x1b[27u"
"""A finished sequence for the key, so that the parser has nothing to wait for and can join nothing to it."""

_STRINGS = "_P]^X"
_STRING_LIMIT = 1 << 20
_MOST_ANSWERS = 256

_KNOWN_CSI = re.compile(
    r"""\x1b\[(?:
        <\d+;-?\d+;-?\d+[Mm]                   # mouse
      | \d+;\d+R                               # cursor position
      | (?:[\d:]*;?){2,3}[u~ABCDEFHPQRS]       # keys, also of kitty's protocol
      | \?\d+;\d\$y                            # mode report that Textual asked for
      | 48;[\d:]+;[\d:]+;[\d:]+;[\d:]+t        # window size that Textual asked for
      | [IO]                                   # focus
    )""",
    re.VERBOSE,
)


@dataclass(slots=True)
class _Held:
    """The beginning of something that is not complete."""

    text: str
    since_s: float


class InputFilter:
    """A stream of decoded input in, the same stream without answers and torn sequences out.

    Args:
        escape_delay_s: how long a lone ESC waits for the rest of a sequence.
    """

    def __init__(self, escape_delay_s: float = constants.ESCAPE_DELAY) -> None:
        self._escape_delay_s = escape_delay_s
        self._held: _Held | None = None
        self._in_paste = False
        self._paste_tail = ""
        self._released_at_s: float | None = None
        self._guarded_until_s = float("-inf")
        self._graphics: deque[str] = deque(maxlen=_MOST_ANSWERS)

    @property
    def is_waiting(self) -> bool:
        """Whether something is held that time will release or drop: call ``feed("", now)`` soon."""
        return self._held is not None

    def take_graphics(self) -> list[str]:
        """Answers of the Kitty graphics protocol that came since the last call, without what encloses them."""
        found = list(self._graphics)
        self._graphics.clear()
        return found

    def is_guarded(self, now_s: float) -> bool:
        """Whether a lone ESC or a torn sequence was seen within the last second: no decision key counts."""
        return now_s < self._guarded_until_s

    def feed(self, data: str, now_s: float) -> str:
        """What the parser may see.

        Args:
            data: decoded input; empty to let time pass.
            now_s: monotonic seconds, never less than before.
        """
        out = [self._let_time_pass(now_s)]
        position = 0
        while position < len(data):
            if self._in_paste:
                used, passed = self._paste(data[position:])
            elif self._held is None and not self._may_be_rest(data, position, now_s):
                used, passed = self._plain(data[position:], now_s)
            else:
                used, passed = 1, self._continue(data[position], now_s)
            position += used
            out.append(passed)
        return "".join(out)

    def _let_time_pass(self, now_s: float) -> str:
        held = self._held
        if held is None:
            return ""
        waited_s = now_s - held.since_s
        if held.text == ESC and waited_s >= self._escape_delay_s:
            self._held = None
            self._released_at_s = now_s
            self._guard(now_s)
            return _LONE_ESC
        if held.text != ESC and waited_s >= GUARD_S:
            # Unfinished for a second: whatever comes now is not its rest.
            self._held = None
            self._guard(now_s)
        return ""

    def _guard(self, now_s: float) -> None:
        self._guarded_until_s = now_s + GUARD_S

    def _may_be_rest(self, data: str, position: int, now_s: float) -> bool:
        """Whether a character looks like what a slow line tore off an ESC that was taken for the key."""
        if self._released_at_s is None or now_s - self._released_at_s >= GUARD_S:
            self._released_at_s = None
            return False
        character = data[position]
        if character in "[OP_":
            return True
        # "]" is a key that often follows Esc: only with a digit behind it does it begin an answer.
        return character == "]" and data[position + 1 : position + 2].isdigit()

    def _plain(self, data: str, now_s: float) -> tuple[int, str]:
        """Characters up to the next ESC."""
        if data[0] == ESC:
            self._released_at_s = None
            self._held = _Held(ESC, now_s)
            return 1, ""
        if self._released_at_s is not None:
            # Only what comes first behind the ESC can be its rest.
            self._released_at_s = None
            return 1, data[0]
        end = data.find(ESC)
        length = len(data) if end < 0 else end
        return length, data[:length]

    def _continue(self, character: str, now_s: float) -> str:
        """One more character of what is held."""
        if self._held is None:
            # The ESC was handed on as a key already; this is its rest.
            self._released_at_s = None
            self._held = _Held(ESC, now_s)
            self._guard(now_s)
        held = self._held
        was_torn = now_s - held.since_s >= self._escape_delay_s
        if was_torn:
            self._guard(now_s)
        text = held.text + character
        held.text, held.since_s = text, now_s
        if text[1] == "[":
            return self._continue_csi(text, now_s)
        if text[1] == "O":
            return self._end(text if text in ANSI_SEQUENCES_KEYS else "") if len(text) == 3 else ""
        if text[1] in _STRINGS and not self._is_alt_key(text):
            return self._continue_string(text, now_s)
        if text == ESC + ESC:
            self._guard(now_s)
            self._held = _Held(ESC, now_s)
            return _LONE_ESC
        return self._end(text)

    def _continue_csi(self, text: str, now_s: float) -> str:
        last = text[-1]
        if len(text) == 2 or (text == "\x1b[[" or "\x20" <= last <= "\x3f"):
            if last != "$" or text[2:3] == "?":
                return ""
        elif last == ESC:
            # A sequence that never ended; the new one counts.
            self._guard(now_s)
            self._held = _Held(ESC, now_s)
            return ""
        if text == _PASTE_START:
            self._in_paste = True
            return self._end(text)
        known = text in ANSI_SEQUENCES_KEYS or _KNOWN_CSI.fullmatch(text) is not None
        return self._end(text if known else "")

    def _continue_string(self, text: str, now_s: float) -> str:
        if text.endswith(("\x07", "\x9c", "\x1b\\")):
            if text.startswith("\x1b_G"):
                self._graphics.append(text[2:].rstrip("\x07\x9c\x1b\\"))
            return self._end("")
        if len(text) > 3 and text[-2] == ESC:
            # ESC that is no terminator: the string was cut off and something new began.
            self._held = _Held(ESC, now_s)
            return self._continue(text[-1], now_s)
        if text[-1] in "\r\n\x03" or len(text) > _STRING_LIMIT:
            return self._end("")
        return ""

    @staticmethod
    def _is_alt_key(text: str) -> bool:
        """Whether ESC and a letter that could begin an answer is a key with Alt after all."""
        if len(text) == 2:
            return False
        begins = {"_": "G", "P": "01>!", "]": "0123456789"}.get(text[1])
        return begins is not None and len(text) == 3 and text[2] not in begins

    def _end(self, passed: str) -> str:
        self._held = None
        return passed

    def _paste(self, data: str) -> tuple[int, str]:
        """Pasted text goes through as it is, up to the end of the paste."""
        joined = self._paste_tail + data
        end = joined.find(_PASTE_END)
        if end < 0:
            self._paste_tail = joined[-(len(_PASTE_END) - 1) :]
            return len(data), data
        used = end + len(_PASTE_END) - len(self._paste_tail)
        self._in_paste, self._paste_tail = False, ""
        return used, data[:used]
