"""Assets: registering keys, moving heads, and pages of the queue."""

from collections.abc import Sequence
from dataclasses import dataclass

from reviewtui.model.entities import Asset
from reviewtui.model.errors import NotFoundError
from reviewtui.model.lifecycle import AssetStatus, Hold
from reviewtui.model.naming import natural_key
from reviewtui.model.query import Term
from reviewtui.store.connection import Reader, Tx
from reviewtui.store.rows import ASSET, to_asset

# An asset whose files all went away or turned out to be another asset's bytes before they made a version is not listed.
_IS_LISTED = "(a.status <> 'found' OR EXISTS (SELECT 1 FROM file f WHERE f.asset_id = a.id AND f.state <> 'missing'))"

NEEDS_EVERYBODY = (AssetStatus.VOID, AssetStatus.TO_VERIFY, AssetStatus.WAITING)


def find_asset(db: Reader, key: str) -> Asset | None:
    """The asset with this key, or None."""
    row = db.one(f"{ASSET} WHERE a.key = ?", (key,))
    return None if row is None else to_asset(row)


def get_asset(db: Reader, asset_id: int) -> Asset:
    """The asset with this id.

    Raises:
        NotFoundError: there is none.
    """
    row = db.one(f"{ASSET} WHERE a.id = ?", (asset_id,))
    if row is None:
        raise NotFoundError(f"there is no asset {asset_id}")
    return to_asset(row)


def ensure_asset(tx: Tx, key: str) -> Asset:
    """The asset with this key, registered when it is new."""
    asset = find_asset(tx, key)
    if asset is not None:
        return asset
    asset_id = tx.insert("asset", key=key, sort_key=natural_key(key), created_at=tx.now)
    tx.event("asset.found", key, {"asset": asset_id}, asset_id=asset_id)
    return get_asset(tx, asset_id)


def add_found_assets(tx: Tx, keys: Sequence[str]) -> dict[str, int]:
    """Register many keys at once; ids by key, of old ones too.

    Args:
        keys: distinct, at most 500.
    """
    marks = ", ".join("?" * len(keys))
    ids: dict[str, int] = dict(tx.all(f"SELECT key, id FROM asset WHERE key IN ({marks})", keys))
    next_id = int(tx.value("SELECT coalesce(max(id), 0) + 1 FROM asset"))
    for key in keys:
        if key in ids:
            continue
        # The derived columns of a new asset are their defaults, so only the sequence number is to be filled in.
        seq = tx.event("asset.found", key, {"asset": next_id})
        tx.insert("asset", id=next_id, key=key, sort_key=natural_key(key), created_at=tx.now, touched_seq=seq)
        ids[key] = next_id
        next_id += 1
    return ids


def fold_asset(tx: Tx, asset_id: int, into: Asset) -> None:
    """Record that the only file of an asset without versions turned out to hold the bytes of another asset."""
    key = str(tx.value("SELECT key FROM asset WHERE id = ?", (asset_id,)))
    tx.event("asset.folded", key, {"asset": asset_id, "into": into.key}, asset_id=asset_id)


def is_approval_standing(db: Reader, asset_id: int) -> bool:
    """Whether the head is approved and not void, computed now and whatever the asset is held for."""
    sql = (
        "SELECT h.approved AND h.decided_seq >= coalesce((SELECT max(x.event_seq) FROM voiding x"
        " WHERE x.asset_id = h.asset_id), 0) FROM head_approval h WHERE h.asset_id = ?"
    )
    return bool(db.value(sql, (asset_id,)))


def move_head(tx: Tx, asset: Asset, version_id: int, number: int, why: str) -> None:
    """Point the asset at another version, with an event."""
    tx.run("UPDATE asset SET head_id = ? WHERE id = ?", (version_id, asset.id))
    tx.event(
        "head.moved",
        asset.key,
        {"version": version_id, "number": number, "from": asset.head_number, "why": why},
        asset_id=asset.id,
    )


def set_hold(tx: Tx, asset: Asset, hold: Hold | None) -> None:
    """Put an asset on hold, omit it, or release it."""
    tx.run("UPDATE asset SET hold = ? WHERE id = ?", (hold, asset.id))
    tx.event("asset.held", asset.key, {"hold": hold}, asset_id=asset.id)


def void_asset(tx: Tx, asset: Asset, version_id: int, why: str) -> None:
    """Record that the approved bytes are no longer what lies on disk."""
    seq = tx.event("asset.voided", asset.key, {"version": version_id, "why": why}, asset_id=asset.id)
    tx.insert("voiding", asset_id=asset.id, version_id=version_id, why=why, event_seq=seq)


