"""Workspaces that are further on: scanned, and with a fix that landed. Made once, copied for each test."""

from __future__ import annotations

import shutil
from pathlib import Path

from reviewtui.engines.registry import load_engine
from reviewtui.imaging.decoding import Decoder
from reviewtui.model.geometry import PixelRect
from reviewtui.model.lifecycle import Flaw
from reviewtui.model.masks import MaskSpec
from reviewtui.services.annotate import NoteRequest, default_fix, write_note
from reviewtui.services.browse import show_asset
from reviewtui.services.ingest import scan
from reviewtui.services.workspace import Workspace, open_workspace
from reviewtui.worker.executors.inline import InlineExecutor
from reviewtui.worker.main import run_worker
from tests.support.pictures import texture, with_blemish
from tests.support.workspaces import make_workspace

BLEMISH = PixelRect(20, 16, 24, 18)


def make_scanned(folder: Path) -> Path:
    """A folder with ``hero`` (two versions, a blemish on the second), ``sub/cat`` and ``[/nope]``, all registered."""
    folder.mkdir(parents=True, exist_ok=True)
    clean = texture(96, 72)
    pictures = {
        "hero_v001.png": clean,
        "hero_v002.png": with_blemish(clean, BLEMISH.as_tuple()),
        "sub/cat.png": texture(64, 48, seed=2),
        "[/nope].png": texture(40, 30, seed=3),
    }
    workspace = make_workspace(folder, pictures)
    with Decoder() as decoder:
        scan(workspace, decoder)
    workspace.close()
    return workspace.paths.root


def add_fix(workspace: Workspace, name: str = "hero", rect: PixelRect = BLEMISH) -> int:
    """Mark a region and have it redone here and now; the note's id."""
    size = show_asset(workspace, name).versions[-1].version.size
    request = NoteRequest("stray patch", Flaw.ARTIFACT, mask=MaskSpec(size, (rect,)), fix=default_fix(workspace))
    written = write_note(workspace, name, request)
    run_jobs(workspace)
    return written.note_id


def run_jobs(workspace: Workspace) -> None:
    """A worker in this process and thread, until the queue is empty."""
    run_worker(workspace, once=True, narrate=lambda words: None, make_executor=lambda *_: InlineExecutor(load_engine))


def copy_of(folder: Path, tmp_path: Path) -> Path:
    """A copy of a workspace's folder with its state, for one test."""
    target = tmp_path / "copy"
    shutil.copytree(folder, target)
    return target


def reopen(folder: Path, claimed: str | None = None) -> Workspace:
    """An open workspace; close it at the end."""
    return open_workspace(folder, claimed=claimed, flags={"scan_settle_s": 0.0})
