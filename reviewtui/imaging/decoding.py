"""Decode pictures in a limited child process; the caller's process never parses a file from outside.

The parent opens the file, the child reads that same descriptor once, so the hash is of exactly the decoded bytes. Must
not import Pillow.
"""

import fcntl
import logging
import mmap
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from reviewtui.imaging.children import Child, spawn_child
from reviewtui.imaging.facts import DecodedPicture, NativePicture, PictureFacts, PictureInfo
from reviewtui.imaging.files import open_regular
from reviewtui.imaging.framing import Limits, Message, receive, send
from reviewtui.model.errors import BusyError, DriftError, InputError
from reviewtui.model.geometry import PixelSize

DEFAULT_MAX_PIXELS = 300_000_000
DEFAULT_MEMORY_BYTES = 4 << 30
_ANSWER_LIMITS = Limits(parts_bytes=1 << 28, descriptors=1)
_MODULE = "reviewtui.imaging.decode_child"
_CHANNELS = {"RGB": 3, "RGBA": 4, "LA": 2, "L": 1, "I;16": 1, "RGB;16": 3, "RGBA;16": 4}
_MUST_BE_SEALED = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_WRITE
_SINGLE_THREADED = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}

_log = logging.getLogger(__name__)

PathLike = bytes | str | Path


@dataclass(slots=True)
class _Answer:
    body: dict[str, Any]
    parts: tuple[bytearray, ...]
    pixels: mmap.mmap | None


class _ChildGoneError(Exception):
    """The child ended instead of answering; carries how."""


