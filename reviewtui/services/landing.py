"""A job's results become versions: lay on, check, write, verify, then one transaction behind the fence.

Blobs come first, so that a crash leaves bytes that nobody refers to and never a version without its bytes.
"""

from dataclasses import dataclass, replace
from typing import Any

from reviewtui.imaging.decoding import Decoder
from reviewtui.imaging.facts import NativePicture
from reviewtui.imaging.fixing import FixResult, check_locks
from reviewtui.imaging.locks import LockedRegion
from reviewtui.imaging.passes import PassesMap, add_passes, passes_in
from reviewtui.model.entities import Asset, Job, Proof, Version
from reviewtui.model.errors import EngineError
from reviewtui.model.frames import Frame
from reviewtui.model.lifecycle import AssertedBy, ErrorKind, JobState, NoteState
from reviewtui.model.runs import Succeeded
from reviewtui.services.chaining import send_next
from reviewtui.services.composing import Bench, Composition
from reviewtui.services.fixing import Prepared, lay_on, locks_in
from reviewtui.services.jobs import reopen_note_of
from reviewtui.services.landing_bytes import Candidate, write_candidate
from reviewtui.services.locks import specs_on
from reviewtui.services.passes import load_passes
from reviewtui.services.provenance import with_provenance
from reviewtui.services.rerunning import replaced_head_id, settle_notes
from reviewtui.services.workspace import SYSTEM, Workspace
from reviewtui.store.assets import get_asset, is_approval_standing, move_head
from reviewtui.store.connection import Tx
from reviewtui.store.jobs import add_result, finish_job, get_job, owns_job
from reviewtui.store.notes import get_note, move_note
from reviewtui.store.versions import Parent, add_proof, add_version, find_version_by_bytes


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where results come from, as the record will say.

    Attributes:
        base: the version that they are compared with.
        native: its samples.
        locks: what was locked in it when the pixels were made.
        params: JSON-ready, without the seed.
        sources: ids of versions that lent pixels.
        dropped: versions whose edit is not in the results any more.
        frame: of the results where it is not the base's; ``native`` is in it unless it is scaled.
    """

    base: Version
    native: NativePicture
    locks: tuple[LockedRegion, ...]
    params: dict[str, Any]
    sources: tuple[int, ...] = ()
    dropped: tuple[Version, ...] = ()
    frame: Frame | None = None


def land_job(
    workspace: Workspace, decoder: Decoder, job: Job, prepared: Prepared, succeeded: Succeeded
) -> list[Version]:
    """Turn an engine's results into versions, with lineage, proof, note and head. Blocking: about 0.2 s per megapixel.

    A candidate that breaks a promise is refused; the others land, and the job says which one was refused and why. A
    candidate with the bytes of a version that is there already is bound to that version.

    Returns:
        The versions, by candidate. Empty when the job is no longer this attempt's, or was asked to be cancelled
        meanwhile: then the results were dropped.

    Raises:
        EngineError: no candidate could be used; kind and words of the first one's failure. Nothing was changed.
        StoreError: the disk is full or the database failed; nothing was changed.
        InputError: what was written does not decode; nothing was changed.
    """
    candidates: list[Candidate] = []
    refused: list[EngineError] = []
    parent_passes = load_passes(workspace, decoder, prepared.base)
    for index, raw in enumerate(succeeded.images_rgb):
        seed = prepared.spec.seeds[index]
        try:
            fix = lay_on(prepared, raw, seed)
            passes = _passes(prepared, fix, succeeded, parent_passes)
            metrics = _metrics(workspace, fix, succeeded)
            picture = with_provenance(workspace, prepared.base, job, fix.picture, prepared.spec.params, seed=seed)
            fix = replace(fix, picture=picture)
            candidates.append(
                write_candidate(
                    workspace, decoder, prepared.native, fix, passes, metrics=metrics, index=index, seed=seed
                )
            )
        except EngineError as error:
            refused.append(_named(error, index, job.candidates))
    if not candidates:
        raise refused[0] if refused else EngineError(ErrorKind.ENGINE_CRASHED, "the engine returned nothing", "retry")
    params = {
        **prepared.spec.params,
        "prompt": prepared.spec.params.get("prompt", job.params.get("prompt")),
        "crop": list(prepared.run.crop.as_tuple()),
        "details": succeeded.details,
        **({} if prepared.frame is None else prepared.frame.to_params()),
        **({} if prepared.avoided is None else {"avoided": [list(box.as_tuple()) for box in prepared.avoided]}),
    }
    origin = _Origin(prepared.base, prepared.native, prepared.run.locks, params, frame=prepared.frame)
    return _land(workspace, job, origin, candidates, "; ".join(str(error) for error in refused) or None)


def land_composed(
    workspace: Workspace, decoder: Decoder, job: Job, bench: Bench, composition: Composition, seconds: float
) -> list[Version]:
    """Turn what was composed into a version, as ``land_job`` does.

    Args:
        seconds: how long composing took.

    Raises:
        EngineError, StoreError, InputError: as ``land_job``.
    """
    picture = with_provenance(workspace, bench.base, job, composition.fix.picture, composition.params)
    fix = replace(composition.fix, picture=picture)
    metrics = {**fix.metrics, **_price(workspace, seconds), "patch_px": [fix.box.width, fix.box.height]}
    candidate = write_candidate(
        workspace, decoder, bench.native, fix, composition.passes, metrics=metrics, seed=composition.seed
    )
    sources = tuple(version.id for version in composition.sources)
    origin = _Origin(bench.base, bench.native, bench.locks, composition.params, sources, composition.dropped)
    return _land(workspace, job, origin, [candidate], None)


def _named(error: EngineError, index: int, count: int) -> EngineError:
    if count == 1:
        return error
    return EngineError(error.kind, f"candidate {index + 1} of {count}: {error.message}", error.remedy)


def _passes(
    prepared: Prepared, fix: FixResult, succeeded: Succeeded, parent_passes: PassesMap | None
) -> PassesMap | None:
    """An engine that samples has decoded at least once, whether it says so or not; one that copies, never."""
    told = succeeded.details.get("passes")
    decodes = told if isinstance(told, int) else 1
    if not prepared.run.rules.for_model:
        decodes = 0
    if prepared.frame is not None and parent_passes is not None:
        parent_passes = passes_in(parent_passes, prepared.frame)
    size = prepared.native.size if prepared.frame is None else prepared.frame.size
    return add_passes(parent_passes, size, fix.box, fix.alpha, decodes)


def _metrics(workspace: Workspace, fix: FixResult, succeeded: Succeeded) -> dict[str, Any]:
    """The proof line; time and cost are this candidate's share of the run."""
    metrics = dict(fix.metrics)
    sampled = succeeded.details.get("megapixels_sampled")
    if isinstance(sampled, int | float):
        metrics["megapixels_sampled"] = sampled
    metrics.update(_price(workspace, succeeded.seconds / len(succeeded.images_rgb)))
    metrics["patch_px"] = [fix.box.width, fix.box.height]
    return metrics


