"""Named selections for a picture: geometric, detected, and saved by people. The one place that looks a name up."""

from collections.abc import Callable
from dataclasses import replace

from reviewtui.detectors.catalog import find_detector
from reviewtui.imaging import presets as geometric
from reviewtui.imaging.decoding import Decoder
from reviewtui.imaging.raster import fitted
from reviewtui.model.entities import Version
from reviewtui.model.errors import NotFoundError, RefusedError
from reviewtui.model.geometry import PixelSize
from reviewtui.model.masks import MaskSpec
from reviewtui.model.saved_presets import NamedPreset, SavedPreset, preset_from_mask
from reviewtui.services.common_presets import list_common_presets
from reviewtui.services.detecting import detected_mask
from reviewtui.services.raster_masks import find_raster, keep_mask
from reviewtui.services.workspace import Workspace
from reviewtui.store import presets as store
from reviewtui.store.connection import Tx
from reviewtui.store.notes import get_note

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ90"


def list_presets(workspace: Workspace) -> list[NamedPreset]:
    """What needs no workspace, then what people saved in one, in the order of a menu. Blocking."""
    found = list_common_presets()
    taken = {one.key for one in found}
    letters = (letter for letter in _LETTERS if letter not in taken)
    with workspace.store.read() as db:
        saved = store.list_saved_presets(db)
    return found + [NamedPreset(one.name, next(letters, ""), one.words, saved=True) for one in saved]


def find_preset_mask(workspace: Workspace, name: str, version: Version, *, decoder: Callable[[], Decoder]) -> MaskSpec:
    """The selection of a preset on a version's picture. Blocking.

    Args:
        decoder: gives the decoder, for presets that need one; asked for only then.

    Raises:
        NotFoundError: no preset has this name, nothing was found, or its detector cannot run here.
        InputError: a saved one cannot be read, or a detector failed.
    """
    with workspace.store.read() as db:
        saved = store.find_preset(db, name)
    detector = find_detector(name)
    if detector is not None:
        return detected_mask(workspace, decoder(), version, detector)
    if saved is None:
        return geometric.preset_mask(name, version.size)
    return _saved_mask(workspace, saved, version.size, decoder)


def _saved_mask(workspace: Workspace, saved: SavedPreset, size: PixelSize, decoder: Callable[[], Decoder]) -> MaskSpec:
    spec = saved.mask(size)
    if spec.raster_sha256 is None:
        return spec
    # The samples are those of the picture that it was saved from: read them as what they are, then stretch.
    raster = find_raster(workspace, decoder(), spec)
    assert raster is not None
    kept = keep_mask(workspace, fitted(raster, size), saved.name)
    return replace(spec, regions=kept.regions, raster_sha256=kept.raster_sha256)


def save_preset(workspace: Workspace, name: str, mask: MaskSpec) -> SavedPreset:
    """Keep a mask under a name, for pictures of any size. Blocking.

    Raises:
        UsageError: no preset can be called so.
        RefusedError: the name is taken.
    """
    preset = preset_from_mask(name, mask)
    with workspace.store.write(workspace.actor) as tx:
        _check_free(tx, name)
        store.add_preset(tx, preset)
        kept = store.find_preset(tx, name)
    assert kept is not None
    return kept


def _check_free(tx: Tx, name: str) -> None:
    if any(one.name == name for one in list_common_presets()):
        raise RefusedError(f"'{name}' is a preset of everybody's", "take another name")
    if store.find_preset(tx, name) is not None:
        raise RefusedError(f"there is a preset '{name}' already", f"--remove {name} first, or take another name")


def save_preset_of_note(workspace: Workspace, name: str, note_id: int) -> SavedPreset:
    """Keep a note's mask under a name. Blocking.

    Raises:
        NotFoundError: no such note.
        RefusedError: it marks no region, or the name is taken.
    """
    with workspace.store.read() as db:
        mask = get_note(db, note_id).mask
    if mask is None:
        raise RefusedError(f"note {note_id} marks no region", "take a note that does, or give --rect")
    return save_preset(workspace, name, mask)


def remove_preset(workspace: Workspace, name: str) -> None:
    """Forget a preset that somebody saved; masks that were made with it stay. Blocking.

    Raises:
        NotFoundError: nobody saved one under this name.
    """
    with workspace.store.write(workspace.actor) as tx:
        if not store.remove_preset(tx, name):
            raise NotFoundError(f"nobody saved a preset '{name[:60]}'", "reviewtui presets FOLDER lists them")
