"""The one door for outside text on its way to the screen.

Every string that was not written in this source goes through here: it is made safe for a terminal and is never read as
markup. Must not know where a string comes from or what it means.
"""

import unicodedata
from typing import Literal

from rich.cells import cell_len
from textual.content import Content

from reviewtui.model.text import safe, safe_lines

ELLIPSIS = "…"

_MAX_MARKS_PER_CELL = 8
"""Zero-width characters kept after one visible character; more than any script or emoji needs."""


def text(value: str) -> Content:
    """One line of outside text: safe for a terminal, never markup."""
    return Content(safe(value))


def styled(value: str, style: str) -> Content:
    """One line of outside text in a Textual style such as ``"$role-muted"`` or ``"bold $accent"``."""
    return Content.styled(safe(value), style)


def lines(value: str) -> Content:
    """Text of several lines; line breaks stay, everything else is made safe."""
    return Content("\n".join(safe_lines(value)))


def line(*parts: str | Content | None, between: str = "") -> Content:
    """Join parts into one line; empty and absent parts are left out.

    Args:
        parts: outside text (made safe) or content that went through this module already.
        between: our own text between two parts.
    """
    contents = [text(part) if isinstance(part, str) else part for part in parts if part]
    return Content(between).join(contents)


def cell_width(value: str) -> int:
    """How many terminal cells a string takes when shown."""
    return cell_len(safe(value))


def clip_cells(
    value: str,
    width_cells: int,
    *,
    pad: bool = True,
    align: Literal["left", "right"] = "left",
    ellipsis: str = ELLIPSIS,
) -> str:
    """Safe text of at most, or exactly, so many cells; what is cut is shown by an ellipsis.

    Wide characters are never split: where half of one would remain, a space stands. Floods of combining marks are cut.

    Args:
        value: outside text.
        width_cells: cells available; 0 or less gives an empty string.
        pad: fill with spaces to exactly ``width_cells``.
        align: where the text stands when padded.
        ellipsis: what stands for the part that was cut; takes one cell.
    """
    if width_cells <= 0:
        return ""
    clean = _without_floods(safe(value))
    used = cell_len(clean)
    if used > width_cells:
        clean = _head(clean, width_cells - 1) + ellipsis
        used = cell_len(clean)
    if not pad:
        return clean
    gap = " " * (width_cells - used)
    return clean + gap if align == "left" else gap + clean


def _head(clean: str, width_cells: int) -> str:
    """The longest beginning that fits."""
    low, high = 0, min(len(clean), max(width_cells, 0) * (_MAX_MARKS_PER_CELL + 1))
    while low < high:
        middle = (low + high + 1) // 2
        if cell_len(clean[:middle]) <= width_cells:
            low = middle
        else:
            high = middle - 1
    return clean[:low]


def _without_floods(clean: str) -> str:
    """The text without zero-width characters beyond what one cell can use."""
    if clean.isascii():
        return clean
    kept: list[str] = []
    marks = 0
    for character in clean:
        is_mark = unicodedata.category(character) in ("Mn", "Me", "Cf")
        marks = marks + 1 if is_mark else 0
        if marks <= _MAX_MARKS_PER_CELL:
            kept.append(character)
    return "".join(kept)
