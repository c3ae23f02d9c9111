"""Several notes in one go: each note's fix is asked for on the result of the one before, in the landing's transaction.

One job for each note and not one for all: every note keeps its own crop, prompt, proof and version, and a crop around
two far corners would show an engine mostly what it must not touch.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from reviewtui.model.chains import CHAIN, THEN_NOTES, THEN_TEXT, rerun_of
from reviewtui.model.entities import Job, Note, Version
from reviewtui.model.errors import RefusedError, UsageError
from reviewtui.model.lifecycle import NOTE_DONE, NoteState
from reviewtui.services.annotate import fix_note, send_fix
from reviewtui.services.real_text import send_letters
from reviewtui.services.rerunning import send_next_rerun
from reviewtui.services.workspace import Workspace
from reviewtui.store.connection import Tx
from reviewtui.store.jobs import JobRequest
from reviewtui.store.notes import get_note


def fix_notes(
    workspace: Workspace,
    note_ids: Sequence[int],
    fix: JobRequest,
    *,
    more: tuple[JobRequest, ...] = (),
    act_key: str | None = None,
) -> int:
    """Send the fixes of several notes of one asset, one after the other. Blocking. The first job's id.

    Args:
        note_ids: in the order in which they are fixed; repeated ones count once.
        fix: what is done for each; the prompt is each note's own text.
        more: further fixes beside it, for one note only.

    Raises:
        NotFoundError: no such note.
        RefusedError: a note has no region, is done or being fixed, or they belong to several assets.
        UsageError: several candidates, or one prompt for all.
    """
    ids = list(dict.fromkeys(note_ids))
    if len(ids) == 1:
        return fix_note(workspace, ids[0], fix, more=more, act_key=act_key)
    if fix.candidates != 1:
        raise UsageError("several notes are fixed on each other's results", "ask for one candidate")
    if (fix.params or {}).get("prompt") is not None:
        raise UsageError("each note's text is its prompt", "leave the prompt out, or send the notes one by one")
    with workspace.store.read() as db:
        notes = [get_note(db, note_id) for note_id in ids]
    _check(notes)
    chain = JobRequest(
        fix.verb, fix.engine, fix.tier, {**(fix.params or {}), THEN_NOTES: ids[1:]}, fix.seed, 1, fix.priority
    )
    return fix_note(workspace, ids[0], chain, act_key=act_key)


def _check(notes: list[Note]) -> None:
    if len({note.asset_id for note in notes}) > 1:
        raise RefusedError("these notes are about several assets", "send those of one asset together")
    for note in notes:
        if note.mask is None:
            raise RefusedError(f"note {note.id} has no region", "leave it out, or mark one with d")
        if note.state in NOTE_DONE or note.state is NoteState.FIXING:
            raise RefusedError(f"note {note.id} is {note.state.replace('_', ' ')}", "leave it out")


def send_next(tx: Tx, job: Job, made: Version) -> int | None:
    """Ask for the next job of a chain on what the last one made; its id, None at the end.

    Notes that were done, sent, locked or outgrown meanwhile are passed over.
    """
    if rerun_of(job.params) is not None:
        return send_next_rerun(tx, job, made)
    if THEN_TEXT in job.params:
        return send_letters(tx, job, made)
    waiting = _ids(job.params.get(THEN_NOTES))
    while waiting:
        note = get_note(tx, waiting.pop(0))
        if note.mask is None or note.mask.size != made.size:
            continue
        if note.state in NOTE_DONE or note.state is NoteState.FIXING:
            continue
        params = {name: value for name, value in job.params.items() if name not in ("prompt", THEN_NOTES)}
        params[CHAIN] = job.params.get(CHAIN, job.id)
        if waiting:
            params[THEN_NOTES] = waiting
        request = JobRequest(job.verb, job.engine, job.tier, params, job.seed, 1, 0)
        # What was locked meanwhile must not keep the result before it from landing.
        with suppress(RefusedError):
            return send_fix(tx, note, made, request)
    return None


def _ids(value: Any) -> list[int]:
    return [one for one in value if isinstance(one, int)] if isinstance(value, list) else []
