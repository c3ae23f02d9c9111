"""Paths seen on disk and what is known of each."""

from collections.abc import Collection
from typing import NamedTuple

from reviewtui.model.entities import File
from reviewtui.model.lifecycle import FileState
from reviewtui.store.connection import Reader, Tx
from reviewtui.store.rows import FILE, to_file


def find_file(db: Reader, path: bytes) -> File | None:
    """What is known of a path relative to the workspace, or None."""
    row = db.one(f"{FILE} WHERE path = ?", (path,))
    return None if row is None else to_file(row)


def load_files(db: Reader, paths: Collection[bytes]) -> dict[bytes, File]:
    """What is known of some paths, by path; unknown ones are left out.

    Args:
        paths: at most 500.
    """
    rows = db.all(f"{FILE} WHERE path IN ({', '.join('?' * len(paths))})", tuple(paths))
    return {file.path: file for file in map(to_file, rows)}


def get_file(db: Reader, file_id: int) -> File | None:
    """The file with this id, or None."""
    row = db.one(f"{FILE} WHERE id = ?", (file_id,))
    return None if row is None else to_file(row)


class Fingerprint(NamedTuple):
    """What is compared with ``lstat`` to tell whether a path changed."""

    id: int
    size_bytes: int
    mtime_ns: int
    inode: int
    device: int
    state: str


def load_fingerprints(db: Reader, scope: Collection[bytes] | None = None) -> dict[bytes, Fingerprint]:
    """What an unchanged restart compares, by path.

    Args:
        scope: only these paths and whatever lies below them; None for every known path.
    """
    sql = "SELECT path, id, size_bytes, mtime_ns, inode, device, state FROM file"
    if scope is None:
        rows = db.all(sql)
    else:
        # "0" follows "/" in ASCII, so the range is exactly what lies below the path.
        below = f"{sql} WHERE path = ? OR (path > ? AND path < ?)"
        rows = [row for path in scope for row in db.all(below, (path, path + b"/", path + b"0"))]
    return {row[0]: Fingerprint(*row[1:]) for row in rows}


def save_file(tx: Tx, file: File) -> int:
    """Insert a path or update what is known of it; its id.

    Args:
        file: with id 0 for a new path.
    """
    if file.id == 0:
        return tx.insert(
            "file",
            path=file.path,
            display=file.display,
            asset_id=file.asset_id,
            version_id=file.version_id,
            label=file.label,
            state=file.state,
            reason=file.reason,
            size_bytes=file.size_bytes,
            mtime_ns=file.mtime_ns,
            inode=file.inode,
            device=file.device,
        )
    tx.run(
        "UPDATE file SET asset_id = ?, version_id = ?, label = ?, state = ?, reason = ?, size_bytes = ?, mtime_ns = ?,"
        " inode = ?, device = ? WHERE id = ?",
        (
            file.asset_id, file.version_id, file.label, file.state, file.reason, file.size_bytes, file.mtime_ns,
            file.inode, file.device, file.id,
        ),
    )  # fmt: skip
    return file.id


def list_pending(db: Reader) -> list[tuple[int, bytes]]:
    """(id, path) of every file that waits to be decoded, in order of discovery."""
    return db.all("SELECT id, path FROM file WHERE state IN ('found', 'changed') ORDER BY id")


def count_pending(db: Reader) -> int:
    """How many files wait to be decoded."""
    return int(db.value("SELECT count(*) FROM file WHERE state IN ('found', 'changed')"))


def list_files_of_asset(db: Reader, asset_id: int) -> list[File]:
    """Every path that belongs to an asset, in order of discovery."""
    return [to_file(row) for row in db.all(f"{FILE} WHERE asset_id = ? ORDER BY id", (asset_id,))]


def list_files_of_version(db: Reader, version_id: int) -> list[File]:
    """Paths that hold a version's bytes now, as far as is known."""
    return [
        to_file(row) for row in db.all(f"{FILE} WHERE version_id = ? AND state = 'present' ORDER BY id", (version_id,))
    ]


def list_in_state(db: Reader, state: FileState) -> list[File]:
    """Every path in one state."""
    return [to_file(row) for row in db.all(f"{FILE} WHERE state = ? ORDER BY id", (state,))]


def count_by_state(db: Reader) -> dict[FileState, int]:
    """How many paths are in each state."""
    return {FileState(row[0]): row[1] for row in db.all("SELECT state, count(*) FROM file GROUP BY state")}


def list_present_by_inode(db: Reader, inodes: Collection[int]) -> list[File]:
    """Paths that held a version when last seen and had one of these inodes: where a renamed file may come from.

    Args:
        inodes: at most 500.
    """
    marks = ", ".join("?" * len(inodes))
    return [to_file(row) for row in db.all(f"{FILE} WHERE state = 'present' AND inode IN ({marks})", tuple(inodes))]


def list_homes(db: Reader) -> list[tuple[bytes, int, str]]:
    """(path, asset id, key of the asset) of every path that is still on disk and belongs to an asset."""
    return db.all("SELECT f.path, a.id, a.key FROM file f JOIN asset a ON a.id = f.asset_id WHERE f.state <> 'missing'")


def is_size_pending(db: Reader, size_bytes: int) -> bool:
    """Whether a file of this size waits to be decoded, so that it may turn out to be one that was moved."""
    sql = "SELECT EXISTS (SELECT 1 FROM file WHERE state IN ('found', 'changed', 'settling') AND size_bytes = ?)"
    return bool(db.value(sql, (size_bytes,)))


def set_devices(tx: Tx, rows: Collection[tuple[int, int]]) -> None:
    """Remember new device numbers, (device, file id) each: a disk that comes back may have got another one."""
    for row in rows:
        tx.run("UPDATE file SET device = ? WHERE id = ?", row)


def load_head_places(db: Reader) -> dict[int, tuple[str | None, bytes | None]]:
    """Where each asset's head can be looked for: (hash of its blob, path of its first file), by asset id.

    Assets without a version have the path of a file that was found for them.
    """
    rows = db.all(
        "SELECT a.id, v.sha256, CASE WHEN a.head_id IS NULL"
        " THEN (SELECT f.path FROM file f WHERE f.asset_id = a.id ORDER BY f.id LIMIT 1)"
        " ELSE (SELECT f.path FROM file f WHERE f.version_id = a.head_id AND f.state = 'present' ORDER BY f.id LIMIT 1)"
        " END FROM asset a LEFT JOIN version v ON v.id = a.head_id"
    )
    return {row[0]: (row[1], None if row[2] is None else bytes(row[2])) for row in rows}
