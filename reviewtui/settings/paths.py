"""Where a workspace keeps its state, and which file systems can hold it."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from reviewtui.model.errors import NotFoundError, RefusedError, StoreError

STATE_FOLDER = ".reviewtui"

_NETWORK_TYPES = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "fuse.sshfs", "fuse.rclone"}
)


@dataclass(frozen=True, slots=True)
class WorkspacePaths:
    """The watched folder and the state that belongs to it; absolute paths."""

    root: Path
    state: Path

    @property
    def database(self) -> Path:
        """The one truth."""
        return self.state / "reviewtui.db"

    @property
    def blobs(self) -> Path:
        """Immutable pixels, named by hash."""
        return self.state / "blobs"

    @property
    def cache(self) -> Path:
        """What can be made again."""
        return self.state / "cache"

    @property
    def temporary(self) -> Path:
        """Half-written files, on the same file system as the blobs."""
        return self.state / "tmp"

    @property
    def backups(self) -> Path:
        """Copies of the database from before each migration."""
        return self.state / "backups"

    @property
    def write_lock(self) -> Path:
        """Taken by whoever writes to the database."""
        return self.state / "write.lock"

    @property
    def worker_lock(self) -> Path:
        """Held by the one background process while it lives."""
        return self.state / "worker.lock"

    @property
    def presence_lock(self) -> Path:
        """Held shared by every desk and waiting command; free means that nobody needs the worker."""
        return self.state / "presence.lock"

    @property
    def worker_log(self) -> Path:
        """What the background process has to say."""
        return self.state / "worker.log"

    @property
    def settings_file(self) -> Path:
        """Settings of this workspace alone."""
        return self.state / "settings.toml"


def workspace_paths(folder: str | Path, state: str | Path | None = None) -> WorkspacePaths:
    """The paths of a workspace; nothing is created.

    Args:
        folder: the watched folder as typed.
        state: folder for the state when it must not live in ``FOLDER/.reviewtui``.

    Raises:
        NotFoundError: there is no such folder.
        RefusedError: it is no folder, or may not be read; or the state's is nothing that a disk takes.
    """
    try:
        root = Path(folder).expanduser().resolve(strict=True)
        if not root.is_dir():
            raise RefusedError(f"{folder} is a file, not a folder", "give the folder that holds the pictures")
    except FileNotFoundError as error:
        raise NotFoundError(f"there is no folder {folder}") from error
    except (OSError, RuntimeError, ValueError) as error:
        raise RefusedError(f"cannot use {folder}: {_words(error)}") from error
    if not os.access(root, os.R_OK | os.X_OK):
        raise RefusedError(f"no right to read {folder}", f"ask its owner, or: chmod u+rx {folder}")
    if STATE_FOLDER in root.parts:
        raise RefusedError(f"{folder} is inside a workspace's own state", "open the folder that holds the pictures")
    return WorkspacePaths(root, root / STATE_FOLDER if state is None else _state_folder(state))


def _state_folder(state: str | Path) -> Path:
    try:
        place = Path(state).expanduser().resolve()
        with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError):  # said when it is made
            place.stat()
    except (OSError, RuntimeError, ValueError) as error:
        raise RefusedError(f"cannot keep the state in {state}: {_words(error)}", "name another: --state DIR") from error
    return place


def _words(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)


def make_state_folders(paths: WorkspacePaths) -> None:
    """Create the state folders, readable by their owner alone.

    Raises:
        StoreError: no right, no space, or a network file system.
    """
    kind = file_system_type(paths.state)
    if is_network_type(kind):
        raise StoreError(
            f"{paths.state} is on a network file system ({kind}), where SQLite loses data",
            "keep the state on a local disk: --state DIR",
        )
    try:
        paths.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (paths.blobs, paths.cache, paths.temporary, paths.backups):
            folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"cannot create {paths.state}: {_words(error)}", "keep the state elsewhere: --state DIR"
        ) from error


def network_file_system(path: Path) -> str | None:
    """Type of the network file system that holds a path, or None when it is local."""
    kind = file_system_type(path)
    return kind if kind in _NETWORK_TYPES else None


def is_network_type(kind: str) -> bool:
    """Whether a file system type is one on which SQLite loses data."""
    return kind in _NETWORK_TYPES


def file_system_type(path: Path) -> str:
    """Type of the mount that holds a path, such as ``ext4`` or ``nfs4``; empty when the system does not tell."""
    try:
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    best, kind = -1, ""
    text = str(path)
    for line in lines:
        left, _, right = line.partition(" - ")
        mount = left.split()[4].encode().decode("unicode_escape", "replace")
        inside = mount == "/" or text == mount or text.startswith(mount + "/")
        if inside and len(mount) >= best:
            best, kind = len(mount), right.split()[0]
    return kind
