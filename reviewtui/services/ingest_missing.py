"""Call a file missing only when it is certain: gone twice, from a healthy folder, and not merely moved.

An unmounted disk looks like a folder whose files were all deleted; nothing may be concluded from it.
"""

import os
from collections.abc import Collection
from dataclasses import replace

from reviewtui.model.entities import File
from reviewtui.model.lifecycle import FileState
from reviewtui.model.text import display_path
from reviewtui.services.ingest_facts import note_departure, save_and_tell
from reviewtui.services.ingest_reports import FileReport
from reviewtui.services.ingest_settle import Settling
from reviewtui.services.ingest_survey import CHUNK_ROWS, Survey
from reviewtui.services.ingest_walk import look_at
from reviewtui.services.workspace import SYSTEM, Workspace
from reviewtui.store.connection import Tx
from reviewtui.store.files import find_file, is_size_pending
from reviewtui.store.meta import find_meta, set_meta

_ROOT = "root"


class Absence:
    """Remembers what is gone and decides when it is missing. One thread.

    Attributes:
        troubles: folder (relative, empty for the workspace) to why nothing is concluded from it, as of the last look.
    """

    def __init__(self, workspace: Workspace, settling: Settling) -> None:
        self._workspace = workspace
        self._settling = settling
        self._root = os.fsencode(workspace.paths.root)
        self.troubles: dict[bytes, str] = {}

    def note(self, survey: Survey, *, full: bool) -> None:
        """Take in what a survey did not find. Blocking.

        Args:
            full: whether it looked at everything, so that it can tell about the root.
        """
        if full:
            self.troubles.clear()
        if not self._is_root_healthy(survey, full=full):
            return
        for path in survey.plan.gone:
            if not survey.walked.is_hidden(path):
                self._settling.note_gone(path)

    def confirm(self) -> list[FileReport]:
        """Record as missing what has been gone for the settling time and still is. Blocking.

        Raises:
            StoreError: the database failed; the rest is tried again later.
        """
        reports: list[FileReport] = []
        waiting = self._settling.list_long_gone()
        for start in range(0, len(waiting), CHUNK_ROWS):
            chunk = [path for path in waiting[start : start + CHUNK_ROWS] if self._is_really_gone(path)]
            if not chunk:
                continue
            with self._workspace.store.write(SYSTEM) as tx:
                done = [(path, self._confirm_one(tx, path)) for path in chunk]
            for path, outcome in done:
                if outcome is None:
                    self._settling.wait_again(path)
                else:
                    self._settling.note_there(path)
                    reports += outcome
        return reports

    def _is_really_gone(self, path: bytes) -> bool:
        if look_at(os.path.join(self._root, path)) is None:  # noqa: PTH118 - bytes
            return True
        self._settling.note_there(path)
        return False

    def _confirm_one(self, tx: Tx, path: bytes) -> Collection[FileReport] | None:
        """Reports of the path that is done with; None to try again later."""
        row = find_file(tx, path)
        if row is None or row.state is FileState.MISSING:
            return ()
        if row.asset_id is not None and not self._is_folder_trusted(row):
            return ()
        if row.version_id is not None and is_size_pending(tx, row.size_bytes):
            return None  # perhaps it was moved, and is about to be recognised at its new place
        gone = replace(row, state=FileState.MISSING, reason=None)
        if row.asset_id is None:
            return (save_and_tell(tx, gone),)
        report = save_and_tell(tx, gone, kind="file.missing")
        if row.version_id is not None:
            note_departure(tx, row.version_id, f"{row.display} is gone from disk")
        return (report,)

    # --- whether the disk can be trusted

    def _is_folder_trusted(self, row: File) -> bool:
        """Whether the nearest folder that is left is on the disk that the file was on."""
        folder = row.path
        while folder:
            folder = folder.rpartition(b"/")[0]
            try:
                device = os.lstat(os.path.join(self._root, folder)).st_dev  # noqa: PTH118 - bytes
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                self.troubles[folder] = f"cannot be looked at ({error.strerror}); its files are not called missing"
                return False
            if device != row.device:
                self.troubles[folder] = "is on another disk than before; its files are not called missing"
                return False
            return True
        self.troubles[b""] = "the folder is gone; nothing is called missing"
        return False

    def _is_root_healthy(self, survey: Survey, *, full: bool) -> bool:
        if b"" in survey.walked.blocked:
            self.troubles[b""] = f"{survey.walked.blocked[b'']}; nothing is called missing"
            return False
        try:
            status = os.lstat(self._root)
        except OSError as error:
            self.troubles[b""] = f"the folder cannot be looked at ({error.strerror}); nothing is called missing"
            return False
        identity = f"{status.st_dev}:{status.st_ino}"
        with self._workspace.store.read() as db:
            known = find_meta(db, _ROOT)
        if known == identity:
            return True
        if known is not None and not full:
            return False  # the next full survey settles it
        if known is not None and survey.plan.gone and not survey.plan.arrived:
            self.troubles[b""] = (
                f"this is another folder or disk than before and none of its {len(survey.plan.gone)} files is here;"
                " nothing is called missing"
            )
            return False
        with self._workspace.store.write(SYSTEM, durable=False) as tx:
            set_meta(tx, _ROOT, identity)
        return True

    def list_troubles(self) -> list[FileReport]:
        """One line for each folder from which nothing is concluded."""
        return [
            FileReport(path, FileState.QUARANTINED, reason=f"{display_path(path) + ' ' if path else ''}{words}")
            for path, words in sorted(self.troubles.items())
        ]
