"""What COMPARE says: what lies against what, what was counted, why something cannot be shown. Words only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from reviewtui.imaging.differences import Change
from reviewtui.model.entities import Version
from reviewtui.services.browse import AssetView
from reviewtui.services.comparing import Measured
from reviewtui.ui.pictures import have_one_shape
from reviewtui.ui.state import COMPOSED, Comparison, Look
from reviewtui.ui.text import line, styled, text
from reviewtui.ui.theme import STATUS_LOOK

if TYPE_CHECKING:
    from reviewtui.ui.screens.desk import Desk

GRID_ROOM_CELLS = (110, 30)


def why_not_composed(look: Look, first: Version, second: Version) -> str:
    """Why two versions cannot be shown so; empty when they can."""
    if first.size == second.size or look not in COMPOSED:
        return ""
    if look is Look.DIFFERENCE:
        return f"no difference: {sizes(first, second)}; only pictures of one size have one"
    if not have_one_shape(first.size, second.size):
        return f"no {look}: {sizes(first, second)}, another shape; s shows them side by side"
    return ""


def sizes(first: Version, second: Version) -> str:
    """``v2 is 1024×768, v3 is 2048×1536``."""
    return f"v{first.number} is {first.size}, v{second.number} is {second.size}"


def pair_words(pair: Comparison) -> Content:
    """What lies against what, for the line above the picture."""
    a, b = f"A v{pair.champion}", f"B v{pair.challenger}"
    if pair.look is Look.WIPE:
        return line(styled("wipe  ", "bold $role-text"), styled(f"{a} ┃ {b}", "$role-muted"))
    if pair.look is Look.DIFFERENCE:
        return line(styled(f"difference ×{pair.gain}  ", "bold $role-text"), styled(f"{a} − {b}", "$role-muted"))
    if pair.look is Look.OVERLAY:
        return line(
            styled(f"overlay {pair.percent} %  ", "bold $role-text"),
            styled(f"{b} over {a}", "$role-muted"),
        )
    return styled(f"{a} ⇄ {b}", "$role-muted")


def change_words(name: str, change: Change) -> str:
    """``outside the fix 3 of 9 408 px (0.03 %), by up to 4``."""
    if not change.changed:
        return f"{name} 0 px"
    share = change.percent
    percent = f"{share:.1f}" if share >= 0.1 else "under 0.1"
    return f"{name} {percent} % of pixels, by up to {change.largest}"


def measured_words(measured: Measured | None) -> Content:
    """What a count of every pixel says; None while it is under way."""
    if measured is None:
        return styled("counting every pixel …", "$role-muted")
    inside, outside = measured.inside, measured.outside
    if inside is None:
        if not outside.changed:
            return styled("not a single pixel differs", "$role-text")
        return text(change_words("changed", outside))
    quiet = "$role-muted" if not outside.changed else "$role-changes"
    return line(
        text(change_words("changed inside the fix", inside)),
        styled("  ·  ", "$role-muted"),
        styled(change_words("outside", outside), quiet),
    )


def area_words(pair: Comparison) -> Content:
    """Which changed area is looked at, or nothing."""
    if pair.areas is None or pair.area is None:
        return Content("")
    box = pair.areas.boxes[pair.area]
    shown, found = len(pair.areas.boxes), pair.areas.found
    of = f"{shown}" if found == shown else f"the {shown} largest of {found}"
    return line(
        styled(f"changed area {pair.area + 1} of {of}", "$role-text"),
        styled(f"  {box.width}×{box.height} px at {box.x},{box.y}", "$role-muted"),
    )


def compare_line(desk: Desk) -> Content:
    """What the line for messages says while nothing else is to be said."""
    pair = desk.state.comparison
    if pair is None:
        return Content("")
    if pair.area is not None:
        return area_words(pair)
    if pair.look is Look.DIFFERENCE:
        return measured_words(desk.comparing.find_measured())
    if pair.tournament is not None and pair.look is Look.FLIP:
        return line(
            styled(pair.tournament.words, "bold $role-text"),
            styled(
                f"  v{pair.champion} against v{pair.challenger}: p B wins, n A stays, y makes B head", "$role-muted"
            ),
        )
    if pair.panes:
        locked = "" if pair.locked else "zoom and place are free, Y locks them"
        return styled(locked, "$role-muted")
    return Content("")


def pane_line(
    view: AssetView, name: str, version: Version, *, framed: bool, tone: str, zoom: str, width_cells: int
) -> tuple[Content, Content]:
    """The rule above a pane: thick and in the accent where decisions go, thin elsewhere."""
    edge = "$role-accent" if framed else "$role-rule"
    dash = "━" if framed else "─"
    quiet = "$role-text" if framed else "$role-muted"
    parts = [
        Content.styled(f"{dash} ", edge),
        styled(f"{name} " if name else "", f"bold {edge}" if framed else quiet),
        styled(f"v{version.number}", f"bold {quiet}" if framed else quiet),
    ]
    if tone:
        parts.append(styled(f"  {tone}", "$role-changes"))
    if version.id == view.asset.head_id:
        parts.append(styled(" ◆ head", "$role-accent" if framed else "$role-muted"))
        look = STATUS_LOOK[view.asset.status]
        if width_cells >= 36:
            parts.append(styled(f"  {look.glyph} {look.words}", look.style if framed else "$role-muted"))
    key = styled(f"  {view.asset.key}", quiet)
    words = Content("").join(parts)
    right = styled(f" {zoom} ", "$role-muted")
    if framed and words.cell_length + key.cell_length + right.cell_length + 6 <= width_cells:
        words = words + key
    fill = max(width_cells - words.cell_length - right.cell_length - 2, 0)
    return words + Content.styled(" " + dash * fill, edge), right
