"""A job's results become versions: lay on, check, write, verify, then one transaction behind the fence.

Blobs come first, so that a crash leaves bytes that nobody refers to and never a version without its bytes.
"""

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviewtui.imaging.decoding import Decoder
from reviewtui.imaging.encode import encode_crop, write_png
from reviewtui.imaging.extending import finish_scaled
from reviewtui.imaging.facts import NativePicture, PictureFacts
from reviewtui.imaging.fixing import FixResult, finish
from reviewtui.imaging.pixel_hash import pixel_sha256_of
from reviewtui.model.entities import Asset, Blob, Job, Proof, Version
from reviewtui.model.errors import EngineError, StoreError
from reviewtui.model.lifecycle import AssertedBy, ErrorKind, JobState, NoteState
from reviewtui.model.runs import Succeeded
from reviewtui.services.fixing import Prepared
from reviewtui.services.jobs import reopen_note_of
from reviewtui.services.workspace import SYSTEM, Workspace
from reviewtui.store.assets import get_asset, is_approval_standing, move_head
from reviewtui.store.connection import Tx
from reviewtui.store.jobs import add_result, finish_job, get_job, owns_job
from reviewtui.store.notes import get_note, move_note
from reviewtui.store.versions import Parent, add_proof, add_version, find_version_by_bytes


@dataclass(frozen=True, slots=True)
class _Candidate:
    """One result whose blobs are in the store."""

    index: int
    seed: int
    blob: Blob
    fix: FixResult
    metrics: dict[str, Any]
    patch_sha256: str
    alpha_sha256: str


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
    candidates: list[_Candidate] = []
    refused: list[EngineError] = []
    for index, raw in enumerate(succeeded.images_rgb):
        try:
            candidates.append(_write_candidate(workspace, decoder, prepared, succeeded, index, raw))
        except EngineError as error:
            refused.append(_named(error, index, job.candidates))
    if not candidates:
        raise refused[0] if refused else EngineError(ErrorKind.ENGINE_CRASHED, "the engine returned nothing", "retry")
    words = "; ".join(str(error) for error in refused) or None
    with workspace.store.write(SYSTEM) as tx:
        if not owns_job(tx, job):
            return []
        if get_job(tx, job.id).cancel_requested_at is not None:
            finish_job(tx, job, JobState.CANCELLED)
            reopen_note_of(tx, job, f"job {job.id} cancelled")
            return []
        return _commit(tx, job, prepared, candidates, succeeded, words)


def _named(error: EngineError, index: int, count: int) -> EngineError:
    if count == 1:
        return error
    return EngineError(error.kind, f"candidate {index + 1} of {count}: {error.message}", error.remedy)


# --- bytes


def _write_candidate(
    workspace: Workspace, decoder: Decoder, prepared: Prepared, succeeded: Succeeded, index: int, raw: bytes
) -> _Candidate:
    fix = _finish(prepared, raw, prepared.spec.seeds[index])
    if np.array_equal(_box(prepared.native, fix), _box(fix.picture, fix)):
        raise EngineError(
            ErrorKind.BAD_INPUT, "the engine changed nothing", "mark a larger region, or try another seed or engine"
        )
    alpha_sha256 = workspace.blobs.put(_png(fix.alpha))
    patch_sha256 = None if _is_scaled(prepared) else workspace.blobs.put(_png(fix.patch))
    facts = _write_frame(workspace, decoder, fix.picture)
    return _Candidate(
        index=index,
        seed=prepared.spec.seeds[index],
        blob=_blob_of(facts),
        fix=fix,
        metrics=_metrics(workspace, fix, succeeded),
        # The whole picture is new: it is kept once.
        patch_sha256=patch_sha256 or facts.sha256,
        alpha_sha256=alpha_sha256,
    )


def _is_scaled(prepared: Prepared) -> bool:
    return prepared.frame is not None and prepared.frame.factor != 1


def _finish(prepared: Prepared, raw: bytes, seed: int) -> FixResult:
    """One candidate in its frame, measured."""
    frame = prepared.frame
    if frame is not None and frame.factor != 1:
        return finish_scaled(prepared.native, raw, frame)
    fix = finish(prepared.native, prepared.run, raw, seed=seed)
    if frame is not None:
        fix.metrics.update(frame.to_params())
    return fix


def _box(picture: NativePicture, fix: FixResult) -> NDArray[Any]:
    box = fix.box
    return picture.pixels[box.y : box.bottom, box.x : box.right]


def _png(pixels: NDArray[np.uint8] | NDArray[np.uint16]) -> bytes:
    buffer = io.BytesIO()
    encode_crop(pixels, buffer)
    return buffer.getvalue()


