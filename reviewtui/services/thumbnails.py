"""Small pictures of versions for lists and the contact sheet: made once through the decoder, kept on disk, bounded.

They are kept by hash in a few sizes, since half cells need a tenth of the pixels that a fine terminal shows. A file
holds a short header, a checksum and packed RGB; what does not check is made again. Nothing here is ever taken for a
version's pixels.
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
from reviewtui.imaging.scaling import view
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.services.content import get_content
from reviewtui.services.workspace import Workspace
from reviewtui.store.versions import get_version

SIDES_PX = (96, 256, 512)
"""Longest sides that are kept; what a room needs is made from the next larger one."""

BUDGET_BYTES = 256 << 20
_SWEEP_EVERY = 256
_HEADER = struct.Struct(">4sHHI")
_MAGIC = b"RvT2"


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

    def load(self, version_id: int, room: PixelSize) -> NDArray[np.uint8]:
        """A version as large as fits into a room. Blocking: some milliseconds when kept, else as decoding takes.

        Args:
            version_id: of the version.
            room: in pixels of the screen.

        Returns:
            RGB, uint8, (height, width, 3); smaller than the room allows when the version or the largest of
            ``SIDES_PX`` is.

        Raises:
            NotFoundError: there is no such version.
            DriftError: its bytes are gone or others.
            InputError: they cannot be decoded any more.
            BusyError: no decoder can be had.
        """
        with self._workspace.store.read() as db:
            version = get_version(db, version_id)
        wanted_px = max(room.width, room.height)
        side_px = next((side for side in SIDES_PX if side >= wanted_px), SIDES_PX[-1])
        path = self._folder / str(side_px) / version.sha256[:2] / f"{version.sha256}.thumb"
        found = _read(path, side_px)
        if found is None:
            with self._workspace.store.read() as db:
                content = get_content(self._workspace, db, version)
            within = PixelSize(side_px, side_px)
            found = self._decoder.load_rgb(content.path, within=within, expect_sha256=version.sha256).rgb
            self._keep(path, found)
        return _within(found, room)

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
    data = _pack(rgb)
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


def _read(path: Path, side_px: int) -> NDArray[np.uint8] | None:
    """A kept thumbnail, or None when it is not there, not whole, or larger than it may be."""
    try:
        with path.open("rb") as file:
            # Packed data may be a little larger than it was.
            data = file.read(_HEADER.size + side_px * side_px * 4)
    except OSError:
        return None
    if len(data) < _HEADER.size:
        return None
    magic, width, height, checksum = _HEADER.unpack_from(data)
    body = data[_HEADER.size :]
    if magic != _MAGIC or not 0 < width <= side_px or not 0 < height <= side_px or zlib.crc32(body) != checksum:
        return None
    return _unpack(body, width, height)


def _pack(rgb: NDArray[np.uint8]) -> bytes:
    """Differences of neighbours, which is half the bytes of a photograph for a millisecond."""
    steps = rgb.copy()
    steps[:, 1:] -= rgb[:, :-1]
    return zlib.compress(steps.tobytes(), 1)


def _unpack(data: bytes, width: int, height: int) -> NDArray[np.uint8] | None:
    size_bytes = width * height * 3
    unpacker = zlib.decompressobj()
    try:
        flat = unpacker.decompress(data, size_bytes)
    except zlib.error:
        return None
    if len(flat) != size_bytes:
        return None
    steps = np.frombuffer(flat, dtype=np.uint8).reshape(height, width, 3)
    return np.add.accumulate(steps, axis=1, dtype=np.uint8)


def _within(rgb: NDArray[np.uint8], room: PixelSize) -> NDArray[np.uint8]:
    """Scaled down until it fits; never enlarged."""
    height, width = rgb.shape[:2]
    factor = min(room.width / width, room.height / height)
    if factor >= 1:
        return rgb
    target = (max(int(width * factor), 1), max(int(height * factor), 1))
    return view(rgb, PixelRect(0, 0, width, height), target)
