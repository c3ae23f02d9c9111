"""Locks: rows that are added, and rows that say that one was lifted."""

import json

from reviewtui.model.entities import Asset, Lock
from reviewtui.model.errors import NotFoundError
from reviewtui.model.masks import MaskSpec, mask_from_json
from reviewtui.store.connection import Reader, Row, Tx

_LOCK = (
    "SELECT k.id, k.asset_id, k.version_id, v.number, k.spec, k.why, k.author, k.created_at, u.author"
    " FROM lock k JOIN version v ON v.id = k.version_id LEFT JOIN unlock u ON u.lock_id = k.id"
)


def _to_lock(row: Row) -> Lock:
    return Lock(row[0], row[1], row[2], row[3], mask_from_json(row[4]), *row[5:9])


def add_lock(tx: Tx, asset: Asset, version_id: int, spec: MaskSpec, why: str) -> int:
    """Lock a region from this version on, with its event; the lock's id."""
    lock_id = int(tx.value("SELECT coalesce(max(id), 0) + 1 FROM lock"))
    payload = {"lock": lock_id, "version": version_id, "mask": spec.to_data(), "why": why}
    seq = tx.event("lock.drawn", asset.key, payload, asset_id=asset.id)
    tx.insert(
        "lock",
        id=lock_id,
        asset_id=asset.id,
        version_id=version_id,
        spec=json.dumps(spec.to_data(), sort_keys=True),
        why=why,
        author=tx.actor.name,
        event_seq=seq,
        created_at=tx.now,
    )
    return lock_id


def lift_lock(tx: Tx, asset: Asset, lock_id: int, why: str) -> None:
    """Say that a lock no longer holds, with its event; the lock itself stays on record."""
    seq = tx.event("lock.lifted", asset.key, {"lock": lock_id, "why": why}, asset_id=asset.id)
    tx.insert("unlock", lock_id=lock_id, author=tx.actor.name, event_seq=seq, created_at=tx.now)


def get_lock(db: Reader, lock_id: int) -> Lock:
    """The lock with this id, lifted or not.

    Raises:
        NotFoundError: there is none.
    """
    row = db.one(f"{_LOCK} WHERE k.id = ?", (lock_id,))
    if row is None:
        raise NotFoundError(f"there is no lock {lock_id}", "reviewtui lock FOLDER ASSET --list")
    return _to_lock(row)


def list_locks(db: Reader, asset_id: int) -> list[Lock]:
    """Standing locks of one asset, oldest first."""
    rows = db.all(f"{_LOCK} WHERE k.asset_id = ? AND u.lock_id IS NULL ORDER BY k.id", (asset_id,))
    return [_to_lock(row) for row in rows]


def list_locks_on(db: Reader, version_id: int, *, at_seq: int | None = None) -> list[Lock]:
    """Standing locks that hold for a version: drawn on it or on one of its parents, oldest first.

    Args:
        at_seq: those that stood when the event of this number was written; None for now.
    """
    standing = "u.lock_id IS NULL"
    parameters: tuple[int, ...] = (version_id,)
    if at_seq is not None:
        standing = "k.event_seq < ? AND (u.lock_id IS NULL OR u.event_seq > ?)"
        parameters = (version_id, at_seq, at_seq)
    rows = db.all(
        "WITH RECURSIVE up (id) AS (VALUES (?) UNION"
        " SELECT l.parent_id FROM lineage l JOIN up ON l.child_id = up.id WHERE l.op <> 'source')"
        f" {_LOCK} WHERE k.version_id IN (SELECT id FROM up) AND {standing} ORDER BY k.id",
        parameters,
    )
    return [_to_lock(row) for row in rows]
