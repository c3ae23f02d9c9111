"""What a running fix looks like meanwhile: every step is seen, and it is the running job's."""

from __future__ import annotations

import time

import numpy as np

from reviewtui.imaging.decoding import Decoder
from reviewtui.model.entities import Job
from reviewtui.model.geometry import PixelRect
from reviewtui.model.lifecycle import Flaw, Verb
from reviewtui.model.masks import MaskSpec
from reviewtui.services.annotate import NoteRequest, write_note
from reviewtui.services.previews import Preview, drop_preview, write_preview
from reviewtui.services.workspace import SYSTEM, Workspace
from reviewtui.store.jobs import JobRequest, claim_job, report_progress
from tests.support.robot import Robot, at_desk

BOX = PixelRect(20, 20, 30, 24)


def send(desk: Robot) -> None:
    version = desk.desk.state.shown_version
    assert version is not None
    fix = JobRequest(verb=Verb.REMOVE, engine="patch", seed=7)
    mask = MaskSpec(version.size, (BOX,))
    write_note(desk.workspace, "hero", NoteRequest("a flaw", Flaw.OTHER, mask=mask, fix=fix))


def claim(desk: Robot) -> Job:
    with desk.workspace.store.write(SYSTEM) as tx:
        job = claim_job(tx, "w", time.time() + 600)
    assert job is not None
    return job


def step(desk: Robot, job: Job, number: int) -> None:
    """As a worker does after a step of a model: pixels first, then the word."""
    write_preview(desk.workspace, job.id, Preview(BOX, np.full((BOX.height, BOX.width, 3), 40 * number, np.uint8)))
    with desk.workspace.store.write(SYSTEM) as tx:
        report_progress(tx, job, number / 6, f"step {number}", time.time() + 600)


def seen(desk: Robot) -> int | None:
    patch = desk.desk.single._patch
    return None if patch is None else int(patch.rgb[0, 0, 0])


async def test_preview__another_job_waits_behind_it__shows_every_step_of_the_running_one(
    plain: Workspace, decoder: Decoder
) -> None:
    async with at_desk(plain, decoder) as desk:
        await desk.keys("j", "Enter")
        await desk.ready(2)
        send(desk)
        job = claim(desk)
        send(desk)
        for number in (1, 2, 3):
            step(desk, job, number)
            await desk.wait_until(lambda wanted=40 * number: seen(desk) == wanted, "the step is on the screen")  # type: ignore[misc]
        assert not desk.desk.picture.armed
        drop_preview(desk.workspace, job.id)