def _price(workspace: Workspace, seconds: float) -> dict[str, Any]:
    """Cost is null until a price is set."""
    per_hour = workspace.settings.cost_per_hour
    return {"seconds": round(seconds, 3), "cost": round(seconds * per_hour / 3600, 6) if per_hour else None}


# --- the transaction


def _land(
    workspace: Workspace, job: Job, origin: _Origin, candidates: list[Candidate], words: str | None
) -> list[Version]:
    with workspace.store.write(SYSTEM) as tx:
        if not owns_job(tx, job):
            return []
        if get_job(tx, job.id).cancel_requested_at is not None:
            finish_job(tx, job, JobState.CANCELLED)
            reopen_note_of(tx, job, f"job {job.id} cancelled")
            return []
        _check_new_locks(tx, origin, candidates)
        return _commit(tx, job, origin, candidates, words)


def _check_new_locks(tx: Tx, origin: _Origin, candidates: list[Candidate]) -> None:
    """Somebody may have locked more while the job ran; of a lock that came as a picture the bounds count.

    Raises:
        EngineError: kind ``lock_broken``: a result changed it.
    """
    known = {lock.spec for lock in origin.locks}
    specs = locks_in(specs_on(tx, origin.base), origin.frame)
    if specs and origin.frame is not None and origin.frame.factor != 1:
        raise EngineError(ErrorKind.LOCK_BROKEN, "a region was locked meanwhile", "lift the lock if it may change")
    newer = tuple(LockedRegion(replace(spec, raster_sha256=None)) for spec in specs if spec not in known)
    for candidate in candidates:
        check_locks(origin.native, candidate.fix.picture.pixels, newer)


def _commit(tx: Tx, job: Job, origin: _Origin, candidates: list[Candidate], words: str | None) -> list[Version]:
    asset = get_asset(tx, job.asset_id)
    versions = [_register(tx, asset, job, origin, candidate) for candidate in candidates]
    alone = job.candidates == 1 and not job.params.get("variants")
    replaced = replaced_head_id(job, origin.base)
    if alone and replaced == asset.head_id and not is_approval_standing(tx, asset.id):
        move_head(tx, asset, versions[0].id, versions[0].number, f"job {job.id}")
        settle_notes(tx, job, origin.dropped, versions[0])
    numbers = ", ".join(f"v{version.number}" for version in versions)
    _claim_fixed(tx, job, numbers)
    finish_job(tx, job, JobState.SUCCEEDED, error=words)
    send_next(tx, job, versions[0])
    return versions


def _register(tx: Tx, asset: Asset, job: Job, origin: _Origin, candidate: Candidate) -> Version:
    version = find_version_by_bytes(tx, candidate.blob.sha256, asset.id)
    if version is None:
        params = {**origin.params, "engine": job.engine, "tier": job.tier, "seed": candidate.seed}
        parent = Parent(origin.base.id, job.verb, AssertedBy.JOB, job.mask_id, job.id, params)
        version = add_version(
            tx,
            asset,
            candidate.blob,
            job_id=job.id,
            candidate=candidate.index,
            parent=parent,
            sources=origin.sources,
        )
        add_proof(tx, _proof(version, job, candidate))
    add_result(tx, job.id, candidate.index, version.id)
    return version


def _proof(version: Version, job: Job, candidate: Candidate) -> Proof:
    return Proof(
        version_id=version.id,
        job_id=job.id,
        box=candidate.fix.box,
        edge_px=candidate.fix.metrics["edge_px"],
        metrics=candidate.metrics,
        patch_sha256=candidate.patch_sha256,
        alpha_sha256=candidate.alpha_sha256,
        raw_sha256=candidate.raw_sha256,
        passes_sha256=candidate.passes_sha256,
    )


def _claim_fixed(tx: Tx, job: Job, numbers: str) -> None:
    """The note waits for a person to verify, unless somebody ended it meanwhile or another job is at it."""
    if job.note_id is None:
        return
    note = get_note(tx, job.note_id)
    if note.job_id == job.id and note.state in (NoteState.FIXING, NoteState.OPEN, NoteState.REOPENED):
        move_note(tx, note, NoteState.TO_VERIFY, why=f"job {job.id} made {numbers}")
