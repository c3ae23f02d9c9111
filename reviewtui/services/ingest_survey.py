"""Compare a folder with what is known of it and list what is new or changed, from ``lstat`` and 4 KB of header.

Must not decode: a listed file is ``found`` or ``changed`` until it is registered. An unchanged folder costs the walk
and one query: nothing is opened, nothing is written.
"""

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace

from reviewtui.model.entities import File
from reviewtui.model.errors import InputError
from reviewtui.model.lifecycle import FileState
from reviewtui.model.naming import natural_key, split_name
from reviewtui.model.text import display_path
from reviewtui.services.ingest_facts import asset_key, order_key, quarantine, save_and_tell
from reviewtui.services.ingest_heads import find_head_problem, is_about_rights
from reviewtui.services.ingest_reports import FileReport, Progress, ScanProgress
from reviewtui.services.ingest_settle import Settling
from reviewtui.services.ingest_walk import Seen, Walked, look_at, walk
from reviewtui.services.workspace import SYSTEM, Workspace
from reviewtui.store.assets import add_found_assets
from reviewtui.store.connection import Tx
from reviewtui.store.files import (
    Fingerprint,
    find_file,
    list_homes,
    list_in_state,
    list_present_by_inode,
    load_files,
    load_fingerprints,
    save_file,
    set_devices,
)

CHUNK_ROWS = 500


@dataclass(slots=True)
class Plan:
    """What a comparison found.

    Attributes:
        stable: paths to be listed, in natural order.
        moving: new paths that are still being written.
        gone: known paths that were not there.
        devices: (device, file id) where only the device's number is another one.
        arrived: whether any path that was known to be on disk is there.
    """

    stable: list[tuple[bytes, Seen]] = field(default_factory=list)
    moving: list[tuple[bytes, Seen]] = field(default_factory=list)
    gone: list[bytes] = field(default_factory=list)
    devices: list[tuple[int, int]] = field(default_factory=list)
    arrived: bool = False


@dataclass(slots=True)
class Survey:
    """Result of one comparison.

    Attributes:
        files: paths with a picture's name that are there.
    """

    reports: list[FileReport]
    plan: Plan
    walked: Walked

    @property
    def files(self) -> int:
        """How many pictures lie there."""
        return len(self.walked.seen)


