"""Notes, their masks, threads and drafts; a note and the fix that it asks for are one transaction."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from reviewtui.model.entities import Note, Version
from reviewtui.model.errors import InputError, RefusedError, UsageError
from reviewtui.model.lifecycle import NOTE_DONE, Flaw, NoteState, Verb
from reviewtui.model.masks import MaskSpec
from reviewtui.services.carrying import carried_mask
from reviewtui.services.content import keep_version
from reviewtui.services.locks import check_not_locked
from reviewtui.services.lookup import find_target
from reviewtui.services.workspace import Workspace
from reviewtui.store.acts import add_act, drop_draft, find_act_by_key, find_draft, list_drafts, save_draft
from reviewtui.store.assets import get_asset
from reviewtui.store.connection import Reader, Tx
from reviewtui.store.jobs import JobRequest, add_job, get_job
from reviewtui.store.notes import add_mask, add_note, add_reply, get_note, link_job, move_note, set_flaw, set_severity
from reviewtui.store.versions import get_version

MAX_TEXT = 10_000


@dataclass(frozen=True, slots=True)
class NoteRequest:
    """A note to be written.

    Attributes:
        text: may be empty when a region is marked; then the flaw tag stands for it.
        fix: job to be asked for in the same transaction; None for none, unless the flaw's fixes are sent at once.
        more_fixes: further ones beside it, such as other wordings; the note waits for the last.
        act_key: idempotency key of one key press or one command.
        draft_scope: draft that this note submits and that is dropped with it.
    """

    text: str = ""
    flaw: Flaw = Flaw.OTHER
    severity: int = 2
    mask: MaskSpec | None = None
    fix: JobRequest | None = None
    more_fixes: tuple[JobRequest, ...] = ()
    act_key: str | None = None
    draft_scope: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """Ids of what was written; ``mask_id`` and ``job_id`` are None where there is none.

    Attributes:
        more_job_ids: of ``NoteRequest.more_fixes``.
    """

    note_id: int
    version_id: int
    version_number: int
    mask_id: int | None
    job_id: int | None
    more_job_ids: tuple[int, ...] = ()


def default_fix(workspace: Workspace) -> JobRequest:
    """The fix that is sent when nothing else is asked for."""
    return JobRequest(Verb.REMOVE, workspace.settings.fix_engine, candidates=workspace.settings.fix_candidates)


def write_note(workspace: Workspace, name: str, request: NoteRequest) -> Written:
    """Write a note on a version, with the job that it asks for, in one transaction. Blocking; call from a thread.

    Args:
        name: key, ``key@N`` or path; the head when no version is named.

    Raises:
        UsageError: nothing is said and nothing is marked, or the text or severity is out of range.
        InputError: the mask was drawn on a picture of another size.
        RefusedError: a fix without a region.
        DriftError: the version's bytes are gone or changed.
    """
    _check(request)
    with workspace.store.read() as db:
        target = find_target(workspace, db, name)
    version = target.get_version()
    check_mask_fits(version, request.mask)
    fix = request.fix
    if fix is None and request.mask is not None and request.flaw in workspace.settings.fix_auto:
        fix = default_fix(workspace)
    keep_version(workspace, version)
    with workspace.store.write(workspace.actor) as tx:
        done = None if request.act_key is None else find_act_by_key(tx, request.act_key)
        if done is not None:
            return Written(**{**done.result, "more_job_ids": tuple(done.result.get("more_job_ids", ()))})
        return _write(tx, version, request, fix)


def _check(request: NoteRequest) -> None:
    if not request.text.strip() and request.mask is None:
        raise UsageError("an empty note says nothing", "write what is wrong, or mark a region")
    if len(request.text) > MAX_TEXT:
        raise UsageError(f"the note has {len(request.text)} characters", f"at most {MAX_TEXT}")
    if not 1 <= request.severity <= 3:
        raise UsageError(f"severity {request.severity} does not exist", "1 (small) to 3 (must not ship)")
    if request.fix is not None and request.mask is None and request.fix.mask is None:
        raise RefusedError("a fix needs a region", "mark one with d, or give --rect or --preset")


def check_mask_fits(version: Version, mask: MaskSpec | None) -> None:
    """Refuse a mask that was drawn on other dimensions.

    Raises:
        InputError: the sizes differ.
    """
    if mask is not None and mask.size != version.size:
        raise InputError(
            f"the mask was drawn on {mask.size}, v{version.number} has {version.size}", "mark the region again"
        )


def _write(tx: Tx, version: Version, request: NoteRequest, fix: JobRequest | None) -> Written:
    asset = get_asset(tx, version.asset_id)
    text = request.text.strip() or request.flaw.value
    note = add_note(tx, asset, version.id, text, request.flaw, request.severity, request.mask)
    job_ids: list[int] = []
    if fix is not None and (note.mask_id is not None or fix.mask is not None):
        job_ids = [send_fix(tx, note, version, one) for one in (fix, *request.more_fixes)]
    if request.draft_scope is not None:
        drop_draft(tx, request.draft_scope)
    job_id = job_ids[0] if job_ids else None
    written = Written(note.id, version.id, version.number, note.mask_id, job_id, tuple(job_ids[1:]))
    words = f"note {note.id} on {asset.key} v{version.number}" + (
        f" and its fix, {jobs_words(job_ids)}" if job_ids else ""
    )
    undo = {"note": note.id, "job": job_id, "jobs": job_ids}
    add_act(tx, "note", words, key=request.act_key, undo=undo, result=asdict(written))
    return written


def jobs_words(job_ids: Sequence[int]) -> str:
    """``job 3``, or ``jobs 3, 4``."""
    return f"job{'' if len(job_ids) == 1 else 's'} {', '.join(map(str, job_ids))}"


def send_fix(tx: Tx, note: Note, version: Version, fix: JobRequest) -> int:
    """Ask for a job on a note's mask inside a transaction; the note becomes ``fixing``. The job's id.

    Raises:
        RefusedError: the note has no region or is done, or all of the region is locked.
    """
    note = get_note(tx, note.id)
    mask_id = note.mask_id if fix.mask is None else add_mask(tx, version.id, fix.mask)
    if mask_id is None:
        raise RefusedError(f"note {note.id} has no region", "mark one with d, or give --rect or --preset")
    if note.state in NOTE_DONE:
        raise RefusedError(f"note {note.id} is {note.state.replace('_', ' ')}", "reopen it first")
    asset = get_asset(tx, note.asset_id)
    mask = note.mask if fix.mask is None else fix.mask
    if mask is not None and mask.size == version.size:
        check_not_locked(tx, version, mask)
    params = {"prompt": note.text, **(fix.params or {})}
    job = add_job(tx, asset, version.id, note.id, mask_id, replace(fix, params=params))
    if note.state is NoteState.FIXING:
        link_job(tx, note.id, job.id)
    else:
        move_note(tx, note, NoteState.FIXING, job_id=job.id)
    return job.id


def version_to_fix(db: Reader, note: Note) -> Version:
    """The head, where a note's region fits on it as it is, else the version that the note is about."""
    version, asset = get_version(db, note.version_id), get_asset(db, note.asset_id)
    if asset.head_id is None or note.mask is None:
        return version
    head = get_version(db, asset.head_id)
    return head if head.size == note.mask.size else version


