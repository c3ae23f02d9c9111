"""Decisions and policy revisions. Append-only: taking one back is another row."""

import json
from typing import Any

from reviewtui.model.entities import Asset, Decision, Policy, Version
from reviewtui.model.errors import NotFoundError
from reviewtui.model.lifecycle import Verdict
from reviewtui.store.connection import Reader, Tx
from reviewtui.store.rows import DECISION, POLICY, to_decision, to_policy


def current_policy(db: Reader) -> Policy:
    """The newest policy revision.

    Raises:
        NotFoundError: the database has none.
    """
    row = db.one(f"{POLICY} ORDER BY rev DESC LIMIT 1")
    if row is None:
        raise NotFoundError("the workspace has no policy")
    return to_policy(row)


def add_policy(tx: Tx, policy: Policy) -> Policy:
    """Write the next policy revision, with its event; ``policy.rev`` is ignored."""
    rev = current_policy(tx).rev + 1
    tx.insert(
        "policy",
        rev=rev,
        stage=policy.stage,
        quorum=policy.quorum,
        roles=json.dumps(list(policy.roles)),
        allow_as=int(policy.allow_as),
        notes_closed_severity=policy.notes_closed_severity,
        author=tx.actor.name,
        created_at=tx.now,
    )
    tx.event("policy.set", "workspace", {"rev": rev, "stage": policy.stage, "quorum": policy.quorum})
    return current_policy(tx)


def add_decision(
    tx: Tx, asset: Asset, version: Version, verdict: Verdict, reason: str, evidence: dict[str, Any], policy: Policy
) -> Decision:
    """Write a decision on a version's bytes, with its event."""
    decision_id = int(tx.value("SELECT coalesce(max(id), 0) + 1 FROM decision"))
    seq = tx.event(
        "decision.recorded",
        asset.key,
        {
            "decision": decision_id,
            "version": version.id,
            "number": version.number,
            "sha256": version.sha256,
            "verdict": verdict,
            "reviewer": tx.actor.name,
            "login": tx.actor.login,
            "reason": reason,
            "evidence": evidence,
            "policy": {
                "rev": policy.rev,
                "quorum": policy.quorum,
                "notes_closed_severity": policy.notes_closed_severity,
            },
        },
        asset_id=asset.id,
    )
    tx.insert(
        "decision",
        id=decision_id,
        asset_id=asset.id,
        version_id=version.id,
        sha256=version.sha256,
        verdict=verdict,
        reviewer=tx.actor.name,
        login=tx.actor.login,
        reason=reason,
        evidence=json.dumps(evidence, sort_keys=True),
        policy_rev=policy.rev,
        event_seq=seq,
        created_at=tx.now,
    )
    return get_decision(tx, decision_id)


def revoke_decision(tx: Tx, asset: Asset, decision: Decision, reason: str) -> Decision:
    """Take a decision back by a row of its own, with its event."""
    row_id = int(tx.value("SELECT coalesce(max(id), 0) + 1 FROM decision"))
    seq = tx.event(
        "decision.revoked",
        asset.key,
        {"decision": row_id, "revokes": decision.id, "version": decision.version_id, "reason": reason},
        asset_id=asset.id,
    )
    tx.insert(
        "decision",
        id=row_id,
        asset_id=asset.id,
        version_id=decision.version_id,
        sha256=decision.sha256,
        verdict=None,
        reviewer=tx.actor.name,
        login=tx.actor.login,
        reason=reason,
        evidence="{}",
        policy_rev=decision.policy_rev,
        revokes_id=decision.id,
        event_seq=seq,
        created_at=tx.now,
    )
    return get_decision(tx, row_id)


def get_decision(db: Reader, decision_id: int) -> Decision:
    """The decision with this id.

    Raises:
        NotFoundError: there is none.
    """
    row = db.one(f"{DECISION} WHERE d.id = ?", (decision_id,))
    if row is None:
        raise NotFoundError(f"there is no decision {decision_id}")
    return to_decision(row)


def list_decisions(db: Reader, asset_id: int) -> list[Decision]:
    """Every decision and revoking row of an asset, oldest first."""
    return [to_decision(row) for row in db.all(f"{DECISION} WHERE d.asset_id = ? ORDER BY d.id", (asset_id,))]


def list_standing(db: Reader, version_id: int) -> list[Decision]:
    """Decisions on a version that nobody took back, oldest first."""
    sql = (
        f"{DECISION} WHERE d.version_id = ? AND d.verdict IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM decision r WHERE r.revokes_id = d.id) ORDER BY d.id"
    )
    return [to_decision(row) for row in db.all(sql, (version_id,))]
