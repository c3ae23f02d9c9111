"""Take a selection along to a descendant whose frame is another: outpaint moves it, upscale enlarges it."""

from reviewtui.model.frames import frame_from_params
from reviewtui.model.masks import MaskSpec
from reviewtui.store.connection import Reader
from reviewtui.store.versions import get_version, lineage_params


def carried_mask(db: Reader, mask: MaskSpec, from_id: int, to_id: int) -> MaskSpec | None:
    """The selection in pixels of a descendant; None where it cannot be told.

    Args:
        mask: drawn on the version ``from_id``, or on one of its size.
        from_id: an ancestor of ``to_id``.
        to_id: the version that it is wanted for.
    """
    if mask.raster_sha256 is not None:
        return None
    frames, version_id = [], to_id
    while version_id != from_id:
        version = get_version(db, version_id)
        if version.parent_id is None:
            return None
        frame = frame_from_params(lineage_params(db, version_id)[1])
        if frame is None and version.size != get_version(db, version.parent_id).size:
            return None  # a file that came from elsewhere: nobody knows what became of its parent's pixels
        if frame is not None:
            frames.append(frame)
        version_id = version.parent_id
    for frame in reversed(frames):
        mask = frame.carry_mask(mask)
    return mask if mask.size == get_version(db, to_id).size else None
