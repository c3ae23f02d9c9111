"""What stands on a picture, in words: for a reviewer whose terminal shows none, such as a phone over a poor line.

Pure; what is returned is made safe by who writes it.
"""

from collections.abc import Sequence

from reviewtui.model.entities import Version
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.lifecycle import NOTE_DONE
from reviewtui.services.browse import AssetView
from reviewtui.ui.pictures.overlay_words import place_words


def _where(region: PixelRect, picture: PixelSize) -> str:
    return f"{place_words(region, picture)}, {region.size} px at {region.x},{region.y}"


def describe_notes(view: AssetView, version: Version) -> Sequence[str]:
    """One line for each note that is to be seen on a version, numbered as on the picture.

    Args:
        view: its asset.
        version: the one that is looked at.
    """
    lines = []
    for number, one in enumerate(view.notes, 1):
        note = one.note
        is_here = note.version_id == version.id if note.mask is None else note.mask.size == version.size
        if note.state in NOTE_DONE or not is_here:
            continue
        places = [] if note.mask is None else [_where(region, version.size) for region in note.mask.regions]
        where = "; ".join(places) or "whole picture"
        lines.append(f"{number} {note.flaw} {note.state.replace('_', ' ')}, {where}: {' '.join(note.text.split())}")
    return lines
