"""Taking back one's own last act: by compensation, never by erasing, and never past a delivery."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reviewtui.model.entities import Decision
from reviewtui.model.errors import ConflictError, NotFoundError, RefusedError
from reviewtui.model.lifecycle import JOB_ACTIVE, Flaw, Hold, NoteState, may_note_move
from reviewtui.services.jobs import reopen_note_of
from reviewtui.services.workspace import Workspace
from reviewtui.store.acts import find_decision_act, find_last_act, mark_undone
from reviewtui.store.assets import get_asset, move_head, set_hold
from reviewtui.store.connection import Tx
from reviewtui.store.decisions import (
    add_decision,
    current_policy,
    get_decision,
    list_standing,
    revoke_decision,
)
from reviewtui.store.history import find_delivery_of
from reviewtui.store.jobs import get_job, list_chain, request_cancel
from reviewtui.store.locks import add_lock, get_lock, lift_lock
from reviewtui.store.notes import get_note, move_note, set_flaw, set_severity
from reviewtui.store.versions import get_version


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back, in words."""

    words: str


def describe_undo(workspace: Workspace) -> str | None:
    """What ``undo_last`` would take back, in words, or None when there is nothing."""
    with workspace.store.read() as db:
        act = find_last_act(db, workspace.actor)
    return None if act is None else act.words


def undo_last(workspace: Workspace, reason: str = "", *, kind: str | None = None) -> Undone:
    """Take back the caller's last act. Blocking; call from a thread.

    Args:
        reason: stored with the compensating event.
        kind: only if the last act is of this kind, such as ``decision``.

    Raises:
        NotFoundError: the caller did nothing that could be taken back.
        RefusedError: it was delivered, or is not of the kind asked for.
        ConflictError: somebody changed the same thing since.
    """
    with workspace.store.write(workspace.actor) as tx:
        act = find_last_act(tx, workspace.actor)
        if act is None:
            raise NotFoundError("there is nothing of yours to take back")
        if kind is not None and act.kind != kind:
            raise RefusedError(
                f"your last act was no {kind}: {act.words}", "z takes back the last act, whatever it was"
            )
        _COMPENSATIONS[act.kind](tx, act.undo, reason or "taken back")
        mark_undone(tx, act.id)
        return Undone(act.words)


def take_back_decision(workspace: Workspace, asset_id: int, reason: str) -> Undone:
    """Take back one's own standing decision on an asset's head, however long ago. Blocking.

    Raises:
        NotFoundError: the caller has no standing decision there.
        RefusedError: it was delivered.
    """
    with workspace.store.write(workspace.actor) as tx:
        asset = get_asset(tx, asset_id)
        standing = [] if asset.head_id is None else list_standing(tx, asset.head_id)
        mine = [decision for decision in standing if decision.reviewer == workspace.actor.name]
        if not mine:
            raise NotFoundError(f"you have no decision on the head of {asset.key}")
        _revoke(tx, mine[-1], reason)
        act = find_decision_act(tx, mine[-1].id)
        if act is not None:
            _verify_again(tx, act.undo["notes"], reason)
            mark_undone(tx, act.id)
        return Undone(f"decision on {asset.key} v{mine[-1].version_number}")


def _revoke(tx: Tx, decision: Decision, reason: str) -> None:
    delivered = find_delivery_of(tx, decision.version_id)
    if delivered is not None:
        raise RefusedError(
            f"v{decision.version_number} was delivered (delivery {delivered})", "request changes on it instead"
        )
    revoke_decision(tx, get_asset(tx, decision.asset_id), decision, reason)


def _undo_decision(tx: Tx, undo: dict[str, Any], reason: str) -> None:
    decision = get_decision(tx, undo["decision"])
    if decision.revoked:
        raise ConflictError("that decision was taken back already")
    _revoke(tx, decision, reason)
    asset = get_asset(tx, decision.asset_id)
    for old_id in undo["replaced"]:
        old = get_decision(tx, old_id)
        if old.verdict is not None:
            evidence = {**old.evidence, "restored_from": old.id}
            version = get_version(tx, old.version_id)
            add_decision(tx, asset, version, old.verdict, old.reason, evidence, current_policy(tx))
    _verify_again(tx, undo["notes"], reason)


