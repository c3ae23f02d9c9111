"""The limited process that reads hostile files: ``python -m reviewtui.imaging.decode_child FD``.

Answers one request at a time on socket FD: reads the descriptor that came along once, hashes and decodes those bytes,
and returns pixels in sealed shared memory. Limits on memory and time are set before the first request. Imports Pillow
and nothing of the application but the protocol.
"""

import contextlib
import fcntl
import hashlib
import os
import resource
import signal
import socket
import sys
from collections.abc import Iterable
from typing import Any

from reviewtui.imaging.children import end_with_parent
from reviewtui.imaging.decode_ops import (
    DECODE_ERRORS,
    Refusal,
    Source,
    check_whole,
    facts,
    in_words,
    strips,
    to_native,
    to_rgb,
)
from reviewtui.imaging.framing import Limits, Message, receive, send
from reviewtui.model.errors import InputError

_REQUEST_LIMITS = Limits(header_bytes=1 << 16, parts_bytes=0, descriptors=1)
_MAX_FILE_BYTES = 1 << 30
_READ_BYTES = 1 << 20
_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL


def main() -> None:
    """Serve requests until the parent closes the socket."""
    sock = socket.socket(fileno=int(sys.argv[1]))
    _limit_this_process(memory_bytes=int(sys.argv[2]))
    end_with_parent(sock)
    with contextlib.suppress(EOFError, ConnectionError):
        while True:
            request = receive(sock, _REQUEST_LIMITS)
            try:
                _serve(sock, request)
            finally:
                request.close()


def _limit_this_process(memory_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    with contextlib.suppress(OSError):
        os.nice(5)


def _serve(sock: socket.socket, request: Message) -> None:
    signal.alarm(int(request.body["timeout_s"]) + 1)
    answer: dict[str, Any]
    parts: list[bytes] = []
    memory: int | None = None
    try:
        answer, parts, memory = _perform(request.body, request.descriptors[0])
    except Refusal as refusal:
        answer = {"error": refusal.message, "remedy": refusal.remedy}
    except DECODE_ERRORS as error:
        answer = {"error": in_words(error), "remedy": ""}
    signal.alarm(0)
    try:
        send(sock, answer, parts, descriptors=() if memory is None else (memory,))
    finally:
        if memory is not None:
            os.close(memory)


def _perform(body: dict[str, Any], descriptor: int) -> tuple[dict[str, Any], list[bytes], int | None]:
    data = _read_stable(descriptor)
    sha256 = hashlib.sha256(data).hexdigest()
    if body["expect_sha256"] not in (None, sha256):
        return {"drift": sha256}, [], None
    if body["op"] == "text":
        return {"sha256": sha256, "size": _measure_text(body, data)}, [], None
    max_pixels = int(body["max_pixels"])
    answer: dict[str, Any] = {"sha256": sha256, "size_bytes": len(data)}
    if body["op"] == "inspect":
        check_whole(data)
        return {**answer, **facts(Source(data, max_pixels))}, [], None
    source = Source(data, max_pixels)
    if body["op"] == "rgb":
        answer["full_size"] = source.full_size
        image = to_rgb(source, tuple(body["within"]) if body["within"] else None)
        return {**answer, "size": image.size}, [], _shared(strips(image))
    samples, about, blocks = to_native(source)
    return {**answer, **about}, blocks, _shared(samples)


def _measure_text(body: dict[str, Any], font: bytes) -> tuple[int, int]:
    from reviewtui.imaging.lettering import MAX_FONT_BYTES, Lettering, measure  # few ask, and it loads FreeType

    lettering = Lettering(str(body["text"]), int(body["size_px"]), str(body["align"]))
    try:
        if len(font) > MAX_FONT_BYTES:
            raise InputError(f"the font is larger than {MAX_FONT_BYTES >> 20} MiB")
        box = measure(lettering, font)
    except InputError as error:
        raise Refusal(error.message, error.remedy) from error
    return box.width, box.height


def _read_stable(descriptor: int) -> bytes:
    """The whole file, read once.

    Raises:
        Refusal: it changed meanwhile, or is too long.
    """
    before = os.fstat(descriptor)
    if before.st_size > _MAX_FILE_BYTES:
        raise Refusal(f"the file has {before.st_size / 1e6:.0f} MB, more than the limit of 1 GiB")
    pieces = []
    position = 0
    while position <= _MAX_FILE_BYTES and (piece := os.pread(descriptor, _READ_BYTES, position)):
        pieces.append(piece)
        position += len(piece)
    after = os.fstat(descriptor)
    if (before.st_size, before.st_mtime_ns, before.st_size) != (after.st_size, after.st_mtime_ns, position):
        raise Refusal("the file changed while it was read", "it is tried again when it is quiet")
    return b"".join(pieces)


def _shared(pieces: Iterable[bytes]) -> int:
    """Descriptor of anonymous memory with the pieces, sealed so that nobody can change or shrink it any more."""
    memory = os.memfd_create("pixels", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        for piece in pieces:
            view = memoryview(piece)
            while view:
                view = view[os.write(memory, view) :]
        fcntl.fcntl(memory, fcntl.F_ADD_SEALS, _SEALS)
    except DECODE_ERRORS:
        os.close(memory)
        raise
    return memory


if __name__ == "__main__":
    main()
