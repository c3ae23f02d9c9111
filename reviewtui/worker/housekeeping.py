"""What a worker tidies: left-over temporary files, old feed rows, its own log. Must not touch blobs or facts."""

import contextlib
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reviewtui.services.workspace import SYSTEM, Workspace
from reviewtui.store.feed import prune_changes

#: Nothing is written for this long; younger files may belong to a command that is at work.
ORPHAN_AGE_S = 3600.0
MAX_LOG_BYTES = 4 << 20


def sweep_temporary(workspace: Workspace) -> int:
    """Remove half-written files that a killed process left more than an hour ago; how many."""
    limit = time.time() - ORPHAN_AGE_S
    swept = 0
    with contextlib.suppress(OSError), os.scandir(workspace.paths.temporary) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                if entry.is_file(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_mtime < limit:
                    Path(entry.path).unlink()
                    swept += 1
    return swept


def prune_feed(workspace: Workspace) -> None:
    """Forget feed rows that every reader has seen or will do without. Blocking.

    Raises:
        StoreError: the database failed.
    """
    with workspace.store.write(SYSTEM, durable=False) as tx:
        prune_changes(tx)


@contextmanager
def logging_to(path: Path) -> Iterator[None]:
    """Send this program's log, and what breaks a thread, to a file while the block runs; an overlong one goes aside."""
    with contextlib.suppress(OSError):
        if path.stat().st_size > MAX_LOG_BYTES:
            path.replace(path.with_suffix(".log.old"))
    logger = logging.getLogger("reviewtui")
    handler = logging.FileHandler(path, encoding="utf-8", errors="backslashreplace", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"))
    before, excepthook, raises = logger.propagate, threading.excepthook, logging.raiseExceptions

    def log_thread(died: threading.ExceptHookArgs) -> None:
        assert died.exc_value is not None
        logger.error("a thread broke", exc_info=(died.exc_type, died.exc_value, died.exc_traceback))

    logger.addHandler(handler)
    logger.propagate = False
    # A log that cannot be written, as on a full disk, is no reason to print a traceback for each line.
    logging.raiseExceptions = False
    threading.excepthook = log_thread
    try:
        yield
    finally:
        threading.excepthook = excepthook
        logger.removeHandler(handler)
        logger.propagate = before
        logging.raiseExceptions = raises
        handler.close()
