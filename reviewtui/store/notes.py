"""Notes, their masks and threads."""

import json

from reviewtui.model.entities import Asset, Mask, Note, Reply
from reviewtui.model.errors import NotFoundError, RefusedError
from reviewtui.model.lifecycle import Flaw, NoteState, may_note_move
from reviewtui.model.masks import MaskSpec, mask_from_json
from reviewtui.store.connection import Reader, Tx
from reviewtui.store.rows import NOTE, to_note, to_reply


def add_mask(tx: Tx, version_id: int, spec: MaskSpec, name: str | None = None) -> int:
    """Store a selection with the version that it was drawn on; its id."""
    return tx.insert(
        "mask",
        version_id=version_id,
        spec=json.dumps(spec.to_data(), sort_keys=True),
        name=name,
        author=tx.actor.name,
        created_at=tx.now,
    )


def get_mask(db: Reader, mask_id: int) -> Mask:
    """The mask with this id.

    Raises:
        NotFoundError: there is none.
    """
    row = db.one("SELECT id, version_id, spec FROM mask WHERE id = ?", (mask_id,))
    if row is None:
        raise NotFoundError(f"there is no mask {mask_id}")
    return Mask(row[0], row[1], mask_from_json(row[2]))


def find_last_mask(db: Reader, author: str) -> MaskSpec | None:
    """The selection that this person saved last, on any picture."""
    row = db.one("SELECT spec FROM mask WHERE author = ? ORDER BY id DESC LIMIT 1", (author,))
    return None if row is None else mask_from_json(row[0])


def add_note(
    tx: Tx, asset: Asset, version_id: int, text: str, flaw: Flaw, severity: int, mask: MaskSpec | None
) -> Note:
    """Write a note, with its mask and event."""
    mask_id = None if mask is None else add_mask(tx, version_id, mask)
    note_id = int(tx.value("SELECT coalesce(max(id), 0) + 1 FROM note"))
    seq = tx.event(
        "note.written",
        asset.key,
        {
            "note": note_id,
            "version": version_id,
            "text": text,
            "flaw": flaw,
            "severity": severity,
            "mask": None if mask is None else mask.to_data(),
        },
        asset_id=asset.id,
    )
    tx.insert(
        "note",
        id=note_id,
        asset_id=asset.id,
        version_id=version_id,
        mask_id=mask_id,
        author=tx.actor.name,
        text=text,
        flaw=flaw,
        severity=severity,
        state=NoteState.OPEN,
        event_seq=seq,
        created_at=tx.now,
    )
    return get_note(tx, note_id)


def get_note(db: Reader, note_id: int) -> Note:
    """The note with this id.

    Raises:
        NotFoundError: there is none.
    """
    row = db.one(f"{NOTE} WHERE n.id = ?", (note_id,))
    if row is None:
        raise NotFoundError(f"there is no note {note_id}", "reviewtui notes FOLDER lists them")
    return to_note(row)


def list_notes(db: Reader, asset_id: int | None = None) -> list[Note]:
    """Notes of one asset, or all, oldest first."""
    if asset_id is None:
        return [to_note(row) for row in db.all(f"{NOTE} ORDER BY n.id")]
    return [to_note(row) for row in db.all(f"{NOTE} WHERE n.asset_id = ? ORDER BY n.id", (asset_id,))]


def move_note(tx: Tx, note: Note, state: NoteState, *, why: str = "", job_id: int | None = None) -> None:
    """Move a note to another state, with an event; to the state it is in already does nothing.

    Raises:
        RefusedError: there is no such transition.
    """
    if note.state == state:
        return
    if not may_note_move(note.state, state):
        words = state.replace("_", " ")
        raise RefusedError(f"note {note.id} is {note.state.replace('_', ' ')} and cannot become {words}")
    tx.run(
        "UPDATE note SET state = ?, job_id = coalesce(?, job_id) WHERE id = ?",
        (state, job_id, note.id),
    )
    tx.event(
        "note.moved",
        note.asset_key,
        {"note": note.id, "from": note.state, "to": state, "why": why, "job": job_id},
        asset_id=note.asset_id,
    )


def set_severity(tx: Tx, note: Note, severity: int) -> None:
    """Weigh a note anew, 1 to 3."""
    tx.run("UPDATE note SET severity = ? WHERE id = ?", (severity, note.id))
    tx.event(
        "note.weighed",
        note.asset_key,
        {"note": note.id, "from": note.severity, "severity": severity},
        asset_id=note.asset_id,
    )


def set_flaw(tx: Tx, note: Note, flaw: Flaw) -> None:
    """Tag a note anew."""
    tx.run("UPDATE note SET flaw = ? WHERE id = ?", (flaw, note.id))
    tx.event("note.tagged", note.asset_key, {"note": note.id, "from": note.flaw, "flaw": flaw}, asset_id=note.asset_id)


def add_reply(tx: Tx, note: Note, text: str) -> int:
    """Answer in a note's thread; the reply's id."""
    reply_id = tx.insert("reply", note_id=note.id, author=tx.actor.name, text=text, created_at=tx.now)
    tx.event("note.replied", note.asset_key, {"note": note.id, "reply": reply_id, "text": text}, asset_id=note.asset_id)
    return reply_id


def list_replies(db: Reader, note_id: int) -> list[Reply]:
    """Answers of a note, oldest first."""
    return [to_reply(row) for row in db.all("SELECT * FROM reply WHERE note_id = ? ORDER BY id", (note_id,))]


def count_flaws(db: Reader) -> dict[Flaw, int]:
    """How often each flaw tag was used here."""
    return {Flaw(row[0]): row[1] for row in db.all("SELECT flaw, count(*) FROM note GROUP BY flaw")}


def link_job(tx: Tx, note_id: int, job_id: int) -> None:
    """Say which job is at a note that is ``fixing`` already."""
    tx.run("UPDATE note SET job_id = ? WHERE id = ?", (job_id, note_id))
