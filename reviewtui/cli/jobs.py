"""``jobs``, ``cancel``, ``retry`` and ``worker``."""

from argparse import Namespace

from reviewtui.cli.output import Output, one_line
from reviewtui.cli.wiring import opened
from reviewtui.model.chains import unfinished_words
from reviewtui.model.entities import Job
from reviewtui.model.errors import UsageError
from reviewtui.model.lifecycle import JOB_FELL


def job_id(text: str) -> int:
    """A job's id as typed.

    Raises:
        UsageError: it is no number.
    """
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise UsageError(f"'{text[:40]}' is no job id", "reviewtui jobs FOLDER lists them")
    return int(text)


def jobs(args: Namespace, out: Output) -> int:
    """Queue and history, newest first."""
    from reviewtui.cli.records import job_record
    from reviewtui.services.jobs import find_jobs

    chosen = None if args.id is None else job_id(args.id)
    with opened(args, reading=True) as workspace:
        found = find_jobs(workspace, chosen)
    if out.as_json:
        for job in found:
            out.record(job_record(job))
    elif found:
        rows = [
            (
                job.id, job.asset_key, job.state, job.attempt, f"{job.verb} {job.engine}", job.tier,
                None if job.progress is None else f"{job.progress:.0%}",
                ", ".join(f"v{number}" for number in job.versions) or None,
                _words(job),
            )
            for job in found
        ]  # fmt: skip
        out.table(("JOB", "ASSET", "STATE", "ATTEMPT", "WHAT", "TIER", "PROGRESS", "MADE", "WORDS"), rows)
    if not found:
        out.say("no jobs")
    return 0


def _words(job: Job) -> str | None:
    """Why it failed, what a chain lacks that ended with it, or what it is doing now."""
    words = job.error or ("" if job.finished_at else job.message)
    missing = unfinished_words(job.params, job.version_number) if job.state in JOB_FELL else ""
    return one_line("; ".join(part for part in (words, missing) if part)) or None


def cancel(args: Namespace, out: Output) -> int:
    """Ask a job to stop."""
    from reviewtui.services.jobs import cancel as cancel_job

    with opened(args) as workspace:
        job = cancel_job(workspace, job_id(args.job))
    words = "is cancelled" if job.finished_at is not None else "was asked to stop"
    _tell_state(out, job.id, job.state, words)
    return 0


def retry(args: Namespace, out: Output) -> int:
    """Queue a failed or cancelled job again."""
    from reviewtui.services.jobs import retry as retry_job

    with opened(args) as workspace:
        job = retry_job(workspace, job_id(args.job))
    _tell_state(out, job.id, job.state, "is queued again")
    return 0


def _tell_state(out: Output, number: int, state: str, words: str) -> None:
    if out.as_json:
        out.record({"job": number, "state": state})
    else:
        out.line(f"job {number} {words}")


def worker(args: Namespace, out: Output) -> int:
    """Run jobs until stopped."""
    from reviewtui.worker.main import run_worker

    with opened(args) as workspace:
        return run_worker(workspace, once=args.once, narrate=out.say)
