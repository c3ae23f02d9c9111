"""Versions, the blobs that they are bound to, their lineage and their proofs. All append-only."""

import json
from dataclasses import dataclass
from typing import Any

from reviewtui.model.entities import Asset, Blob, Proof, Version
from reviewtui.model.errors import NotFoundError
from reviewtui.model.lifecycle import AssertedBy
from reviewtui.store.connection import Reader, Tx
from reviewtui.store.rows import PROOF, VERSION, to_blob, to_proof, to_version

#: Operation of an edge to a version that only lent pixels; what the child is compared with has another one.
SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Parent:
    """A lineage edge to be written.

    Attributes:
        op: a verb, or ``import`` for a file that follows another.
        params: JSON-ready parameters that made the child.
    """

    version_id: int
    op: str
    asserted_by: AssertedBy
    mask_id: int | None = None
    job_id: int | None = None
    params: dict[str, Any] | None = None


def ensure_blob(tx: Tx, blob: Blob) -> None:
    """Record what is known of bytes, once."""
    if tx.one("SELECT 1 FROM blob WHERE sha256 = ?", (blob.sha256,)) is None:
        tx.insert(
            "blob",
            sha256=blob.sha256,
            pixel_sha256=blob.pixel_sha256,
            size_bytes=blob.size_bytes,
            width=blob.size.width,
            height=blob.size.height,
            media_type=blob.media_type,
            facts=json.dumps(blob.facts, sort_keys=True),
        )


def get_blob(db: Reader, sha256: str) -> Blob:
    """What is known of bytes.

    Raises:
        NotFoundError: nothing is.
    """
    row = db.one("SELECT * FROM blob WHERE sha256 = ?", (sha256,))
    if row is None:
        raise NotFoundError(f"no version has the bytes {sha256}")
    return to_blob(row)


def add_version(
    tx: Tx,
    asset: Asset,
    blob: Blob,
    *,
    label: str | None = None,
    job_id: int | None = None,
    candidate: int | None = None,
    parent: Parent | None = None,
    sources: tuple[int, ...] = (),
) -> Version:
    """Register bytes as the next version of an asset, with its lineage and event; the head is not moved.

    Args:
        sources: ids of further versions that pixels were taken from.
    """
    ensure_blob(tx, blob)
    number = int(tx.value("SELECT coalesce(max(number), 0) + 1 FROM version WHERE asset_id = ?", (asset.id,)))
    version_id = int(tx.value("SELECT coalesce(max(id), 0) + 1 FROM version"))
    seq = tx.event(
        "version.registered",
        asset.key,
        {
            "version": version_id,
            "number": number,
            "sha256": blob.sha256,
            "job": job_id,
            "candidate": candidate,
            "label": label,
            "parent": None if parent is None else parent.version_id,
            "op": None if parent is None else parent.op,
            "asserted_by": None if parent is None else parent.asserted_by,
            **({"sources": list(sources)} if sources else {}),
        },
        asset_id=asset.id,
    )
    tx.insert(
        "version",
        id=version_id,
        asset_id=asset.id,
        number=number,
        sha256=blob.sha256,
        source="file" if job_id is None else "job",
        label=label,
        job_id=job_id,
        candidate=candidate,
        event_seq=seq,
        created_at=tx.now,
    )
    if parent is not None:
        _add_edge(tx, version_id, parent)
        for source_id in sources:
            _add_edge(tx, version_id, Parent(source_id, SOURCE, parent.asserted_by, None, parent.job_id))
    return get_version(tx, version_id)


def _add_edge(tx: Tx, child_id: int, parent: Parent) -> None:
    tx.insert(
        "lineage",
        child_id=child_id,
        parent_id=parent.version_id,
        op=parent.op,
        mask_id=parent.mask_id,
        job_id=parent.job_id,
        params=json.dumps(parent.params or {}, sort_keys=True),
        asserted_by=parent.asserted_by,
    )


def get_version(db: Reader, version_id: int) -> Version:
    """The version with this id.

    Raises:
        NotFoundError: there is none.
    """
    row = db.one(f"{VERSION} WHERE v.id = ?", (version_id,))
    if row is None:
        raise NotFoundError(f"there is no version {version_id}")
    return to_version(row)


def find_version(db: Reader, asset_id: int, number: int) -> Version | None:
    """Version ``number`` of an asset, or None."""
    row = db.one(f"{VERSION} WHERE v.asset_id = ? AND v.number = ?", (asset_id, number))
    return None if row is None else to_version(row)


def find_version_by_bytes(db: Reader, sha256: str, asset_id: int | None = None) -> Version | None:
    """The first version with these bytes, of one asset or of any."""
    where = "v.sha256 = ?" if asset_id is None else "v.sha256 = ? AND v.asset_id = ?"
    parameters = (sha256,) if asset_id is None else (sha256, asset_id)
    row = db.one(f"{VERSION} WHERE {where} ORDER BY v.id LIMIT 1", parameters)
    return None if row is None else to_version(row)


def list_versions(db: Reader, asset_id: int) -> list[Version]:
    """All versions of an asset by number."""
    return [to_version(row) for row in db.all(f"{VERSION} WHERE v.asset_id = ? ORDER BY v.number", (asset_id,))]


