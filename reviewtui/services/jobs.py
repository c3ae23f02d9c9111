"""Jobs as people see them: asking for, cancelling and retrying; the dispatcher's side is in ``services.fixing``."""

from reviewtui.model.chains import rerun_of
from reviewtui.model.entities import Job
from reviewtui.model.errors import RefusedError, UsageError
from reviewtui.model.lifecycle import NOTE_DONE, NoteState, may_note_move
from reviewtui.model.prompts import MAX_CANDIDATES
from reviewtui.services.workspace import Workspace
from reviewtui.store.connection import Tx
from reviewtui.store.jobs import get_job, list_chain, list_jobs, request_cancel, retry_job
from reviewtui.store.notes import get_note, move_note


def check_candidates(count: int) -> int:
    """Refuse a number of candidates that nobody could look at.

    Raises:
        UsageError: below 1 or above 64.
    """
    if not 1 <= count <= MAX_CANDIDATES:
        raise UsageError(f"{count} candidates cannot be asked for", f"1 to {MAX_CANDIDATES}")
    return count


def reopen_note_of(tx: Tx, job: Job, why: str) -> None:
    """A job ended without a result: its note is open again unless somebody closed it meanwhile."""
    if job.note_id is None:
        return
    note = get_note(tx, job.note_id)
    if note.state is NoteState.FIXING and note.job_id == job.id and may_note_move(note.state, NoteState.OPEN):
        move_note(tx, note, NoteState.OPEN, why=why)


def cancel(workspace: Workspace, job_id: int) -> Job:
    """Ask for a job to stop. Blocking; a queued one is over at once, a running one within a second.

    Raises:
        NotFoundError: no such job.
        RefusedError: it is over already.
    """
    with workspace.store.write(workspace.actor) as tx:
        job = get_job(tx, job_id)
        request_cancel(tx, job)
        after = get_job(tx, job_id)
        if after.finished_at is not None:
            reopen_note_of(tx, after, f"job {job_id} cancelled")
        return after


def retry(workspace: Workspace, job_id: int) -> Job:
    """Queue a failed or cancelled job again. Blocking.

    Raises:
        NotFoundError: no such job.
        RefusedError: it neither failed nor was cancelled, or its note is done.
    """
    with workspace.store.write(workspace.actor) as tx:
        job = get_job(tx, job_id)
        if job.note_id is not None and rerun_of(job.params) is None:
            note = get_note(tx, job.note_id)
            if note.state in NOTE_DONE:
                raise RefusedError(f"its note {note.id} is {note.state.replace('_', ' ')}", "reopen it first")
            retry_job(tx, job)
            move_note(tx, note, NoteState.FIXING, why=f"job {job_id} again", job_id=job_id)
        else:
            retry_job(tx, job)
        return get_job(tx, job_id)


def find_jobs(workspace: Workspace, job_id: int | None = None) -> list[Job]:
    """One job, or all of them, newest first. Blocking.

    Raises:
        NotFoundError: no such job.
    """
    with workspace.store.read() as db:
        return list_jobs(db) if job_id is None else [get_job(db, job_id)]


def find_chain(workspace: Workspace, first_id: int) -> list[Job]:
    """A job and those that were asked for on its result, and on theirs, oldest first. Blocking."""
    with workspace.store.read() as db:
        return list_chain(db, first_id)


def find_sent_with(workspace: Workspace, job_id: int) -> list[int]:
    """Ids of a job and of those that the same request asked for, oldest first. Blocking.

    Raises:
        NotFoundError: no such job.
    """
    with workspace.store.read() as db:
        first = get_job(db, job_id)
        jobs = list_jobs(db, first.asset_id)
    asked = (first.note_id, first.version_id, first.created_at)
    return sorted(job.id for job in jobs if (job.note_id, job.version_id, job.created_at) == asked)
