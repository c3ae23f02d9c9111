"""The job table: claims with leases, results behind a fence.

``attempt`` is the fence. Progress and results are ``WHERE id = ? AND attempt = ? AND state = 'running'``; no row
changed means that somebody else owns the job now, and the caller must drop its result.
"""

import json
import secrets
from dataclasses import dataclass
from typing import Any

from reviewtui.model.chains import CHAIN
from reviewtui.model.entities import Asset, Job
from reviewtui.model.errors import NotFoundError, RefusedError
from reviewtui.model.lifecycle import COMPOSED_VERBS, JOB_ACTIVE, ErrorKind, JobState, Tier, Verb, may_job_move
from reviewtui.model.masks import MaskSpec
from reviewtui.store.connection import Reader, Tx
from reviewtui.store.rows import JOB, to_job


@dataclass(frozen=True, slots=True)
class JobRequest:
    """What a fix is asked to do.

    Attributes:
        seed: of candidate 0, candidate i has seed + i; None draws one.
        priority: higher is claimed first; people's requests are 0, batches below.
        mask: selection of the job where it is not its note's: on a frame that the job makes.
    """

    verb: Verb
    engine: str
    tier: Tier = Tier.FINAL
    params: dict[str, Any] | None = None
    seed: int | None = None
    candidates: int = 1
    priority: int = 0
    mask: MaskSpec | None = None


def add_job(tx: Tx, asset: Asset, version_id: int, note_id: int | None, mask_id: int, request: JobRequest) -> Job:
    """Ask for a job, with its event."""
    job_id = tx.insert(
        "job",
        asset_id=asset.id,
        version_id=version_id,
        note_id=note_id,
        mask_id=mask_id,
        verb=request.verb,
        engine=request.engine,
        tier=request.tier,
        params=json.dumps(request.params or {}, sort_keys=True),
        seed=secrets.randbelow(2**31) if request.seed is None else request.seed,
        candidates=request.candidates,
        priority=request.priority,
        requester=tx.actor.name,
        state=JobState.QUEUED,
        created_at=tx.now,
    )
    job = get_job(tx, job_id)
    tx.event(
        "job.requested",
        asset.key,
        {
            "job": job_id,
            "version": version_id,
            "note": note_id,
            "verb": job.verb,
            "engine": job.engine,
            "tier": job.tier,
            "seed": job.seed,
            "candidates": job.candidates,
        },
        asset_id=asset.id,
    )
    return job


def get_job(db: Reader, job_id: int) -> Job:
    """The job with this id.

    Raises:
        NotFoundError: there is none.
    """
    row = db.one(f"{JOB} WHERE j.id = ?", (job_id,))
    if row is None:
        raise NotFoundError(f"there is no job {job_id}", "reviewtui jobs FOLDER lists them")
    return to_job(row)


def list_jobs(db: Reader, asset_id: int | None = None, limit: int = 1000) -> list[Job]:
    """Jobs of one asset, or of all, newest first."""
    where, parameters = ("", ()) if asset_id is None else (" WHERE j.asset_id = ?", (asset_id,))
    return [to_job(row) for row in db.all(f"{JOB}{where} ORDER BY j.id DESC LIMIT {int(limit)}", parameters)]


def list_chain(db: Reader, first_id: int) -> list[Job]:
    """A job and those that were asked for on its result, and on theirs, oldest first."""
    sql = f"{JOB} WHERE j.id = ? OR json_extract(j.params, '$.{CHAIN}') = ? ORDER BY j.id"
    return [to_job(row) for row in db.all(sql, (first_id, first_id))]


def list_active_jobs(db: Reader) -> list[Job]:
    """Jobs that are queued or running, in order of request."""
    return [to_job(row) for row in db.all(f"{JOB} WHERE j.state IN ('queued', 'running') ORDER BY j.id")]