def fix_note(
    workspace: Workspace,
    note_id: int,
    fix: JobRequest | None = None,
    *,
    more: tuple[JobRequest, ...] = (),
    on: Version | None = None,
    act_key: str | None = None,
) -> int:
    """Send a note's fix (again) on the head; the job's id.

    The region moves along where the head has a larger frame (outpaint, upscale). Where nobody knows how its frame lies
    to the note's, the fix is sent on the note's own version.

    Args:
        more: further fixes beside it, such as other wordings.
        on: this version instead, with a request that brings its own selection.

    Raises:
        NotFoundError: no such note.
        RefusedError: it has no region, is done, or a fix for it is under way.
    """
    with workspace.store.read() as db:
        note = get_note(db, note_id)
        asset = get_asset(db, note.asset_id)
        version, head_id = on or version_to_fix(db, note), asset.head_id
        may_carry = on is None and note.mask is not None and (fix is None or fix.mask is None)
        if may_carry and head_id is not None and head_id != version.id:
            assert note.mask is not None
            carried = carried_mask(db, note.mask, version.id, head_id)
            if carried is not None:
                version, fix = get_version(db, head_id), replace(fix or default_fix(workspace), mask=carried)
    keep_version(workspace, version)
    with workspace.store.write(workspace.actor) as tx:
        done = None if act_key is None else find_act_by_key(tx, act_key)
        if done is not None:
            return int(done.result["job"])
        current = get_note(tx, note_id)
        if current.state is NoteState.FIXING and current.job_id is not None:
            state = get_job(tx, current.job_id).state
            raise RefusedError(
                f"job {current.job_id} is at it already: {state}", f"cancel it first: job {current.job_id}"
            )
        job_ids = [send_fix(tx, current, version, one) for one in (fix or default_fix(workspace), *more)]
        words = f"fix of note {note_id} on {asset.key}, {jobs_words(job_ids)}"
        undo = {"job": job_ids[0], "jobs": job_ids}
        add_act(tx, "job", words, key=act_key, undo=undo, result={"job": job_ids[0], "jobs": job_ids})
        return job_ids[0]


