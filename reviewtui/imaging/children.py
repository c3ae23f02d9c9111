"""Child processes that talk over a socket pair and never outlive their parent. Must not know what they do.

A child is found by module name, not by what lies in the current folder: a workspace may contain a file ``PIL.py``.
"""

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import reviewtui

_OOM_SCORE_ADJ = "800"
"""Between 0, the usual, and 1000, which is always ended first: as if it held 80 % of the memory more than it does."""

_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV")


@dataclass(slots=True)
class Child:
    """A running child and the parent's end of the socket pair."""

    process: subprocess.Popen[bytes]
    sock: socket.socket

    def stop(self) -> None:
        """Kill it at once and collect it; calling again does nothing. Waits a few milliseconds."""
        self.sock.close()
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
            self.process.wait()

    def how_it_ended(self) -> str:
        """How the process ended, in words. Kills it first when it still runs a second after it closed its socket."""
        is_ours = False
        try:
            status = self.process.wait(timeout=1.0)
        except subprocess.TimeoutExpired:
            is_ours = True
            self.stop()
            status = self.process.returncode
        if status >= 0:
            return f"it exited with status {status}"
        if status == -signal.SIGKILL and not is_ours:
            return "it was ended by SIGKILL, as the system does when memory runs out"
        try:
            return f"it was ended by {signal.Signals(-status).name}"
        except ValueError:
            return f"it was ended by signal {-status}"


def spawn_child(
    module: str,
    arguments: Sequence[str] = (),
    *,
    environment: Mapping[str, str] | None = None,
    output: IO[bytes] | None = None,
) -> Child:
    """Start ``python -m module FD arguments…`` in a session of its own, with the other end of a socket pair as FD.

    Args:
        module: a module of this package with a ``main()``.
        arguments: after the descriptor number.
        environment: added to the few variables that are passed on.
        output: where its standard output and error go; None discards them. Never the terminal.

    Raises:
        OSError: no process or no descriptor can be had.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    package_root = str(Path(reviewtui.__file__).resolve().parent.parent)
    sink = subprocess.DEVNULL if output is None else output
    try:
        process = subprocess.Popen(
            [sys.executable, "-P", "-s", "-m", module, str(theirs.fileno()), *arguments],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            cwd="/",
            env={**passed_on, "PYTHONPATH": package_root, **(environment or {})},
            start_new_session=True,
        )
    except OSError:
        ours.close()
        raise
    finally:
        theirs.close()
    # When the machine has no memory left the kernel ends a child, not the desk or the worker. Not every system has it.
    with contextlib.suppress(OSError):
        Path(f"/proc/{process.pid}/oom_score_adj").write_text(_OOM_SCORE_ADJ, encoding="ascii")
    return Child(process, ours)


def end_with_parent(sock: socket.socket) -> None:
    """In a child: end this process as soon as the other end of the socket is closed, whatever it is doing.

    A thread waits for the hang-up. (A parent-death signal would fire when the *thread* that spawned the child ends.)
    """
    poller = select.poll()
    poller.register(sock.fileno(), select.POLLRDHUP)

    def wait() -> None:
        poller.poll()
        os._exit(0)

    threading.Thread(target=wait, name="parent-watch", daemon=True).start()