def count_by_state(db: Reader) -> dict[JobState, int]:
    """How many jobs are in each state."""
    return {JobState(row[0]): row[1] for row in db.all("SELECT state, count(*) FROM job GROUP BY state")}


def _move(tx: Tx, job: Job, state: JobState, **payload: Any) -> None:
    tx.event(
        f"job.{state}", job.asset_key, {"job": job.id, "state": state, "attempt": job.attempt, **payload},
        asset_id=job.asset_id,
    )  # fmt: skip


_COMPOSED = ", ".join(f"'{verb}'" for verb in sorted(COMPOSED_VERBS))


def has_composed(db: Reader) -> bool:
    """Whether a job that needs no executor is queued."""
    return db.one(f"SELECT 1 FROM job WHERE state = 'queued' AND verb IN ({_COMPOSED}) LIMIT 1") is not None


def claim_job(tx: Tx, worker: str, lease_until: float, *, composed_only: bool = False) -> Job | None:
    """Take the next queued job, or None.

    Round robin by requester within a priority, draft before final, then first come first served.

    Args:
        worker: name of the claimer.
        lease_until: monotonic-free wall time in seconds since the epoch at which others may take it over.
        composed_only: only one that needs no executor.
    """
    which = f" AND verb IN ({_COMPOSED})" if composed_only else ""
    row = tx.one(
        f"SELECT id FROM job j WHERE state = 'queued'{which} ORDER BY priority DESC, tier = 'final',"
        " (SELECT coalesce(max(k.started_at), '') FROM job k WHERE k.requester = j.requester), id LIMIT 1"
    )
    if row is None:
        return None
    tx.run(
        "UPDATE job SET state = 'running', attempt = attempt + 1, worker = ?, lease_until = ?, progress = NULL,"
        " message = '', started_at = ? WHERE id = ? AND state = 'queued'",
        (worker, lease_until, tx.now, row[0]),
    )
    job = get_job(tx, row[0])
    _move(tx, job, JobState.RUNNING)
    return job


def report_progress(tx: Tx, job: Job, progress: float | None, message: str, lease_until: float) -> bool | None:
    """Heartbeat, progress and the cancel flag in one statement.

    Returns:
        Whether cancelling was requested; None when the job is no longer this attempt's.
    """
    row = tx.one(
        "UPDATE job SET progress = coalesce(?, progress), message = ?, lease_until = ?"
        " WHERE id = ? AND attempt = ? AND state = 'running' RETURNING cancel_requested_at IS NOT NULL",
        (progress, message, lease_until, job.id, job.attempt),
    )
    return None if row is None else bool(row[0])


def owns_job(db: Reader, job: Job) -> bool:
    """Whether the job is still running under this attempt."""
    sql = "SELECT 1 FROM job WHERE id = ? AND attempt = ? AND state = 'running'"
    return db.one(sql, (job.id, job.attempt)) is not None


def finish_job(
    tx: Tx, job: Job, state: JobState, *, error_kind: ErrorKind | None = None, error: str | None = None
) -> bool:
    """End a running job behind the fence, with its event.

    Returns:
        False when the job is no longer this attempt's; then nothing was changed and the result must be dropped.
    """
    changed = tx.run(
        "UPDATE job SET state = ?, error_kind = ?, error = ?, lease_until = NULL, finished_at = ?,"
        " progress = CASE WHEN ? = 'succeeded' THEN 1.0 ELSE progress END"
        " WHERE id = ? AND attempt = ? AND state = 'running'",
        (state, error_kind, error, tx.now, state, job.id, job.attempt),
    )
    if changed:
        _move(tx, job, state, error_kind=error_kind, error=error)
    return bool(changed)


def add_result(tx: Tx, job_id: int, candidate: int, version_id: int) -> None:
    """Say which version a candidate became."""
    tx.insert("job_result", job_id=job_id, candidate=candidate, version_id=version_id)


