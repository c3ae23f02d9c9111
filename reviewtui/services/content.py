"""Where the bytes of a version can be read, and keeping them once somebody refers to them."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from reviewtui.model.entities import File, Version
from reviewtui.model.errors import DriftError
from reviewtui.services.workspace import Workspace
from reviewtui.store.blobs import hash_stream
from reviewtui.store.connection import Reader
from reviewtui.store.files import list_files_of_version


@dataclass(frozen=True, slots=True)
class Content:
    """A readable file that should hold a version's bytes; readers check the hash.

    Attributes:
        kept: whether it is the store's own copy, which nobody rewrites.
    """

    path: Path
    kept: bool


def absolute_path(workspace: Workspace, path: bytes) -> Path:
    """A stored path inside the workspace.

    Raises:
        DriftError: it would leave the workspace.
    """
    root = os.fsencode(workspace.paths.root).rstrip(b"/") + b"/"
    joined = os.path.normpath(root + path)
    if not joined.startswith(root):
        raise DriftError("a stored path leads out of the workspace")
    return Path(os.fsdecode(joined))


def is_unchanged(path: Path, file: File) -> bool:
    """Whether a path still has the size, time and inode that were recorded; follows no symlink."""
    try:
        status = path.lstat()
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (file.size_bytes, file.mtime_ns)


def find_content(workspace: Workspace, db: Reader, version: Version) -> Content | None:
    """A file with a version's bytes: the store's copy, else an unchanged path on disk, else None."""
    if workspace.blobs.has(version.sha256):
        return Content(workspace.blobs.path_of(version.sha256), kept=True)
    for file in list_files_of_version(db, version.id):
        path = absolute_path(workspace, file.path)
        if is_unchanged(path, file):
            return Content(path, kept=False)
    return None


def get_content(workspace: Workspace, db: Reader, version: Version) -> Content:
    """A file with a version's bytes.

    Raises:
        DriftError: the bytes are nowhere to be found.
    """
    content = find_content(workspace, db, version) or _find_of_that_size(workspace, db, version)
    if content is None:
        raise DriftError(
            f"the bytes of v{version.number} are no longer on disk", "bring the file back, then rescan the folder"
        )
    return content


def _find_of_that_size(workspace: Workspace, db: Reader, version: Version) -> Content | None:
    """A path whose times changed but not its size, as in a copied workspace; its reader checks the hash anyway."""
    for file in list_files_of_version(db, version.id):
        path = absolute_path(workspace, file.path)
        try:
            status = path.lstat()
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode) and status.st_size == file.size_bytes:
            return Content(path, kept=False)
    return None


def keep_version(workspace: Workspace, version: Version) -> None:
    """Make sure that a version's bytes stay addressable whatever happens to its file. Blocking; call from a thread.

    Raises:
        DriftError: the file changed or is gone.
        StoreError: the copy cannot be written.
    """
    with workspace.store.read() as db:
        content = get_content(workspace, db, version)
    if not content.kept:
        workspace.blobs.keep(content.path, version.sha256)


def check_bytes_on_disk(workspace: Workspace, version: Version) -> None:
    """Read the hash of a version's bytes again from disk, as a decision and a delivery must. Blocking.

    For a version that came from a file, some file on disk must still hold its bytes; the store's copy alone is not
    enough, because then what lies in the folder is not what was reviewed.

    Raises:
        DriftError: they differ or are gone.
    """
    with workspace.store.read() as db:
        files = list_files_of_version(db, version.id) if version.source == "file" else []
    candidates = [absolute_path(workspace, file.path) for file in files]
    if version.source == "job":
        candidates = [workspace.blobs.path_of(version.sha256)]
    for path in candidates:
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            continue
        with os.fdopen(descriptor, "rb") as stream:
            if hash_stream(stream) == version.sha256:
                return
    raise DriftError(
        f"v{version.number} on disk is no longer what was reviewed", "look at the new version, then decide again"
    )