def _verify_again(tx: Tx, note_ids: list[int], reason: str) -> None:
    """Notes that an approval closed wait for somebody to look again."""
    for note_id in note_ids:
        note = get_note(tx, note_id)
        if note.state is NoteState.CLOSED:
            move_note(tx, note, NoteState.TO_VERIFY, why=reason)


def _undo_note(tx: Tx, undo: dict[str, Any], reason: str) -> None:
    for job_id in undo.get("jobs") or [undo.get("job")]:
        if job_id is not None:
            _cancel_active(tx, job_id)
    note = get_note(tx, undo["note"])
    if may_note_move(note.state, NoteState.WONT_FIX):
        move_note(tx, note, NoteState.WONT_FIX, why=reason)


def _cancel_active(tx: Tx, job_id: int) -> None:
    for job in list_chain(tx, job_id):
        if job.state in JOB_ACTIVE:
            request_cancel(tx, job)


def _undo_note_state(tx: Tx, undo: dict[str, Any], reason: str) -> None:
    note = get_note(tx, undo["note"])
    if note.state != undo["to"]:
        raise ConflictError(f"note {note.id} is {note.state.replace('_', ' ')} now, somebody moved it since")
    move_note(tx, note, NoteState(undo["from"]), why=reason)


def _undo_severity(tx: Tx, undo: dict[str, Any], reason: str) -> None:
    set_severity(tx, get_note(tx, undo["note"]), undo["from"])


def _undo_flaw(tx: Tx, undo: dict[str, Any], reason: str) -> None:
    set_flaw(tx, get_note(tx, undo["note"]), Flaw(undo["from"]))


def _undo_pick(tx: Tx, undo: dict[str, Any], reason: str) -> None:
    asset = get_asset(tx, undo["asset"])
    if asset.head_id != undo["to"]:
        raise ConflictError(f"the head of {asset.key} is v{asset.head_number} now, somebody moved it since")
    if undo["from"] is not None:
        version = get_version(tx, undo["from"])
        move_head(tx, asset, version.id, version.number, reason)


def _undo_job(tx: Tx, undo: dict[str, Any], reason: str) -> None:
    jobs = [job for job_id in undo.get("jobs") or [undo["job"]] for job in list_chain(tx, job_id)]
    active = [job for job in jobs if job.state in JOB_ACTIVE]
    if not active:
        raise ConflictError(f"job {jobs[0].id} is over already: {jobs[0].state}", "pick the parent version to go back")
    for job in active:
        request_cancel(tx, job)
        if get_job(tx, job.id).finished_at is not None:
            reopen_note_of(tx, job, f"job {job.id} cancelled: {reason}")


def _undo_hold(tx: Tx, undo: dict[str, Any], reason: str) -> None:
    set_hold(tx, get_asset(tx, undo["asset"]), None if undo["hold"] is None else Hold(undo["hold"]))


def _undo_lock(tx: Tx, undo: dict[str, Any], reason: str) -> None:
    lock = get_lock(tx, undo["lock"])
    if lock.lifted_by is not None:
        raise ConflictError(f"lock {lock.id} was lifted by {lock.lifted_by} since")
    lift_lock(tx, get_asset(tx, lock.asset_id), lock.id, reason)


def _undo_unlock(tx: Tx, undo: dict[str, Any], reason: str) -> None:
    """What was lifted stays lifted: the region is locked anew, on the same version."""
    lock = get_lock(tx, undo["lock"])
    add_lock(tx, get_asset(tx, lock.asset_id), lock.version_id, lock.spec, lock.why)


_COMPENSATIONS: dict[str, Callable[[Tx, dict[str, Any], str], None]] = {
    "decision": _undo_decision,
    "note": _undo_note,
    "note_state": _undo_note_state,
    "severity": _undo_severity,
    "flaw": _undo_flaw,
    "pick": _undo_pick,
    "job": _undo_job,
    "hold": _undo_hold,
    "lock": _undo_lock,
    "unlock": _undo_unlock,
}
