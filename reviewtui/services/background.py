"""Who is there: the one worker of a workspace, and the desks and commands that need it.

Presence is a shared lock on a file, the worker an exclusive one on another: a kill releases both.
"""

import fcntl
import os
import subprocess
import sys
import threading
from pathlib import Path

from reviewtui.model.errors import StoreError
from reviewtui.services.workspace import Workspace
from reviewtui.settings.paths import WorkspacePaths


class HeldLock:
    """A lock on a file that lives as long as this object or its process."""

    def __init__(self, descriptor: int) -> None:
        """Own an open descriptor that is locked."""
        self._descriptor = descriptor

    def release(self) -> None:
        """Let go; again does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def write(self, text: str) -> None:
        """Replace the file's text, such as the holder's process id."""
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, text.encode(), 0)


def try_lock(path: Path, *, shared: bool = False) -> HeldLock | None:
    """Lock a file, or None when somebody else holds it.

    Raises:
        StoreError: the file cannot be opened.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(f"cannot open {path}: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return HeldLock(descriptor)


def announce_presence(workspace: Workspace) -> HeldLock | None:
    """Say that a desk or a waiting command needs the worker; hold the result as long as it does."""
    return try_lock(workspace.paths.presence_lock, shared=True)


def is_anybody_present(paths: WorkspacePaths) -> bool:
    """Whether a desk or a waiting command needs the worker."""
    lock = try_lock(paths.presence_lock)
    if lock is None:
        return True
    lock.release()
    return False


def is_worker_running(paths: WorkspacePaths) -> bool:
    """Whether a worker holds its lock."""
    lock = try_lock(paths.worker_lock)
    if lock is None:
        return True
    lock.release()
    return False


def ensure_worker(workspace: Workspace) -> bool:
    """Start the background worker unless one runs; whether one was started. Any thread.

    It gets a session of its own, so that it survives the desk, and writes to ``worker.log``. Two starters at once are
    harmless: the second worker finds the lock taken and ends.

    Raises:
        StoreError: it cannot be started.
    """
    paths = workspace.paths
    if workspace.store.read_only or is_worker_running(paths):
        return False
    command = [sys.executable, "-m", "reviewtui", "worker", str(paths.root), "--state", str(paths.state)]
    environment = dict(os.environ)
    environment["REVIEWTUI_WORKER_IDLE_S"] = str(workspace.settings.worker_idle_s)
    try:
        with paths.worker_log.open("ab") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=environment,
                start_new_session=True,
                close_fds=True,
            )
    except OSError as error:
        raise StoreError(f"cannot start the background worker: {error.strerror}") from error
    # Reaped whenever it ends, so that a long-lived desk keeps no zombie.
    threading.Thread(target=process.wait, name="worker-reaper", daemon=True).start()
    return True
