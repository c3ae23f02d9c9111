"""From rows to records: the only place where stored text becomes enums and values."""

import json
from typing import Any

from reviewtui.model.entities import (
    Asset,
    Blob,
    Decision,
    Event,
    File,
    Job,
    Note,
    Policy,
    Proof,
    Reply,
    Version,
)
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.lifecycle import (
    AssertedBy,
    AssetStatus,
    ErrorKind,
    FileState,
    Flaw,
    Hold,
    JobState,
    NoteState,
    Tier,
    Verb,
    Verdict,
)
from reviewtui.model.masks import mask_from_json
from reviewtui.store.connection import Row

ASSET = (
    "SELECT a.id, a.key, a.status, a.hold, a.head_id, (SELECT v.number FROM version v WHERE v.id = a.head_id),"
    " a.versions, a.retakes, a.notes_open, a.touched_seq, a.created_at FROM asset a"
)

FILE = (
    "SELECT id, path, display, state, asset_id, version_id, label, reason, size_bytes, mtime_ns, inode, device"
    " FROM file"
)

# What the child is compared with; a source only lent pixels.
FIRST_PARENT = (
    "(SELECT x.parent_id FROM lineage x WHERE x.child_id = v.id ORDER BY x.op = 'source', x.parent_id DESC LIMIT 1)"
)

VERSION = (
    "SELECT v.id, v.asset_id, v.number, v.sha256, b.width, b.height, v.source, v.label, v.job_id, v.candidate,"
    " l.parent_id, p.number, l.op, l.asserted_by, v.created_at"
    " FROM version v JOIN blob b ON b.sha256 = v.sha256"
    " LEFT JOIN lineage l ON l.child_id = v.id"
    f"  AND l.parent_id = {FIRST_PARENT}"
    " LEFT JOIN version p ON p.id = l.parent_id"
)

NOTE = (
    "SELECT n.id, n.asset_id, a.key, n.version_id, v.number, n.author, n.text, n.flaw, n.severity, n.state, n.mask_id,"
    " m.spec, n.job_id,"
    " (SELECT max(r.number) FROM version r WHERE r.job_id = n.job_id), n.created_at"
    " FROM note n JOIN asset a ON a.id = n.asset_id JOIN version v ON v.id = n.version_id"
    " LEFT JOIN mask m ON m.id = n.mask_id"
)

JOB = (
    "SELECT j.id, j.asset_id, a.key, j.version_id, v.number, j.note_id, j.mask_id, j.verb, j.engine, j.tier, j.params,"
    " j.seed, j.candidates, j.requester, j.state, j.attempt, j.max_attempts, j.progress, j.message,"
    " j.cancel_requested_at, j.error_kind, j.error, j.created_at, j.started_at, j.finished_at,"
    " (SELECT json_group_array(r.number) FROM"
    "  (SELECT x.number FROM job_result o JOIN version x ON x.id = o.version_id WHERE o.job_id = j.id"
    "   ORDER BY o.candidate) r)"
    " FROM job j JOIN asset a ON a.id = j.asset_id JOIN version v ON v.id = j.version_id"
)

DECISION = (
    "SELECT d.id, d.asset_id, d.version_id, v.number, d.sha256, d.verdict, d.reviewer, d.login, d.reason, d.evidence,"
    " d.policy_rev, d.revokes_id, EXISTS (SELECT 1 FROM decision r WHERE r.revokes_id = d.id), d.created_at"
    " FROM decision d JOIN version v ON v.id = d.version_id"
)

EVENT = "SELECT seq, at, actor, kind, subject, payload, prev_hash, hash FROM event"

PROOF = (
    "SELECT version_id, job_id, x, y, width, height, edge_px, metrics, patch_sha256, alpha_sha256, raw_sha256,"
    " passes_sha256 FROM proof"
)

POLICY = "SELECT rev, stage, quorum, roles, allow_as, notes_closed_severity FROM policy"


