"""Chains of fixes for tests: each made by the real queue, fence and landing, without an engine process."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from reviewtui.engines.base import EngineInfo
from reviewtui.engines.registry import get_info
from reviewtui.imaging.crop import CropRules
from reviewtui.imaging.layouts import as_array
from reviewtui.model.entities import Job, Version
from reviewtui.model.geometry import PixelRect
from reviewtui.model.lifecycle import COMPOSED_VERBS, Verb
from reviewtui.model.masks import MaskSpec
from reviewtui.model.runs import Succeeded
from reviewtui.services.annotate import NoteRequest, write_note
from reviewtui.services.composers import compose_job
from reviewtui.services.fixing import prepare_job
from reviewtui.services.landing import land_composed, land_job
from reviewtui.services.lookup import find_target
from reviewtui.services.workspace import SYSTEM, Workspace
from reviewtui.store.jobs import JobRequest, claim_job
from tests.support.desk import InProcessDecoder

DECODER: Any = InProcessDecoder()
Rect = tuple[int, int, int, int]

#: Said of an engine that samples, without having one.
SAMPLING = EngineInfo("sampling", "for tests", frozenset({Verb.REMOVE}), crop_rules=CropRules(for_model=True))


def version_of(desk: Workspace, name: str) -> Version:
    """The version that a name stands for."""
    with desk.store.read() as db:
        return find_target(desk, db, name).get_version()


def claim(desk: Workspace) -> Job:
    """The next job of the queue."""
    with desk.store.write(SYSTEM) as tx:
        job = claim_job(tx, "w", time.time() + 60)
    assert job is not None
    return job


def edit(
    desk: Workspace,
    name: str,
    rect: Rect,
    shade: int = 200,
    *,
    feather_px: int = 0,
    samples: bool = False,
    remark: str | None = None,
    meanwhile: Callable[[], object] = lambda: None,
    **changes: Any,
) -> Version:
    """Paint a rectangle of a version in one shade, or in noise when it is sampled, as a fix would.

    Args:
        samples: by an engine that samples; else by one that copies.
        remark: what the engine says of it.
        meanwhile: done while the job runs.
    """
    version = version_of(desk, name)
    spec = MaskSpec(version.size, (PixelRect(*rect),), feather_px=feather_px)
    fix = JobRequest(**{"verb": Verb.REMOVE, "engine": "patch", "seed": 7, **changes})
    written = write_note(desk, name, NoteRequest("a flaw", mask=spec, fix=fix))
    assert written.job_id is not None
    job = claim(desk)
    prepared = prepare_job(desk, DECODER, job, find_info=lambda name: SAMPLING if samples else get_info(name))
    meanwhile()
    size = prepared.run.size
    crop: Any = as_array(prepared.run.image_rgb, size, prepared.run.layout).copy()
    white = np.iinfo(crop.dtype).max
    hole = np.frombuffer(prepared.run.mask_l, np.uint8).reshape(size.height, size.width) > 0
    noise = np.random.default_rng(shade).integers(0, white + 1, crop.shape)
    crop[hole] = noise[hole] if samples else shade * (white // 255)
    details = {"passes": int(samples), **({} if remark is None else {"remark": remark})}
    answer = Succeeded(job.id, job.attempt, tuple(crop.tobytes() for _ in range(job.candidates)), 0.5, details)
    [landed] = land_job(desk, DECODER, job, prepared, answer)
    return landed


def compose_next(desk: Workspace) -> Version:
    """Do the composed job at the front of the queue."""
    job = claim(desk)
    assert job.verb in COMPOSED_VERBS
    bench, composition = compose_job(desk, DECODER, job)
    [landed] = land_composed(desk, DECODER, job, bench, composition, 0.1)
    return landed


def pixels_of(desk: Workspace, version: Version) -> Any:
    """Exact samples of a version."""
    from reviewtui.services.content import get_content

    with desk.store.read() as db:
        path = get_content(desk, db, version).path
    return DECODER.load_native(path, expect_sha256=version.sha256).pixels
