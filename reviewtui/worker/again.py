"""Run the recorded job of a version once more and compare bytes. Nothing is landed, moved or written.

The engine starts in a process of its own that has done nothing before and finds no compiled kernels; what it was given
is read again from the parent's bytes and the records.
"""

import hashlib
import io
import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from reviewtui.imaging.decoding import Decoder
from reviewtui.imaging.encode import encode_png
from reviewtui.imaging.facts import NativePicture
from reviewtui.model.entities import Job, Version
from reviewtui.model.errors import EngineError, RefusedError
from reviewtui.model.geometry import PixelRect
from reviewtui.model.lifecycle import COMPOSED_VERBS, ErrorKind
from reviewtui.model.runs import TERMINAL_EVENTS, Executor, Failed, Progressed, RunSpec, Succeeded
from reviewtui.services.avoiding import avoided_from_params
from reviewtui.services.composers import compose_job
from reviewtui.services.content import get_content
from reviewtui.services.fingerprint import engine_fingerprint
from reviewtui.services.fixing import lay_on, prepare_job
from reviewtui.services.lookup import find_target
from reviewtui.services.provenance import with_provenance
from reviewtui.services.workspace import Workspace
from reviewtui.store.jobs import get_job
from reviewtui.store.versions import lineage_params, registered_seq
from reviewtui.worker.dispatcher import Narrate
from reviewtui.worker.executors.local import PASSED_ON, LocalExecutor

_CACHES = frozenset({"TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR"})
_TURN_S = 0.5


@dataclass(frozen=True, slots=True)
class Repeated:
    """What a second run gave.

    Attributes:
        identical: every byte of the file is the same.
        different_px: pixels that differ; 0 when only what lies beside them does.
        engine_hash: of the engine as it was now, and as it was recorded; None when nothing ran or it was not recorded.
    """

    job: Job
    version: Version
    identical: bool
    different_px: int
    largest_delta: int
    seed: int
    sha256: str
    engine_hash: str | None
    recorded_engine_hash: str | None
    seconds: float


@dataclass(frozen=True, slots=True)
class _Made:
    picture: NativePicture
    engine_hash: str | None


def repeat(
    workspace: Workspace,
    decoder: Decoder,
    name: str,
    *,
    narrate: Narrate = lambda words: None,
    executor: Executor | None = None,
) -> Repeated:
    """Do the job behind a version once more. Blocking, as long as the job took and the start of a process.

    Args:
        name: ``key@N``, or a key for the head.
        narrate: told how far it is.
        executor: for tests; None starts an engine process and ends it.

    Raises:
        NotFoundError: nothing is called so.
        RefusedError: no job made that version.
        EngineError: the engine failed, or is not here any more.
        DriftError: bytes that it needs are gone or changed.
        InputError: what was recorded cannot be used.
    """
    with workspace.store.read() as db:
        version = find_target(workspace, db, name).get_version()
        if version.job_id is None:
            raise RefusedError(f"v{version.number} came from a file: no job made it", "name a version that a fix made")
        job = get_job(db, version.job_id)
        content = get_content(workspace, db, version)
        _mask, params = lineage_params(db, version.id)
        at_seq = registered_seq(db, version.id)
    recorded = decoder.load_native(content.path, expect_sha256=version.sha256)
    began_s = time.monotonic()
    if job.verb in COMPOSED_VERBS:
        bench, composition = compose_job(workspace, decoder, job, at_seq=at_seq)
        picture = with_provenance(workspace, bench.base, job, composition.fix.picture, composition.params)
        made = _Made(picture, None)
    else:
        made = _run(workspace, decoder, job, version, at_seq, avoided_from_params(params), narrate, executor)
    sha256 = _hash(made.picture)
    different_px, largest = _difference(recorded, made.picture)
    return Repeated(
        job=job,
        version=version,
        identical=sha256 == version.sha256,
        different_px=different_px,
        largest_delta=largest,
        seed=job.seed + (version.candidate or 0),
        sha256=sha256,
        engine_hash=made.engine_hash,
        recorded_engine_hash=_recorded_hash(job, params),
        seconds=round(time.monotonic() - began_s, 3),
    )


def _run(
    workspace: Workspace,
    decoder: Decoder,
    job: Job,
    version: Version,
    at_seq: int,
    avoided: tuple[PixelRect, ...],
    narrate: Narrate,
    executor: Executor | None,
) -> _Made:
    prepared = prepare_job(workspace, decoder, job, at_seq=at_seq, avoided=avoided)
    seed = prepared.spec.seeds[version.candidate or 0]
    # One that was made in a batch equals one made alone.
    spec = replace(prepared.spec, seeds=(seed,))
    answer = _answer(executor or _fresh(), spec, narrate)
    fix = lay_on(prepared, answer.images_rgb[0], seed)
    picture = with_provenance(workspace, prepared.base, job, fix.picture, prepared.spec.params, seed=seed)
    return _Made(picture, engine_fingerprint(job.engine, answer.details))


def _fresh() -> Executor:
    return LocalExecutor(log_path=None, warm=(), passed_on=tuple(name for name in PASSED_ON if name not in _CACHES))


def _answer(executor: Executor, spec: RunSpec, narrate: Narrate) -> Succeeded:
    executor.start()
    try:
        executor.submit(spec)
        while True:
            for event in executor.events(_TURN_S):
                if isinstance(event, Progressed):
                    narrate(f"{event.message} {event.step}/{event.total}".strip())
                elif isinstance(event, Succeeded):
                    return event
                elif isinstance(event, TERMINAL_EVENTS):
                    kind = event.kind if isinstance(event, Failed) else ErrorKind.WORKER_LOST
                    words = event.message if isinstance(event, Failed) else "the engine process is gone"
                    raise EngineError(kind, words)
    finally:
        executor.close()


def _hash(picture: NativePicture) -> str:
    buffer = io.BytesIO()
    encode_png(picture, buffer)
    return hashlib.sha256(buffer.getvalue()).hexdigest()


def _difference(first: NativePicture, second: NativePicture) -> tuple[int, int]:
    """Changed pixels, and the largest change of one sample; all of them when the layouts differ."""
    if (first.mode, first.size) != (second.mode, second.size):
        return first.size.area_px, 0
    differs = first.pixels != second.pixels
    if not differs.any():
        return 0, 0
    count = int(np.count_nonzero(differs if differs.ndim == 2 else differs.any(axis=2)))
    delta = np.abs(first.pixels[differs].astype(np.int32) - second.pixels[differs].astype(np.int32))
    return count, int(delta.max())


def _recorded_hash(job: Job, params: dict[str, Any]) -> str | None:
    details = params.get("details")
    return engine_fingerprint(job.engine, details) if isinstance(details, dict) else None
