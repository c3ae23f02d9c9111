"""The hash chain, and the status of assets folded from events alone.

This is the second, independent computation of status: it must share no code with the store's SQL view.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from reviewtui.model.entities import Event
from reviewtui.model.lifecycle import (
    APPROVALS,
    JOB_ACTIVE,
    NOTE_DONE,
    REFUSALS,
    AssetStatus,
    JobState,
    NoteState,
    Verdict,
)

FIRST_HASH = "0" * 64


def canonical(seq: int, at: str, actor: str, kind: str, subject: str, payload: dict[str, Any]) -> str:
    """The text of an event that is hashed; always ASCII.

    Source: spec of the review model, invariant 5.
    """
    record = {"seq": seq, "at": at, "actor": actor, "kind": kind, "subject": subject, "payload": payload}
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def chain_hash(prev_hash: str, canonical_text: str) -> str:
    """SHA-256 that binds an event to everything before it, as 64 hex digits."""
    return hashlib.sha256((prev_hash + canonical_text).encode("utf-8")).hexdigest()


def find_broken_link(events: Iterable[Event]) -> tuple[int, str] | None:
    """The first event that does not follow from its predecessors, as (seq, what is wrong), or None.

    Args:
        events: in order, from the first.
    """
    prev_hash, expected_seq = FIRST_HASH, 1
    for event in events:
        if event.seq != expected_seq:
            return event.seq, f"event {expected_seq} is missing"
        if event.prev_hash != prev_hash:
            return event.seq, "does not follow its predecessor"
        text = canonical(event.seq, event.at, event.actor, event.kind, event.subject, event.payload)
        if chain_hash(prev_hash, text) != event.hash:
            return event.seq, "was altered"
        prev_hash, expected_seq = event.hash, expected_seq + 1
    return None


@dataclass(slots=True)
class _Decision:
    seq: int
    version: int
    verdict: Verdict
    reviewer: str
    quorum: int
    notes_closed_severity: int | None
    revoked: bool = False


@dataclass(slots=True)
class _Note:
    state: NoteState
    severity: int


@dataclass(slots=True)
class AssetFold:
    """What the events say of one asset; ``status`` and ``retakes`` are the answers."""

    head: int | None = None
    hold: AssetStatus | None = None
    voided_seq: int = 0
    version_job: dict[int, int | None] = field(default_factory=dict)
    decisions: dict[int, _Decision] = field(default_factory=dict)
    notes: dict[int, _Note] = field(default_factory=dict)
    job_note: dict[int, int | None] = field(default_factory=dict)
    job_state: dict[int, JobState] = field(default_factory=dict)
    delivered: set[int] = field(default_factory=set)

    @property
    def retakes(self) -> int:
        """Distinct versions with a refusal that was not revoked."""
        return len({d.version for d in self.decisions.values() if not d.revoked and d.verdict in REFUSALS})

    @property
    def _on_head(self) -> list[_Decision]:
        return [d for d in self.decisions.values() if d.version == self.head and not d.revoked]

    def _is_approved(self) -> bool:
        standing = self._on_head
        if not standing or any(d.verdict in REFUSALS for d in standing):
            return False
        law = max(standing, key=lambda d: d.seq)
        people = {d.reviewer for d in standing if d.verdict in APPROVALS}
        if len(people) < law.quorum:
            return False
        limit = law.notes_closed_severity
        return limit is None or all(note.state in NOTE_DONE or note.severity < limit for note in self.notes.values())

    def _is_to_verify(self) -> bool:
        job = None if self.head is None else self.version_job.get(self.head)
        note = None if job is None else self.job_note.get(job)
        return note is not None and self.notes[note].state not in NOTE_DONE

    @property
    def status(self) -> AssetStatus:
        """First row of the status table that fits."""
        standing = self._on_head
        rows = (
            (self.hold is not None, self.hold or AssetStatus.HOLD),
            (self.voided_seq > max((d.seq for d in standing), default=0), AssetStatus.VOID),
            (self._is_approved() and self.head in self.delivered, AssetStatus.DELIVERED),
            (self._is_approved(), AssetStatus.APPROVED),
            (any(state in JOB_ACTIVE for state in self.job_state.values()), AssetStatus.FIXING),
            (self._is_to_verify(), AssetStatus.TO_VERIFY),
            (any(d.verdict in REFUSALS for d in standing), AssetStatus.CHANGES_REQUESTED),
            (bool(standing), AssetStatus.IN_REVIEW),
            (self.head is not None, AssetStatus.WAITING),
        )
        return next((status for holds, status in rows if holds), AssetStatus.FOUND)


def _apply_decision(fold: AssetFold, event: Event) -> None:
    data = event.payload
    if event.kind == "decision.revoked":
        fold.decisions[data["revokes"]].revoked = True
        return
    fold.decisions[data["decision"]] = _Decision(
        seq=event.seq,
        version=data["version"],
        verdict=Verdict(data["verdict"]),
        reviewer=data["reviewer"],
        quorum=data["policy"]["quorum"],
        notes_closed_severity=data["policy"]["notes_closed_severity"],
    )


def _apply_note(fold: AssetFold, event: Event) -> None:
    data = event.payload
    if event.kind == "note.written":
        fold.notes[data["note"]] = _Note(NoteState.OPEN, data["severity"])
    elif event.kind == "note.moved":
        fold.notes[data["note"]].state = NoteState(data["to"])
    elif event.kind == "note.weighed":
        fold.notes[data["note"]].severity = data["severity"]


def _apply_job(fold: AssetFold, event: Event) -> None:
    data = event.payload
    if event.kind == "job.requested":
        fold.job_note[data["job"]] = data["note"]
        fold.job_state[data["job"]] = JobState.QUEUED
    elif "state" in data:
        fold.job_state[data["job"]] = JobState(data["state"])


def _apply_asset(fold: AssetFold, event: Event) -> None:
    data = event.payload
    if event.kind == "asset.voided":
        fold.voided_seq = event.seq
    elif event.kind == "asset.held":
        fold.hold = AssetStatus(data["hold"]) if data["hold"] else None


def fold_assets(events: Iterable[Event]) -> dict[str, AssetFold]:
    """The state of every asset, by key, from the events alone.

    Args:
        events: in order, from the first.
    """
    folds: dict[str, AssetFold] = {}
    for event in events:
        data, area = event.payload, event.kind.partition(".")[0]
        if event.kind == "delivery.made":
            for item in data["items"]:
                folds[item["asset"]].delivered.add(item["version"])
            continue
        if area not in {"asset", "version", "head", "note", "job", "decision"}:
            continue
        fold = folds.setdefault(event.subject, AssetFold())
        if area == "version":
            fold.version_job[data["version"]] = data["job"]
        elif area == "head":
            fold.head = data["version"]
        elif area == "note":
            _apply_note(fold, event)
        elif area == "job":
            _apply_job(fold, event)
        elif area == "decision":
            _apply_decision(fold, event)
        else:
            _apply_asset(fold, event)
    return folds