class Surveyor:
    """Lists what is new. One thread at a time; other processes may do the same meanwhile."""

    def __init__(self, workspace: Workspace, settling: Settling) -> None:
        """Remember where to look."""
        self._workspace = workspace
        self._settling = settling
        self._root = os.fsencode(workspace.paths.root)
        self._state = os.fsencode(workspace.paths.state)

    def survey(self, scope: Collection[bytes] | None = None, progress: Progress | None = None) -> Survey:
        """Look at the folder, or at some paths in it, and list what is new. Blocking.

        Raises:
            StoreError: the database failed; what was listed before stays listed.
        """
        tell = None if progress is None else (lambda count: progress(ScanProgress("looking", count, None)))
        walked = walk(self._root, self._state, scope, tell)
        self._settling.keep_only(walked.seen, scope)
        with self._workspace.store.read() as db:
            known = load_fingerprints(db, scope)
            retried = {row.path for row in list_in_state(db, FileState.QUARANTINED) if self._is_readable_now(row)}
        plan = self._compare(walked, known, retried)
        plan.stable.sort(key=lambda item: order_key(item[0]))
        plan.moving.sort(key=lambda item: order_key(item[0]))
        if plan.devices:
            with self._workspace.store.write(SYSTEM, durable=False) as tx:
                set_devices(tx, plan.devices)
        reports = self._list_blocked(walked)
        reports += self._list_moving(plan.moving)
        reports += self._list_stable(plan.stable, known, progress)
        return Survey(reports, plan, walked)

    def _is_readable_now(self, row: File) -> bool:
        return is_about_rights(row.reason) and os.access(os.path.join(self._root, row.path), os.R_OK)  # noqa: PTH118

    def _compare(self, walked: Walked, known: dict[bytes, Fingerprint], retried: set[bytes]) -> Plan:
        plan = Plan()
        for path, seen in walked.seen.items():
            before = known.get(path)
            if before is not None and before[1:4] == seen[:3] and path not in retried:
                self._settling.note_there(path)
                plan.arrived = plan.arrived or before.state != FileState.MISSING
                if before.state not in (FileState.MISSING, FileState.SETTLING):
                    if before.device != seen.device:
                        plan.devices.append((seen.device, before.id))
                    continue
            if seen.problem or self._settling.is_stable(path, seen.signature):
                plan.stable.append((path, seen))
            elif before is None:
                plan.moving.append((path, seen))
        missing = FileState.MISSING.value
        plan.gone = [
            path
            for path, before in known.items()
            if before.state != missing and path not in walked.seen and path not in walked.blocked
        ]
        return plan

    # --- writing

    def _list_blocked(self, walked: Walked) -> list[FileReport]:
        """Keep a line for each folder that cannot be looked into; the root's own trouble is told elsewhere."""
        reports = []
        for path, reason in walked.blocked.items():
            if not path:
                continue
            with self._workspace.store.read() as db:
                row = find_file(db, path)
            if row is not None and (row.state, row.reason) == (FileState.QUARANTINED, reason):
                continue
            with self._workspace.store.write(SYSTEM, durable=False) as tx:
                row = find_file(tx, path) or new_file(path, Seen(0, 0, 0, 0))
                reports.append(quarantine(tx, row, reason))
        return reports

    def _list_moving(self, items: list[tuple[bytes, Seen]]) -> list[FileReport]:
        reports = []
        for chunk in chunks(items):
            with self._workspace.store.write(SYSTEM, durable=False) as tx:
                for path, seen in chunk:
                    if find_file(tx, path) is None:
                        reports.append(save_and_tell(tx, replace(new_file(path, seen), state=FileState.SETTLING)))
        return reports

    def _list_stable(
        self, items: list[tuple[bytes, Seen]], known: dict[bytes, Fingerprint], progress: Progress | None
    ) -> list[FileReport]:
        reports: list[FileReport] = []
        homes = self._moved_homes() if known and items else {}
        for number, chunk in enumerate(chunks(items)):
            if progress is not None:
                progress(ScanProgress("listing", number * CHUNK_ROWS, len(items)))
            problems = {path: self._find_problem(path, seen) for path, seen in chunk}
            with self._workspace.store.write(SYSTEM, durable=False) as tx:
                reports += self._list_chunk(tx, chunk, problems, homes)
        return reports

    def _find_problem(self, path: bytes, seen: Seen) -> str | None:
        if seen.problem:
            return seen.problem
        try:
            return find_head_problem(os.path.join(self._root, path))  # noqa: PTH118 - bytes
        except InputError as error:
            return error.message

    def _list_chunk(
        self,
        tx: Tx,
        chunk: list[tuple[bytes, Seen]],
        problems: dict[bytes, str | None],
        homes: dict[str, int],
    ) -> list[FileReport]:
        rows = load_files(tx, [path for path, _ in chunk])
        renamed = self._find_renamed(tx, [(path, seen) for path, seen in chunk if path not in rows])
        fresh = [path for path, _ in chunk if problems[path] is None and path not in renamed]
        keys = {asset_key(path) for path in fresh if (row := rows.get(path)) is None or row.asset_id is None}
        ids = homes | add_found_assets(tx, sorted(keys - homes.keys(), key=natural_key))
        reports = []
        for path, seen in chunk:
            row, problem = rows.get(path) or new_file(path, seen), problems[path]
            report: FileReport | None
            if problem is None and path in renamed:
                report = _list_renamed(tx, row, renamed[path])
            elif problem is None:
                report = _list_found(tx, row, seen, ids, homes)
            else:
                report = _list_bad(tx, row, seen, problem)
            if report is not None:
                reports.append(report)
        return reports

    def _find_renamed(self, tx: Tx, items: list[tuple[bytes, Seen]]) -> dict[bytes, File]:
        """New paths that are known files under another name: same inode, size and time, and the old name is gone."""
        if not items:
            return {}
        old = {(row.inode, row.size_bytes, row.mtime_ns, row.device): row for row in _by_inodes(tx, items)}
        found: dict[bytes, File] = {}
        for path, seen in items:
            row = old.pop((seen.inode, seen.size_bytes, seen.mtime_ns, seen.device), None)
            if row is None or seen.problem:
                continue
            there = look_at(os.path.join(self._root, row.path))  # noqa: PTH118 - bytes
            if there is None or there.inode != seen.inode:
                found[path] = row
        return found

    def _moved_homes(self) -> dict[str, int]:
        """Assets whose files all moved elsewhere, by the key that files at the new place have.

        A newcomer beside them is their next version, although their key still is the old one.
        """
        with self._workspace.store.read() as db:
            rows = list_homes(db)
        named = [(asset_key(path), asset_id, key) for path, asset_id, key in rows]
        at_home = {asset_id for place, asset_id, key in named if place == key}
        taken = {key for place, _, key in named if place == key}
        return {place: asset_id for place, asset_id, _ in named if asset_id not in at_home and place not in taken}


