"""The process that engines live in: ``python -m reviewtui.worker.executors.child FD JSON``.

Takes one run at a time, keeps loaded engines warm, listens for a cancel request while an engine works, and ends when
the dispatcher is gone. After an error that nobody foresaw it reports and ends: its state is not to be trusted.
"""

import contextlib
import json
import os
import queue
import resource
import socket
import sys
import threading
import traceback
from types import TracebackType
from typing import Any

from reviewtui.engines.base import Engine
from reviewtui.engines.registry import load_engine, load_target
from reviewtui.imaging.framing import receive, send
from reviewtui.model.errors import EngineError
from reviewtui.model.runs import RunEvent, RunSpec
from reviewtui.worker.executors.running import perform, unexpected
from reviewtui.worker.executors.wire import LIMITS, event_to_wire, spec_from_wire

_NICENESS = 10
_STATUS_UNTRUSTED = 70


def main() -> None:
    """Serve runs until the dispatcher closes the socket."""
    options = json.loads(sys.argv[2])
    os.nice(_NICENESS)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if options["memory_bytes"]:
        resource.setrlimit(resource.RLIMIT_AS, (options["memory_bytes"],) * 2)
    server = _Server(socket.socket(fileno=int(sys.argv[1])), options["engines"])
    sys.excepthook = server.report_unexpected
    server.serve(options["warm"])


class _Server:
    """Reads requests in a thread of its own, so that a cancel request is heard while an engine works."""

    def __init__(self, sock: socket.socket, targets: dict[str, str]) -> None:
        self._sock = sock
        self._targets = targets
        self._engines: dict[str, Engine] = {}
        self._runs: queue.Queue[RunSpec] = queue.Queue()
        self._cancelled: set[tuple[int, int]] = set()
        self._current: RunSpec | None = None

    def serve(self, warm: list[str]) -> None:
        """Load what is wanted warm, say so, and run what comes."""
        threading.Thread(target=self._listen, name="requests", daemon=True).start()
        for name in warm:
            with contextlib.suppress(EngineError):  # a run that wants it will say so
                engine = self._get_engine(name)
                engine.load(engine.info.device)
        self._send({"event": "Ready"}, [])
        while True:
            spec = self._current = self._runs.get()
            event = perform(spec, self._get_engine, self._emit, self._is_cancelled)
            self._current = None
            self._emit(event)

    def report_unexpected(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Last words: the traceback into the log, the run's end to the dispatcher."""
        traceback.print_exception(kind, error, trace)
        sys.stderr.flush()
        if self._current is not None:
            body, parts = event_to_wire(unexpected(self._current, error))
            self._send({**body, "is_last": True}, parts)
        os._exit(_STATUS_UNTRUSTED)

    def _listen(self) -> None:
        try:
            while True:
                message = receive(self._sock, LIMITS)
                if message.body["op"] == "cancel":
                    self._cancelled.add((message.body["job_id"], message.body["attempt"]))
                else:
                    self._runs.put(spec_from_wire(message.body, message.parts))
        except (EOFError, OSError, ValueError, KeyError, TypeError, MemoryError):
            # The dispatcher is gone or speaks nonsense: nobody waits for what the engine is doing.
            os._exit(0)

    def _get_engine(self, name: str) -> Engine:
        if name not in self._engines:
            target = self._targets.get(name)
            self._engines[name] = load_target(name, target) if target else load_engine(name)
        return self._engines[name]

    def _is_cancelled(self) -> bool:
        spec = self._current
        return spec is not None and (spec.job_id, spec.attempt) in self._cancelled

    def _emit(self, event: RunEvent) -> None:
        self._send(*event_to_wire(event))

    def _send(self, body: dict[str, Any], parts: list[bytes]) -> None:
        send(self._sock, body, parts)


if __name__ == "__main__":
    main()
