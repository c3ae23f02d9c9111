"""Stand-ins for the decoder where a test is about what happens around it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from reviewtui.imaging.facts import PictureFacts, PictureInfo
from reviewtui.model.errors import InputError
from reviewtui.model.geometry import PixelSize

PICTURE_HEAD = b"\x89PNG\r\n\x1a\n"


class HashingInspector:
    """Takes any file with the head of a PNG that does not end in ``BROKEN`` for a picture; decodes nothing.

    Attributes:
        inspected: paths, in order.
    """

    def __init__(
        self, before: Callable[[bytes], None] | None = None, after: Callable[[bytes], None] | None = None
    ) -> None:
        """Args: before and after are called with each path around the reading of it."""
        self.inspected: list[bytes] = []
        self._before = before
        self._after = after

    def inspect(self, path: bytes) -> PictureFacts:
        self.inspected.append(path)
        if self._before is not None:
            self._before(path)
        data = Path(os.fsdecode(path)).read_bytes()
        if self._after is not None:
            self._after(path)
        if data.endswith(b"BROKEN"):
            raise InputError("broken picture: image file is truncated")
        digest = hashlib.sha256(data).hexdigest()
        return PictureFacts(
            digest, len(data), PixelSize(4, 3), "image/png", "RGB", 1, digest, PictureInfo(False, 8, 1, False, {})
        )


def write_fake(path: Path, content: str) -> Path:
    """A file that ``HashingInspector`` takes for a picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(PICTURE_HEAD + content.encode())
    return path
