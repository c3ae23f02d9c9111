"""What was changed by hand: a file that came back from another program, held against the version that it followed.

Computed when somebody looks, from exact samples, and kept in the cache: a scan of thousands of files waits for
nothing.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reviewtui.imaging.decoding import Decoder
from reviewtui.imaging.facts import NativePicture
from reviewtui.imaging.fixing import rgb_of
from reviewtui.model.entities import Version
from reviewtui.model.errors import ReviewError
from reviewtui.model.geometry import PixelRect
from reviewtui.services.browse import AssetView, VersionView
from reviewtui.services.content import get_content
from reviewtui.services.workspace import Workspace

_BAND_ROWS = 512


@dataclass(frozen=True, slots=True)
class HandChange:
    """Where a version differs from its parent.

    Attributes:
        box: smallest rectangle around every pixel that differs; None when none does.
        changed_px: how many differ.
    """

    box: PixelRect | None
    changed_px: int


def find_hand_changes(
    workspace: Workspace, decoder: Callable[[], Decoder], view: AssetView, only: int | None = None
) -> dict[int, HandChange]:
    """Changes of the versions that people brought and whose parent is known and of the same size, by number. Blocking.

    A version whose bytes cannot be read or compared is left out.

    Args:
        decoder: asked for only when something is not in the cache.
        only: number of the one version that is wanted; None for all.
    """
    by_id = {one.version.id: one for one in view.versions}
    found = {}
    for shown in view.versions:
        parent = by_id.get(shown.version.parent_id or 0)
        wanted = only is None or shown.version.number == only
        if parent is None or not wanted or not _is_by_hand(shown, parent):
            continue
        with suppress(ReviewError):
            found[shown.version.number] = _find(workspace, decoder, parent.version, shown.version)
    return found


def _is_by_hand(shown: VersionView, parent: VersionView) -> bool:
    return shown.version.source == "file" and shown.version.size == parent.version.size


def _find(workspace: Workspace, decoder: Callable[[], Decoder], parent: Version, child: Version) -> HandChange:
    place = workspace.paths.cache / "changes" / f"{parent.sha256[:32]}-{child.sha256[:32]}.json"
    kept = _read(place)
    if kept is None:
        kept = _measure(*(_load(workspace, decoder(), version) for version in (parent, child)))
        # A cache that cannot be written costs time, nothing else.
        with suppress(OSError):
            place.parent.mkdir(mode=0o700, exist_ok=True)
            box = None if kept.box is None else list(kept.box.as_tuple())
            place.write_text(json.dumps({"box": box, "changed_px": kept.changed_px}))
    return kept


def _read(place: Path) -> HandChange | None:
    try:
        data = json.loads(place.read_text())
        box = None if data["box"] is None else PixelRect(*(int(value) for value in data["box"]))
        return HandChange(box, int(data["changed_px"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _load(workspace: Workspace, decoder: Decoder, version: Version) -> NativePicture:
    """Exact samples where the file has some, else what the screen shows."""
    with workspace.store.read() as db:
        path = get_content(workspace, db, version).path
    try:
        return decoder.load_native(path, expect_sha256=version.sha256)
    except ReviewError:
        return NativePicture(decoder.load_rgb(path, expect_sha256=version.sha256).rgb, "RGB")


def _measure(first: NativePicture, second: NativePicture) -> HandChange:
    """Exact; samples of unlike layouts are held against each other as 8-bit RGB."""
    one, other = first.pixels, second.pixels
    if first.mode != second.mode:
        one, other = _rgb(first), _rgb(second)
    rows = np.zeros(one.shape[0], dtype=np.bool_)
    columns = np.zeros(one.shape[1], dtype=np.bool_)
    changed_px = 0
    for top in range(0, one.shape[0], _BAND_ROWS):
        band = np.s_[top : top + _BAND_ROWS]
        differs = one[band] != other[band]
        if differs.ndim == 3:
            differs = differs.any(axis=2)
        changed_px += int(np.count_nonzero(differs))
        rows[band] = differs.any(axis=1)
        columns |= differs.any(axis=0)
    if not changed_px:
        return HandChange(None, 0)
    ys, xs = np.flatnonzero(rows), np.flatnonzero(columns)
    return HandChange(PixelRect.from_corners(int(xs[0]), int(ys[0]), int(xs[-1]), int(ys[-1])), changed_px)


def _rgb(picture: NativePicture) -> np.ndarray:
    return rgb_of(picture, PixelRect.of_size(picture.size))
