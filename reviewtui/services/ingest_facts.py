"""What ingest writes of one file, with its event, inside a transaction of the caller's. Must not touch the disk."""

from dataclasses import replace
from typing import Any

from reviewtui.model.entities import File
from reviewtui.model.lifecycle import FileState
from reviewtui.model.naming import natural_key, split_name
from reviewtui.model.text import display_path
from reviewtui.services.ingest_reports import FileReport
from reviewtui.store.assets import get_asset, is_approval_standing, void_asset
from reviewtui.store.connection import Tx
from reviewtui.store.files import list_files_of_version, save_file
from reviewtui.store.versions import get_version

WORKSPACE = "workspace"


def asset_key(path: bytes) -> str:
    r"""Key of the asset that a path names: its safe text without extension and version suffix.

    The safe text is used so that a key can be typed, printed and hashed anywhere: bytes that are no UTF-8 stand in it
    as ``\\xNN``, controls as their pictures.
    """
    return split_name(display_path(path))[0]


def order_key(path: bytes) -> tuple[str, int, str]:
    """Natural file order: by asset, then by the number in the name (none first), then by the whole name."""
    display = display_path(path)
    key, label = split_name(display)
    return natural_key(key), int(label[1:]) if label else -1, natural_key(display)


def save_and_tell(
    tx: Tx, file: File, *, kind: str | None = None, extra: dict[str, Any] | None = None, key: str | None = None
) -> FileReport:
    """Write a file's row, an event about it if ``kind`` is given, and say what it is now.

    Args:
        key: of the file's asset, when the caller knows it.
    """
    save_file(tx, file)
    if key is None and file.asset_id is not None:
        key = get_asset(tx, file.asset_id).key
    version = None if file.version_id is None else get_version(tx, file.version_id)
    current = version if file.state is FileState.PRESENT else None
    if kind is not None:
        payload: dict[str, Any] = {"path": file.display, "path_hex": file.path.hex(), **(extra or {})}
        payload["version"] = None if version is None else version.id
        tx.event(kind, key or WORKSPACE, payload)
    return FileReport(
        file.path,
        file.state,
        asset=key,
        version=None if current is None else current.number,
        sha256=None if current is None else current.sha256,
        reason=file.reason,
    )


def quarantine(tx: Tx, file: File, reason: str) -> FileReport:
    """Set a file aside with the reason in words; a version whose bytes it held has left it."""
    left = file.version_id
    aside = replace(file, state=FileState.QUARANTINED, version_id=None, reason=reason[:500])
    report = save_and_tell(tx, aside, kind="file.quarantined", extra={"reason": aside.reason})
    if left is not None:
        note_departure(tx, left, f"{file.display} {reason}")
    return report


def note_departure(tx: Tx, version_id: int, why: str) -> bool:
    """A path stopped holding a version's bytes: an approval of bytes that lie nowhere on disk any more becomes void.

    Bytes that a job made live in the store, so no path can take them away.

    Returns:
        Whether no path holds the bytes any more.
    """
    version = get_version(tx, version_id)
    if version.source != "file" or list_files_of_version(tx, version_id):
        return False
    asset = get_asset(tx, version.asset_id)
    if asset.head_id == version_id and is_approval_standing(tx, asset.id):
        void_asset(tx, asset, version_id, why)
    return True
