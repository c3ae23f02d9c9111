"""Pixels of versions for the screen: decoded in the limited process, kept in a cache bounded in bytes."""

import threading
from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from reviewtui.imaging.decoding import Decoder
from reviewtui.imaging.facts import DecodedPicture
from reviewtui.imaging.scaling import view
from reviewtui.model.entities import Version
from reviewtui.model.errors import InputError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.services.content import get_content
from reviewtui.services.workspace import Workspace

PROXY_SIDE_PX = 1024
BUDGET_BYTES = 384 << 20


class Renditions:
    """Parts of versions at screen size. Any thread; a version is decoded once, whoever asks.

    A small proxy answers whatever it is sharp enough for; the full picture is decoded when somebody looks closer.

    Args:
        budget_bytes: decoded pixels that are kept.
    """

    def __init__(self, workspace: Workspace, decoder: Decoder, budget_bytes: int = BUDGET_BYTES) -> None:
        self._workspace = workspace
        self._decoder = decoder
        self._budget_bytes = budget_bytes
        self._guard = threading.Lock()
        self._kept: OrderedDict[tuple[str, bool], DecodedPicture] = OrderedDict()
        self._locks: dict[tuple[str, bool], threading.Lock] = {}
        self._alpha: tuple[str, NDArray[np.uint8]] | None = None

    def load(self, version: Version, box: PixelRect, target: PixelSize) -> NDArray[np.uint8]:
        """A part of a version at the size of the screen. Blocking.

        Args:
            box: inside the version, in its pixels.
            target: size of the answer.

        Returns:
            RGB, uint8, (target.height, target.width, 3).

        Raises:
            DriftError: the version's bytes are gone or others.
            InputError: they cannot be decoded any more.
            BusyError: no decoder can be had.
        """
        needed = max(target.width / box.width, target.height / box.height)
        proxy_factor = min(1.0, PROXY_SIDE_PX / max(version.size.width, version.size.height))
        picture = self._decoded(version, full=needed > proxy_factor)
        factor = picture.factor
        left, top = int(box.x * factor), int(box.y * factor)
        right = max(left + 1, round(box.right * factor))
        bottom = max(top + 1, round(box.bottom * factor))
        return view(picture.rgb, PixelRect(left, top, right - left, bottom - top), (target.width, target.height))

    def load_full(self, version: Version) -> NDArray[np.uint8]:
        """Every pixel of a version, upright, sRGB. Blocking.

        Returns:
            RGB, uint8, (height, width, 3), read-only.

        Raises:
            DriftError: the version's bytes are gone or others.
            InputError: they cannot be decoded any more.
            BusyError: no decoder can be had.
        """
        return self._decoded(version, full=True).rgb

    def load_alpha(self, version: Version) -> NDArray[np.uint8]:
        """How opaque every pixel of a version is. Blocking; the last one is kept.

        Returns:
            uint8, (height, width), 255 is opaque.

        Raises:
            InputError: it has no alpha channel, or its samples cannot be read exactly.
            DriftError: the version's bytes are gone or others.
            BusyError: no decoder can be had.
        """
        with self._guard:
            kept = self._alpha
        if kept is not None and kept[0] == version.sha256:
            return kept[1]
        with self._workspace.store.read() as db:
            content = get_content(self._workspace, db, version)
        native = self._decoder.load_native(content.path, expect_sha256=version.sha256)
        if not native.has_alpha:
            raise InputError(f"v{version.number} has no alpha channel: every pixel is opaque")
        alpha = native.pixels[:, :, -1].astype(np.uint8)
        with self._guard:
            self._alpha = (version.sha256, alpha)
        return alpha

    def _decoded(self, version: Version, *, full: bool) -> DecodedPicture:
        key = (version.sha256, full)
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            found = self._find(version.sha256, full=full)
            if found is None:
                found = self._decode(version, full=full)
                self._keep(key, found)
        with self._guard:
            self._locks.pop(key, None)
        return found

    def _find(self, sha256: str, *, full: bool) -> DecodedPicture | None:
        with self._guard:
            for key in ((sha256, True),) if full else ((sha256, False), (sha256, True)):
                if key in self._kept:
                    self._kept.move_to_end(key)
                    return self._kept[key]
        return None

    def _decode(self, version: Version, *, full: bool) -> DecodedPicture:
        with self._workspace.store.read() as db:
            content = get_content(self._workspace, db, version)
        within = None if full else PixelSize(PROXY_SIDE_PX, PROXY_SIDE_PX)
        return self._decoder.load_rgb(content.path, within=within, expect_sha256=version.sha256)

    def _keep(self, key: tuple[str, bool], picture: DecodedPicture) -> None:
        with self._guard:
            self._kept[key] = picture
            used = sum(kept.size_bytes for kept in self._kept.values())
            while used > self._budget_bytes and len(self._kept) > 1:
                _, dropped = self._kept.popitem(last=False)
                used -= dropped.size_bytes