def give_back(tx: Tx, job: Job, why: str, *, counts: bool = True) -> JobState:
    """A worker was lost: queue the job again while attempts are left, else fail it, or cancel it when asked to.

    Args:
        why: in words.
        counts: whether the attempt counts; it does not when the worker was told to stop.

    Returns:
        The state that the job is in now; unchanged when it is no longer this attempt's.
    """
    current = get_job(tx, job.id)
    if current.attempt != job.attempt or current.state != JobState.RUNNING:
        return current.state
    if current.cancel_requested_at is not None:
        finish_job(tx, current, JobState.CANCELLED)
        return JobState.CANCELLED
    if counts and current.attempt >= current.max_attempts:
        words = f"{why}; tried {current.attempt} times (use another engine, or mark a smaller region)"
        finish_job(tx, current, JobState.FAILED, error_kind=ErrorKind.WORKER_LOST, error=words)
        return JobState.FAILED
    tx.run(
        "UPDATE job SET state = 'queued', lease_until = NULL, worker = NULL, progress = NULL, message = ?,"
        " max_attempts = max_attempts + ? WHERE id = ?",
        (why, 0 if counts else 1, job.id),
    )
    _move(tx, current, JobState.QUEUED, why=why)
    return JobState.QUEUED


def list_expired(db: Reader, now: float) -> list[Job]:
    """Running jobs whose lease has ended.

    Args:
        now: wall time in seconds since the epoch.
    """
    return [to_job(row) for row in db.all(f"{JOB} WHERE j.state = 'running' AND j.lease_until < ?", (now,))]


def list_running_of_others(db: Reader, worker: str) -> list[Job]:
    """Running jobs that another worker claimed; whoever holds the worker lock may take them over at once."""
    return [to_job(row) for row in db.all(f"{JOB} WHERE j.state = 'running' AND j.worker <> ?", (worker,))]


def list_cancelled_running(db: Reader, worker: str) -> list[Job]:
    """Running jobs of a worker that somebody asked to stop."""
    sql = f"{JOB} WHERE j.state = 'running' AND j.worker = ? AND j.cancel_requested_at IS NOT NULL"
    return [to_job(row) for row in db.all(sql, (worker,))]


def request_cancel(tx: Tx, job: Job) -> JobState:
    """Ask for a job to stop; a queued one stops at once.

    Raises:
        RefusedError: it is over already.
    """
    if job.state not in JOB_ACTIVE:
        raise RefusedError(f"job {job.id} is over already: {job.state}")
    tx.run("UPDATE job SET cancel_requested_at = coalesce(cancel_requested_at, ?) WHERE id = ?", (tx.now, job.id))
    tx.event("job.cancel_requested", job.asset_key, {"job": job.id}, asset_id=job.asset_id)
    if job.state == JobState.QUEUED:
        tx.run("UPDATE job SET state = 'cancelled', finished_at = ? WHERE id = ?", (tx.now, job.id))
        _move(tx, job, JobState.CANCELLED)
        return JobState.CANCELLED
    return job.state


def retry_job(tx: Tx, job: Job) -> None:
    """Queue a failed or cancelled job again, with fresh attempts.

    Raises:
        RefusedError: it neither failed nor was cancelled.
    """
    if not may_job_move(job.state, JobState.QUEUED) or job.state == JobState.RUNNING:
        raise RefusedError(f"job {job.id} is {job.state}: only a failed or cancelled one can be tried again")
    tx.run(
        "UPDATE job SET state = 'queued', error_kind = NULL, error = NULL, finished_at = NULL, progress = NULL,"
        " message = '', cancel_requested_at = NULL, max_attempts = attempt + 2 WHERE id = ?",
        (job.id,),
    )
    _move(tx, job, JobState.QUEUED, why=f"tried again by {tx.actor.name}")


def list_result_ids(db: Reader, job_id: int) -> list[int]:
    """Ids of the versions that a job's candidates became."""
    return [
        row[0] for row in db.all("SELECT version_id FROM job_result WHERE job_id = ? ORDER BY candidate", (job_id,))
    ]
