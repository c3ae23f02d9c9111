"""Rebase with what lay on a dropped edit run again: a chain of jobs, each on the result of the one before.

What lies apart is laid on first, from kept pixels. Then each edit that had lain on what goes is asked for once more,
with its own mask, prompt, engine, seed and parameters; the next job is written in the landing's own transaction. The
head moves once, to the end of the chain: nobody reviews a picture in which an edit is missing for the time being.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from reviewtui.engines.registry import list_engines
from reviewtui.imaging.decoding import Decoder
from reviewtui.model.chains import CHAIN, CHAIN_PARAMS, REPLACES, RERUN, Rerun, rerun_of, versions_words
from reviewtui.model.entities import Job, Version
from reviewtui.model.errors import EngineError, RefusedError
from reviewtui.model.lifecycle import COMPOSED_VERBS, ErrorKind, NoteState, Verb, may_note_move
from reviewtui.model.masks import MaskSpec
from reviewtui.services.composing import send_composed
from reviewtui.services.content import keep_version
from reviewtui.services.rebasing import Survey, ask_rebase, survey_rebase
from reviewtui.services.workspace import Workspace
from reviewtui.store.acts import add_act, find_act_by_key
from reviewtui.store.assets import get_asset
from reviewtui.store.connection import Reader, Tx
from reviewtui.store.jobs import JobRequest, add_job, get_job
from reviewtui.store.notes import add_mask, get_mask, get_note, move_note
from reviewtui.store.versions import find_version, lineage_params


def ask_rebase_again(
    workspace: Workspace, decoder: Decoder, name: str, drop: Sequence[int], *, act_key: str | None = None
) -> int:
    """Queue a rebase that runs again what lay on the dropped edits; the first job's id. Blocking.

    Where nothing lies on them it is an ordinary rebase.

    Args:
        name: key, ``key@N`` or path; the head when no version is named.
        drop: numbers of versions in its line, itself included.

    Raises:
        NotFoundError, UsageError, InputError: as ``rebasing.ask_rebase``.
        RefusedError: as there, or an edit that nobody can run again, such as one that was itself composed.
        EngineError: the engine of such an edit is not here.
    """
    survey = survey_rebase(workspace, decoder, name, drop)
    if not survey.lying:
        return ask_rebase(workspace, name, drop, act_key=act_key)
    with workspace.store.read() as db:
        for version, _ in survey.lying:
            _check_engine(version, _request_of(db, version)[0])
        key = get_asset(db, survey.tip.asset_id).key
    again = tuple(version.number for version, _ in survey.lying)
    dropped = tuple(version.number for version in survey.dropped)
    words = f"rebase of {key} v{survey.tip.number} without {versions_words(dropped)}, {versions_words(again)} again"
    if not survey.apart:
        first = Rerun(survey.tip.id, survey.tip.number, dropped, again[0], again[1:])
        return _send_first(workspace, survey, first, words, act_key)
    rerun = Rerun(survey.tip.id, survey.tip.number, dropped, None, again)
    spec = MaskSpec(survey.tip.size, survey.boxes, feather_px=0)
    params = {"drop": sorted(dropped), "again": sorted(again), RERUN: rerun.to_data()}
    return send_composed(workspace, survey.tip, Verb.REBASE, spec, params, words=words, act_key=act_key)


def _send_first(workspace: Workspace, survey: Survey, rerun: Rerun, words: str, act_key: str | None) -> int:
    """Nothing is to be laid on: the first edit is run again on the version before the dropped ones, as it is."""
    keep_version(workspace, survey.base)
    with workspace.store.write(workspace.actor) as tx:
        done = None if act_key is None else find_act_by_key(tx, act_key)
        if done is not None:
            return int(done.result["job"])
        job_id = _send(tx, survey.base, rerun, {})
        add_act(tx, "job", f"{words}, job {job_id}", key=act_key, undo={"job": job_id}, result={"job": job_id})
        return job_id


def _send(tx: Tx, base: Version, rerun: Rerun, chain: dict[str, Any]) -> int:
    assert rerun.number is not None
    version = find_version(tx, base.asset_id, rerun.number)
    assert version is not None
    request, spec, note_id = _request_of(tx, version)
    params = {**(request.params or {}), RERUN: rerun.to_data(), **chain}
    mask_id = add_mask(tx, base.id, spec)
    asset = get_asset(tx, base.asset_id)
    # A lock that came meanwhile must not keep the result before it from landing: the job itself will say so.
    return add_job(tx, asset, base.id, note_id, mask_id, replace(request, params=params)).id


def _request_of(db: Reader, version: Version) -> tuple[JobRequest, MaskSpec, int | None]:
    """What made a version, to be asked for once more: the request, its selection and the note that it was for.

    Raises:
        RefusedError: it was put together from other versions.
    """
    assert version.job_id is not None
    job = get_job(db, version.job_id)
    if job.verb is Verb.REPASTE:
        source = find_version(db, version.asset_id, int(job.params["of"]))
        assert source is not None
        request, spec, note_id = _request_of(db, source)
        feather_px = job.params["feather_px"]
        params = {**(request.params or {}), "feather_px": feather_px}
        return replace(request, params=params), spec.with_feather(feather_px), note_id
    if job.verb is Verb.CHERRY_PICK:
        picked = find_version(db, version.asset_id, int(job.params["picked"]))
        assert picked is not None
        return _request_of(db, picked)
    if job.verb in COMPOSED_VERBS:
        raise RefusedError(
            f"v{version.number} was put together by a {job.verb.replace('_', ' ')}: it cannot be run again",
            f"drop v{version.number} as well",
        )
    known = lineage_params(db, version.id)[1]
    params = {name: value for name, value in job.params.items() if name not in CHAIN_PARAMS and name != "variants"}
    seed = int(known.get("seed", job.seed))
    request = JobRequest(job.verb, job.engine, job.tier, params, seed, 1)
    return request, get_mask(db, job.mask_id).spec, job.note_id


def _check_engine(version: Version, request: JobRequest) -> None:
    listing = next((one for one in list_engines() if one.name == request.engine), None)
    if listing is None or not listing.available:
        raise EngineError(
            ErrorKind.ENGINE_MISSING,
            f"v{version.number} was made by {request.engine}, which is not here",
            f"drop v{version.number} as well, or see: reviewtui engines",
        )


# --- in the landing's transaction


def send_next_rerun(tx: Tx, job: Job, made: Version) -> int | None:
    """Ask for the next edit of a rebase on what the last job made; its job's id, None at the end or outside of one."""
    rerun = rerun_of(job.params)
    if rerun is None or not rerun.left:
        return None
    jobs = rerun.jobs if rerun.number is None else (*rerun.jobs, job.id)
    after = replace(rerun, number=rerun.left[0], left=rerun.left[1:], jobs=jobs)
    return _send(tx, made, after, {CHAIN: job.params.get(CHAIN, job.id)})


