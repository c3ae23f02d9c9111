"""Decisions: bound to bytes, told about each other, taken back only by compensation."""

from dataclasses import dataclass, field
from typing import Any

from reviewtui.model.clock import ago
from reviewtui.model.entities import Asset, Decision, Version
from reviewtui.model.errors import ConflictError, DriftError, RefusedError, UsageError
from reviewtui.model.lifecycle import APPROVALS, REFUSALS, AssetStatus, Hold, NoteState, Verdict
from reviewtui.services.content import check_bytes_on_disk, keep_version
from reviewtui.services.lookup import find_target
from reviewtui.services.workspace import SYSTEM, Workspace
from reviewtui.store.acts import add_act, drop_draft, find_act_by_key
from reviewtui.store.assets import get_asset, move_head, set_hold, void_asset
from reviewtui.store.connection import Tx
from reviewtui.store.decisions import add_decision, current_policy, get_decision, list_standing, revoke_decision
from reviewtui.store.history import head_hash
from reviewtui.store.jobs import list_result_ids
from reviewtui.store.notes import list_notes, move_note
from reviewtui.store.versions import list_ancestors

VERDICT_WORDS = {
    Verdict.APPROVED: "approved",
    Verdict.APPROVED_WITH_CHANGES: "approved with changes",
    Verdict.CHANGES_REQUESTED: "asked for changes on",
    Verdict.REJECTED: "rejected",
}

NOT_SHOWN = {"shown": "command line, not shown"}


