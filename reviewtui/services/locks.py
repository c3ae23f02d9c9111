"""Locks: drawing, lifting, and which of them hold for a version.

A lock belongs to the line of versions that descend from the one it was drawn on; people may still bring other files.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from reviewtui.model.entities import Lock, Version
from reviewtui.model.errors import InputError, NotFoundError, RefusedError, UsageError
from reviewtui.model.masks import MaskSpec
from reviewtui.services.carrying import carried_mask
from reviewtui.services.content import keep_version
from reviewtui.services.lookup import find_target
from reviewtui.services.workspace import Workspace
from reviewtui.store.acts import add_act, drop_draft, find_act_by_key
from reviewtui.store.assets import get_asset
from reviewtui.store.connection import Reader
from reviewtui.store.locks import add_lock, get_lock, lift_lock, list_locks, list_locks_on

if TYPE_CHECKING:
    from reviewtui.imaging.decoding import Decoder
    from reviewtui.imaging.locks import LockedRegion

MAX_WHY = 1000


def draw_lock(
    workspace: Workspace,
    name: str,
    spec: MaskSpec,
    why: str = "",
    *,
    act_key: str | None = None,
    draft_scope: str | None = None,
) -> Lock:
    """Lock a region of a version for every later job on it and on what descends from it. Blocking.

    Args:
        name: key, ``key@N`` or path; the head when no version is named.
        spec: drawn on a picture of the version's size; its feather plays no part.
        draft_scope: draft that this submits and that is dropped with it.

    Raises:
        NotFoundError: no such asset or version.
        InputError: the region was drawn on a picture of another size.
        UsageError: the reason is too long.
        DriftError: the version's bytes are gone or changed.
    """
    if len(why) > MAX_WHY:
        raise UsageError(f"the reason has {len(why)} characters", f"at most {MAX_WHY}")
    with workspace.store.read() as db:
        version = find_target(workspace, db, name).get_version()
    if spec.size != version.size:
        raise InputError(
            f"the region was drawn on {spec.size}, v{version.number} has {version.size}", "mark the region again"
        )
    keep_version(workspace, version)
    with workspace.store.write(workspace.actor) as tx:
        done = None if act_key is None else find_act_by_key(tx, act_key)
        if done is not None:
            return get_lock(tx, int(done.result["lock"]))
        asset = get_asset(tx, version.asset_id)
        lock_id = add_lock(tx, asset, version.id, spec.with_feather(None), why.strip())
        if draft_scope is not None:
            drop_draft(tx, draft_scope)
        words = f"lock {lock_id} on {asset.key} v{version.number}"
        add_act(tx, "lock", words, key=act_key, undo={"lock": lock_id}, result={"lock": lock_id})
        return get_lock(tx, lock_id)


def remove_lock(workspace: Workspace, name: str, lock_id: int, why: str = "") -> Lock:
    """Lift a lock of an asset; it stays on record as lifted. Blocking.

    Raises:
        NotFoundError: the asset has no such lock.
        RefusedError: it was lifted before.
    """
    with workspace.store.write(workspace.actor) as tx:
        asset = find_target(workspace, tx, name).asset
        lock = get_lock(tx, lock_id)
        if lock.asset_id != asset.id:
            raise NotFoundError(f"{asset.key} has no lock {lock_id}", "reviewtui lock FOLDER ASSET --list")
        if lock.lifted_by is not None:
            raise RefusedError(f"lock {lock_id} was lifted by {lock.lifted_by} already")
        lift_lock(tx, asset, lock_id, why.strip())
        add_act(tx, "unlock", f"lifting of lock {lock_id}", undo={"lock": lock_id}, result={"lock": lock_id})
        return get_lock(tx, lock_id)


def find_locks(workspace: Workspace, name: str) -> list[Lock]:
    """Standing locks: of the version that a name stands for when one is named, else all of the asset. Blocking.

    Raises:
        NotFoundError: nothing is called so.
    """
    with workspace.store.read() as db:
        target = find_target(workspace, db, name)
        if target.explicit:
            return list_locks_on(db, target.get_version().id)
        return list_locks(db, target.asset.id)


def specs_on(db: Reader, version: Version, *, at_seq: int | None = None) -> tuple[MaskSpec, ...]:
    """What is locked in a version, in its own pixels.

    Args:
        at_seq: what was when the event of this number was written; None for now.

    Raises:
        InputError: a lock was drawn on an ancestor of another size, so that nobody knows where it lies now.
    """
    locks = list_locks_on(db, version.id, at_seq=at_seq)
    specs = []
    for lock in locks:
        spec: MaskSpec | None = lock.spec
        if lock.spec.size != version.size:
            # Outpaint moves it along, upscale enlarges it.
            spec = carried_mask(db, lock.spec, lock.version_id, version.id)
        if spec is None:
            raise InputError(
                f"lock {lock.id} was drawn on v{lock.version_number} of {lock.spec.size}, v{version.number} has"
                f" {version.size}: nobody knows where it lies",
                f"draw it again on v{version.number} and lift lock {lock.id}",
            )
        specs.append(spec)
    return tuple(specs)


def load_locks(workspace: Workspace, decoder: "Decoder", specs: tuple[MaskSpec, ...]) -> "tuple[LockedRegion, ...]":
    """Locks with the samples of those that came as pictures. Blocking.

    Raises:
        InputError: such samples are gone.
    """
    from reviewtui.imaging.locks import LockedRegion
    from reviewtui.services.raster_masks import find_raster

    return tuple(LockedRegion(spec, find_raster(workspace, decoder, spec)) for spec in specs)


def check_not_locked(db: Reader, version: Version, spec: MaskSpec) -> None:
    """Refuse a selection that lies wholly inside what is locked, before anybody waits for a job.

    Works on regions alone: where the samples of a mask decide, the job itself says so.

    Raises:
        RefusedError: it does.
        InputError: a lock was drawn on another size.
    """
    locks = specs_on(db, version)
    if not locks:
        return
    from reviewtui.imaging.locks import LockedRegion, is_all_locked

    of_regions = [LockedRegion(lock) for lock in locks if lock.raster_sha256 is None]
    if is_all_locked(replace(spec, raster_sha256=None), of_regions):
        ids = ", ".join(str(lock.id) for lock in list_locks_on(db, version.id))
        raise RefusedError(
            f"all of the region is locked (lock {ids})", "mark another region, or lift it: reviewtui lock --remove ID"
        )
