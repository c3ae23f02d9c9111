"""What a terminal and a program say to each other: keys, query answers, escape sequences, the kitty picture store.

No pty and no process in here; `fake_terminal` plays the terminal with these.
"""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

ESC = b"\x1b"
ST = b"\x1b\\"
PLACEHOLDER = "\U0010eeee"

NAMED_KEYS = {
    "enter": "\r", "escape": "\x1b", "esc": "\x1b", "tab": "\t", "shift+tab": "\x1b[Z", "space": " ",
    "comma": ",", "backspace": "\x7f", "delete": "\x1b[3~", "home": "\x1b[H", "end": "\x1b[F",
    "pageup": "\x1b[5~", "pagedown": "\x1b[6~",
    "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D",
}  # fmt: skip


def key_bytes(key: str) -> bytes:
    """Bytes a terminal sends for `key`: one character, a name such as 'enter', or 'ctrl+x'."""
    if key in NAMED_KEYS:
        return NAMED_KEYS[key].encode()
    if len(key) == 1:
        return key.encode()
    if re.fullmatch(r"ctrl\+[a-z]", key):
        return bytes([ord(key[-1]) - ord("a") + 1])
    raise ValueError(f"unknown key {key!r}; known: {', '.join(NAMED_KEYS)}, ctrl+a..ctrl+z, one character")