@dataclass(frozen=True, slots=True)
class Filter:
    """A compiled query.

    Attributes:
        terms: conditions joined by AND.
        reviewer: who ``needs:me`` refers to.
        order: ``name``, ``age`` (oldest event first), ``retakes`` or ``waiting`` (who needs me first).
    """

    terms: tuple[Term, ...] = ()
    reviewer: str = ""
    order: str = "name"


_ORDERS = {
    "name": "a.sort_key, a.id",
    "age": "a.touched_seq DESC, a.id",
    "retakes": "a.retakes DESC, a.sort_key, a.id",
    "waiting": "a.status NOT IN ('void', 'to_verify', 'waiting', 'in_review'), a.touched_seq, a.id",
}


def _needs_me(reviewer: str) -> tuple[str, list[str]]:
    marks = ", ".join("?" * len(NEEDS_EVERYBODY))
    sql = (
        f"(a.status IN ({marks}) OR (a.status = 'in_review' AND NOT EXISTS"
        " (SELECT 1 FROM standing s WHERE s.version_id = a.head_id AND s.reviewer = ?)))"
    )
    return sql, [*NEEDS_EVERYBODY, reviewer]


def _condition(term: Term, reviewer: str) -> tuple[str, list[str]]:
    marks = ", ".join("?" * len(term.values))
    values = list(term.values)
    if term.field == "status":
        sql, parameters = f"a.status IN ({marks})", values
    elif term.field == "flaw":
        sql, parameters = f"EXISTS (SELECT 1 FROM note n WHERE n.asset_id = a.id AND n.flaw IN ({marks}))", values
    elif term.field == "by":
        sql = (
            f"(EXISTS (SELECT 1 FROM note n WHERE n.asset_id = a.id AND n.author IN ({marks}))"
            f" OR EXISTS (SELECT 1 FROM decision d WHERE d.asset_id = a.id AND d.reviewer IN ({marks})))"
        )
        parameters = values * 2
    elif term.field == "needs":
        sql, parameters = _needs_me(reviewer)
    else:
        pattern = values[0].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        sql, parameters = "a.key LIKE ? ESCAPE '\\'", [f"%{pattern}%"]
    return (f"NOT {sql}" if term.negated else sql), parameters


def _where(chosen: Filter) -> tuple[str, list[str]]:
    nothing: list[str] = []
    conditions = [(_IS_LISTED, nothing), *(_condition(term, chosen.reviewer) for term in chosen.terms)]
    return " WHERE " + " AND ".join(sql for sql, _ in conditions), [p for _, values in conditions for p in values]


def list_asset_ids(db: Reader, chosen: Filter) -> list[int]:
    """Ids of every asset that fits, in order."""
    where, parameters = _where(chosen)
    return [row[0] for row in db.all(f"SELECT a.id FROM asset a{where} ORDER BY {_ORDERS[chosen.order]}", parameters)]


def list_assets(db: Reader, chosen: Filter, most: int = -1) -> list[Asset]:
    """Every asset that fits, in order, or the first of them.

    Args:
        most: how many; -1 for all.
    """
    where, parameters = _where(chosen)
    sql = f"{ASSET}{where} ORDER BY {_ORDERS[chosen.order]} LIMIT ?"
    return [to_asset(row) for row in db.all(sql, [*parameters, most])]


def load_assets(db: Reader, ids: list[int]) -> list[Asset]:
    """Assets by id, in the order asked for; ids that do not exist are left out.

    Args:
        ids: at most 500.
    """
    if not ids:
        return []
    rows = db.all(f"{ASSET} WHERE a.id IN ({', '.join('?' * len(ids))})", ids)
    found = {row[0]: to_asset(row) for row in rows}
    return [found[asset_id] for asset_id in ids if asset_id in found]


def count_by_status(db: Reader) -> dict[AssetStatus, int]:
    """How many assets have each status."""
    return {
        AssetStatus(row[0]): row[1]
        for row in db.all(f"SELECT a.status, count(*) FROM asset a WHERE {_IS_LISTED} GROUP BY 1")
    }


def count_needing(db: Reader, reviewer: str) -> int:
    """How many assets need this reviewer."""
    sql, parameters = _needs_me(reviewer)
    return int(db.value(f"SELECT count(*) FROM asset a WHERE {sql}", parameters))
