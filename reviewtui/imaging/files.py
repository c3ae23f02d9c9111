"""Open a file from outside so that nothing can hang or be followed: regular files only. Must not decode."""

import errno
import os
import stat
from pathlib import Path

from reviewtui.model.errors import InputError

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISLNK, "a symbolic link"),
)


def open_regular(path: bytes | str | Path) -> int:
    """An open descriptor of a regular file; the caller closes it. Never waits for a writer, follows no link.

    Raises:
        InputError: anything but a readable regular file, in words.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except ValueError as error:
        raise InputError("the path contains a zero byte") from error
    except OSError as error:
        raise InputError(_open_failure(error), _remedy(error)) from error
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    raise InputError(f"{_kind(mode)}, not a picture file")


def _kind(mode: int) -> str:
    return next((words for is_kind, words in _KINDS if is_kind(mode)), "a special file")


def _open_failure(error: OSError) -> str:
    if error.errno == errno.ELOOP:
        return "a symbolic link, not a picture file"
    if error.errno == errno.ENXIO:
        return "a socket or a device, not a picture file"
    if error.errno == errno.ENOENT:
        return "the file is gone"
    if error.errno in (errno.EACCES, errno.EPERM):
        return "it may not be read: no permission"
    return f"it cannot be opened: {os.strerror(error.errno or 0)}"


def _remedy(error: OSError) -> str:
    if error.errno == errno.ELOOP:
        return "put the file itself into the folder"
    return "give yourself the right to read it" if error.errno in (errno.EACCES, errno.EPERM) else ""
