"""The part of the background process that keeps the database in step with the folder: watch, then ingest.

Must not know of jobs.
"""

import logging
import threading

from reviewtui.model.errors import ReviewError
from reviewtui.model.text import safe
from reviewtui.services.ingest import FileReport, Ingest, Inspector
from reviewtui.services.workspace import Workspace
from reviewtui.settings.paths import network_file_system
from reviewtui.watch.folder import FolderWatch
from reviewtui.watch.hints import Hints

_SLICE_S = 1.0
_RETRY_S = 2.0
_IDLE_S = 1.0
_log = logging.getLogger(__name__)


class WatchLoop:
    """Keeps one workspace in step with its folder until it is told to stop.

    Attributes:
        health: one line about how the folder is watched and what is wrong with it; for the log and for ``doctor``.
        has_scanned: set after the first full look was listed, so that a queue can be shown.
    """

    def __init__(self, workspace: Workspace, decoder: Inspector) -> None:
        """Touch nothing yet.

        Args:
            decoder: shared with others; not closed here.
        """
        self._workspace = workspace
        self._ingest = Ingest(workspace, decoder)
        paths = workspace.paths
        network = network_file_system(paths.root)
        self._watch = FolderWatch(
            paths.root,
            skipped=paths.state,
            polling=f"{network} tells nothing of changes by others" if network else None,
            poll_s=max(2.0, workspace.settings.scan_settle_s),
        )
        self._next_full_s = 0.0
        self._told: set[tuple[bytes, str | None]] = set()
        self.health = "not started"
        self.has_scanned = threading.Event()

    def run(self, stop: threading.Event) -> None:
        """Watch and ingest until ``stop`` is set; notices it within a second. Blocking; call from a thread.

        A busy or failing database, and a decoder that cannot start, are logged and tried again: nothing is lost,
        because the folder is compared as a whole.
        """
        self._watch.start()
        hints = Hints(rescan=True)
        try:
            while not stop.is_set():
                try:
                    hints = self._step(hints, stop)
                except ReviewError as error:
                    _log.warning("ingest: %s; trying again", safe(str(error)))
                    stop.wait(_RETRY_S)
                    hints = Hints(rescan=True)
        finally:
            self._watch.close()

    def _step(self, hints: Hints, stop: threading.Event) -> Hints:
        """One look at what was hinted, one slice of decoding, one wait for hints."""
        if hints.lost:
            _log.warning("%s", safe(hints.lost))
        now = self._workspace.clock.monotonic_s()
        if hints.rescan or now >= self._next_full_s:
            reports = self._ingest.survey()
            self._next_full_s = self._workspace.clock.monotonic_s() + self._workspace.settings.scan_interval_s
        else:
            reports = self._ingest.survey(hints.paths) if hints.paths else []
            if (self._ingest.due_in_s() or 1.0) <= 0.01:
                reports += self._ingest.survey_unsettled()
        self.has_scanned.set()
        self._tell_troubles()
        registered = self._ingest.register_pending(budget_s=_SLICE_S, stop=stop)
        reports += registered + self._ingest.confirm_missing()
        for report in reports:
            _log_report(report)
        return self._watch.hints(self._wait_s(is_busy=bool(registered)))

    def _wait_s(self, *, is_busy: bool) -> float:
        if is_busy:
            return 0.0
        until_full = self._next_full_s - self._workspace.clock.monotonic_s()
        due = self._ingest.due_in_s()
        return max(0.0, min(until_full, _IDLE_S, _IDLE_S if due is None else due))

    def _tell_troubles(self) -> None:
        troubles = {(report.path, report.reason) for report in self._ingest.list_troubles()}
        for path, reason in sorted(troubles - self._told, key=lambda item: item[0]):
            _log.warning("%s: %s", safe(str(self._workspace.paths.root)) if not path else "", safe(reason or ""))
        watched = f"watched by {self._watch.kind}" + (f" ({self._watch.why})" if self._watch.why else "")
        health = f"{self._ingest.files} pictures, {watched}" + "".join(f"; {reason}" for _, reason in sorted(troubles))
        if health != self.health:
            _log.info("%s", safe(health))
        self._told, self.health = troubles, health


def _log_report(report: FileReport) -> None:
    version = "" if report.version is None else f" v{report.version}"
    reason = "" if report.reason is None else f": {report.reason}"
    _log.info("%s", safe(f"{report.state} {report.display} {report.asset or ''}{version}{reason}"))
