"""Final with the same mask, prompt and seed: an accepted draft is made once more by the better engine."""

from dataclasses import dataclass, fields
from typing import Any

from reviewtui.engines.base import COMMON_PARAMS, EngineInfo
from reviewtui.engines.registry import EngineListing, list_engines
from reviewtui.model.chains import CHAIN_PARAMS
from reviewtui.model.entities import Job, Version
from reviewtui.model.errors import EngineError, RefusedError
from reviewtui.model.lifecycle import COMPOSED_VERBS, NOTE_DONE, ErrorKind, NoteState, Tier
from reviewtui.services.annotate import send_fix
from reviewtui.services.asking import make_request
from reviewtui.services.content import keep_version
from reviewtui.services.lookup import find_target
from reviewtui.services.workspace import Workspace
from reviewtui.store.acts import add_act, find_act_by_key
from reviewtui.store.assets import get_asset
from reviewtui.store.connection import Tx
from reviewtui.store.jobs import JobRequest, add_job, get_job
from reviewtui.store.notes import get_note
from reviewtui.store.versions import get_version

# A draft's own steps and its place among others are not part of what was accepted.
_NOT_KEPT = CHAIN_PARAMS | {"steps", "variants"}


@dataclass(frozen=True, slots=True)
class Finishing:
    """A final that was asked for.

    Attributes:
        job_id: the new job.
        asset_key: whose.
        draft_number: version that it is to be compared with.
        engine: that makes it.
    """

    job_id: int
    asset_key: str
    draft_number: int
    engine: str


def finish(workspace: Workspace, name: str, *, engine: str | None = None, act_key: str | None = None) -> Finishing:
    """Ask for the final of a draft: same base, mask, prompt, strength and seed, better engine. Blocking.

    Args:
        name: key or ``key@N``; the head when no version is named.
        engine: None takes the one of the setting ``fix.final_engine``, else the best that is known to be better.

    Raises:
        RefusedError: no job of an engine made that version, or nothing better is here; says what there is.
        EngineError: the engine that is named cannot do it.
    """
    with workspace.store.read() as db:
        target = find_target(workspace, db, name)
        version = target.get_version()
        if version.job_id is None:
            raise RefusedError(f"no fix made v{version.number}", "a final is made of a fix's draft")
        job = get_job(db, version.job_id)
        base = get_version(db, job.version_id)
    if job.verb in COMPOSED_VERBS:
        raise RefusedError(f"v{version.number} was composed by {job.verb.replace('_', ' ')}, no engine made it")
    info = choose_better(workspace, job, engine)
    request = make_request(
        workspace,
        verb=job.verb,
        engine=info.name,
        tier=Tier.FINAL,
        candidates=1,
        seed=(job.seed + (version.candidate or 0)) % 2**31,
        params=_kept_params(job, info),
    )
    keep_version(workspace, base)
    with workspace.store.write(workspace.actor) as tx:
        done = None if act_key is None else find_act_by_key(tx, act_key)
        if done is not None:
            return Finishing(**done.result)
        job_id = _send(tx, job, base, request)
        made = Finishing(job_id, job.asset_key, version.number, info.name)
        words = f"final of {job.asset_key} v{version.number}, job {job_id}"
        result = {
            "job_id": job_id, "asset_key": job.asset_key, "draft_number": version.number, "engine": info.name,
        }  # fmt: skip
        add_act(tx, "job", words, key=act_key, undo={"job": job_id}, result=result)
        return made


def choose_better(workspace: Workspace, job: Job, asked: str | None = None) -> EngineInfo:
    """The engine that makes a job's final. Blocking: reads package metadata.

    Raises:
        RefusedError: nothing here is known to be better; says what there is.
        EngineError: the one that is asked for is not there or cannot.
    """
    able = {one.name: one.info for one in list_engines() if _can(one, job) and one.info is not None}
    preferred = asked or workspace.settings.fix_final_engine
    if preferred:
        if preferred in able:
            return able[preferred]
        if asked:
            names = ", ".join(able) or "nothing"
            raise EngineError(
                ErrorKind.ENGINE_MISSING, f"the engine {asked} cannot {job.verb} here", f"there is {names}"
            )
    own = able.get(job.engine)
    if (
        own is not None
        and job.tier is Tier.DRAFT
        and own.defaults(job.verb, Tier.FINAL) != own.defaults(job.verb, Tier.DRAFT)
    ):
        return own
    models = [info for info in able.values() if info.needs_model and info.name != job.engine]
    if models and not (own is not None and own.needs_model):
        return models[0]
    others = ", ".join(name for name in able if name != job.engine)
    remedy = f"name one: --engine, there is {others}" if others else "reviewtui engines add NAME FOLDER brings a model"
    raise RefusedError(f"nothing here is known to {job.verb} better than {job.engine} did", remedy)


def _can(listing: EngineListing, job: Job) -> bool:
    return listing.available and listing.info is not None and job.verb in listing.info.verbs


def _kept_params(job: Job, info: EngineInfo) -> dict[str, Any]:
    known = {item.name for item in fields(info.params_type)} | COMMON_PARAMS
    return {name: value for name, value in job.params.items() if name in known - _NOT_KEPT}


def _send(tx: Tx, job: Job, base: Version, request: JobRequest) -> int:
    """With the note where it still waits for somebody, without it where it is done."""
    note = None if job.note_id is None else get_note(tx, job.note_id)
    if note is not None and note.state not in NOTE_DONE and note.state is not NoteState.FIXING:
        return send_fix(tx, note, base, request)
    return add_job(tx, get_asset(tx, job.asset_id), base.id, None, job.mask_id, request).id
