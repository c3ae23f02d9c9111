"""Rows as plain values for whoever holds them against the events. Only reads; turns nothing into enums."""

import json
from dataclasses import dataclass
from typing import Any

from reviewtui.store.connection import Reader
from reviewtui.store.rows import FIRST_PARENT

_Records = dict[str, dict[Any, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Derived:
    """Status of an asset as it is shown (the asset's own columns) and as the view computes it now."""

    key: str
    status: str
    retakes: int
    view_status: str
    view_retakes: int


def load_derived(db: Reader) -> list[Derived]:
    """Both computations of every asset that the database holds."""
    rows = db.all(
        "SELECT a.key, a.status, a.retakes, s.status, s.retakes FROM asset a JOIN asset_status s ON s.asset_id = a.id"
        " ORDER BY a.sort_key, a.id"
    )
    return [Derived(*row) for row in rows]


def load_records(db: Reader) -> _Records:
    """Every decision, version, note, job, delivery and lock by kind and id, with the names that events use."""
    return {
        "decision": _decisions(db),
        "version": _keyed(
            db,
            ("asset", "number", "sha256", "job", "candidate", "parent", "op", "seq", "sources"),
            "SELECT v.id, a.key, v.number, v.sha256, v.job_id, v.candidate, l.parent_id, l.op, v.event_seq,"
            " (SELECT group_concat(s.parent_id) FROM lineage s WHERE s.child_id = v.id AND s.op = 'source')"
            " FROM version v LEFT JOIN asset a ON a.id = v.asset_id LEFT JOIN lineage l ON l.child_id = v.id"
            f"  AND l.parent_id = {FIRST_PARENT}",
        ),
        "note": _notes(db),
        "job": _keyed(
            db,
            ("asset", "requester", "version", "note", "verb", "engine", "tier", "seed", "candidates"),
            "SELECT j.id, a.key, j.requester, j.version_id, j.note_id, j.verb, j.engine, j.tier, j.seed, j.candidates"
            " FROM job j LEFT JOIN asset a ON a.id = j.asset_id",
        ),
        "delivery": _deliveries(db),
        "lock": _locks(db),
    }


def _keyed(db: Reader, names: tuple[str, ...], sql: str) -> dict[Any, dict[str, Any]]:
    return {row[0]: dict(zip(names, row[1:], strict=True)) for row in db.all(sql)}


def _decisions(db: Reader) -> dict[Any, dict[str, Any]]:
    names = (
        "asset", "version", "sha256", "verdict", "reviewer", "login", "reason", "evidence", "policy", "revokes", "seq",
        "at", "quorum", "notes_closed_severity",
    )  # fmt: skip
    sql = (
        "SELECT d.id, a.key, d.version_id, d.sha256, d.verdict, d.reviewer, d.login, d.reason, d.evidence,"
        " d.policy_rev, d.revokes_id, d.event_seq, d.created_at, p.quorum, p.notes_closed_severity"
        " FROM decision d LEFT JOIN asset a ON a.id = d.asset_id LEFT JOIN policy p ON p.rev = d.policy_rev"
    )
    records = _keyed(db, names, sql)
    for record in records.values():
        record["evidence"] = json.loads(record["evidence"])
    return records


def _notes(db: Reader) -> dict[Any, dict[str, Any]]:
    names = ("asset", "version", "author", "text", "flaw", "severity", "mask", "state", "seq")
    sql = (
        "SELECT n.id, a.key, n.version_id, n.author, n.text, n.flaw, n.severity, m.spec, n.state, n.event_seq"
        " FROM note n LEFT JOIN asset a ON a.id = n.asset_id LEFT JOIN mask m ON m.id = n.mask_id"
    )
    records = _keyed(db, names, sql)
    for record in records.values():
        record["mask"] = None if record["mask"] is None else json.loads(record["mask"])
    return records


def _locks(db: Reader) -> dict[Any, dict[str, Any]]:
    names = ("asset", "version", "mask", "why", "author", "seq", "lifted_by", "lifted_seq")
    records = _keyed(
        db,
        names,
        "SELECT k.id, a.key, k.version_id, k.spec, k.why, k.author, k.event_seq, u.author, u.event_seq"
        " FROM lock k LEFT JOIN asset a ON a.id = k.asset_id LEFT JOIN unlock u ON u.lock_id = k.id",
    )
    for record in records.values():
        record["mask"] = json.loads(record["mask"])
    return records


def _deliveries(db: Reader) -> dict[Any, dict[str, Any]]:
    records = _keyed(db, ("manifest", "author"), "SELECT id, manifest_sha256, author FROM delivery")
    for record in records.values():
        record["items"] = []
    for row in db.all("SELECT delivery_id, version_id, sha256 FROM delivery_item ORDER BY version_id, sha256"):
        records.setdefault(row[0], {"items": []})["items"].append((row[1], row[2]))
    return records
