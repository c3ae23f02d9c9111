"""Provisional pictures of running jobs, for a desk to show while it waits. They may vanish at any time.

One small PNG and one line of JSON for each running job, in the cache. Must not be taken for a result.
"""

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reviewtui.imaging.encode import encode_png
from reviewtui.imaging.facts import NativePicture
from reviewtui.model.errors import StoreError
from reviewtui.model.geometry import PixelRect
from reviewtui.services.workspace import Workspace

#: Larger ones are not written: they would take longer than they save.
MAX_PREVIEW_PX = 4_000_000
_MAX_NOTE_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Preview:
    """A provisional picture.

    Attributes:
        box: where it lies, in pixels of the version that the job works on.
        rgb: (box height, box width, 3) uint8.
        icc: profile of these colors; None for sRGB.
    """

    box: PixelRect
    rgb: NDArray[np.uint8]
    icc: bytes | None = None


def write_preview(workspace: Workspace, job_id: int, preview: Preview) -> None:
    """Put a job's preview where desks find it; replaces the one before. Blocking, some ten milliseconds.

    Raises:
        StoreError: the cache cannot be written.
    """
    if preview.box.size.area_px > MAX_PREVIEW_PX:
        return
    picture, note = _paths(workspace, job_id)
    try:
        picture.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = picture.with_suffix(".partial")
        with partial.open("wb") as file:
            encode_png(NativePicture(preview.rgb, "RGB", icc=preview.icc), file)
        partial.replace(picture)
        partial.write_text(json.dumps({"box": preview.box.as_tuple()}), encoding="ascii")
        partial.replace(note)
    except OSError as error:
        raise StoreError(f"a preview cannot be written: {error.strerror or error}") from error


def find_preview(workspace: Workspace, job_id: int) -> tuple[PixelRect, Path] | None:
    """Where a running job's preview lies on its version, and its PNG, or None. Blocking.

    The file can be gone or newer when it is opened; decode it like any other file.
    """
    picture, note = _paths(workspace, job_id)
    try:
        with note.open("rb") as file:
            box = json.loads(file.read(_MAX_NOTE_BYTES))["box"]
        rect = PixelRect(*(int(value) for value in box))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return (rect, picture) if picture.is_file() else None


def drop_preview(workspace: Workspace, job_id: int) -> None:
    """Remove a job's preview; none is fine."""
    picture, note = _paths(workspace, job_id)
    for path in (note, picture, picture.with_suffix(".partial")):
        with contextlib.suppress(OSError):
            path.unlink()


def drop_all_previews(workspace: Workspace) -> None:
    """Remove what a worker left that was killed; for whoever holds the worker lock."""
    with contextlib.suppress(OSError), os.scandir(_folder(workspace)) as entries:
        for entry in entries:
            if entry.name.startswith("job-"):
                Path(entry.path).unlink()


def _folder(workspace: Workspace) -> Path:
    return workspace.paths.cache / "previews"


def _paths(workspace: Workspace, job_id: int) -> tuple[Path, Path]:
    folder = _folder(workspace)
    return folder / f"job-{job_id:d}.png", folder / f"job-{job_id:d}.json"