@dataclass(frozen=True, slots=True)
class Ballot:
    """A decision to be taken.

    Attributes:
        sha256: bytes that the reviewer means; refused unless the version has them. None means the version's.
        evidence: whether and how the bytes were shown; JSON-ready.
        act_key: idempotency key of one key press or one command.
        seen: newest decision id on the version that the reviewer has seen; None for none. A newer one by somebody
            else is a conflict.
        draft_scope: draft of the reason, dropped with the decision.
    """

    verdict: Verdict
    reason: str = ""
    sha256: str | None = None
    evidence: dict[str, Any] = field(default_factory=lambda: dict(NOT_SHOWN))
    act_key: str | None = None
    seen: int | None = None
    draft_scope: str | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What was recorded.

    Attributes:
        status: of the asset afterwards.
        chain_head: hash of the newest event; whoever writes it down can prove the history later.
        closed_notes: notes that the approval closed.
    """

    decision: Decision
    asset: Asset
    status: AssetStatus
    chain_head: str
    closed_notes: tuple[int, ...] = ()


def decide(workspace: Workspace, name: str, ballot: Ballot) -> Decided:
    """Record one reviewer's verdict on the head's bytes. Blocking; call from a thread.

    The bytes are hashed again on disk before and inside the transaction the head is compared again. An older standing
    decision of the same reviewer on the version is revoked by a row of its own.

    Args:
        name: key, ``key@N`` or path; N must be the head.

    Raises:
        UsageError: a refusal without a reason.
        RefusedError: not the head, other bytes than meant, or only a machine acts.
        ConflictError: somebody else decided on the same version since ``ballot.seen``.
        DriftError: the bytes on disk are not the version's; an approved asset becomes void.
    """
    _check_reason(ballot)
    if workspace.actor == SYSTEM:
        raise RefusedError("a job does not decide", "a person looks and decides")
    with workspace.store.read() as db:
        target = find_target(workspace, db, name)
        done = None if ballot.act_key is None else find_act_by_key(db, ballot.act_key)
    version = target.get_version()
    if done is None:
        _check_target(target.asset, version, ballot)
        _check_bytes(workspace, target.asset, version)
        keep_version(workspace, version)
    with workspace.store.write(workspace.actor) as tx:
        again = None if ballot.act_key is None else find_act_by_key(tx, ballot.act_key)
        if again is not None:
            decision = get_decision(tx, again.result["decision"])
            asset = get_asset(tx, decision.asset_id)
            return Decided(decision, asset, asset.status, head_hash(tx)[1])
        asset = get_asset(tx, target.asset.id)
        _check_target(asset, version, ballot)
        decision, closed = _record(workspace, tx, asset, version, ballot)
        chain_head = head_hash(tx)[1]
    with workspace.store.read() as db:
        asset = get_asset(db, asset.id)
    return Decided(decision, asset, asset.status, chain_head, closed)


def _check_reason(ballot: Ballot) -> None:
    needs = ballot.verdict in REFUSALS or ballot.verdict is Verdict.APPROVED_WITH_CHANGES
    if needs and not ballot.reason.strip():
        raise UsageError("say what is wrong", "a refusal and an approval with changes need a reason")
    if len(ballot.reason) > 10_000:
        raise UsageError("the reason is too long", "at most 10 000 characters")


def _check_target(asset: Asset, version: Version, ballot: Ballot) -> None:
    if version.id != asset.head_id:
        raise RefusedError(
            f"v{version.number} of {asset.key} is not the head, v{asset.head_number} is",
            f"pick it first, or decide on {asset.key}@{asset.head_number}",
        )
    if ballot.sha256 is not None and ballot.sha256.lower() != version.sha256:
        raise RefusedError(
            f"v{version.number} of {asset.key} has other bytes: {version.sha256}", "look at it again before deciding"
        )


def _check_bytes(workspace: Workspace, asset: Asset, version: Version) -> None:
    try:
        check_bytes_on_disk(workspace, version)
    except DriftError as error:
        record_drift(workspace, asset, version, error.message)
        raise


def record_drift(workspace: Workspace, asset: Asset, version: Version, why: str) -> None:
    """Make an approved asset void because the bytes on disk are not those that were approved; else do nothing."""
    if asset.status not in {AssetStatus.APPROVED, AssetStatus.DELIVERED} or workspace.store.read_only:
        return
    with workspace.store.write(SYSTEM) as tx:
        current = get_asset(tx, asset.id)
        if current.status in {AssetStatus.APPROVED, AssetStatus.DELIVERED} and current.head_id == version.id:
            void_asset(tx, current, version.id, why)


def _record(
    workspace: Workspace, tx: Tx, asset: Asset, version: Version, ballot: Ballot
) -> tuple[Decision, tuple[int, ...]]:
    me = workspace.actor.name
    standing = list_standing(tx, version.id)
    _check_conflict(workspace, asset, [d for d in standing if d.reviewer != me], ballot)
    mine = [d for d in standing if d.reviewer == me]
    for old in mine:
        revoke_decision(tx, asset, old, "replaced by a newer decision of the same reviewer")
    evidence = dict(ballot.evidence)
    if workspace.actor.claimed:
        evidence["name"] = "claimed, advisory"
    decision = add_decision(tx, asset, version, ballot.verdict, ballot.reason.strip(), evidence, current_policy(tx))
    closed = _close_verified(tx, asset, version) if ballot.verdict in APPROVALS else ()
    if ballot.draft_scope is not None:
        drop_draft(tx, ballot.draft_scope)
    add_act(
        tx,
        "decision",
        f"{VERDICT_WORDS[ballot.verdict]} {asset.key} v{version.number}",
        key=ballot.act_key,
        undo={"decision": decision.id, "replaced": [old.id for old in mine], "notes": list(closed)},
        result={"decision": decision.id},
    )
    return decision, closed


def _check_conflict(workspace: Workspace, asset: Asset, others: list[Decision], ballot: Ballot) -> None:
    unseen = [decision for decision in others if decision.id > (ballot.seen or 0)]
    if not unseen:
        return
    last = unseen[-1]
    words = VERDICT_WORDS[last.verdict] if last.verdict else ""
    when = ago(last.created_at, workspace.clock.now())
    tail = f": {last.reason}" if last.reason else ""
    raise ConflictError(
        f"{last.reviewer} {words} {asset.key} v{last.version_number} {when} ago{tail}",
        f"if you decide all the same, say that you have seen it: --seen {last.id}",
    )


def _close_verified(tx: Tx, asset: Asset, version: Version) -> tuple[int, ...]:
    family = set(list_ancestors(tx, version.id))
    closed = []
    for note in list_notes(tx, asset.id):
        if note.state is not NoteState.TO_VERIFY or note.job_id is None:
            continue
        if family.intersection(list_result_ids(tx, note.job_id)):
            move_note(tx, note, NoteState.CLOSED, why=f"v{version.number} approved")
            closed.append(note.id)
    return tuple(closed)


def pick(workspace: Workspace, name: str, *, act_key: str | None = None) -> Asset:
    """Make a version the head. Blocking.

    Args:
        name: ``key@N``.

    Raises:
        UsageError: no version is named.
        NotFoundError: no such version.
    """
    with workspace.store.read() as db:
        target = find_target(workspace, db, name)
    if not target.explicit:
        raise UsageError("say which version", f"such as {target.asset.key}@2")
    version = target.get_version()
    with workspace.store.write(workspace.actor) as tx:
        asset = get_asset(tx, target.asset.id)
        done = act_key is not None and find_act_by_key(tx, act_key) is not None
        if asset.head_id != version.id and not done:
            previous = asset.head_id
            move_head(tx, asset, version.id, version.number, f"picked by {workspace.actor.name}")
            add_act(
                tx,
                "pick",
                f"picked v{version.number} of {asset.key}",
                key=act_key,
                undo={"asset": asset.id, "from": previous, "to": version.id},
                result={"asset": asset.id},
            )
    with workspace.store.read() as db:
        return get_asset(db, target.asset.id)


def hold(workspace: Workspace, name: str, state: Hold | None) -> Asset:
    """Put an asset on hold, omit it, or release it with None. Blocking.

    Raises:
        NotFoundError: no such asset.
    """
    with workspace.store.read() as db:
        target = find_target(workspace, db, name)
    with workspace.store.write(workspace.actor) as tx:
        asset = get_asset(tx, target.asset.id)
        if asset.hold != state:
            set_hold(tx, asset, state)
            add_act(
                tx,
                "hold",
                f"{state or 'released'} {asset.key}",
                undo={"asset": asset.id, "hold": asset.hold},
                result={},
            )
    with workspace.store.read() as db:
        return get_asset(db, target.asset.id)
