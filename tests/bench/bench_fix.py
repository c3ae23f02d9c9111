"""A 300×220 region of a 2048×1365 frame: request to landed version, against the bare library call and a PNG write."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import patchmatch
from PIL import Image

from reviewtui.engines.base import params_from_data
from reviewtui.engines.registry import get_info
from reviewtui.imaging.crop import context_crop
from reviewtui.imaging.decoding import Decoder
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.lifecycle import Flaw, JobState
from reviewtui.model.masks import MaskSpec
from reviewtui.services.annotate import NoteRequest, default_fix, write_note
from reviewtui.services.background import announce_presence, ensure_worker, is_worker_running
from reviewtui.services.ingest import scan
from reviewtui.services.jobs import find_jobs
from reviewtui.services.workspace import Workspace, open_workspace
from tests.bench.measure import machine
from tests.conftest import SAMPLE_DATA

SIZE = PixelSize(2048, 1365)
REGION = PixelRect(880, 560, 300, 220)
ROUNDS = 5
AIM = 1.5


def fixed_seconds(workspace: Workspace) -> float:
    """One fix of version 1, from the request until its version is in the database."""
    request = NoteRequest("flaw", Flaw.ARTIFACT, mask=MaskSpec(SIZE, (REGION,)), fix=default_fix(workspace))
    began = time.perf_counter()
    job_id = write_note(workspace, "frame@1", request).job_id
    while (job := find_jobs(workspace, job_id)[0]).state in {JobState.QUEUED, JobState.RUNNING}:
        time.sleep(0.002)
    took = time.perf_counter() - began
    assert job.state is JobState.SUCCEEDED, job
    return took


def bare_seconds(frame: Path, target: Path) -> float:
    """The library on the same crop, pasted, and the frame written as PNG at the same level with one fsync."""
    pixels = np.asarray(Image.open(frame).convert("RGB")).copy()
    crop = context_crop(REGION, SIZE, get_info("patch").crop_rules)
    part = np.s_[crop.y : crop.bottom, crop.x : crop.right]
    mask = np.zeros((SIZE.height, SIZE.width), np.uint8)
    mask[REGION.y : REGION.bottom, REGION.x : REGION.right] = 255
    began = time.perf_counter()
    pixels[part] = patchmatch.inpaint(
        np.ascontiguousarray(pixels[part]),
        np.ascontiguousarray(mask[part]),
        patch_size=params_from_data(get_info("patch"), {}).patch_size,
    )
    with target.open("wb") as stream:
        Image.fromarray(pixels).save(stream, "PNG", compress_level=1)
        stream.flush()
        os.fsync(stream.fileno())
    return time.perf_counter() - began


def main() -> None:
    print(machine())
    with tempfile.TemporaryDirectory() as place:
        os.environ["HOME"] = place
        os.environ["REVIEWTUI_WORKER_IDLE_S"] = "0"
        folder = Path(place) / "work"
        folder.mkdir()
        frame = folder / "frame_v001.png"
        with Image.open(SAMPLE_DATA / "campaign" / "meadow_v001.jpg") as meadow:
            meadow.convert("RGB").resize((SIZE.width, SIZE.height), Image.Resampling.LANCZOS).save(frame)
        workspace = open_workspace(folder, flags={"scan_settle_s": 0.0})
        with Decoder() as decoder:
            scan(workspace, decoder)
        presence = announce_presence(workspace)
        ensure_worker(workspace)
        fixed_seconds(workspace)
        ours, bare = [], []
        for _ in range(ROUNDS):
            ours.append(fixed_seconds(workspace))
            bare.append(bare_seconds(frame, Path(place) / "bare.png"))
        if presence is not None:
            presence.release()
        while is_worker_running(workspace.paths):
            time.sleep(0.02)
        workspace.close()
        mine, reference = statistics.median(ours), statistics.median(bare)
        print(f"request to landed version: {mine * 1000:.0f} ms; library call and PNG: {reference * 1000:.0f} ms;")
        print(f"ratio {mine / reference:.2f} (aim at most {AIM:g})")


if __name__ == "__main__":
    main()
