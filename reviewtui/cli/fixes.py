"""``fix``: ask for a job, and wait for it when told to."""

from argparse import Namespace
from dataclasses import asdict
from typing import Any

from reviewtui.cli.output import Output
from reviewtui.cli.passing import check_passes
from reviewtui.cli.regions import act_key, find_version, mask_from
from reviewtui.cli.texts import send_text
from reviewtui.cli.verb_options import VERB_WORDS
from reviewtui.cli.wiring import decoding, opened
from reviewtui.model.chains import unfinished_words
from reviewtui.model.entities import Job
from reviewtui.model.errors import UsageError
from reviewtui.model.lifecycle import JOB_FELL, Flaw, JobState, Tier, Verb
from reviewtui.model.masks import MAX_FEATHER_PX, MaskSpec
from reviewtui.model.prompts import not_judged, overlay_offer
from reviewtui.model.suggestions import Suggestion
from reviewtui.services.workspace import Workspace
from reviewtui.store.jobs import JobRequest


def fix(args: Namespace, out: Output) -> int:
    """Ask for a fix; with ``--wait`` 1 when it failed, and an interrupt leaves it running."""
    from reviewtui.services.asking import make_requests
    from reviewtui.services.verbs import plan_fix

    if args.feather is not None and not 0 <= args.feather <= MAX_FEATHER_PX:
        raise UsageError(f"feather {args.feather} is out of range", f"0 to {MAX_FEATHER_PX} px")
    with opened(args) as workspace:
        version = find_version(workspace, args.asset)
        mask = mask_from(workspace, args, version)
        marked = _check_region(workspace, args, mask)
        if args.real_text or args.anew:
            return follow(workspace, args, out, [send_text(workspace, args, marked)])
        suggested = _suggested(workspace, args, out)
        verb = Verb(args.verb or suggested.verb)
        with decoding(workspace) as decoder:
            plan = plan_fix(workspace, decoder, version, verb, marked, _params(args, suggested))
        requests = make_requests(
            workspace,
            verb=verb,
            engine=args.engine or suggested.engine,
            tier=Tier(args.tier or Tier.FINAL),
            candidates=args.candidates,
            seed=args.seed,
            params=plan.params,
            mask=plan.job_mask or (plan.mask if args.note and plan.mask != marked else None),
        )
        mask = None if args.note else plan.mask
        _tell_offers(args, out)
        if args.dry_run:
            return _tell_estimates(workspace, args, mask, requests, out)
        check_passes(workspace, out, args.asset, mask, requests, notes=args.note or (), agreed=args.yes)
        job_ids = _send(workspace, args, mask, requests, plan.words)
        return follow(workspace, args, out, job_ids)


def finish(args: Namespace, out: Output) -> int:
    """Ask for the final of a draft; with ``--wait`` 1 when it failed."""
    from reviewtui.services.finishing import finish as ask

    with opened(args) as workspace:
        made = ask(workspace, args.asset, engine=args.engine, act_key=act_key(workspace, args, "finish"))
        out.say(f"job {made.job_id}: final of v{made.draft_number} by {made.engine}")
        return follow(workspace, args, out, [made.job_id])


def feather(args: Namespace, out: Output) -> int:
    """Ask for another edge of a fix; with ``--wait`` 1 when it failed."""
    from reviewtui.services.repasting import ask_repaste

    if args.px != "auto" and not (args.px.isascii() and args.px.isdigit() and len(args.px) < 9):
        raise UsageError(f"'{args.px[:40]}' is no feather", "a number of px, 0 for exactly the region, or auto")
    with opened(args) as workspace:
        feather_px = None if args.px == "auto" else int(args.px)
        job_id = ask_repaste(workspace, args.asset, feather_px, act_key=act_key(workspace, args, "feather"))
        return follow(workspace, args, out, [job_id])


def follow(workspace: Workspace, args: Namespace, out: Output, job_ids: list[int]) -> int:
    """Tell of jobs that were asked for, at their end with ``--wait``; exit status."""
    from reviewtui.services.asking import wait_for_job
    from reviewtui.services.jobs import find_chain, find_jobs

    jobs: list[Job] = []
    job_id = 0
    try:
        for first in job_ids:
            if not args.wait:
                jobs.extend(find_jobs(workspace, first))
                continue
            following = [first]
            while following:
                job_id = following[0]
                jobs.append(wait_for_job(workspace, job_id, lambda now: _tell_progress(out, now)))
                # What follows on its result was written when it landed.
                following = [job.id for job in find_chain(workspace, first) if job.id > job_id]
    except KeyboardInterrupt:
        out.say(f"job {job_id} goes on without you: reviewtui jobs FOLDER {job_id}")
        raise
    finally:
        out.end_progress()
    for job in jobs:
        _tell_result(workspace, out, job)
    return 1 if any(job.state in JOB_FELL for job in jobs) else 0


