"""Ingest: what lies in the folder becomes files, assets and versions. The only writer of these facts.

Three steps, each safe to stop after: a survey lists what is new (``found``), registering decodes and hashes it in the
limited process (a version), and what has been gone for long enough becomes ``missing``.
"""

import threading
import time
from collections.abc import Callable, Collection

from reviewtui.model.entities import File
from reviewtui.services.ingest_facts import order_key
from reviewtui.services.ingest_missing import Absence
from reviewtui.services.ingest_register import PENDING, Registrar
from reviewtui.services.ingest_reports import FileReport, Inspector, Progress, ScanProgress
from reviewtui.services.ingest_settle import Settling
from reviewtui.services.ingest_survey import Surveyor
from reviewtui.services.workspace import Workspace
from reviewtui.store.files import get_file, list_files_of_asset

__all__ = ["FileReport", "Ingest", "Inspector", "ScanProgress", "register_asset", "register_file", "scan"]

_MAX_ROUNDS = 4


class Ingest:
    """One process's ingest of one workspace; remembers between calls what is still moving. One thread at a time.

    Attributes:
        files: pictures that lay in the folder at the last full survey.
    """

    def __init__(self, workspace: Workspace, decoder: Inspector) -> None:
        """Touch nothing yet.

        Args:
            decoder: shared with others; not closed here.
        """
        self._settling = Settling(workspace.clock, workspace.settings.scan_settle_s)
        self._surveyor = Surveyor(workspace, self._settling)
        self._registrar = Registrar(workspace, decoder, self._settling)
        self._absence = Absence(workspace, self._settling)
        self.files = 0

    def survey(self, scope: Collection[bytes] | None = None, progress: Progress | None = None) -> list[FileReport]:
        """List what is new or changed in the folder, or at some paths of it. Blocking; decodes nothing.

        Args:
            scope: paths of files or folders relative to the workspace; None for everything.

        Raises:
            RefusedError: the workspace is open read-only and there is something to write.
            StoreError: the database failed.
        """
        found = self._surveyor.survey(scope, progress)
        self._absence.note(found, full=scope is None)
        if found.reports:
            self._registrar.refresh()
        if scope is None:
            self.files = found.files
        return found.reports

    def survey_unsettled(self) -> list[FileReport]:
        """Look again at everything that was still moving. Blocking."""
        paths = self._settling.unsettled
        return self.survey(paths) if paths else []

    def register_pending(
        self,
        *,
        budget_s: float | None = None,
        stop: threading.Event | None = None,
        progress: Progress | None = None,
    ) -> list[FileReport]:
        """Decode and register what is listed, in natural file order. Blocking.

        Args:
            budget_s: stop beginning new files after this time; None for all.
            stop: stop beginning new files when it is set.

        Raises:
            BusyError: no decoder process can be had; what was decoded before is registered.
            StoreError: the database failed; nothing is half registered.
        """
        self._settling.forget_due()
        return self._registrar.register_pending(budget_s=budget_s, stop=stop, progress=progress)

    def confirm_missing(self) -> list[FileReport]:
        """Record as missing what has been gone for the settling time, from a disk that can be trusted. Blocking.

        Raises:
            StoreError: the database failed.
        """
        return self._absence.confirm()

    def moving_for_s(self) -> float | None:
        """Seconds until the first file that is being written may have settled; None when there is none."""
        return self._settling.moving_for_s()

    def due_in_s(self) -> float | None:
        """Seconds until something that is moving is to be looked at again; None when everything is quiet."""
        return self._settling.due_in_s()

    def list_troubles(self) -> list[FileReport]:
        """One line for each folder from which nothing can be concluded: unreadable, unmounted, replaced."""
        return self._absence.list_troubles()


def scan(
    workspace: Workspace,
    decoder: Inspector,
    *,
    progress: Progress | None = None,
    register: bool = True,
    wait: Callable[[float], object] = time.sleep,
) -> list[FileReport]:
    """One full pass over the folder. Blocking; call from a thread.

    Waits a few settling times at most for files that are being written or that vanished just now; what still moves
    then is reported as ``settling`` and left to the next scan.

    Args:
        progress: called from this thread.
        register: False only lists.
        wait: how to wait, in seconds.

    Returns:
        One report for each path that changed state, as it is at the end, in natural file order.

    Raises:
        RefusedError: the workspace is open read-only and there is something to write.
        BusyError: no decoder process can be had.
        StoreError: the database failed; what was registered before stays.
    """
    ingest = Ingest(workspace, decoder)
    last: dict[bytes, FileReport] = {}

    def take(reports: list[FileReport]) -> None:
        last.update((report.path, report) for report in reports)

    take(ingest.survey(progress=progress))
    # Everything that is about to settle first, so that numbers follow the names and not the time of the last write.
    for _ in range(_MAX_ROUNDS):
        if (moving_s := ingest.moving_for_s()) is None:
            break
        wait(moving_s)
        take(ingest.survey_unsettled())
    for left in reversed(range(_MAX_ROUNDS)):
        if register:
            take(ingest.register_pending(progress=progress))
        take(ingest.confirm_missing())
        due = ingest.due_in_s()
        if due is None or not left:
            break
        wait(due)
        take(ingest.survey_unsettled())
    take(ingest.list_troubles())
    return sorted(last.values(), key=lambda report: order_key(report.path))


def register_file(workspace: Workspace, decoder: Inspector, file: File | int) -> FileReport | None:
    """Decode and register one listed file now, because somebody wants to see it. Blocking; call from a thread.

    Harmless when the background process does the same at once.

    Args:
        file: the file or its id.

    Returns:
        What it became; None when it was registered already, or is still changing.

    Raises:
        BusyError: no decoder process can be had.
        StoreError: the database failed; nothing is half registered.
    """
    with workspace.store.read() as db:
        row = get_file(db, file if isinstance(file, int) else file.id)
    reports = [] if row is None else _registrar(workspace, decoder).register([row])
    return reports[0] if reports else None


def register_asset(workspace: Workspace, decoder: Inspector, asset_id: int) -> list[FileReport]:
    """Decode and register every listed file of an asset now, in natural file order. Blocking; call from a thread.

    Raises:
        BusyError, StoreError: as ``register_file``.
    """
    with workspace.store.read() as db:
        rows = [row for row in list_files_of_asset(db, asset_id) if row.state in PENDING]
    return _registrar(workspace, decoder).register(sorted(rows, key=lambda row: order_key(row.path)))


def _registrar(workspace: Workspace, decoder: Inspector) -> Registrar:
    return Registrar(workspace, decoder, Settling(workspace.clock, workspace.settings.scan_settle_s))