def replaced_head_id(job: Job, base: Version) -> int | None:
    """The version that has to be the head for a job's result to become it; None when it never does.

    In the middle of a rebase nothing does; at its end the tip that it began from counts. A text that is set anew takes
    the place of the old one.
    """
    rerun = rerun_of(job.params)
    if rerun is None:
        replaces = job.params.get(REPLACES)
        return replaces if isinstance(replaces, int) else base.id
    return None if rerun.left else rerun.tip_id


def settle_notes(tx: Tx, job: Job, dropped: tuple[Version, ...], head: Version) -> None:
    """A rebase became the head: what was dropped is open again, what was run again waits for somebody to look."""
    rerun = rerun_of(job.params)
    gone = list(dropped)
    if rerun is not None:
        found = (find_version(tx, job.asset_id, number) for number in rerun.dropped)
        gone = [version for version in found if version is not None]
        for job_id in (*rerun.jobs, job.id):
            _look_again(tx, get_job(tx, job_id), head)
    for version in gone:
        _reopen_unfixed(tx, version, head)


def _reopen_unfixed(tx: Tx, gone: Version, head: Version) -> None:
    """What a dropped edit had mended is there again: its note is open again, even if somebody had closed it."""
    note_id = None if gone.job_id is None else get_job(tx, gone.job_id).note_id
    if note_id is None:
        return
    note = get_note(tx, note_id)
    if note.job_id == gone.job_id and note.state in (NoteState.TO_VERIFY, NoteState.CLOSED):
        move_note(tx, note, NoteState.REOPENED, why=f"v{gone.number}'s edit was dropped in v{head.number}")


def _look_again(tx: Tx, job: Job, head: Version) -> None:
    """Nobody has seen these pixels: the note waits to be verified, even if somebody had closed it."""
    if job.note_id is None:
        return
    note = get_note(tx, job.note_id)
    if note.state is NoteState.TO_VERIFY:
        move_note(tx, note, NoteState.REOPENED, why=f"job {job.id} ran its fix again")
        note = get_note(tx, job.note_id)
    if note.state not in (NoteState.FIXING, NoteState.WONT_FIX) and may_note_move(note.state, NoteState.TO_VERIFY):
        move_note(tx, note, NoteState.TO_VERIFY, why=f"its fix was run again for v{head.number}", job_id=job.id)