def _suggested(workspace: Workspace, args: Namespace, out: Output) -> Suggestion:
    """What the flaw suggests, when it is asked for; else what a fix does by default."""
    from reviewtui.services.browse import find_notes
    from reviewtui.services.suggesting import suggest

    if not args.suggest:
        return Suggestion(Verb.REMOVE)
    flaw = Flaw(args.flaw or Flaw.OTHER)
    if args.note and args.flaw is None:
        flaw = next(note.flaw for note in find_notes(workspace, args.asset) if note.id == args.note[0])
    found = suggest(workspace, flaw)
    out.say(found.words)
    # Its engine and strength belong to its verb.
    return found if args.verb in (None, found.verb) else Suggestion(Verb(args.verb))


def _params(args: Namespace, suggested: Suggestion) -> dict[str, Any]:
    chosen = {
        "prompt": args.prompt,
        "negative_prompt": args.negative_prompt,
        "strength": suggested.strength if args.strength is None else args.strength,
        "steps": args.steps,
        "guidance": args.guidance,
        "feather_px": args.feather,
    }
    chosen |= {word: getattr(args, word) for word in VERB_WORDS}
    return {name: value for name, value in chosen.items() if value is not None}


def _check_region(workspace: Workspace, args: Namespace, mask: MaskSpec | None) -> MaskSpec | None:
    """What the fix is about: what was marked, or the region of the first note."""
    if not args.note:
        return mask
    if mask is not None:
        raise UsageError("either a note's region or one of its own", "--note ID, or --rect and --preset")
    from reviewtui.services.browse import find_notes

    known = {note.id: note for note in find_notes(workspace, args.asset)}
    unknown = [note_id for note_id in args.note if note_id not in known]
    if unknown:
        raise UsageError(f"{args.asset} has no note {unknown[0]}", "reviewtui notes FOLDER ASSET lists them")
    return known[args.note[0]].mask


def _tell_offers(args: Namespace, out: Output) -> None:
    """What a person should know before a model draws: letters, and what no figure sees."""
    for words in (overlay_offer(args.prompt or ""), not_judged(Flaw(args.flaw or Flaw.OTHER))):
        if words:
            out.say(words)


def _send(
    workspace: Workspace, args: Namespace, mask: MaskSpec | None, requests: tuple[JobRequest, ...], words: str
) -> list[int]:
    """Ask for the jobs of notes that exist, or write the note with them; the jobs' ids."""
    from reviewtui.services.annotate import NoteRequest, write_note
    from reviewtui.services.chaining import fix_notes
    from reviewtui.services.jobs import find_sent_with

    key = act_key(workspace, args, "fix")
    if args.note:
        first = fix_notes(workspace, args.note, requests[0], more=requests[1:], act_key=key)
        return find_sent_with(workspace, first)
    text = args.prompt or words
    request = NoteRequest(
        text, Flaw(args.flaw or Flaw.OTHER), mask=mask, fix=requests[0], more_fixes=requests[1:], act_key=key
    )
    written = write_note(workspace, args.asset, request)
    assert written.job_id is not None
    return [written.job_id, *written.more_job_ids]


def _tell_estimates(
    workspace: Workspace, args: Namespace, mask: MaskSpec | None, requests: tuple[JobRequest, ...], out: Output
) -> int:
    from reviewtui.engines.registry import get_info
    from reviewtui.services.browse import find_notes
    from reviewtui.services.estimating import estimate

    masks = [mask] if mask is not None else []
    if args.note:
        masks = [note.mask for note in find_notes(workspace, args.asset) if note.id in args.note and note.mask]
    for one in masks:
        for request in requests:
            found = estimate(workspace, one, request, get_info(request.engine))
            if out.as_json:
                record: dict[str, Any] = {"job": None, "state": None, "versions": [], "metrics": None}
                out.record({**record, "engine": request.engine, "verb": request.verb, "estimate": asdict(found)})
                continue
            took = "not measured yet" if found.seconds is None else f"about {found.seconds:.1f} s"
            cost = "" if found.cost is None else f", ${found.cost:.4f}"
            steps = "" if found.steps is None else f", {found.steps} steps"
            out.line(
                f"{request.verb} by {request.engine}: {found.megapixels_sampled:.2f} MP sampled of"
                f" {found.megapixels_frame:.2f}, edge +{found.edge_px} px{steps}, {took}{cost}"
            )
    return 0


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
        _tell_unfinished(out, job)
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
    _tell_unfinished(out, job)


def _tell_unfinished(out: Output, job: Job) -> None:
    """What a chain lacks that ended in the middle."""
    words = unfinished_words(job.params, job.version_number) if job.state in JOB_FELL else ""
    if words:
        out.say(words)
