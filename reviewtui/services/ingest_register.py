"""Turn listed files into versions: decode and hash each in the limited process, then decide in one transaction.

Safe when several processes do it at once: everything is decided inside the write transaction, from the file's row as
it is then and from the bytes that were decoded.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from reviewtui.imaging.provenance import KEY as CHAIN_KEY
from reviewtui.model.entities import Asset, Blob, File, Version
from reviewtui.model.errors import InputError
from reviewtui.model.lifecycle import AssertedBy, FileState
from reviewtui.services.content import absolute_path
from reviewtui.services.ingest_facts import asset_key, note_departure, order_key, quarantine, save_and_tell
from reviewtui.services.ingest_reports import FileReport, Inspector, Progress, ScanProgress
from reviewtui.services.ingest_settle import Settling
from reviewtui.services.ingest_walk import Seen, look_at
from reviewtui.services.workspace import SYSTEM, Workspace
from reviewtui.store.assets import ensure_asset, fold_asset, get_asset, is_approval_standing, move_head
from reviewtui.store.connection import Tx
from reviewtui.store.files import count_pending, get_file, list_files_of_asset, list_files_of_version, list_pending
from reviewtui.store.versions import Parent, add_version, find_version_by_bytes, get_blob, get_version, list_versions

if TYPE_CHECKING:
    from reviewtui.imaging.facts import PictureFacts

PENDING = frozenset({FileState.FOUND, FileState.CHANGED})
_READERS = 2
_AHEAD = 6
_BATCH_FILES = 50
_BATCH_S = 0.2


@dataclass(frozen=True, slots=True)
class Decoded:
    """What reading one listed file gave.

    Attributes:
        file: its row when it was read.
        blob: what was decoded; None when it cannot be used.
        problem: why not, in words; empty with no blob when it is too early to say.
    """

    file: File
    blob: Blob | None = None
    problem: str = ""


class Registrar:
    """Decodes and registers. One thread at a time per object."""

    def __init__(self, workspace: Workspace, decoder: Inspector, settling: Settling) -> None:
        """Remember the decoder, which is shared with others."""
        self._workspace = workspace
        self._decoder = decoder
        self._settling = settling
        self._queue: list[tuple[int, bytes]] | None = None

    def register_pending(
        self,
        *,
        budget_s: float | None = None,
        stop: threading.Event | None = None,
        progress: Progress | None = None,
    ) -> list[FileReport]:
        """Register what is listed, in natural file order, two files at a time. Blocking.

        Args:
            budget_s: stop beginning new files after this time; None for all.
            stop: stop beginning new files when it is set.

        Raises:
            BusyError: no decoder process can be had; what was decoded before is registered.
            StoreError: the database failed; nothing is half registered.
        """
        began = time.monotonic()
        reports: list[FileReport] = []
        with self._workspace.store.read() as db:
            total = count_pending(db)
        if not total:
            return reports
        batch = _Batch(self)

        def is_enough() -> bool:
            return (budget_s is not None and time.monotonic() - began > budget_s) or (
                stop is not None and stop.is_set()
            )

        done = 0
        with ThreadPoolExecutor(_READERS, thread_name_prefix="reading") as pool:
            running: deque[Future[Decoded]] = deque()
            waiting = self._take_waiting()
            try:
                while True:
                    while len(running) < _AHEAD and not is_enough() and (file := next(waiting, None)) is not None:
                        running.append(pool.submit(self.decode, file))
                    if not running:
                        break
                    reports += batch.add(running.popleft().result())
                    done += 1
                    if progress is not None:
                        progress(ScanProgress("reading", done, total))
            finally:
                for future in running:
                    future.cancel()
                reports += batch.flush()
        return reports

    def register(self, files: list[File]) -> list[FileReport]:
        """Register some listed files now, in the order given; others are passed over. Blocking.

        Raises:
            BusyError, StoreError: as ``register_pending``.
        """
        return self.land([self.decode(file) for file in files if file.state in PENDING])

    def refresh(self) -> None:
        """Something was listed: look again at what waits and in which order."""
        self._queue = None

    def _take_waiting(self) -> Iterator[File]:
        """What waits, in natural file order; remembers where it stopped."""
        if not self._queue:
            with self._workspace.store.read() as db:
                pending = list_pending(db)
            pending.sort(key=lambda item: order_key(item[1]), reverse=True)
            self._queue = pending
        while self._queue:
            file_id, path = self._queue.pop()
            if self._settling.is_put_off(path):
                continue
            with self._workspace.store.read() as db:
                file = get_file(db, file_id)
            if file is not None and file.state in PENDING:
                yield file

    # --- reading

    def decode(self, file: File) -> Decoded:
        """Read one listed file. Blocking, any thread.

        Raises:
            BusyError: no decoder process can be had.
        """
        path = os.fsencode(absolute_path(self._workspace, file.path))
        before = look_at(path)
        if before is None or before.problem or not _is_as_listed(before, file):
            return Decoded(file)
        try:
            blob = _to_blob(self._decoder.inspect(path))
        except InputError as error:
            if look_at(path) != before or self._settling.is_young(before.signature):
                return Decoded(file)
            return Decoded(file, problem=error.message)
        return Decoded(file, blob) if look_at(path) == before else Decoded(file)

    # --- writing

    def land(self, items: list[Decoded]) -> list[FileReport]:
        """Register what was decoded, in one transaction. Blocking.

        Raises:
            StoreError: the database failed; nothing was registered.
        """
        ready = [item for item in items if item.blob is not None or item.problem]
        for item in items:
            if item.blob is None and not item.problem:
                self._settling.put_off(item.file.path)
        if not ready:
            return []
        with self._workspace.store.write(SYSTEM) as tx:
            reports = [_land(tx, item) for item in ready]
        return [report for report in reports if report is not None]


class _Batch:
    """Collects what was decoded until a transaction is worth its price."""

    def __init__(self, registrar: Registrar) -> None:
        self._registrar = registrar
        self._items: list[Decoded] = []
        self._since = 0.0

    def add(self, item: Decoded) -> list[FileReport]:
        if not self._items:
            self._since = time.monotonic()
        self._items.append(item)
        is_due = len(self._items) >= _BATCH_FILES or time.monotonic() - self._since > _BATCH_S
        return self.flush() if is_due else []

    def flush(self) -> list[FileReport]:
        items, self._items = self._items, []
        return self._registrar.land(items) if items else []


def _is_as_listed(seen: Seen, file: File) -> bool:
    return seen.signature == (file.size_bytes, file.mtime_ns, file.inode)


def _to_blob(facts: "PictureFacts") -> Blob:
    about = {"mode": facts.mode, "frames": facts.frames, **asdict(facts.info)}
    return Blob(facts.sha256, facts.pixel_sha256, facts.size_bytes, facts.size, facts.media_type, about)


def _land(tx: Tx, item: Decoded) -> FileReport | None:
    """Decide what the decoded bytes are, from what the database says now."""
    row = get_file(tx, item.file.id)
    listed = item.file
    if row is None or row.state not in PENDING:
        return None  # another process was faster, or it is gone
    if (row.size_bytes, row.mtime_ns, row.inode) != (listed.size_bytes, listed.mtime_ns, listed.inode):
        return None  # it changed meanwhile and was listed again
    if item.blob is None:
        return quarantine(tx, row, item.problem)
    known = _find_known(tx, row, item.blob.sha256)
    if known is None:
        return _land_new(tx, row, item.blob)
    return _land_known(tx, row, known)


def _find_known(tx: Tx, row: File, sha256: str) -> Version | None:
    """The version that these bytes are already: of the file's own asset if it has it, else of the one seen first."""
    own = None if row.asset_id is None else find_version_by_bytes(tx, sha256, row.asset_id)
    return own or find_version_by_bytes(tx, sha256)