class Decoder:
    """Decodes files in at most two child processes, started when first needed and kept warm.

    Thread-safe; every method is blocking: call from a thread. A child that crashes, hangs or takes too much memory is
    replaced, and the file is refused in words.
    """

    def __init__(
        self,
        *,
        timeout_s: float = 30.0,
        memory_bytes: int = DEFAULT_MEMORY_BYTES,
        max_pixels: int = DEFAULT_MAX_PIXELS,
        processes: int = 2,
    ) -> None:
        """Remember the limits; nothing is started yet.

        Args:
            timeout_s: longest time for one file.
            memory_bytes: address space of a child.
            max_pixels: largest picture.
            processes: most children at a time; further callers wait.
        """
        self._timeout_s = timeout_s
        self._memory_bytes = memory_bytes
        self._max_pixels = max_pixels
        self._slots = threading.BoundedSemaphore(processes)
        self._lock = threading.Lock()
        self._idle: list[Child] = []
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the idle children; those at work stop after their file. Waits some milliseconds."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for child in idle:
            child.stop()

    def warm_up(self) -> None:
        """Start a child now, so that the first picture does not wait for it. Returns at once.

        Raises:
            BusyError: no process can be had.
        """
        with self._lock:
            if not self._idle and not self._closed:
                self._idle.append(self._spawn())

    def inspect(self, path: PathLike) -> PictureFacts:
        """Hash and decode a file whole.

        Raises:
            InputError: it is no regular file, no picture, broken, too large, or changed meanwhile.
            BusyError: no decoder process can be had.
        """
        body = self._ask(path, "inspect").body
        return PictureFacts(
            sha256=body["sha256"],
            size_bytes=body["size_bytes"],
            size=PixelSize(*body["size"]),
            media_type=body["media_type"],
            mode=body["mode"],
            frames=body["frames"],
            pixel_sha256=body["pixel_sha256"],
            info=PictureInfo(
                has_alpha=body["has_alpha"],
                bit_depth=body["bit_depth"],
                orientation=body["orientation"],
                has_icc=body["has_icc"],
                text=body["text"],
            ),
        )

    def load_rgb(
        self, path: PathLike, *, within: PixelSize | None = None, expect_sha256: str | None = None
    ) -> DecodedPicture:
        """Pixels for the screen: upright, sRGB, a checkerboard behind what is transparent.

        Args:
            path: the file.
            within: reduce so that it fits; never enlarged. None keeps the full size.
            expect_sha256: the bytes that are meant.

        Raises:
            InputError: as ``inspect``.
            DriftError: the file's bytes are others.
            BusyError: no decoder process can be had.
        """
        box = None if within is None else [within.width, within.height]
        answer = self._ask(path, "rgb", within=box, expect_sha256=expect_sha256)
        size, full = PixelSize(*answer.body["size"]), PixelSize(*answer.body["full_size"])
        return DecodedPicture(
            rgb=_as_array(answer.pixels, size, 3), full_size=full, factor=size.width / full.width,
            sha256=answer.body["sha256"],
        )  # fmt: skip

    def load_native(self, path: PathLike, *, expect_sha256: str | None = None) -> NativePicture:
        """Exact samples for fixing.

        Raises:
            InputError: as ``inspect``, or the samples could not be kept exactly outside a fix; says what to do.
            DriftError: the file's bytes are others.
            BusyError: no decoder process can be had.
        """
        answer = self._ask(path, "native", expect_sha256=expect_sha256)
        body, (icc, exif) = answer.body, answer.parts
        size, channels = PixelSize(*body["size"]), _CHANNELS[body["mode"]]
        pixels: NDArray[np.uint8] | NDArray[np.uint16]
        if body["mode"].endswith(";16"):
            raw = _as_array(answer.pixels, PixelSize(size.width * channels * 2, size.height), 1).view("<u2")
            pixels = raw if channels == 1 else raw.reshape(size.height, size.width, channels)
        else:
            pixels = _as_array(answer.pixels, size, channels)
        return NativePicture(
            pixels=pixels,
            mode=body["mode"],
            sha256=body["sha256"],
            icc=bytes(icc) or None,
            exif=bytes(exif) or None,
            dpi=None if body["dpi"] is None else (body["dpi"][0], body["dpi"][1]),
            text=body["text"],
        )

    def measure_text(self, path: PathLike, *, text: str, size_px: int, align: str) -> tuple[PixelSize, str]:
        """Size of the box that a text takes in a font file, and the SHA-256 of that file.

        Raises:
            InputError: no regular file, no font, or it lacks a letter.
            BusyError: no decoder process can be had.
        """
        more = {"text": text, "size_px": size_px, "align": align}
        body = self._ask(path, "text", more=more).body
        return PixelSize(*body["size"]), body["sha256"]

    # --- one request

    def _ask(
        self,
        path: PathLike,
        op: str,
        *,
        within: list[int] | None = None,
        expect_sha256: str | None = None,
        more: dict[str, Any] | None = None,
    ) -> _Answer:
        request = {
            **(more or {}),
            "op": op,
            "within": within,
            "expect_sha256": expect_sha256,
            "max_pixels": self._max_pixels,
            "timeout_s": self._timeout_s,
        }
        descriptor = open_regular(path)
        try:
            with self._slots:
                answer = self._answer_of(request, descriptor)
        finally:
            os.close(descriptor)
        if "drift" in answer.body:
            raise DriftError(
                f"the file's bytes are not the ones that were registered (SHA-256 {answer.body['drift'][:12]}…)"
            )
        if "error" in answer.body:
            raise InputError(answer.body["error"], answer.body["remedy"])
        return answer

    def _answer_of(self, request: dict[str, Any], descriptor: int) -> _Answer:
        child, is_fresh = self._take()
        try:
            return self._converse(child, request, descriptor)
        except _ChildGoneError as gone:
            if is_fresh:
                raise InputError(f"the decoder did not survive this file: {gone}") from gone
        # A warm child may have died of something else; a fresh one settles whether it is this file.
        child = self._spawn()
        try:
            return self._converse(child, request, descriptor)
        except _ChildGoneError as gone:
            raise InputError(f"the decoder did not survive this file: {gone}") from gone

    def _converse(self, child: Child, request: dict[str, Any], descriptor: int) -> _Answer:
        """One question and its answer; the child goes back to the idle ones, or is stopped."""
        deadline = time.monotonic() + self._timeout_s
        healthy = False
        try:
            send(child.sock, request, descriptors=[descriptor], deadline=deadline)
            message = receive(child.sock, _ANSWER_LIMITS, deadline=deadline)
            answer = _unpack(message)
            healthy = True
        except TimeoutError as error:
            raise InputError(f"decoding took longer than {self._timeout_s:g} s and was stopped") from error
        except (OSError, EOFError, ValueError, KeyError) as error:
            ending = child.how_it_ended()
            _log.warning("decoder child gone: %s (%s)", ending, error)
            raise _ChildGoneError(ending) from error
        finally:
            self._give_back(child, healthy=healthy)
        return answer

    def _take(self) -> tuple[Child, bool]:
        with self._lock:
            if self._closed:
                raise BusyError("the decoder is closed")
            if self._idle:
                return self._idle.pop(), False
        return self._spawn(), True

    def _spawn(self) -> Child:
        try:
            return spawn_child(_MODULE, [str(self._memory_bytes)], environment=_SINGLE_THREADED)
        except OSError as error:
            raise BusyError(f"no decoder process can be started: {error.strerror or error}") from error

    def _give_back(self, child: Child, *, healthy: bool) -> None:
        with self._lock:
            if healthy and not self._closed:
                self._idle.append(child)
                return
        child.stop()


def _unpack(message: Message) -> _Answer:
    """Map the pixels that came along.

    Raises:
        ValueError: the memory is not sealed, so it could change or shrink under us.
    """
    try:
        pixels = None
        if message.descriptors:
            memory = message.descriptors[0]
            if fcntl.fcntl(memory, fcntl.F_GET_SEALS) & _MUST_BE_SEALED != _MUST_BE_SEALED:
                raise ValueError("unsealed pixels")
            # A private mapping: sealed memory refuses shared ones on older kernels, and pages are still not copied.
            pixels = mmap.mmap(memory, os.fstat(memory).st_size, access=mmap.ACCESS_COPY)
        return _Answer(message.body, message.parts, pixels)
    finally:
        message.close()


def _as_array(pixels: mmap.mmap | None, size: PixelSize, channels: int) -> NDArray[np.uint8]:
    if pixels is None or len(pixels) != size.area_px * channels:
        raise InputError("the decoder answered with a wrong number of pixels")
    shape = (size.height, size.width) if channels == 1 else (size.height, size.width, channels)
    array = np.frombuffer(pixels, dtype=np.uint8).reshape(shape)
    array.flags.writeable = False
    return array
