"""Ends of a job without a result, each one transaction behind the fence, and what becomes of its note."""

from reviewtui.model.entities import Job
from reviewtui.model.errors import EngineError, InputError, RefusedError, ReviewError, StoreError, UsageError
from reviewtui.model.lifecycle import ErrorKind, JobState
from reviewtui.services.jobs import reopen_note_of
from reviewtui.services.workspace import SYSTEM, Workspace
from reviewtui.store.jobs import finish_job, give_back, owns_job

_MAX_WORDS = 2000


def failure_of(error: ReviewError) -> tuple[ErrorKind, str]:
    """Kind and words, with the remedy, that are stored for an expected failure."""
    if isinstance(error, EngineError):
        kind = ErrorKind(error.kind)
    elif isinstance(error, StoreError):
        kind = ErrorKind.INTERNAL
    elif isinstance(error, InputError | RefusedError | UsageError):
        kind = ErrorKind.BAD_INPUT
    else:
        kind = ErrorKind.INTERNAL
    return kind, str(error)


def fail_job(workspace: Workspace, job: Job, kind: ErrorKind, words: str) -> bool:
    """End a running job as failed and open its note again. Blocking.

    Returns:
        False when the job is no longer this attempt's; nothing was changed then.

    Raises:
        StoreError: it cannot be written.
    """
    words = words[:_MAX_WORDS] or kind.replace("_", " ")
    with workspace.store.write(SYSTEM) as tx:
        done = finish_job(tx, job, JobState.FAILED, error_kind=kind, error=words)
        if done:
            reopen_note_of(tx, job, f"job {job.id} failed: {words}")
        return done


def hand_back(workspace: Workspace, job: Job, why: str, *, counts: bool = True) -> JobState:
    """A run ended without an answer: queue the job again, or end it where that makes no sense. Blocking.

    It becomes cancelled when that was asked for, failed when no attempts are left; then its note is open again.

    Args:
        why: in words.
        counts: whether the attempt counts; it does not when the worker was asked to end.

    Returns:
        The state that the job is in now, whoever owns it.

    Raises:
        StoreError: it cannot be written.
    """
    with workspace.store.write(SYSTEM) as tx:
        mine = owns_job(tx, job)
        state = give_back(tx, job, why[:_MAX_WORDS], counts=counts)
        if mine and state in (JobState.FAILED, JobState.CANCELLED):
            reopen_note_of(tx, job, f"job {job.id} {state}: {why[:_MAX_WORDS]}")
        return state
