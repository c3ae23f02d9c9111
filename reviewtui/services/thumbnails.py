"""Small pictures of versions for a contact sheet: made once through the decoder, kept on disk by hash, bounded.

A file holds a short header, a checksum and raw RGB; what does not check is made again. Nothing here is ever taken for
a version's pixels.
"""

import contextlib
import os
import struct
import tempfile
import threading
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reviewtui.imaging.decoding import Decoder
from reviewtui.model.geometry import PixelSize
from reviewtui.services.content import get_content
from reviewtui.services.workspace import Workspace
from reviewtui.store.versions import get_version

SIDE_PX = 96
BUDGET_BYTES = 256 << 20
_SWEEP_EVERY = 256
_HEADER = struct.Struct(">4sHHI")
_MAGIC = b"RvTh"


class Thumbnails:
    """Thumbnails of one workspace. Any thread; two threads that make the same one do so without harm.

    Args:
        budget_bytes: what the files together may hold; the least recently made go first.
    """

    def __init__(self, workspace: Workspace, decoder: Decoder, budget_bytes: int = BUDGET_BYTES) -> None:
        self._workspace = workspace
        self._decoder = decoder
        self._budget_bytes = budget_bytes
        self._folder = workspace.paths.cache / "thumbs"
        self._lock = threading.Lock()
        self._written = 0

    def load(self, version_id: int) -> NDArray[np.uint8]:
        """A version small. Blocking: a millisecond when kept, else as long as decoding takes.

        Returns:
            RGB, uint8, (height, width, 3), no side longer than ``SIDE_PX``.

        Raises:
            NotFoundError: there is no such version.
            DriftError: its bytes are gone or others.
            InputError: they cannot be decoded any more.
            BusyError: no decoder can be had.
        """
        with self._workspace.store.read() as db:
            version = get_version(db, version_id)
        path = self._folder / version.sha256[:2] / f"{version.sha256}.thumb"
        found = _read(path)
        if found is None:
            with self._workspace.store.read() as db:
                content = get_content(self._workspace, db, version)
            within = PixelSize(SIDE_PX, SIDE_PX)
            found = self._decoder.load_rgb(content.path, within=within, expect_sha256=version.sha256).rgb
            self._keep(path, found)
        return found

    def _keep(self, path: Path, rgb: NDArray[np.uint8]) -> None:
        # A cache that cannot be written costs time, nothing else.
        with contextlib.suppress(OSError):
            _write(path, rgb)
        with self._lock:
            self._written += 1
            sweeps = self._written % _SWEEP_EVERY == 1
        if sweeps:
            self.sweep()

    def sweep(self) -> None:
        """Remove the oldest files beyond the budget. Blocking."""
        files: list[tuple[float, int, str]] = []
        for folder, _, names in os.walk(self._folder):
            for name in names:
                place = os.path.join(folder, name)  # noqa: PTH118 - thousands of them
                with contextlib.suppress(OSError):
                    status = os.stat(place, follow_symlinks=False)  # noqa: PTH116
                    files.append((status.st_mtime, status.st_size, place))
        held = sum(size for _, size, _ in files)
        for _, size, place in sorted(files):
            if held <= self._budget_bytes:
                break
            with contextlib.suppress(OSError):
                Path(place).unlink()
            held -= size


def _write(path: Path, rgb: NDArray[np.uint8]) -> None:
    """Atomic: another desk sees a whole file or none."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    data = np.ascontiguousarray(rgb).tobytes()
    descriptor, partial = tempfile.mkstemp(dir=path.parent, suffix=".partial")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(_HEADER.pack(_MAGIC, rgb.shape[1], rgb.shape[0], zlib.crc32(data)))
            file.write(data)
        Path(partial).replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            Path(partial).unlink()
        raise


def _read(path: Path) -> NDArray[np.uint8] | None:
    """A kept thumbnail, or None when it is not there or not whole."""
    try:
        with path.open("rb") as file:
            data = file.read(_HEADER.size + SIDE_PX * SIDE_PX * 3 + 1)
    except OSError:
        return None
    if len(data) < _HEADER.size:
        return None
    magic, width, height, checksum = _HEADER.unpack_from(data)
    body = data[_HEADER.size :]
    if magic != _MAGIC or not width or not height or len(body) != width * height * 3 or zlib.crc32(body) != checksum:
        return None
    return np.frombuffer(body, dtype=np.uint8).reshape(height, width, 3)
