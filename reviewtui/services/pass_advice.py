"""Advice before a place is sampled once more: every model decode takes texture that no measure of one step sees.

Counted along the lineage, per pixel. At ``WARN_AT`` it is said where to start again, at ``ASK_AT`` somebody says yes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from reviewtui.engines.registry import list_engines
from reviewtui.imaging.decoding import Decoder
from reviewtui.imaging.masks import rasterise
from reviewtui.imaging.passes import most_passes
from reviewtui.model.entities import Version
from reviewtui.model.errors import RefusedError
from reviewtui.model.masks import MaskSpec
from reviewtui.services.lookup import find_target
from reviewtui.services.passes import find_passes, load_passes
from reviewtui.services.workspace import Workspace
from reviewtui.store.assets import get_asset
from reviewtui.store.notes import get_note
from reviewtui.store.versions import get_version, list_line

WARN_AT = 3
ASK_AT = 5


@dataclass(frozen=True, slots=True)
class PassAdvice:
    """What is to be said before a fix is sent.

    Attributes:
        passes: model decodes that some pixel of the place would then have.
        start_number: the latest version of the line where the place has fewest; None when that is no other one.
        start_passes: decodes of the place there.
    """

    passes: int
    number: int
    start_number: int | None
    start_passes: int

    @property
    def must_ask(self) -> bool:
        """Whether somebody must say yes first."""
        return self.passes >= ASK_AT

    @property
    def words(self) -> str:
        """For people, one line."""
        told = f"this would be model pass {self.passes} over the same place, and each one takes texture"
        if self.start_number is None:
            return f"{told}: reviewtui cannot see that in one step, look at 1:1"
        return f"{told}: start again from v{self.start_number} ({self.start_passes} there)"


def advise(
    workspace: Workspace, decoder: Callable[[], Decoder], version: Version, spec: MaskSpec, engine: str
) -> PassAdvice | None:
    """What sampling a place of a version once more would mean; None when there is nothing to say. Blocking.

    Args:
        decoder: asked for only where something was sampled before.
        spec: the selection; of a mask that came as a picture the bounds count.
        engine: that would do it; one that copies pixels adds no decode.
    """
    if not _samples(engine) or spec.size != version.size:
        return None
    with workspace.store.read() as db:
        if find_passes(db, version) is None:
            return None
        line = [get_version(db, version_id) for version_id in list_line(db, version.id)]
    counts = _counts(workspace, decoder(), [one for one in line if one.size == version.size], spec)
    passes = counts[0] + 1
    if passes < WARN_AT:
        return None
    fewest = min(counts)
    start = line[counts.index(fewest)] if fewest < counts[0] else None
    return PassAdvice(passes, version.number, None if start is None else start.number, fewest)


def advise_on_note(
    workspace: Workspace, decoder: Callable[[], Decoder], note_id: int, engine: str
) -> PassAdvice | None:
    """The same for a note's fix, on the version that it would be made on. Blocking.

    Raises:
        NotFoundError: no such note.
    """
    with workspace.store.read() as db:
        note = get_note(db, note_id)
        asset = get_asset(db, note.asset_id)
        version = get_version(db, note.version_id)
        if note.mask is None:
            return None
        if asset.head_id is not None and (head := get_version(db, asset.head_id)).size == note.mask.size:
            version = head
    return advise(workspace, decoder, version, note.mask, engine)


def worst_advice(
    workspace: Workspace,
    decoder: Callable[[], Decoder],
    engines: Sequence[str],
    *,
    name: str = "",
    mask: MaskSpec | None = None,
    note_ids: Sequence[int] = (),
) -> PassAdvice | None:
    """What is to be said of all that would be sent at once; the highest count speaks. Blocking.

    Args:
        name: key, ``key@N`` or path of the version that ``mask`` lies on.
        mask: what is to be fixed; None for the regions of ``note_ids``.

    Raises:
        NotFoundError: no such asset, version or note.
    """
    found = []
    for engine in dict.fromkeys(engines):
        if mask is not None:
            with workspace.store.read() as db:
                version = find_target(workspace, db, name).get_version()
            found.append(advise(workspace, decoder, version, mask, engine))
        found += [advise_on_note(workspace, decoder, note_id, engine) for note_id in note_ids]
    return max((one for one in found if one is not None), key=lambda one: one.passes, default=None)


def refuse_unless(advice: PassAdvice | None, *, agreed: bool) -> None:
    """Stop where a yes is needed and was not given.

    Raises:
        RefusedError: so it is.
    """
    if advice is not None and advice.must_ask and not agreed:
        raise RefusedError(advice.words, "--yes sends it all the same")


def _samples(engine: str) -> bool:
    """Whether an engine decodes; one that tells only when it is loaded may."""
    info = next((listing.info for listing in list_engines() if listing.name == engine), None)
    return info is None or info.crop_rules.for_model


def _counts(workspace: Workspace, decoder: Decoder, line: Sequence[Version], spec: MaskSpec) -> list[int]:
    box = spec.bounds
    selected = rasterise(replace(spec, raster_sha256=None), box)
    if not selected.any():
        selected = np.ones_like(selected)
    return [most_passes(load_passes(workspace, decoder, one), box, selected) for one in line]
