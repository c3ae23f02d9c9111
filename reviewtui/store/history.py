"""Reading the hash chain, and the deliveries that bind its head."""

from collections.abc import Iterator
from dataclasses import dataclass

from reviewtui.model.entities import Event
from reviewtui.model.history import FIRST_HASH
from reviewtui.store.connection import Reader, Tx
from reviewtui.store.rows import EVENT, to_event

_PAGE = 2000


@dataclass(frozen=True, slots=True)
class DeliveredVersion:
    """A version in a package.

    Attributes:
        name: of its file in the package.
        folder: where the package was written, as text for people.
    """

    delivery_id: int
    number: int
    sha256: str
    name: str
    folder: str
    manifest_sha256: str
    author: str
    created_at: str


def iter_events(db: Reader, subject: str | None = None) -> Iterator[Event]:
    """Events in order, read in pages so that no cursor stays half-read."""
    last = 0
    where = "seq > ?" if subject is None else "seq > ? AND subject = ?"
    while True:
        parameters = (last,) if subject is None else (last, subject)
        rows = db.all(f"{EVENT} WHERE {where} ORDER BY seq LIMIT {_PAGE}", parameters)
        yield from map(to_event, rows)
        if len(rows) < _PAGE:
            return
        last = rows[-1][0]


def list_events_after(db: Reader, seq: int, limit: int, subject: str | None = None) -> list[Event]:
    """The next events behind a sequence number, oldest first."""
    where = "seq > ?" if subject is None else "seq > ? AND subject = ?"
    parameters = (seq,) if subject is None else (seq, subject)
    return [to_event(row) for row in db.all(f"{EVENT} WHERE {where} ORDER BY seq LIMIT {int(limit)}", parameters)]


def list_latest_events(db: Reader, limit: int, subject: str | None = None) -> list[Event]:
    """The newest events, newest first."""
    where, parameters = ("", ()) if subject is None else (" WHERE subject = ?", (subject,))
    return [to_event(row) for row in db.all(f"{EVENT}{where} ORDER BY seq DESC LIMIT {int(limit)}", parameters)]


def head_hash(db: Reader) -> tuple[int, str]:
    """(seq, hash) of the newest event; (0, 64 zeros) for an empty chain."""
    row = db.one("SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1")
    return (0, FIRST_HASH) if row is None else (row[0], row[1])


def find_hash(db: Reader, digest: str) -> int | None:
    """Sequence number of the event with this hash, or None."""
    found = db.value("SELECT seq FROM event WHERE hash = ?", (digest,))
    return None if found is None else int(found)


def add_delivery(
    tx: Tx, folder: str, manifest_sha256: str, chain_head: str, items: list[tuple[str, int, int, str, str]]
) -> int:
    """Record a delivery that was written, with its event; its id.

    Args:
        items: (asset key, asset id, version id, sha256, name in the package) each.
    """
    delivery_id = tx.insert(
        "delivery",
        folder=folder,
        manifest_sha256=manifest_sha256,
        head_hash=chain_head,
        author=tx.actor.name,
        created_at=tx.now,
    )
    payload = [{"asset": key, "version": version, "sha256": sha256} for key, _, version, sha256, _ in items]
    tx.event("delivery.made", "workspace", {"delivery": delivery_id, "manifest": manifest_sha256, "items": payload})
    for key, asset_id, version_id, sha256, name in items:
        tx.insert("delivery_item", delivery_id=delivery_id, version_id=version_id, sha256=sha256, name=name)
        tx.event("asset.delivered", key, {"delivery": delivery_id, "version": version_id}, asset_id=asset_id)
    return delivery_id


def find_delivery_of(db: Reader, version_id: int) -> int | None:
    """The first delivery that holds a version, or None."""
    found = db.value("SELECT min(delivery_id) FROM delivery_item WHERE version_id = ?", (version_id,))
    return None if found is None else int(found)


def next_delivery_id(db: Reader) -> int:
    """Id that ``add_delivery`` will use within this transaction."""
    return int(db.value("SELECT coalesce(max(id), 0) + 1 FROM delivery"))


def list_deliveries_of(db: Reader, asset_id: int) -> list[DeliveredVersion]:
    """Every package that holds a version of an asset, oldest first."""
    rows = db.all(
        "SELECT d.id, v.number, i.sha256, i.name, d.folder, d.manifest_sha256, d.author, d.created_at"
        " FROM delivery_item i JOIN delivery d ON d.id = i.delivery_id JOIN version v ON v.id = i.version_id"
        " WHERE v.asset_id = ? ORDER BY d.id",
        (asset_id,),
    )
    return [DeliveredVersion(*row) for row in rows]