def control_bytes(text: str | bytes) -> list[str]:
    """Names of the characters in `text` that a terminal would act upon instead of showing.

    C0, DEL, C1, and the Unicode bidirectional controls; bytes are read as UTF-8, undecodable ones as themselves.
    An empty list means that the text is safe to print on one line.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "surrogateescape")
    return [f"U+{ord(c) & 0xFF if 0xDC80 <= ord(c) <= 0xDCFF else ord(c):04X}" for c in text if _acts(ord(c))]


def _acts(code: int) -> bool:
    return (
        code < 0x20
        or 0x7F <= code <= 0x9F
        or 0xDC80 <= code <= 0xDC9F
        or code in (0x061C, 0x200E, 0x200F)
        or 0x202A <= code <= 0x202E
        or 0x2066 <= code <= 0x2069
    )


@dataclass
class Profile:
    """What the terminal can do and therefore answers; None for a text means that this query is not answered."""

    sixel: bool = False
    kitty: bool = False
    xtversion: str | None = "fake_terminal(1.0)"
    sync_output: bool = True
    da1: bool = True
    silent: bool = False

    @classmethod
    def for_protocol(cls, protocol: str) -> Profile:
        """The usual answers of a terminal with this picture protocol: kitty, sixel, iterm2 or none."""
        return {
            "kitty": cls(kitty=True, xtversion="kitty(0.41.1)"),
            "sixel": cls(sixel=True, xtversion="XTerm(398)", sync_output=False),
            "iterm2": cls(xtversion="iTerm2 3.5.10"),
            "none": cls(),
        }[protocol]


@dataclass
class Step:
    """What the program wrote between one stimulus and the next silence.  Times are seconds since the stimulus."""

    label: str
    written_bytes: int = 0
    picture_bytes: int = 0
    first: float | None = None
    last: float | None = None
    kitty_sent: int = 0
    kitty_placed: int = 0
    kitty_deleted: int = 0
    kitty_frames: int = 0
    kitty_broken: int = 0
    sixel_images: int = 0
    iterm2_images: int = 0
    placeholders: int = 0
    data: bytes = field(default=b"", repr=False)


def tokens(buffer: bytearray) -> Iterator[tuple[str, bytes]]:
    """Take complete tokens (kind, raw bytes) off the front of `buffer`; an unfinished sequence stays in it.

    Kinds: text, csi, esc (other short escapes), and apc, dcs, osc, pm, sos with the wrapping removed.
    """
    strings = {ord("_"): "apc", ord("P"): "dcs", ord("]"): "osc", ord("^"): "pm", ord("X"): "sos"}
    # In tmux passthrough the ESC of an inner terminator is doubled, hence the look-behind.
    ends = {"osc": re.compile(rb"\x07|\x1b\\")}
    other_end = re.compile(rb"(?<!\x1b)\x1b\\")
    csi = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]")
    escape = re.compile(rb"\x1b[ -/]*[0-~]")
    while buffer:
        if buffer[0] != 0x1B:
            end = buffer.find(ESC)
            end = len(buffer) if end < 0 else end
            yield "text", bytes(buffer[:end])
            del buffer[:end]
            continue
        if len(buffer) < 2:
            return
        if buffer[1] in strings:
            kind = strings[buffer[1]]
            match = ends.get(kind, other_end).search(buffer, 2)
            if match is None:
                return
            yield kind, bytes(buffer[2 : match.start()])
            end = match.end()
        else:
            kind, pattern = ("csi", csi) if buffer[1] == ord("[") else ("esc", escape)
            match = pattern.match(buffer)
            if match is None and len(buffer) < 64:
                return
            end = match.end() if match else 1
            yield kind, bytes(buffer[:end])
        del buffer[:end]


def png_area(payload: bytes) -> int:
    """Pixels of a picture that begins so in base64; 0 for what is no PNG."""
    head = base64.b64decode(payload[:32] + b"=" * (-len(payload[:32]) % 4))
    if len(head) < 24 or head[:8] != b"\x89PNG\r\n\x1a\n":
        return 0
    width, height = struct.unpack(">II", head[16:24])
    return int(width * height)


class KittyImages:
    """The picture store of a kitty-like terminal: which ids exist, what was done to them, what to answer.

    Args:
        quota_bytes: when more is held, what is not placed is dropped, the oldest first; then what is placed. None for
            no limit.
    """

    def __init__(self, quota_bytes: int | None = None) -> None:
        self.quota_bytes = quota_bytes
        self.stored: set[int] = set()
        self.frames: dict[int, int] = {}
        self.dropped: list[int] = []
        self._bytes: dict[int, int] = {}
        self._placed: set[int] = set()
        self._numbers: dict[int, int] = {}
        self._next_own_id = 0x7F000000
        self._open: dict[str, str] | None = None
        self._area_px = 0
        self._merged = False
        self._is_empty = False

    def command(self, body: bytes, step: Step) -> bytes:
        """Carry out one `ESC _ G` command, count it in `step`, return the answer."""
        start, _, payload = body[1:].partition(b";")
        self._is_empty = not payload
        head = start.decode("ascii", "replace")
        keys = dict(part.partition("=")[::2] for part in head.split(",") if part)
        if self._open is not None and not self._interrupts_upload(keys, step):
            # Real kitty 0.41: which frame is painted on is read from each command, the last one decides.
            keys = {**self._open, "m": keys.get("m", "0"), "r": keys.get("r", "0")}
        elif self._open is not None and keys.get("a") in ("p", "a"):
            return self._show(keys, step)
        if self._open is None and not keys.keys() & {"a", "i", "I", "f", "s"}:
            return b""  # the rest of an upload that was destroyed
        if self._open is None:
            self._area_px = png_area(payload)
        if keys.get("m") == "1":
            self._open = keys
            return b""
        self._open = None
        action = keys.get("a", "t")
        if action == "q":
            return self._ask(keys)
        if action == "d":
            step.kitty_deleted += 1
            self._delete(keys)
            return b""
        if action == "f":
            step.kitty_frames += 1
            self._add_frame(self._find_id(keys), int(keys.get("c", 0)), int(keys.get("r", 0)), step)
        if action in "tT":
            step.kitty_sent += 1
            self._add(self._assign_id(keys))
        return self._show(keys, step) if action in "apT" else self._answer(keys, self._find_id(keys))

    def _ask(self, keys: dict[str, str]) -> bytes:
        """A question in the middle of a picture is taken for its rest."""
        merged, self._merged = self._merged, False
        if merged:
            return b"\x1b_Gi=%s;EBADPNG:merged into an open upload\x1b\\" % keys.get("i", "0").encode()
        return self._answer(keys, int(keys.get("i", 0)))

    def _add(self, image: int) -> None:
        self.stored.add(image)
        self.frames[image] = 1
        self._bytes.pop(image, None)
        self._bytes[image] = self._area_px * 4
        self._placed.discard(image)
        for one in sorted(self._bytes, key=lambda one: one in self._placed):
            if self.quota_bytes is None or sum(self._bytes.values()) <= self.quota_bytes:
                break
            if one != image:
                self.drop(one)

    @property
    def is_open(self) -> bool:
        """Whether a picture or frame came in part."""
        return self._open is not None

    def drop(self, image: int) -> None:
        """Make room, without a word."""
        self._free(image)
        self.dropped.append(image)

    def _add_frame(self, image: int, base: int, painted: int, step: Step) -> None:
        # A frame that ends with nothing was aborted.
        if image in self.stored and not self._is_empty:
            if 1 <= painted <= self.frames[image]:
                return
            step.kitty_broken += base > self.frames[image]
            self._bytes[image] += self._bytes[image] // self.frames[image]
            self.frames[image] += 1

    def _show(self, keys: dict[str, str], step: Step) -> bytes:
        """A placement, or another frame."""
        image = self._find_id(keys)
        if keys["a"] == "a":
            step.kitty_broken += image in self.stored and int(keys.get("c", 1)) > self.frames[image]
        else:
            step.kitty_placed += 1
            self._placed.add(image)
        if image in self.stored:
            # What is shown last is dropped last.
            self._bytes[image] = self._bytes.pop(image)
        return self._answer(keys, image)

    def _interrupts_upload(self, keys: dict[str, str], step: Step) -> bool:
        """Whether a command between two chunks is no chunk.

        As kitty 0.41 behaves: a=p and a=a pass, any a=d silently destroys the open upload, a query or a second
        upload merges into it and neither picture exists afterwards.
        """
        action = keys.get("a")
        if action in ("p", "a"):
            return True
        if action is None or (action == "f" and self._open is not None and self._open.get("a") == "f"):
            return False
        own = self._open is not None and action == "d" and keys.get("i") == self._open.get("i")
        step.kitty_broken += not own
        self._merged = action == "q"
        self._open = None
        return True

    def _assign_id(self, keys: dict[str, str]) -> int:
        if int(keys.get("i", 0)):
            return int(keys["i"])
        self._next_own_id += 1
        if "I" in keys:
            self._numbers[int(keys["I"])] = self._next_own_id
        return self._next_own_id

    def _find_id(self, keys: dict[str, str]) -> int:
        return int(keys.get("i", 0)) or self._numbers.get(int(keys.get("I", 0)), 0)

    def _delete(self, keys: dict[str, str]) -> None:
        """Only the capital letters free data.  d=A frees what is visible, which this terminal does not track."""
        what = keys.get("d", "a")
        if what in ("I", "N"):
            self._free(self._find_id(keys))
        elif what == "i":
            self._placed.discard(self._find_id(keys))
        elif what == "R":
            first, last = int(keys.get("x", 0)), int(keys.get("y", 0))
            for image in [i for i in self.stored if first <= i <= last]:
                self._free(image)

    def _free(self, image: int) -> None:
        self.stored.discard(image)
        self._placed.discard(image)
        self.frames.pop(image, None)
        self._bytes.pop(image, None)

    def _answer(self, keys: dict[str, str], image_id: int) -> bytes:
        named = "i" in keys or "I" in keys
        known = keys.get("a") == "q" or image_id in self.stored
        if not named or keys.get("q") == "2" or (known and keys.get("q") == "1"):
            return b""
        number = f",I={keys['I']}" if "I" in keys else ""
        place = f",p={keys['p']}" if "p" in keys else ""
        verdict = "OK" if known else "ENOENT:no such image"
        return f"\x1b_Gi={image_id}{number}{place};{verdict}\x1b\\".encode()