def list_ancestors(db: Reader, version_id: int) -> list[int]:
    """Ids of a version and of everything that it descends from, nearest first."""
    rows = db.all(
        "WITH RECURSIVE up (id) AS (VALUES (?) UNION SELECT l.parent_id FROM lineage l JOIN up ON l.child_id = up.id)"
        " SELECT id FROM up ORDER BY id DESC",
        (version_id,),
    )
    return [row[0] for row in rows]


def registered_seq(db: Reader, version_id: int) -> int:
    """Number of the event by which a version was registered."""
    return int(db.value("SELECT event_seq FROM version WHERE id = ?", (version_id,)))


def list_line(db: Reader, version_id: int) -> list[int]:
    """Ids of a version and of its parents up to the first, nearest first; versions that only lent pixels are not in it.

    A proof holds against the parent: along this line, pixels that no proof covers are the same.
    """
    rows = db.all(
        "WITH RECURSIVE up (id, depth) AS (VALUES (?, 0) UNION"
        " SELECT l.parent_id, up.depth + 1 FROM lineage l JOIN up ON l.child_id = up.id WHERE l.op <> 'source')"
        " SELECT id FROM up ORDER BY depth",
        (version_id,),
    )
    return [row[0] for row in rows]


def list_sources(db: Reader, version_id: int) -> list[int]:
    """Ids of the versions that lent pixels to one."""
    sql = "SELECT parent_id FROM lineage WHERE child_id = ? AND op = 'source' ORDER BY parent_id"
    return [row[0] for row in db.all(sql, (version_id,))]


def add_proof(tx: Tx, proof: Proof) -> None:
    """Store what was measured of a version made by a job."""
    tx.insert(
        "proof",
        version_id=proof.version_id,
        job_id=proof.job_id,
        x=proof.box.x,
        y=proof.box.y,
        width=proof.box.width,
        height=proof.box.height,
        edge_px=proof.edge_px,
        metrics=json.dumps(proof.metrics, sort_keys=True),
        patch_sha256=proof.patch_sha256,
        alpha_sha256=proof.alpha_sha256,
        raw_sha256=proof.raw_sha256,
        passes_sha256=proof.passes_sha256,
    )


def find_proof(db: Reader, version_id: int) -> Proof | None:
    """The proof of a version, None when no job made it."""
    row = db.one(f"{PROOF} WHERE version_id = ?", (version_id,))
    return None if row is None else to_proof(row)


def list_proofs(db: Reader, asset_id: int | None = None) -> list[Proof]:
    """Proofs of one asset's versions, or of all."""
    if asset_id is None:
        return [to_proof(row) for row in db.all(f"{PROOF} ORDER BY version_id")]
    sql = f"{PROOF} WHERE version_id IN (SELECT id FROM version WHERE asset_id = ?) ORDER BY version_id"
    return [to_proof(row) for row in db.all(sql, (asset_id,))]


def list_remarks(db: Reader, asset_id: int) -> dict[int, str]:
    """What engines said of their own results, such as that memory was short, by version id; most say nothing."""
    sql = (
        "SELECT l.child_id, json_extract(l.params, '$.details.remark') AS remark FROM lineage l"
        " JOIN version v ON v.id = l.child_id WHERE v.asset_id = ? AND remark IS NOT NULL"
    )
    return {int(child): str(remark) for child, remark in db.all(sql, (asset_id,))}


def lineage_params(db: Reader, child_id: int) -> tuple[int | None, dict[str, Any]]:
    """Mask id and parameters of the edge that made a version."""
    sql = "SELECT mask_id, params FROM lineage WHERE child_id = ? ORDER BY op = 'source', parent_id DESC LIMIT 1"
    row = db.one(sql, (child_id,))
    return (None, {}) if row is None else (row[0], json.loads(row[1]))


def list_kept_blobs(db: Reader) -> list[tuple[str, str]]:
    """(sha256, what it is) of every blob whose bytes the store promises to hold."""
    rows = db.all(
        "SELECT DISTINCT v.sha256, a.key || '@' || v.number FROM version v JOIN asset a ON a.id = v.asset_id"
        " WHERE v.source = 'job' OR EXISTS (SELECT 1 FROM note n WHERE n.version_id = v.id)"
        " OR EXISTS (SELECT 1 FROM job j WHERE j.version_id = v.id)"
        " OR EXISTS (SELECT 1 FROM decision d WHERE d.version_id = v.id)"
        " UNION SELECT p.patch_sha256, 'patch of version ' || p.version_id FROM proof p"
        " UNION SELECT p.alpha_sha256, 'alpha of version ' || p.version_id FROM proof p"
        " UNION SELECT p.passes_sha256, 'passes map of version ' || p.version_id FROM proof p"
        " WHERE p.passes_sha256 IS NOT NULL"
        " UNION SELECT p.raw_sha256, 'raw answer of version ' || p.version_id FROM proof p"
        " WHERE p.raw_sha256 IS NOT NULL"
        " UNION SELECT json_extract(m.spec, '$.raster_sha256'), 'samples of mask ' || m.id FROM mask m"
        " WHERE json_extract(m.spec, '$.raster_sha256') IS NOT NULL"
        " UNION SELECT json_extract(k.spec, '$.raster_sha256'), 'samples of lock ' || k.id FROM lock k"
        " WHERE json_extract(k.spec, '$.raster_sha256') IS NOT NULL"
        " UNION SELECT json_extract(s.data, '$.raster_sha256'), 'samples of preset ' || s.name FROM preset s"
        " WHERE json_extract(s.data, '$.raster_sha256') IS NOT NULL"
    )
    return [(row[0], row[1]) for row in rows]