def _data(text: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(text)
    return value


def to_asset(row: Row) -> Asset:
    """From ``ASSET``."""
    return Asset(
        id=row[0],
        key=row[1],
        status=AssetStatus(row[2]),
        hold=None if row[3] is None else Hold(row[3]),
        head_id=row[4],
        head_number=row[5],
        versions=row[6],
        retakes=row[7],
        notes_open=row[8],
        touched_seq=row[9],
        created_at=row[10],
    )


def to_file(row: Row) -> File:
    """From ``FILE``."""
    return File(row[0], bytes(row[1]), row[2], FileState(row[3]), *row[4:])


def to_blob(row: Row) -> Blob:
    """From the columns of ``blob`` in their order."""
    return Blob(row[0], row[1], row[2], PixelSize(row[3], row[4]), row[5], _data(row[6]))


def to_version(row: Row) -> Version:
    """From ``VERSION``."""
    return Version(
        id=row[0],
        asset_id=row[1],
        number=row[2],
        sha256=row[3],
        size=PixelSize(row[4], row[5]),
        source=row[6],
        label=row[7],
        job_id=row[8],
        candidate=row[9],
        parent_id=row[10],
        parent_number=row[11],
        op=row[12],
        asserted_by=None if row[13] is None else AssertedBy(row[13]),
        created_at=row[14],
    )


def to_note(row: Row) -> Note:
    """From ``NOTE``."""
    return Note(
        id=row[0],
        asset_id=row[1],
        asset_key=row[2],
        version_id=row[3],
        version_number=row[4],
        author=row[5],
        text=row[6],
        flaw=Flaw(row[7]),
        severity=row[8],
        state=NoteState(row[9]),
        mask_id=row[10],
        mask=None if row[11] is None else mask_from_json(row[11]),
        job_id=row[12],
        fixed_number=row[13],
        created_at=row[14],
    )


def to_reply(row: Row) -> Reply:
    """From the columns of ``reply`` in their order."""
    return Reply(*row)


def to_job(row: Row) -> Job:
    """From ``JOB``."""
    return Job(
        id=row[0],
        asset_id=row[1],
        asset_key=row[2],
        version_id=row[3],
        version_number=row[4],
        note_id=row[5],
        mask_id=row[6],
        verb=Verb(row[7]),
        engine=row[8],
        tier=Tier(row[9]),
        params=_data(row[10]),
        seed=row[11],
        candidates=row[12],
        requester=row[13],
        state=JobState(row[14]),
        attempt=row[15],
        max_attempts=row[16],
        progress=row[17],
        message=row[18],
        cancel_requested_at=row[19],
        error_kind=None if row[20] is None else ErrorKind(row[20]),
        error=row[21],
        created_at=row[22],
        started_at=row[23],
        finished_at=row[24],
        versions=tuple(json.loads(row[25])),
    )


def to_decision(row: Row) -> Decision:
    """From ``DECISION``."""
    return Decision(
        id=row[0],
        asset_id=row[1],
        version_id=row[2],
        version_number=row[3],
        sha256=row[4],
        verdict=None if row[5] is None else Verdict(row[5]),
        reviewer=row[6],
        login=row[7],
        reason=row[8],
        evidence=_data(row[9]),
        policy_rev=row[10],
        revokes_id=row[11],
        revoked=bool(row[12]),
        created_at=row[13],
    )


def to_event(row: Row) -> Event:
    """From ``EVENT``."""
    return Event(row[0], row[1], row[2], row[3], row[4], _data(row[5]), row[6], row[7])


def to_proof(row: Row) -> Proof:
    """From ``PROOF``."""
    return Proof(row[0], row[1], PixelRect(*row[2:6]), row[6], _data(row[7]), *row[8:12])


def to_policy(row: Row) -> Policy:
    """From ``POLICY``."""
    return Policy(row[0], row[1], row[2], tuple(json.loads(row[3])), bool(row[4]), row[5])
