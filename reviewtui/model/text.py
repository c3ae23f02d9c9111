"""The one sanitiser for strings that come from outside, before they reach a terminal.

Must not know anything about markup: widgets switch markup off by themselves.
"""

import os
import re
import unicodedata

_C1_OR_BIDI = (
    "\x7f-\x9f"
    "\u061c\u200e\u200f"  # marks
    "\u2028\u2029"  # line and paragraph separators
    "\u202a-\u202e\u2066-\u2069"  # embeddings, overrides, isolates
    "\ufeff\ufff9-\ufffb"
)
_UNSAFE = re.compile(f"[\x00-\x1f{_C1_OR_BIDI}\ud800-\udfff]")


def _visible(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\u{code:04x}"


def safe(text: str) -> str:
    r"""One line in which nothing acts on a terminal.

    C0 controls become their Unicode control pictures (U+2400…), DEL, C1, bidirectional controls, line separators and
    lone surrogates become ``\\uXXXX``, undecodable bytes of a file name (PEP 383 surrogates) ``\\xNN``. Other text is
    returned unchanged, so a second call changes nothing.
    """
    return _UNSAFE.sub(_visible, text)


def safe_lines(text: str) -> list[str]:
    """The lines of a text of several lines, each made safe; tabs become four spaces."""
    return [safe(line) for line in text.replace("\r\n", "\n").expandtabs(4).split("\n")]


def ascii_safe(text: str) -> str:
    r"""``safe`` text with everything beyond ASCII written as ``\\uXXXX`` or ``\\UXXXXXXXX``."""
    return safe(text).encode("ascii", "backslashreplace").decode("ascii")


def display_path(path: bytes) -> str:
    r"""Text for a path of raw bytes: undecodable bytes are shown as ``\\xNN``, controls are made visible."""
    return safe(os.fsdecode(path))


def clip(text: str, limit: int) -> str:
    """At most ``limit`` characters, the last one an ellipsis when something was cut."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)] + "…"


def fold_case(text: str) -> str:
    """Form for case-insensitive searching: NFKC, case-folded."""
    return unicodedata.normalize("NFKC", text).casefold()
