"""Messages between a process and its child: a JSON header and raw byte parts over a stream socket.

Nothing is unpickled, every length is checked before memory is taken, and file descriptors travel beside the prefix.
Must not know what the messages mean.

Wire format: magic ``RvT1``, header length as 32-bit big-endian, then the header ``{"body": …, "parts": [lengths]}``,
then the parts.
"""

import array
import json
import os
import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_PREFIX = struct.Struct(">4sI")
_MAGIC = b"RvT1"
_MAX_PARTS = 64
_CHUNK_BYTES = 1 << 20

Buffer = bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True)
class Limits:
    """What a receiver is willing to take.

    Attributes:
        header_bytes: longest JSON header.
        parts_bytes: all raw parts of one message together.
        descriptors: most file descriptors of one message.
    """

    header_bytes: int = 8 << 20
    parts_bytes: int = 1 << 30
    descriptors: int = 0


@dataclass(slots=True)
class Message:
    """One received message; whoever receives it owns and closes the descriptors."""

    body: dict[str, Any]
    parts: tuple[bytearray, ...] = ()
    descriptors: tuple[int, ...] = ()

    def close(self) -> None:
        """Close the descriptors that came along."""
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.descriptors = ()


def send(
    sock: socket.socket,
    body: dict[str, Any],
    parts: Sequence[Buffer] = (),
    *,
    descriptors: Sequence[int] = (),
    deadline: float | None = None,
) -> None:
    """Send one message. Blocking; one thread at a time per socket.

    Args:
        sock: a stream socket, of the Unix family when descriptors travel.
        body: JSON-ready.
        parts: raw bytes, sent without a copy.
        descriptors: open files that the other side gets as its own.
        deadline: ``time.monotonic()`` value after which it gives up; None waits for ever.

    Raises:
        OSError: the other side is gone (TimeoutError when it did not read in time).
    """
    header = json.dumps({"body": body, "parts": [memoryview(part).nbytes for part in parts]}).encode("ascii")
    _wait_until(sock, deadline)
    prefix = _PREFIX.pack(_MAGIC, len(header))
    if descriptors:
        sent = socket.send_fds(sock, [prefix], list(descriptors))
        prefix = prefix[sent:]
    _send_all(sock, prefix + header, deadline)
    for part in parts:
        _send_all(sock, part, deadline)


def receive(sock: socket.socket, limits: Limits, *, deadline: float | None = None) -> Message:
    """Receive one message. Blocking; one thread at a time per socket.

    Args:
        sock: the socket.
        limits: longest header and parts, most descriptors.
        deadline: ``time.monotonic()`` value after which it gives up; None waits for ever.

    Raises:
        EOFError: the other side closed, between messages or within one.
        ValueError: not one of our messages, or larger than allowed.
        OSError: the socket broke (TimeoutError when the deadline passed).
    """
    prefix, descriptors = _receive_prefix(sock, limits.descriptors, deadline)
    message = Message({}, (), descriptors)
    try:
        magic, header_bytes = _PREFIX.unpack(prefix)
        if magic != _MAGIC or header_bytes > limits.header_bytes:
            raise ValueError("not a message of reviewtui, or its header is too long")
        header = json.loads(_receive_exactly(sock, header_bytes, deadline))
        lengths = _checked_lengths(header, limits)
        message.body = header["body"]
        message.parts = tuple(_receive_exactly(sock, length, deadline) for length in lengths)
    except (OSError, EOFError, ValueError, MemoryError):
        message.close()
        raise
    return message


def _checked_lengths(header: object, limits: Limits) -> list[int]:
    if not isinstance(header, dict) or not isinstance(header.get("body"), dict):
        raise ValueError("a message needs a body")
    lengths = header.get("parts")
    if not isinstance(lengths, list) or len(lengths) > _MAX_PARTS:
        raise ValueError("a message has at most 64 parts")
    if any(type(length) is not int or length < 0 for length in lengths) or sum(lengths) > limits.parts_bytes:
        raise ValueError("the parts of a message are too long")
    return lengths


def _wait_until(sock: socket.socket, deadline: float | None) -> None:
    if deadline is None:
        sock.settimeout(None)
        return
    remaining_s = deadline - time.monotonic()
    if remaining_s <= 0:
        raise TimeoutError("the other process did not answer in time")
    sock.settimeout(remaining_s)


def _send_all(sock: socket.socket, data: Buffer, deadline: float | None) -> None:
    view = memoryview(data).cast("B")
    while view:
        _wait_until(sock, deadline)
        view = view[sock.send(view[:_CHUNK_BYTES]) :]


def _receive_exactly(sock: socket.socket, length: int, deadline: float | None) -> bytearray:
    result = bytearray(length)
    view = memoryview(result)
    while view:
        _wait_until(sock, deadline)
        got = sock.recv_into(view, min(len(view), _CHUNK_BYTES))
        if not got:
            raise EOFError("the other process closed the connection")
        view = view[got:]
    return result


def _receive_prefix(sock: socket.socket, max_descriptors: int, deadline: float | None) -> tuple[bytes, tuple[int, ...]]:
    """The prefix and the descriptors that came beside it; surplus descriptors are closed by the kernel."""
    if not max_descriptors:
        return bytes(_receive_exactly(sock, _PREFIX.size, deadline)), ()
    data = b""
    descriptors: list[int] = []
    room = socket.CMSG_SPACE(max_descriptors * array.array("i").itemsize)
    while len(data) < _PREFIX.size:
        _wait_until(sock, deadline)
        piece, ancillary, _flags, _address = sock.recvmsg(_PREFIX.size - len(data), room, socket.MSG_CMSG_CLOEXEC)
        for level, kind, raw in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                numbers = array.array("i")
                numbers.frombytes(raw[: len(raw) - len(raw) % numbers.itemsize])
                descriptors.extend(numbers)
        if not piece:
            for descriptor in descriptors:
                os.close(descriptor)
            raise EOFError("the other process closed the connection")
        data += piece
    return data, tuple(descriptors)