def _land_known(tx: Tx, row: File, version: Version) -> FileReport:
    """The bytes are a version already: the path is one more file of it, or its new place."""
    is_back = not list_files_of_version(tx, version.id)
    kind = None if row.version_id == version.id else "file.returned" if is_back else "file.attached"
    present = replace(row, asset_id=version.asset_id, version_id=version.id, state=FileState.PRESENT, reason=None)
    report = save_and_tell(tx, present, kind=kind)
    if row.asset_id is not None and row.asset_id != version.asset_id:
        _fold_if_empty(tx, row.asset_id, version)
    if row.version_id is not None and row.version_id != version.id:
        left_nowhere = note_departure(tx, row.version_id, f"{row.display} holds other bytes now")
        asset = get_asset(tx, version.asset_id)
        if left_nowhere and asset.head_id == row.version_id:
            move_head(tx, asset, version.id, version.number, f"{row.display} holds v{version.number} again")
    return report


def _fold_if_empty(tx: Tx, asset_id: int, version: Version) -> None:
    asset = get_asset(tx, asset_id)
    if asset.head_id is None and not any(
        file.state is not FileState.MISSING for file in list_files_of_asset(tx, asset_id)
    ):
        fold_asset(tx, asset_id, get_asset(tx, version.asset_id))


