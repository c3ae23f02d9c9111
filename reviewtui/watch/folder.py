"""Watch one folder: inotify where that works, else a request to look at everything every few seconds.

Hints only. What inotify loses without a word (watch limit, queue overflow, root deleted or replaced) is noticed here
and becomes a rescan with a reason. A watcher that polls by itself is not used: it costs half a core and 138 MB for
100 000 files, where the rescan that is needed anyway costs 0.3 s.
"""

import logging
import os
import threading
import time
import warnings
from pathlib import Path
from types import TracebackType
from typing import Self

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers.inotify import InotifyObserver

from reviewtui.model.naming import is_picture_name
from reviewtui.watch.hints import HintBag, Hints
from reviewtui.watch.kernel import count_folders, count_watches

# The kernel is asked for these alone, so that reading a picture wakes nobody.
_EVENTS: list[type[FileSystemEvent]] = [
    FileCreatedEvent, FileModifiedEvent, FileClosedEvent, FileMovedEvent, FileDeletedEvent,
    DirCreatedEvent, DirMovedEvent, DirDeletedEvent,
]  # fmt: skip

_SUPERVISE_S = 1.0
_log = logging.getLogger(__name__)


class FolderWatch:
    """Hints about one folder. ``hints`` is called by one thread; ``close`` by any.

    Attributes:
        kind: ``inotify`` or ``polling``.
        why: why it polls, in words; empty for inotify.
    """

    def __init__(
        self, root: Path, *, skipped: Path | None = None, polling: str | None = None, poll_s: float = 2.0
    ) -> None:
        """Remember what to watch; nothing starts yet.

        Args:
            root: absolute.
            skipped: the state folder, whose changes are of no interest.
            polling: why inotify must not be used, such as a network file system; None to use it.
            poll_s: seconds between requests for a rescan while polling.
        """
        self._root = os.fsencode(root)
        self._skipped = None if skipped is None else os.fsencode(skipped)
        self._poll_s = poll_s
        self._bag = HintBag()
        self._observer: InotifyObserver | None = None
        self._identity: tuple[int, int] | None = None
        self._supervised_at = 0.0
        self._polled_at = 0.0
        self._is_polling_wanted = polling is not None
        self._overflow = _OverflowListener(self._bag)
        self.kind = "polling"
        self.why = polling or "not started"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Begin to watch. Blocking: walks the folders once. Never fails: what cannot be watched is polled."""
        self._polled_at = self._supervised_at = time.monotonic()
        self._identity = self._root_identity()
        if self._is_polling_wanted:
            return
        if self._identity is None:
            self._poll("the folder is gone")
            return
        self._start_inotify()

    def close(self) -> None:
        """Stop; wakes a waiting ``hints``. Calling again does nothing."""
        self._stop_inotify()
        self._bag.wake()

    def hints(self, timeout_s: float) -> Hints:
        """What may have changed since the last call; waits up to ``timeout_s`` for the first hint. Blocking."""
        self._supervise()
        wait_s = min(timeout_s, _SUPERVISE_S)
        until = time.monotonic() + timeout_s
        while True:
            if self.kind == "polling":
                wait_s = min(wait_s, max(0.0, self._polled_at + self._poll_s - time.monotonic()))
            hints = self._bag.take(wait_s)
            if hints or time.monotonic() >= until:
                return hints
            self._supervise()
            wait_s = min(max(0.0, until - time.monotonic()), _SUPERVISE_S)

    def wake(self) -> None:
        """Let a waiting ``hints`` return soon. Any thread."""
        self._bag.wake()

    # --- inotify

    def _start_inotify(self) -> None:
        # The library warns when a folder is seen twice while it is created; nothing follows from it.
        warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"watchdog\.observers")
        self._overflow.attach()
        before = count_watches()
        observer = InotifyObserver()
        try:
            observer.schedule(_Handler(self), os.fsdecode(self._root), recursive=True, event_filter=_EVENTS)
            observer.start()
        except OSError as error:
            self._discard(observer)
            self._poll(f"the system gives no watch ({error.strerror or error}); raise fs.inotify limits")
            return
        held, needed = count_watches() - before, count_folders(self._root)
        if 0 < held < needed and count_watches() - before < count_folders(self._root):
            self._discard(observer)
            self._poll(f"the system watches {held} of {needed} folders; raise fs.inotify.max_user_watches")
            return
        self._observer, self.kind, self.why = observer, "inotify", ""

    def _stop_inotify(self) -> None:
        observer, self._observer = self._observer, None
        if observer is not None:
            self._discard(observer)

    def _discard(self, observer: InotifyObserver) -> None:
        self._overflow.detach()
        if observer.is_alive():
            observer.stop()
            observer.join(5.0)

    def _poll(self, why: str) -> None:
        self.kind, self.why = "polling", why
        self._bag.ask_rescan(f"{why}; looking at the folder every {self._poll_s:g} s instead")

    # --- what nobody tells

    def _supervise(self) -> None:
        now = time.monotonic()
        if self.kind == "polling" and now - self._polled_at >= self._poll_s:
            self._polled_at = now
            self._bag.ask_rescan()
        if now - self._supervised_at < _SUPERVISE_S:
            return
        self._supervised_at = now
        identity = self._root_identity()
        if identity != self._identity:
            self._follow_root(identity)
        elif self._observer is not None and not all(emitter.is_alive() for emitter in self._observer.emitters):
            self._stop_inotify()
            self._bag.ask_rescan("the watch on the folder ended and was started again")
            self._start_inotify()

    def _follow_root(self, identity: tuple[int, int] | None) -> None:
        self._stop_inotify()
        before, self._identity = self._identity, identity
        if identity is None:
            self._poll("the folder is gone")
            return
        self._bag.ask_rescan("the folder is back" if before is None else "the folder was replaced by another one")
        if not self._is_polling_wanted:
            self._start_inotify()

    def _root_identity(self) -> tuple[int, int] | None:
        try:
            status = os.lstat(self._root)
        except OSError:
            return None
        return status.st_dev, status.st_ino

    # --- from the library's thread

    def take_event(self, path: bytes, *, is_folder: bool) -> None:
        """Keep an event's path if it can concern a picture. Called by the library's thread."""
        if path == self._root:
            if not is_folder:
                self._bag.ask_rescan()
            return
        relative = path[len(self._root.rstrip(b"/")) + 1 :]
        parts = relative.split(b"/")
        if not relative or any(part[:1] == b"." for part in parts):
            return
        if self._skipped is not None and (path + b"/").startswith(self._skipped + b"/"):
            return
        if is_folder or is_picture_name(os.fsdecode(parts[-1])):
            self._bag.put(relative)


class _Handler(FileSystemEventHandler):
    def __init__(self, watch: FolderWatch) -> None:
        super().__init__()
        self._watch = watch

    def on_any_event(self, event: FileSystemEvent) -> None:
        for path in (event.src_path, event.dest_path):
            if path:
                self._watch.take_event(os.fsencode(path), is_folder=event.is_directory)


class _OverflowListener(logging.Handler):
    """The library tells of a queue overflow in its log only."""

    def __init__(self, bag: HintBag) -> None:
        super().__init__(logging.WARNING)
        self._bag = bag
        self._lock_attached = threading.Lock()
        self._is_attached = False
        self._logger = logging.getLogger("watchdog.observers")

    def attach(self) -> None:
        with self._lock_attached:
            if not self._is_attached:
                self._logger.addHandler(self)
                self._is_attached = True

    def detach(self) -> None:
        with self._lock_attached:
            self._logger.removeHandler(self)
            self._is_attached = False

    def emit(self, record: logging.LogRecord) -> None:
        if "overflow" in record.getMessage().lower():
            self._bag.ask_rescan("more happened at once than the system could tell; looking at the whole folder")
