"""Walk a folder and look at every picture name in it with ``lstat``, opening nothing and following no link.

Paths are bytes relative to the workspace, because a name need not be text. Must not touch the database.
"""

import os
import stat
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from reviewtui.model.naming import PICTURE_EXTENSIONS

_EXTENSIONS = frozenset(extension.encode() for extension in PICTURE_EXTENSIONS)
_TELL_EVERY = 2000

NO_RIGHT = "no permission to read it"

_KINDS = (
    (stat.S_ISLNK, "is a link, not a picture file"),
    (stat.S_ISFIFO, "is a named pipe, not a picture file"),
    (stat.S_ISSOCK, "is a socket, not a picture file"),
    (stat.S_ISCHR, "is a device, not a picture file"),
    (stat.S_ISBLK, "is a device, not a picture file"),
)


class Seen(NamedTuple):
    """One path as ``lstat`` shows it.

    Attributes:
        problem: why it is no file that may be opened; empty for a regular file.
    """

    size_bytes: int
    mtime_ns: int
    inode: int
    device: int
    problem: str = ""

    @property
    def signature(self) -> tuple[int, int, int]:
        """What must stay the same for the bytes to be taken as unchanged."""
        return self[:3]


@dataclass(slots=True)
class Walked:
    """What lies in a folder.

    Attributes:
        seen: every path with a picture's name.
        blocked: folders that could not be looked into, and why.
    """

    seen: dict[bytes, Seen] = field(default_factory=dict)
    blocked: dict[bytes, str] = field(default_factory=dict)

    def is_hidden(self, path: bytes) -> bool:
        """Whether a path lies below a folder that could not be looked into, so that nothing is known of it."""
        if b"" in self.blocked:
            return True
        return any(path.startswith(folder + b"/") for folder in self.blocked)


def is_picture(name: bytes) -> bool:
    """Whether a file name without folder is listed: a picture's extension, and not hidden."""
    dot = name.rfind(b".")
    return dot > 0 and name[:1] != b"." and name[dot:].lower() in _EXTENSIONS


def look_at(path: bytes) -> Seen | None:
    """One absolute path; None when it is gone, a folder, or cannot be looked at."""
    try:
        status = os.lstat(path)
    except (OSError, ValueError):
        return None
    return None if stat.S_ISDIR(status.st_mode) else _to_seen(status)


def walk(
    root: bytes, skipped: bytes, scope: Collection[bytes] | None = None, tell: Callable[[int], None] | None = None
) -> Walked:
    """Everything with a picture's name below a folder. Blocking.

    Hidden names and the folder ``skipped`` are left out, links are not followed.

    Args:
        root: absolute.
        skipped: absolute path of the state folder.
        scope: only these relative paths and what lies below them; None for everything.
        tell: called now and then with the number of files seen.
    """
    walked = Walked()
    if scope is None:
        _walk_folder(root, b"", skipped, walked, tell)
        return walked
    for path in scope:
        if any(part[:1] == b"." for part in path.split(b"/")):
            continue
        absolute = os.path.join(root, path)  # noqa: PTH118 - bytes
        if (absolute + b"/").startswith(skipped + b"/"):
            continue
        seen = look_at(absolute)
        if seen is None:
            _walk_if_folder(root, path, skipped, walked)
        elif is_picture(path.rpartition(b"/")[2]):
            walked.seen[path] = seen
    return walked


def _walk_if_folder(root: bytes, path: bytes, skipped: bytes, walked: Walked) -> None:
    absolute = os.path.join(root, path)  # noqa: PTH118 - bytes
    try:
        if not stat.S_ISDIR(os.lstat(absolute).st_mode):
            return
    except (FileNotFoundError, NotADirectoryError):
        return
    except (OSError, ValueError) as error:
        walked.blocked[path.rpartition(b"/")[0]] = _words(error)
        return
    _walk_folder(root, path, skipped, walked, None)


def _walk_folder(root: bytes, start: bytes, skipped: bytes, walked: Walked, tell: Callable[[int], None] | None) -> None:
    waiting = [start]
    told = 0
    while waiting:
        folder = waiting.pop()
        absolute = os.path.join(root, folder) if folder else root  # noqa: PTH118 - bytes
        if absolute == skipped:
            continue
        try:
            with os.scandir(absolute) as entries:
                waiting += _look_into(entries, folder + b"/" if folder else b"", walked)
        except FileNotFoundError:
            if not folder:
                walked.blocked[b""] = "the folder is gone"
        except OSError as error:
            walked.blocked[folder] = _words(error)
        if tell is not None and len(walked.seen) - told >= _TELL_EVERY:
            told = len(walked.seen)
            tell(told)


def _look_into(entries: Iterator[os.DirEntry[bytes]], prefix: bytes, walked: Walked) -> list[bytes]:
    """Take the pictures of one folder; its subfolders are returned."""
    folders = []
    for entry in entries:
        name = entry.name
        if name[:1] == b".":
            continue
        try:
            if entry.is_dir(follow_symlinks=False):
                folders.append(prefix + name)
            elif is_picture(name):
                walked.seen[prefix + name] = _to_seen(entry.stat(follow_symlinks=False))
        except FileNotFoundError:
            continue
    return folders


def _to_seen(status: os.stat_result) -> Seen:
    mode = status.st_mode
    problem = "" if stat.S_ISREG(mode) else next((words for fits, words in _KINDS if fits(mode)), "is no regular file")
    return Seen(status.st_size, status.st_mtime_ns, status.st_ino, status.st_dev, problem)


def _words(error: OSError | ValueError) -> str:
    if isinstance(error, PermissionError):
        return f"folder: {NO_RIGHT}"
    return f"folder: {getattr(error, 'strerror', None) or error}"