_STATE_WORDS = {
    NoteState.CLOSED: "closed",
    NoteState.REOPENED: "reopened",
    NoteState.WONT_FIX: "set to won't fix",
}


def set_note_state(workspace: Workspace, note_id: int, state: NoteState, why: str = "") -> Note:
    """Close, reopen or decline a note. Blocking.

    Raises:
        NotFoundError: no such note.
        RefusedError: no such transition, or the state is one that only jobs reach.
        UsageError: won't fix without a reason.
    """
    if state not in _STATE_WORDS:
        raise RefusedError(f"nobody sets a note to {state.replace('_', ' ')} by hand")
    if state is NoteState.WONT_FIX and not why.strip():
        raise UsageError("won't fix needs a reason", "say why it stays as it is")
    with workspace.store.write(workspace.actor) as tx:
        note = get_note(tx, note_id)
        if note.state != state:
            move_note(tx, note, state, why=why.strip())
            words = f"note {note_id} {_STATE_WORDS[state]}"
            add_act(
                tx,
                "note_state",
                words,
                undo={"note": note_id, "from": note.state, "to": state},
                result={"note": note_id},
            )
        return get_note(tx, note_id)


def weigh_note(workspace: Workspace, note_id: int, severity: int) -> Note:
    """Set a note's severity, 1 to 3. Blocking.

    Raises:
        UsageError: out of range.
        NotFoundError: no such note.
    """
    if not 1 <= severity <= 3:
        raise UsageError(f"severity {severity} does not exist", "1 (small) to 3 (must not ship)")
    with workspace.store.write(workspace.actor) as tx:
        note = get_note(tx, note_id)
        if note.severity != severity:
            set_severity(tx, note, severity)
            undo = {"note": note_id, "from": note.severity}
            add_act(tx, "severity", f"severity of note {note_id}", undo=undo, result={"note": note_id})
        return get_note(tx, note_id)


def tag_note(workspace: Workspace, note_id: int, flaw: Flaw) -> Note:
    """Set a note's flaw tag. Blocking.

    Raises:
        NotFoundError: no such note.
    """
    with workspace.store.write(workspace.actor) as tx:
        note = get_note(tx, note_id)
        if note.flaw != flaw:
            set_flaw(tx, note, flaw)
            undo = {"note": note_id, "from": note.flaw}
            add_act(tx, "flaw", f"flaw of note {note_id}", undo=undo, result={"note": note_id})
        return get_note(tx, note_id)


def reply(workspace: Workspace, note_id: int, text: str, *, draft_scope: str | None = None) -> int:
    """Answer in a note's thread; the reply's id. Blocking.

    Raises:
        UsageError: empty or too long.
        NotFoundError: no such note.
    """
    if not text.strip() or len(text) > MAX_TEXT:
        raise UsageError("a reply has 1 to 10 000 characters")
    with workspace.store.write(workspace.actor) as tx:
        reply_id = add_reply(tx, get_note(tx, note_id), text.strip())
        if draft_scope is not None:
            drop_draft(tx, draft_scope)
        return reply_id


def keep_draft(workspace: Workspace, scope: str, body: dict[str, Any] | None) -> None:
    """Save what a person is typing or drawing; None forgets it. Blocking; call from a thread.

    Args:
        scope: such as ``note:17`` for a note on asset 17.

    Raises:
        InputError: the body is not worth keeping as it is far too large.
    """
    if body is not None and len(str(body)) > 20 * MAX_TEXT:
        raise InputError("the draft is too long")
    if workspace.store.read_only:
        return
    with workspace.store.write(workspace.actor) as tx:
        if body is None:
            drop_draft(tx, scope)
        else:
            save_draft(tx, scope, body)


def find_my_draft(workspace: Workspace, scope: str) -> dict[str, Any] | None:
    """What was kept under a scope, or None."""
    with workspace.store.read() as db:
        draft = find_draft(db, workspace.actor.name, scope)
    return None if draft is None else draft.body


def list_my_drafts(workspace: Workspace) -> list[str]:
    """Scopes of everything begun and not submitted."""
    with workspace.store.read() as db:
        return [draft.scope for draft in list_drafts(db, workspace.actor.name)]