def _write_frame(workspace: Workspace, decoder: Decoder, picture: NativePicture) -> PictureFacts:
    """Write the whole frame, read it back in the limited process, and keep it only if it is the same pixels."""
    partial = workspace.blobs.temporary_file(".png")
    try:
        with ThreadPoolExecutor(1, thread_name_prefix="pixel-hash") as pool:
            hashing = pool.submit(pixel_sha256_of, picture)
            write_png(picture, partial)
            facts = decoder.inspect(partial)
            expected = hashing.result()
        _check_written(picture, facts, expected)
        if workspace.blobs.adopt(partial) != facts.sha256:
            raise StoreError("the result changed on disk while it was stored", "check the disk, then retry the job")
    finally:
        partial.unlink(missing_ok=True)
    return facts


def _check_written(picture: NativePicture, facts: PictureFacts, pixel_sha256: str) -> None:
    same = (
        facts.pixel_sha256 == pixel_sha256
        and facts.size == picture.size
        and facts.info.has_icc == (picture.icc is not None)
        and facts.info.orientation == 1
    )
    if not same:
        raise EngineError(
            ErrorKind.LOCK_BROKEN,
            "the result reads back differently from what was made and was refused",
            "nothing was written; please report it",
        )


def _blob_of(facts: PictureFacts) -> Blob:
    about = {"mode": facts.mode, "frames": facts.frames, **asdict(facts.info)}
    return Blob(facts.sha256, facts.pixel_sha256, facts.size_bytes, facts.size, facts.media_type, about)


def _metrics(workspace: Workspace, fix: FixResult, succeeded: Succeeded) -> dict[str, Any]:
    """The proof line; time and cost are this candidate's share of the run, cost is null until a price is set."""
    seconds = succeeded.seconds / len(succeeded.images_rgb)
    per_hour = workspace.settings.cost_per_hour
    metrics = dict(fix.metrics)
    passes = succeeded.details.get("passes")
    if isinstance(passes, int):
        metrics["passes"] = passes
    sampled = succeeded.details.get("megapixels_sampled")
    if isinstance(sampled, int | float):
        metrics["megapixels_sampled"] = sampled
    metrics["seconds"] = round(seconds, 3)
    metrics["cost"] = round(seconds * per_hour / 3600, 6) if per_hour else None
    metrics["patch_px"] = [fix.box.width, fix.box.height]
    return metrics


# --- the transaction


def _commit(
    tx: Tx, job: Job, prepared: Prepared, candidates: list[_Candidate], succeeded: Succeeded, words: str | None
) -> list[Version]:
    asset = get_asset(tx, job.asset_id)
    versions = [_register(tx, asset, job, prepared, candidate, succeeded) for candidate in candidates]
    if job.candidates == 1 and asset.head_id == prepared.base.id and not is_approval_standing(tx, asset.id):
        move_head(tx, asset, versions[0].id, versions[0].number, f"job {job.id}")
    numbers = ", ".join(f"v{version.number}" for version in versions)
    _claim_fixed(tx, job, numbers)
    finish_job(tx, job, JobState.SUCCEEDED, error=words)
    return versions


def _register(
    tx: Tx, asset: Asset, job: Job, prepared: Prepared, candidate: _Candidate, succeeded: Succeeded
) -> Version:
    version = find_version_by_bytes(tx, candidate.blob.sha256, asset.id)
    if version is None:
        params = {
            **prepared.spec.params,
            "prompt": prepared.spec.params.get("prompt", job.params.get("prompt")),
            "engine": job.engine,
            "tier": job.tier,
            "seed": candidate.seed,
            "crop": list(prepared.run.crop.as_tuple()),
            "details": succeeded.details,
            **({} if prepared.frame is None else prepared.frame.to_params()),
        }
        parent = Parent(prepared.base.id, job.verb, AssertedBy.JOB, job.mask_id, job.id, params)
        version = add_version(tx, asset, candidate.blob, job_id=job.id, candidate=candidate.index, parent=parent)
        add_proof(tx, _proof(version, job, prepared, candidate))
    add_result(tx, job.id, candidate.index, version.id)
    return version


def _proof(version: Version, job: Job, prepared: Prepared, candidate: _Candidate) -> Proof:
    return Proof(
        version_id=version.id,
        job_id=job.id,
        box=candidate.fix.box,
        edge_px=prepared.run.edge_px,
        metrics=candidate.metrics,
        patch_sha256=candidate.patch_sha256,
        alpha_sha256=candidate.alpha_sha256,
    )


def _claim_fixed(tx: Tx, job: Job, numbers: str) -> None:
    """The note waits for a person to verify, unless somebody ended it meanwhile or another job is at it."""
    if job.note_id is None:
        return
    note = get_note(tx, job.note_id)
    if note.job_id == job.id and note.state in (NoteState.FIXING, NoteState.OPEN, NoteState.REOPENED):
        move_note(tx, note, NoteState.TO_VERIFY, why=f"job {job.id} made {numbers}")
