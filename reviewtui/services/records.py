"""Hold records against the events that made them: an edited, added or removed row shows. Only reads."""

from collections.abc import Iterator
from typing import Any

from reviewtui.model.entities import Event
from reviewtui.store.audit import load_records
from reviewtui.store.connection import Reader

_KINDS = {
    "decision.recorded": "decision",
    "decision.revoked": "decision",
    "version.registered": "version",
    "note.written": "note",
    "job.requested": "job",
    "delivery.made": "delivery",
    "lock.drawn": "lock",
}


def compare_records(db: Reader, events: list[Event]) -> list[str]:
    """Differences between the rows and the events, in words; empty when they agree.

    Args:
        events: in order, from the first.
    """
    rows = load_records(db)
    differences: list[str] = []
    for kind, record_id, wanted in _expected(events):
        row = rows[kind].pop(record_id, None)
        if row is None:
            differences.append(f"{kind} {record_id} is in the events and its record is gone")
            continue
        for name, value in wanted.items():
            if row.get(name) != value:
                differences.append(f"{kind} {record_id}: {name} is {row.get(name)!r}, its event says {value!r}")
    for kind, left in rows.items():
        differences.extend(f"{kind} {record_id} has no event" for record_id in left)
    return differences


def _expected(events: list[Event]) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """(kind, id, what its row must say) for every event that made a record; later changes of notes are applied."""
    notes: dict[Any, dict[str, Any]] = {}
    locks: dict[Any, dict[str, Any]] = {}
    for event in events:
        kind, data = _KINDS.get(event.kind), event.payload
        if kind is None:
            if event.kind.startswith("note.") and data["note"] in notes:
                _apply_note_change(notes[data["note"]], event)
            elif event.kind == "lock.lifted" and data["lock"] in locks:
                locks[data["lock"]] |= {"lifted_by": event.actor, "lifted_seq": event.seq}
            continue
        wanted = _WANTED[event.kind](event)
        if kind == "note":
            notes[data[kind]] = wanted
        elif kind == "lock":
            locks[data[kind]] = wanted
        else:
            yield kind, data[kind], wanted
    for note_id, wanted in notes.items():
        yield "note", note_id, wanted
    for lock_id, wanted in locks.items():
        yield "lock", lock_id, wanted


def _apply_note_change(wanted: dict[str, Any], event: Event) -> None:
    field = {"note.moved": ("state", "to"), "note.weighed": ("severity",) * 2, "note.tagged": ("flaw",) * 2}
    names = field.get(event.kind)
    if names is not None:
        wanted[names[0]] = event.payload[names[1]]


def _decision(event: Event) -> dict[str, Any]:
    data = event.payload
    return {
        "asset": event.subject,
        "version": data["version"],
        "sha256": data["sha256"],
        "verdict": data["verdict"],
        "reviewer": data["reviewer"],
        "login": data["login"],
        "reason": data["reason"],
        "evidence": data["evidence"],
        "policy": data["policy"]["rev"],
        "quorum": data["policy"]["quorum"],
        "notes_closed_severity": data["policy"]["notes_closed_severity"],
        "revokes": None,
        "seq": event.seq,
        "at": event.at,
    }


def _revocation(event: Event) -> dict[str, Any]:
    data = event.payload
    return {
        "asset": event.subject,
        "version": data["version"],
        "verdict": None,
        "reviewer": event.actor,
        "reason": data["reason"],
        "revokes": data["revokes"],
        "seq": event.seq,
        "at": event.at,
    }


def _version(event: Event) -> dict[str, Any]:
    data = event.payload
    return {
        "asset": event.subject,
        "number": data["number"],
        "sha256": data["sha256"],
        "job": data["job"],
        "candidate": data["candidate"],
        "parent": data["parent"],
        "op": data["op"],
        "seq": event.seq,
        "sources": ",".join(map(str, data.get("sources", ()))) or None,
    }


def _note(event: Event) -> dict[str, Any]:
    data = event.payload
    return {
        "asset": event.subject,
        "version": data["version"],
        "author": event.actor,
        "text": data["text"],
        "flaw": data["flaw"],
        "severity": data["severity"],
        "mask": data["mask"],
        "state": "open",
        "seq": event.seq,
    }


def _job(event: Event) -> dict[str, Any]:
    data = event.payload
    names = ("version", "note", "verb", "engine", "tier", "seed", "candidates")
    return {"asset": event.subject, "requester": event.actor, **{name: data[name] for name in names}}


def _lock(event: Event) -> dict[str, Any]:
    data = event.payload
    return {
        "asset": event.subject,
        "version": data["version"],
        "mask": data["mask"],
        "why": data["why"],
        "author": event.actor,
        "seq": event.seq,
        "lifted_by": None,
        "lifted_seq": None,
    }


def _delivery(event: Event) -> dict[str, Any]:
    items = sorted((item["version"], item["sha256"]) for item in event.payload["items"])
    return {"manifest": event.payload["manifest"], "author": event.actor, "items": items}


_WANTED = {
    "decision.recorded": _decision,
    "decision.revoked": _revocation,
    "version.registered": _version,
    "note.written": _note,
    "job.requested": _job,
    "delivery.made": _delivery,
    "lock.drawn": _lock,
}
