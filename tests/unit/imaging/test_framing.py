"""Messages over a socket: what arrives is what was sent, and nonsense costs nothing."""

import os
import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewtui.imaging.framing import Limits, receive, send

Pair = tuple[socket.socket, socket.socket]
SMALL = Limits(header_bytes=10_000, parts_bytes=10_000, descriptors=2)


@pytest.fixture
def pair() -> Iterator[Pair]:
    first, second = socket.socketpair()
    yield first, second
    first.close()
    second.close()


def soon() -> float:
    return time.monotonic() + 20


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(), lambda inner: st.lists(inner, max_size=3)
)


@settings(max_examples=60, deadline=None)
@given(
    body=st.dictionaries(st.text(max_size=9), json_values, max_size=5),
    parts=st.lists(st.binary(max_size=600), max_size=5),
)
def test_framing__any_message__arrives_as_sent(body: dict[str, object], parts: list[bytes]) -> None:
    first, second = socket.socketpair()
    with first, second:
        send(first, body, parts, deadline=soon())
        message = receive(second, Limits(), deadline=soon())
    assert message.body == body
    assert [bytes(part) for part in message.parts] == parts


def test_framing__parts_beyond_the_socket_buffer__arrive_whole(pair: Pair) -> None:
    data = os.urandom(5_000_000)
    sender = threading.Thread(target=send, args=(pair[0], {"a": 1}, [data, b"", data]))
    sender.start()
    message = receive(pair[1], Limits(), deadline=soon())
    sender.join()
    assert [bytes(part) for part in message.parts] == [data, b"", data]


def test_framing__descriptors__refer_to_the_same_file_and_are_not_inherited(pair: Pair) -> None:
    reader, writer = os.pipe()
    send(pair[0], {}, descriptors=[reader], deadline=soon())
    message = receive(pair[1], SMALL, deadline=soon())
    (got,) = message.descriptors
    os.write(writer, b"x")
    assert os.read(got, 1) == b"x"
    assert not os.get_inheritable(got)
    message.close()
    message.close()
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(got)
    os.close(reader)
    os.close(writer)


@settings(max_examples=150, deadline=None)
@given(raw=st.binary(max_size=60) | st.binary(max_size=60).map(lambda tail: b"RvT1" + tail))
def test_framing__any_bytes__are_refused_not_believed(raw: bytes) -> None:
    first, second = socket.socketpair()
    with first, second:
        first.sendall(raw)
        first.close()
        with pytest.raises((ValueError, EOFError)):
            receive(second, SMALL, deadline=soon())


@pytest.mark.parametrize(
    "header",
    [
        b'{"body": {}, "parts": [99999]}',
        b'{"body": {}, "parts": [-1]}',
        b'{"body": {}, "parts": [true]}',
        b'{"body": {}, "parts": 5}',
        b'{"body": [], "parts": []}',
        b'{"parts": []}',
        b"[]",
        b"not json",
    ],
)
def test_framing__header_that_lies__refused(pair: Pair, header: bytes) -> None:
    pair[0].sendall(struct.pack(">4sI", b"RvT1", len(header)) + header)
    with pytest.raises(ValueError, match=r".+"):
        receive(pair[1], SMALL, deadline=soon())


def test_framing__header_longer_than_allowed__refused_before_it_is_read(pair: Pair) -> None:
    pair[0].sendall(struct.pack(">4sI", b"RvT1", 2**31))
    with pytest.raises(ValueError, match="too long"):
        receive(pair[1], SMALL, deadline=soon())


def test_framing__silent_or_deaf_other_side__gives_up_in_time(pair: Pair) -> None:
    with pytest.raises(TimeoutError):
        receive(pair[1], SMALL, deadline=time.monotonic() + 0.05)
    with pytest.raises(TimeoutError):
        send(pair[0], {}, [bytes(50_000_000)], deadline=time.monotonic() + 0.05)
