"""A TCP proxy on loopback that behaves like a slow, distant link: a rate and a one-way delay in each direction.

    python -m tests.support.slow_link LISTEN TARGET MBIT ONE_WAY_MS
    python -m tests.support.slow_link 2301 2299 1 40      # 1 Mbit/s, 80 ms round trip

LISTEN and TARGET are ports on 127.0.0.1.  Prints 'ready' when it listens and one line of byte counts per closed
connection; stop it with SIGINT or SIGTERM.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import socket
import time

HOST = "127.0.0.1"
CHUNK = 2048
IN_FLIGHT_CHUNKS = 64  # about what a modest router holds; beyond that the sender is held back
SOCKET_BUFFER = 65536


class OneWay:
    """Carries bytes from a reader to a writer at `rate` bytes/s, each chunk `delay` seconds late."""

    def __init__(self, rate: float, delay: float) -> None:
        self.rate, self.delay = rate, delay
        self.total = 0
        self._queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(IN_FLIGHT_CHUNKS)

    async def run(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry until the sender closes, then close the other side's direction."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._receive(reader))
            group.create_task(self._deliver(writer))

    async def _receive(self, reader: asyncio.StreamReader) -> None:
        line_free = time.monotonic()
        while data := await reader.read(CHUNK):
            self.total += len(data)
            line_free = max(time.monotonic(), line_free) + len(data) / self.rate
            await asyncio.sleep(max(0.0, line_free - time.monotonic()))
            await self._queue.put((line_free + self.delay, data))
        await self._queue.put((time.monotonic() + self.delay, b""))

    async def _deliver(self, writer: asyncio.StreamWriter) -> None:
        while True:
            due, data = await self._queue.get()
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            if not data:
                writer.write_eof()
                return
            writer.write(data)
            await writer.drain()


def bounded_socket() -> socket.socket:
    """A TCP socket with a small receive buffer, so that the rate limit reaches the sender."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BUFFER)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return sock


async def serve(listen: int, target: int, rate: float, delay: float) -> None:
    """Accept connections until SIGINT or SIGTERM."""

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up, down = OneWay(rate, delay), OneWay(rate, delay)
        far = bounded_socket()
        far.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(far, (HOST, target))
        except OSError as error:
            print(f"cannot reach {HOST}:{target}: {error.strerror}", flush=True)
            writer.close()
            return
        far_reader, far_writer = await asyncio.open_connection(sock=far, limit=SOCKET_BUFFER // 4)
        for one in (writer, far_writer):
            one.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # A reset by either end closes both, and so does stopping the proxy; there is nobody to tell.
        with contextlib.suppress(OSError, ExceptionGroup, asyncio.CancelledError):
            async with asyncio.TaskGroup() as group:
                group.create_task(up.run(reader, far_writer))
                group.create_task(down.run(far_reader, writer))
        for one in (writer, far_writer):
            one.close()
        print(f"closed: up {up.total} bytes, down {down.total} bytes", flush=True)

    listener = bounded_socket()
    listener.bind((HOST, listen))
    server = await asyncio.start_server(connection, sock=listener, limit=SOCKET_BUFFER // 4)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    print("ready", flush=True)
    await stop.wait()
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("listen", type=int, metavar="LISTEN", help="port to listen on")
    parser.add_argument("target", type=int, metavar="TARGET", help="port to forward to")
    parser.add_argument("mbit", type=float, metavar="MBIT", help="rate per direction in Mbit/s")
    parser.add_argument("one_way_ms", type=float, metavar="ONE_WAY_MS", help="delay per direction in ms")
    args = parser.parse_args()
    asyncio.run(serve(args.listen, args.target, args.mbit * 125_000, args.one_way_ms / 1000))


if __name__ == "__main__":
    main()
