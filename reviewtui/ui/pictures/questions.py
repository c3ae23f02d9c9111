"""Questions to a terminal, and its answers picked out of what arrives.

Pure; must not touch a terminal. Everything that is no answer is a key of the reviewer and is handed back.
"""

import re
from dataclasses import dataclass, field

from reviewtui.model.geometry import PixelSize
from reviewtui.model.text import safe

_KITTY = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
# A program that was cut off in the middle of a picture leaves it open, and the question above would be taken for its
# rest; any delete ends it, also one of a picture that nobody has.
_END_PICTURE = b"\x1b_Ga=d,d=i,i=4294967290,q=2\x1b\\"
_CELL_SIZE = b"\x1b[16t"
_NAME = b"\x1b[>q"
_SYNC = b"\x1b[?2026$p"
_SIXEL_LIMITS = b"\x1b[?1;1;0S\x1b[?2;1;0S"
# Sets a colour that only 16 million colours have and asks what became of it.
_TRUECOLOR = b"\x1b[48:2::1:2:3m\x1bP$qm\x1b\\\x1b[m"
_ATTRIBUTES = b"\x1b[c"
_STATUS = b"\x1b[5n"

# A terminal that prints what it does not know leaves it in this line.
_WIPE = b"\r\x1b[K"

PLAIN = _END_PICTURE + _KITTY + _CELL_SIZE + _NAME + _SYNC + _SIXEL_LIMITS + _TRUECOLOR + _ATTRIBUTES + _WIPE
"""For a terminal; its device attributes come last and end the wait."""

CAREFUL = _NAME + _ATTRIBUTES + _WIPE
"""For what would print the other questions or take them for something else."""

_ANSWERS = re.compile(
    rb"""
      \x1b_G(?P<kitty>[^\x1b]*)\x1b\\
    | \x1b\[6;(?P<cell>\d{1,5};\d{1,5})t
    | \x1bP>\|(?P<name>[^\x1b]*)\x1b\\
    | \x1b\[\?2026;(?P<sync>\d)\$y
    | \x1b\[\?(?P<limit>[12];\d;?[\d;]*)S
    | \x1bP[01]\$r(?P<style>[^\x1b]*)\x1b\\
    | \x1b\[\?(?P<attributes>[\d;]*)c
    | \x1b\[(?P<status>[03])n
    """,
    re.VERBOSE,
)
_NAME_CHARACTERS = 40


def through_tmux() -> bytes:
    """For the terminal outside tmux, which answers everything but the device attributes through it."""
    return b"".join(map(wrapped, (_END_PICTURE, _KITTY, _CELL_SIZE, _NAME, _SYNC, _STATUS)))


def wrapped(question: bytes) -> bytes:
    """A sequence that tmux hands on to the terminal outside."""
    return b"\x1bPtmux;" + question.replace(b"\x1b", b"\x1b\x1b") + b"\x1b\\"


@dataclass
class Answers:
    """What the terminal said so far.

    Attributes:
        kitty: whether it takes pictures of the Kitty protocol.
        cell_px: of one character cell.
        name: what it calls itself, made harmless.
        sync: whether it knows synchronized output.
        truecolor: whether it kept a colour of 16 million.
        attributes: its device attributes; None when they did not come.
        status: whether it said that it is well.
        sixel_limit_px: largest Sixel picture.
        sixel_colors: number of colour registers.
    """

    kitty: bool = False
    cell_px: PixelSize | None = None
    name: str = ""
    sync: bool = False
    truecolor: bool = False
    attributes: frozenset[int] | None = None
    status: bool = False
    sixel_limit_px: PixelSize | None = None
    sixel_colors: int | None = None
    _rest: bytes = field(default=b"", repr=False)

    def feed(self, data: bytes) -> None:
        """Take what arrived."""
        self._rest = _ANSWERS.sub(self._take, self._rest + data)

    @property
    def typed(self) -> bytes:
        """What arrived and is no answer; an answer that is not complete stands at its end."""
        return self._rest

    def _take(self, match: re.Match[bytes]) -> bytes:
        kind = match.lastgroup
        value = match[kind] if kind else b""
        if kind == "kitty":
            self.kitty |= value.endswith(b";OK")
        elif kind == "cell":
            self.cell_px = _size(value) or self.cell_px
        elif kind == "name":
            self.name = safe(value.decode("utf-8", "replace"))[:_NAME_CHARACTERS]
        elif kind == "sync":
            self.sync = value in (b"1", b"2", b"3")
        elif kind == "style":
            self.truecolor = re.search(rb"48[:;]2[:;](?:[:;]|0[:;])?1[:;]2[:;]3", value) is not None
        elif kind == "limit":
            self._take_limit(value)
        elif kind == "attributes":
            self.attributes = frozenset(int(part) for part in value.split(b";") if part)
        elif kind == "status":
            self.status = True
        return b""

    def _take_limit(self, value: bytes) -> None:
        numbers = [int(part) for part in value.split(b";") if part]
        if numbers[1:2] != [0]:
            return
        if numbers[0] == 1 and len(numbers) == 3:
            self.sixel_colors = numbers[2]
        elif numbers[0] == 2 and len(numbers) == 4 and min(numbers[2:]) > 0:
            self.sixel_limit_px = PixelSize(numbers[2], numbers[3])


def _size(value: bytes) -> PixelSize | None:
    """``HEIGHT;WIDTH`` as a size; a terminal without a window says 0."""
    height, width = (int(part) for part in value.split(b";"))
    return PixelSize(width, height) if 0 < width <= 200 and 0 < height <= 400 else None
