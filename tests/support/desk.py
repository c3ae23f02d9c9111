"""A workspace for tests: pictures registered in this process, a scripted clock, and a decoder without children."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from reviewtui.imaging.decode_ops import Source, facts, to_native
from reviewtui.imaging.facts import NativePicture, PictureFacts, PictureInfo
from reviewtui.model.entities import Actor, Version
from reviewtui.model.errors import DriftError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.masks import MaskSpec
from reviewtui.services.ingest import scan
from reviewtui.services.lookup import find_target
from reviewtui.services.workspace import Workspace, open_workspace


@dataclass
class ScriptedClock:
    """Time that passes when told to."""

    at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    elapsed_s: float = 0.0

    def now(self) -> datetime:
        return self.at + timedelta(seconds=self.elapsed_s)

    def monotonic_s(self) -> float:
        return self.elapsed_s

    def advance(self, seconds: float) -> None:
        self.elapsed_s += seconds


@dataclass
class InProcessDecoder:
    """Decodes pictures right here, with the child's own code; only for files that a test wrote."""

    loads: list[Path] = field(default_factory=list)

    def inspect(self, path: bytes | str | Path) -> PictureFacts:
        data = Path(path.decode() if isinstance(path, bytes) else path).read_bytes()
        body = facts(Source(data, 10_000_000))
        info = PictureInfo(body["has_alpha"], body["bit_depth"], body["orientation"], body["has_icc"], body["text"])
        digest = hashlib.sha256(data).hexdigest()
        return PictureFacts(
            digest, len(data), PixelSize(*body["size"]), body["media_type"], body["mode"], body["frames"],
            body["pixel_sha256"], info,
        )  # fmt: skip

    def load_native(self, path: bytes | str | Path, *, expect_sha256: str | None = None) -> NativePicture:
        file = Path(path.decode() if isinstance(path, bytes) else path)
        self.loads.append(file)
        data = file.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        if expect_sha256 not in (None, digest):
            raise DriftError("the file's bytes are not the ones that were registered")
        strips, body, (icc, exif) = to_native(Source(data, 10_000_000))
        width, height = body["size"]
        samples = np.frombuffer(b"".join(strips), "<u2" if body["mode"].endswith("16") else np.uint8)
        channels = samples.size // (width * height)
        pixels = samples.reshape((height, width) if channels == 1 else (height, width, channels))
        return NativePicture(pixels, body["mode"], digest, icc or None, exif or None, body["dpi"], body["text"])


def open_desk(folder: Path, *, clock: Any = None, name: str | None = None, **flags: Any) -> Workspace:
    """An open workspace that takes files at once."""
    flags.setdefault("scan_settle_s", 0.0)
    workspace = open_workspace(folder, flags=flags, clock=clock)
    if name is not None:
        workspace.actor = Actor(name, workspace.actor.login)
    return workspace


def person(workspace: Workspace, name: str) -> Workspace:
    """The same workspace in another person's hands."""
    return Workspace(
        workspace.paths, workspace.store, workspace.blobs, workspace.settings,
        Actor(name, workspace.actor.login), workspace.clock,
    )  # fmt: skip


def paint(path: Path, seed: int = 1, size: tuple[int, int] = (48, 40)) -> Path:
    """A small PNG of noise; another seed, other bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path, "PNG", compress_level=1)
    return path


def register(workspace: Workspace) -> None:
    """Look at the folder once; what lies there becomes versions."""
    scan(workspace, InProcessDecoder())


def head_of(workspace: Workspace, key: str) -> Version:
    """The head of an asset."""
    with workspace.store.read() as db:
        return find_target(workspace, db, key).get_version()


def region(version: Version, rect: tuple[int, int, int, int] = (10, 10, 12, 8), **kwargs: Any) -> MaskSpec:
    """A selection on a version."""
    return MaskSpec(version.size, (PixelRect(*rect),), **kwargs)
