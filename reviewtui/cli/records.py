"""From what services answer to the JSON objects of the command line; their keys are a contract."""

import os
from typing import TYPE_CHECKING, Any

from reviewtui.model.entities import Asset, Decision, Event, Job, Lock, Note
from reviewtui.model.text import display_path
from reviewtui.services.bought import find_bought
from reviewtui.services.browse import AssetView, VersionView

if TYPE_CHECKING:
    from reviewtui.services.roundtrip import HandChange

METRICS = (
    "outside_changed_px", "outside_max_delta", "locks_ok", "seam", "grain_ratio", "color_error", "passes",
    "megapixels_sampled", "seconds", "cost",
)  # fmt: skip


def path_fields(path: str | None) -> dict[str, Any]:
    """``path``, and ``path_hex`` where the bytes of the path are no text."""
    if path is None:
        return {"path": None}
    raw = os.fsencode(path)
    try:
        return {"path": raw.decode("utf-8")}
    except UnicodeDecodeError:
        return {"path": display_path(raw), "path_hex": raw.hex()}


def metrics_record(metrics: dict[str, Any] | None) -> dict[str, Any]:
    """Every figure of the contract, null where it was not measured, then whatever else was."""
    measured = metrics or {}
    return {**{name: measured.get(name) for name in METRICS}, **measured}


def asset_record(asset: Asset, path: str | None) -> dict[str, Any]:
    """One line of ``ls``."""
    return {
        "asset": asset.key,
        "status": asset.status,
        "head": asset.head_number,
        "versions": asset.versions,
        "notes_open": asset.notes_open,
        "changes_requested": asset.retakes,
        **path_fields(path),
    }


def note_record(note: Note) -> dict[str, Any]:
    """One line of ``notes``; ``rect`` is the smallest rectangle around ``rects``."""
    rects = [] if note.mask is None else [list(region.as_tuple()) for region in note.mask.regions]
    return {
        "note": note.id,
        "asset": note.asset_key,
        "version": note.version_number,
        "state": note.state,
        "flaw": note.flaw,
        "severity": note.severity,
        "author": note.author,
        "text": note.text,
        "rect": None if note.mask is None else list(note.mask.bounds.as_tuple()),
        "job": note.job_id,
        "mask": note.mask_id,
        "rects": rects,
        "preset": None if note.mask is None else note.mask.preset,
        "fixed_by": note.fixed_number,
        "at": note.created_at,
    }


def lock_record(lock: Lock) -> dict[str, Any]:
    """One lock; ``rect`` is the smallest rectangle around ``rects``."""
    return {
        "lock": lock.id,
        "version": lock.version_number,
        "rect": list(lock.spec.bounds.as_tuple()),
        "rects": [list(region.as_tuple()) for region in lock.spec.regions],
        "invert": lock.spec.invert,
        "preset": lock.spec.preset,
        "why": lock.why,
        "author": lock.author,
        "at": lock.created_at,
        "lifted_by": lock.lifted_by,
    }


def job_record(job: Job) -> dict[str, Any]:
    """One line of ``jobs``."""
    return {
        "job": job.id,
        "asset": job.asset_key,
        "state": job.state,
        "attempt": job.attempt,
        "engine": job.engine,
        "tier": job.tier,
        "progress": job.progress,
        "error_kind": job.error_kind,
        "error": job.error,
        "version": job.version_number,
        "note": job.note_id,
        "mask": job.mask_id,
        "verb": job.verb,
        "seed": job.seed,
        "candidates": job.candidates,
        "versions": list(job.versions),
        "requester": job.requester,
        "at": job.created_at,
        "finished_at": job.finished_at,
    }


def decision_record(asset: str, decision: Decision) -> dict[str, Any]:
    """One decision, or the row that takes one back (then ``verdict`` is null)."""
    return {
        "decision": decision.id,
        "asset": asset,
        "version": decision.version_number,
        "sha256": decision.sha256,
        "verdict": decision.verdict,
        "reviewer": decision.reviewer,
        "login": decision.login,
        "reason": decision.reason,
        "evidence": decision.evidence,
        "policy": decision.policy_rev,
        "revokes": decision.revokes_id,
        "revoked": decision.revoked,
        "at": decision.created_at,
    }


def event_record(event: Event) -> dict[str, Any]:
    """One line of ``log``: exactly what its hash binds, and the hashes."""
    return {
        "seq": event.seq,
        "at": event.at,
        "actor": event.actor,
        "kind": event.kind,
        "subject": event.subject,
        "payload": event.payload,
        "prev_hash": event.prev_hash,
        "hash": event.hash,
    }


def show_record(
    view: AssetView, alpha_paths: dict[str, str], changes: "dict[int, HandChange] | None" = None
) -> dict[str, Any]:
    """The object of ``show``.

    Args:
        alpha_paths: where the alpha of each proof can be read, by hash.
        changes: what was changed by hand, by number; None when nobody looked.
    """
    jobs = {job.id: job for job in view.jobs}
    return {
        "asset": view.asset.key,
        "status": view.asset.status,
        "head": view.asset.head_number,
        "versions": [
            {
                **_with_change(_version_record(version, jobs, alpha_paths), changes or {}),
                "bought": _bought_record(view, version),
            }
            for version in view.versions
        ],
        "notes": [
            {
                **note_record(shown.note),
                "replies": [{"author": r.author, "text": r.text, "at": r.created_at} for r in shown.replies],
            }
            for shown in view.notes
        ],
        "decisions": [decision_record(view.asset.key, decision) for decision in view.decisions],
        "locks": [lock_record(lock) for lock in view.locks],
    }


def _with_change(record: dict[str, Any], changes: "dict[int, HandChange]") -> dict[str, Any]:
    change = changes.get(record["number"])
    if change is None:
        return {**record, "changed_px": None if record["metrics"] is None else record["metrics"].get("changed_px")}
    box = None if change.box is None else list(change.box.as_tuple())
    return {**record, "changed_box": box, "changed_px": change.changed_px}


def _bought_record(view: AssetView, shown: VersionView) -> dict[str, Any] | None:
    bought = find_bought(view, shown)
    return None if bought is None else bought.to_data()


def _version_record(shown: VersionView, jobs: dict[int, Job], alpha_paths: dict[str, str]) -> dict[str, Any]:
    version, proof = shown.version, shown.proof
    job = None if version.job_id is None else jobs.get(version.job_id)
    return {
        "number": version.number,
        "sha256": version.sha256,
        "width": version.size.width,
        "height": version.size.height,
        "parent": version.parent_number,
        "op": version.op,
        "engine": None if job is None else job.engine,
        "seed": None if job is None else job.seed + (version.candidate or 0),
        **path_fields(shown.path),
        "changed_box": None if proof is None else list(proof.box.as_tuple()),
        "alpha_path": None if proof is None else alpha_paths.get(proof.alpha_sha256),
        "metrics": None if proof is None else metrics_record(proof.metrics),
        "remark": shown.remark or None,
        "source": version.source,
        "label": version.label,
        "job": version.job_id,
        "candidate": version.candidate,
        "asserted_by": version.asserted_by,
        "at": version.created_at,
    }