def _land_new(tx: Tx, row: File, blob: Blob) -> FileReport:
    asset = _home_of(tx, row)
    version = add_version(tx, asset, blob, label=row.label, parent=_parent_of(tx, asset, row, blob))
    present = replace(row, asset_id=asset.id, version_id=version.id, state=FileState.PRESENT, reason=None)
    report = save_and_tell(tx, present)
    if row.version_id is not None:
        note_departure(tx, row.version_id, f"{row.display} holds other bytes now")
    if asset.head_id is None:
        move_head(tx, asset, version.id, version.number, "first file")
    elif is_approval_standing(tx, asset.id):
        tx.event(
            "file.waits",
            asset.key,
            {"version": version.id, "number": version.number, "why": f"v{asset.head_number} is approved and stays"},
            asset_id=asset.id,
        )
    else:
        move_head(tx, get_asset(tx, asset.id), version.id, version.number, f"new file {row.display}")
    return report


def _home_of(tx: Tx, row: File) -> Asset:
    """The asset that new bytes at a path belong to.

    A path that holds another asset's bytes keeps to that asset only when it is all that is left of it (it was moved,
    then edited); a copy that is edited goes its own way.
    """
    key = asset_key(row.path)
    if row.asset_id is None:
        return ensure_asset(tx, key)
    asset = get_asset(tx, row.asset_id)
    others = [file for file in list_files_of_asset(tx, asset.id) if file.id != row.id]
    is_all_that_is_left = not any(file.state is not FileState.MISSING for file in others)
    is_at_home = row.version_id is None or asset.key == key
    return asset if is_at_home or is_all_that_is_left else ensure_asset(tx, key)


def _parent_of(tx: Tx, asset: Asset, row: File, blob: Blob) -> Parent | None:
    """What new bytes follow, by what is known best: what they say of themselves, their place, their name."""
    return (
        _parent_by_texts(tx, asset, blob) or _parent_by_place(tx, asset, row) or _parent_by_name(tx, asset, row.label)
    )


def _parent_by_texts(tx: Tx, asset: Asset, blob: Blob) -> Parent | None:
    """The version whose chain of edits a file still carries word for word: it went out, was edited and came back."""
    chain = _chain_of(blob)
    if chain is None:
        return None
    same = [one for one in list_versions(tx, asset.id) if _chain_of(get_blob(tx, one.sha256)) == chain]
    made = [one for one in same if one.source == "job"] or same
    return Parent(made[-1].id, "import", AssertedBy.METADATA) if made else None


def _chain_of(blob: Blob) -> str | None:
    texts = blob.facts.get("text")
    chain = texts.get(CHAIN_KEY) if isinstance(texts, dict) else None
    return chain if isinstance(chain, str) and chain else None


def _parent_by_place(tx: Tx, asset: Asset, row: File) -> Parent | None:
    """The version that the same path held until now."""
    if row.version_id is None or get_version(tx, row.version_id).asset_id != asset.id:
        return None
    return Parent(row.version_id, "import", AssertedBy.FILENAME)


def _parent_by_name(tx: Tx, asset: Asset, label: str | None) -> Parent | None:
    """The version that a file's name says it follows: the one with the next lower number in its name, or unknown."""
    if label is None:
        return None
    number = int(label[1:])
    older = [
        (int(version.label[1:]), version.id)
        for version in list_versions(tx, asset.id)
        if version.source == "file" and version.label is not None and int(version.label[1:]) < number
    ]
    return Parent(max(older)[1], "import", AssertedBy.FILENAME) if older else None