def _by_inodes(tx: Tx, items: list[tuple[bytes, Seen]]) -> list[File]:
    return list_present_by_inode(tx, {seen.inode for _, seen in items})


def _list_renamed(tx: Tx, row: File, old: File) -> FileReport:
    """The file moved: it keeps its asset and version, the old path is done with."""
    save_file(tx, replace(old, state=FileState.MISSING))
    _, label = split_name(row.display)
    moved = replace(row, asset_id=old.asset_id, version_id=old.version_id, label=label, state=FileState.PRESENT)
    return save_and_tell(tx, moved, kind="file.moved", extra={"from": old.display, "from_hex": old.path.hex()})


def _list_found(tx: Tx, row: File, seen: Seen, ids: dict[str, int], homes: Collection[str]) -> FileReport | None:
    """The file is new, changed, or back again."""
    was = row.state if row.id else None
    is_same = (row.size_bytes, row.mtime_ns, row.inode) == seen.signature
    if row.id and is_same and was not in (FileState.MISSING, FileState.SETTLING, FileState.QUARANTINED):
        return None  # another process was faster
    back_unchanged = is_same and was is FileState.MISSING and row.version_id is not None
    state = FileState.PRESENT if back_unchanged else FileState.FOUND if row.version_id is None else FileState.CHANGED
    asset_id, key = row.asset_id, None
    if asset_id is None:
        place = asset_key(row.path)
        asset_id = ids[place]
        key = None if place in homes else place
    now = replace(_with(row, seen), state=state, asset_id=asset_id, reason=None)
    if was is FileState.MISSING:
        return save_and_tell(tx, now, kind="file.returned")
    return save_and_tell(tx, now, key=key)


def _list_bad(tx: Tx, row: File, seen: Seen, problem: str) -> FileReport | None:
    is_same = (row.size_bytes, row.mtime_ns, row.inode) == seen.signature
    if row.id and is_same and (row.state, row.reason) == (FileState.QUARANTINED, problem):
        return None
    return quarantine(tx, _with(row, seen), problem)


def _with(row: File, seen: Seen) -> File:
    return replace(
        row, size_bytes=seen.size_bytes, mtime_ns=seen.mtime_ns, inode=seen.inode, device=seen.device
    )  # fmt: skip


def new_file(path: bytes, seen: Seen) -> File:
    """The record of a path that is not in the database yet."""
    display = display_path(path)
    return File(
        0, path, display, FileState.FOUND, None, None, split_name(display)[1], None,
        seen.size_bytes, seen.mtime_ns, seen.inode, seen.device,
    )  # fmt: skip


def chunks(items: list[tuple[bytes, Seen]]) -> Iterator[list[tuple[bytes, Seen]]]:
    """Pieces that fit into one transaction without making anybody wait."""
    for start in range(0, len(items), CHUNK_ROWS):
        yield items[start : start + CHUNK_ROWS]
