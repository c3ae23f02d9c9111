"""Open workspaces for tests: a folder with pictures, settings that never wait, and a decoder to share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image

from reviewtui.services.workspace import Workspace, open_workspace
from tests.support.pictures import noise, write_jpeg, write_png


class ScriptedClock:
    """A clock that stands still until it is moved; ``wait`` moves it, so that nothing ever sleeps."""

    def __init__(self, now: datetime | None = None) -> None:
        self._now = now or datetime.now(UTC)
        self._monotonic_s = 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic_s(self) -> float:
        return self._monotonic_s

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self._now += timedelta(seconds=seconds)
        self._monotonic_s += seconds


def write_pictures(folder: Path, pictures: Iterable[str] | Mapping[str, int | Image.Image]) -> list[Path]:
    """Files by relative name; a number is the seed of its noise, so equal seeds are equal bytes."""
    named = pictures if isinstance(pictures, Mapping) else {name: seed for seed, name in enumerate(pictures, start=1)}
    paths = []
    for name, content in named.items():
        image = content if isinstance(content, Image.Image) else noise(16, 12, seed=content)
        path = folder / name
        writer = write_jpeg if path.suffix.lower() in {".jpg", ".jpeg"} else write_png
        paths.append(writer(path, image))
    return paths


def make_workspace(
    tmp_path: Path,
    pictures: Iterable[str] | Mapping[str, int | Image.Image] = (),
    *,
    clock: ScriptedClock | None = None,
    state: Path | None = None,
    claimed: str | None = None,
    **flags: Any,
) -> Workspace:
    """An open workspace in ``tmp_path/workspace`` with these pictures, not scanned yet. Close it at the end.

    Args:
        flags: settings by attribute name; ``scan_settle_s`` is 0 unless given, so that nothing waits.
    """
    folder = tmp_path / "workspace"
    folder.mkdir(exist_ok=True)
    write_pictures(folder, pictures)
    flags.setdefault("scan_settle_s", 0.0)
    return open_workspace(folder, state=state, claimed=claimed, flags=flags, clock=clock)
