"""People's acts by idempotency key, and what would take each back; drafts of what nobody has submitted."""

import json
from dataclasses import dataclass
from typing import Any

from reviewtui.model.entities import Actor, Draft
from reviewtui.store.connection import Reader, Row, Tx


@dataclass(frozen=True, slots=True)
class Act:
    """One act of one person.

    Attributes:
        words: what was done, for the line that says what an undo would take back.
        undo: facts that taking it back needs.
        result: what the first call answered; a repeated key gets it again.
    """

    id: int
    kind: str
    words: str
    undo: dict[str, Any]
    result: dict[str, Any]


def _to_act(row: Row) -> Act:
    return Act(row[0], row[1], row[2], json.loads(row[3]), json.loads(row[4]))


_ACT = "SELECT id, kind, words, undo, result FROM act"


def find_act_by_key(db: Reader, key: str) -> Act | None:
    """What was done under an idempotency key, or None."""
    row = db.one(f"{_ACT} WHERE key = ?", (key,))
    return None if row is None else _to_act(row)


def add_act(
    tx: Tx, kind: str, words: str, *, key: str | None = None, undo: dict[str, Any], result: dict[str, Any]
) -> int:
    """Remember what this transaction did; its id."""
    return tx.insert(
        "act",
        key=key,
        actor=tx.actor.name,
        login=tx.actor.login,
        kind=kind,
        words=words,
        undo=json.dumps(undo, sort_keys=True),
        result=json.dumps(result, sort_keys=True),
    )


def find_last_act(db: Reader, actor: Actor) -> Act | None:
    """The newest act of a person that was not taken back, or None."""
    row = db.one(
        f"{_ACT} WHERE actor = ? AND login = ? AND undone = 0 ORDER BY id DESC LIMIT 1", (actor.name, actor.login)
    )
    return None if row is None else _to_act(row)


def mark_undone(tx: Tx, act_id: int) -> None:
    """An act was compensated."""
    tx.run("UPDATE act SET undone = 1 WHERE id = ?", (act_id,))


def save_draft(tx: Tx, scope: str, body: dict[str, Any]) -> None:
    """Keep what a person is typing or drawing."""
    tx.run(
        "INSERT INTO draft (login, scope, body, updated_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (login, scope) DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at",
        (tx.actor.name, scope, json.dumps(body, sort_keys=True), tx.now),
    )


def drop_draft(tx: Tx, scope: str) -> None:
    """Forget a draft that was submitted or emptied."""
    tx.run("DELETE FROM draft WHERE login = ? AND scope = ?", (tx.actor.name, scope))


def list_drafts(db: Reader, name: str) -> list[Draft]:
    """Everything that a person has begun and not submitted, newest first."""
    rows = db.all("SELECT login, scope, body, updated_at FROM draft WHERE login = ? ORDER BY updated_at DESC", (name,))
    return [Draft(row[0], row[1], json.loads(row[2]), row[3]) for row in rows]


def find_draft(db: Reader, name: str, scope: str) -> Draft | None:
    """One draft, or None."""
    row = db.one("SELECT login, scope, body, updated_at FROM draft WHERE login = ? AND scope = ?", (name, scope))
    return None if row is None else Draft(row[0], row[1], json.loads(row[2]), row[3])


def find_decision_act(db: Reader, decision_id: int) -> Act | None:
    """The act that recorded a decision and was not taken back, or None."""
    row = db.one(
        f"{_ACT} WHERE kind = 'decision' AND undone = 0 AND json_extract(undo, '$.decision') = ?", (decision_id,)
    )
    return None if row is None else _to_act(row)
