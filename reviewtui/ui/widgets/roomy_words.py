"""The words of a roomy row of the queue, beside its picture. Light: the first frame shows them before any picture."""

from typing import Any

from rich.segment import Segment
from textual.app import App

from reviewtui.model.entities import Asset
from reviewtui.model.geometry import CellRect, CellSize
from reviewtui.ui.text import cell_width, clip_cells
from reviewtui.ui.theme import STATUS_LOOK, role_style

ROWS = 4
"""Lines of a row: name, state, version, and an empty one."""

ROOM = CellRect(2, 0, 8, 3)
"""Cells of the picture."""

_TEXT_AT = 11


def roomy_pitch(width: int) -> CellSize:
    """Cells of a row."""
    return CellSize(max(width, _TEXT_AT + 1), ROWS)


def roomy_line(app: App[Any], row: Asset, line: int, width: int, *, focused: bool) -> list[Segment]:
    """One line of a row, exactly so wide.

    Args:
        app: has the theme.
        row: of the queue.
        line: from 0.
        width: of the row in cells.
        focused: whether the cursor stands there.
    """
    if line >= ROWS - 1:
        return [Segment(" " * width)]
    on = "cursor" if focused else None
    look, room = STATUS_LOOK[row.status], width - _TEXT_AT
    head = [Segment("▌" if focused else " ", role_style(app, "accent")), Segment(" " * (_TEXT_AT - 2))]
    head.append(Segment(" ", role_style(app, "text", on=on)))
    if line == 0:
        role = "muted" if look.role == "muted" else "text"
        return [*head, Segment(clip_cells(_name(row.key, room - 1), room), role_style(app, role, on=on))]
    if line == 1:
        words = f"{look.glyph} {look.words.partition(':')[0]}"
        return [*head, Segment(clip_cells(words, room), role_style(app, look.role, on=on))]
    return [*head, Segment(clip_cells(_facts(row), room), role_style(app, "muted", on=on))]


def _name(key: str, room: int) -> str:
    """The end of a key says more than its folder."""
    return key if cell_width(key) <= room else key.rpartition("/")[2]


def _facts(row: Asset) -> str:
    """Version, open notes and refusals, as far as there are any."""
    if row.head_number is None:
        return ""
    parts = [f"v{row.head_number}" if row.versions <= 1 else f"v{row.head_number} of {row.versions}"]
    if row.notes_open:
        parts.append("1 note" if row.notes_open == 1 else f"{row.notes_open} notes")
    if row.retakes:
        parts.append("1 retake" if row.retakes == 1 else f"{row.retakes} retakes")
    return " · ".join(parts)
