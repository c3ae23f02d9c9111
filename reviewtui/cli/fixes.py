"""``fix``: ask for a job, and wait for it when told to."""

from argparse import Namespace
from typing import Any

from reviewtui.cli.output import Output
from reviewtui.cli.regions import act_key, find_version, mask_from
from reviewtui.cli.wiring import opened
from reviewtui.model.entities import Job
from reviewtui.model.errors import UsageError
from reviewtui.model.lifecycle import Flaw, JobState, Tier, Verb
from reviewtui.services.workspace import Workspace
from reviewtui.store.jobs import JobRequest


def fix(args: Namespace, out: Output) -> int:
    """Ask for a fix; with ``--wait`` 1 when it failed, and an interrupt leaves it running."""
    from reviewtui.services.asking import make_request, wait_for_job
    from reviewtui.services.jobs import find_jobs

    with opened(args) as workspace:
        request = make_request(
            workspace,
            verb=Verb(args.verb or Verb.REMOVE),
            engine=args.engine,
            tier=Tier(args.tier or Tier.FINAL),
            candidates=args.candidates,
            seed=args.seed,
            params=_params(args),
        )
        job_id = _send(workspace, args, request)
        try:
            if args.wait:
                job = wait_for_job(workspace, job_id, lambda now: _tell_progress(out, now))
            else:
                [job] = find_jobs(workspace, job_id)
        except KeyboardInterrupt:
            out.say(f"job {job_id} goes on without you: reviewtui jobs FOLDER {job_id}")
            raise
        finally:
            out.end_progress()
        _tell_result(workspace, out, job)
    return 1 if job.state in (JobState.FAILED, JobState.CANCELLED) else 0


def _params(args: Namespace) -> dict[str, Any]:
    chosen = {
        "prompt": args.prompt,
        "negative_prompt": args.negative_prompt,
        "strength": args.strength,
        "steps": args.steps,
        "guidance": args.guidance,
        "feather_px": args.feather,
    }
    return {name: value for name, value in chosen.items() if value is not None}


def _send(workspace: Workspace, args: Namespace, request: JobRequest) -> int:
    """Ask for the job of a note that exists, or write the note with it; the job's id."""
    from reviewtui.services.annotate import NoteRequest, fix_note, write_note

    version = find_version(workspace, args.asset)
    key = act_key(workspace, args, "fix")
    mask = mask_from(workspace, args, version)
    if args.note is not None:
        if mask is not None:
            raise UsageError("either a note's region or one of its own", "--note ID, or --rect and --preset")
        _check_note(workspace, args)
        return fix_note(workspace, args.note, request, act_key=key)
    if mask is None:
        raise UsageError("say which region", "--rect X,Y,W,H, --preset NAME or --note ID")
    text = args.prompt or request.verb.value
    written = write_note(workspace, args.asset, NoteRequest(text, Flaw.OTHER, mask=mask, fix=request, act_key=key))
    assert written.job_id is not None
    return written.job_id


def _check_note(workspace: Workspace, args: Namespace) -> None:
    from reviewtui.services.browse import find_notes

    if all(note.id != args.note for note in find_notes(workspace, args.asset)):
        raise UsageError(f"{args.asset} has no note {args.note}", "reviewtui notes FOLDER ASSET lists them")


def _tell_progress(out: Output, job: Job) -> None:
    words = job.message or str(job.state)
    out.progress(round(100 * (job.progress or 0)), 100, f"job {job.id}: {words}")


def _tell_result(workspace: Workspace, out: Output, job: Job) -> None:
    from reviewtui.cli.records import metrics_record
    from reviewtui.services.browse import load_asset

    view = load_asset(workspace, job.asset_id)
    proofs = [shown.proof for number in job.versions if (shown := view.find_number(number)) is not None]
    metrics = next((proof.metrics for proof in proofs if proof is not None), None)
    if out.as_json:
        record = {"job": job.id, "state": job.state, "versions": list(job.versions)}
        out.record(
            {
                **record,
                "metrics": metrics_record(metrics),
                "note": job.note_id,
                "error_kind": job.error_kind,
                "error": job.error,
            }
        )
        if job.state is JobState.FAILED:
            out.say(f"reviewtui: job {job.id} failed: {job.error}")
        return
    if job.state is JobState.SUCCEEDED:
        made = ", ".join(f"v{number}" for number in job.versions)
        out.line(f"job {job.id} made {made} of {job.asset_key}")
        for number, proof in zip(job.versions, proofs, strict=False):
            if proof is not None:
                changed, seconds = proof.metrics.get("outside_changed_px"), proof.metrics.get("seconds")
                took = "" if seconds is None else f", {seconds:g} s"
                figures = "".join(
                    f", {words} {proof.metrics[name]:g}"
                    for name, words in (("seam", "seam"), ("lf_drift", "drift"), ("tex1", "texture"))
                    if proof.metrics.get(name) is not None
                )
                out.line(f"  v{number}: {changed} px changed outside, edge {proof.edge_px} px{figures}{took}")
        if len(job.versions) > 1:
            out.say(f"choose one: reviewtui pick FOLDER {job.asset_key}@{job.versions[0]}")
    elif job.state is JobState.FAILED:
        out.say(f"reviewtui: job {job.id} failed: {job.error} - reviewtui retry FOLDER {job.id}")
    elif job.state is JobState.CANCELLED:
        out.say(f"reviewtui: job {job.id} was cancelled")
    else:
        out.line(f"job {job.id} is {job.state}")
        out.say("a desk runs it, or: reviewtui worker FOLDER --once")
