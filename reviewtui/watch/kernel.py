"""What the kernel tells about its watches, without touching the library's insides: Linux ``/proc`` only."""

import os
from pathlib import Path


def count_watches() -> int:
    """Inotify watches that this process holds; 0 where the system does not tell."""
    total = 0
    try:
        descriptors = list(Path("/proc/self/fd").iterdir())
    except OSError:
        return 0
    for descriptor in descriptors:
        try:
            if "inotify" in str(descriptor.readlink()):
                text = Path(f"/proc/self/fdinfo/{descriptor.name}").read_text(encoding="ascii")
                total += text.count("inotify wd:")
        except OSError:
            continue
    return total


def count_folders(root: bytes) -> int:
    """Folders below and including a folder, hidden ones too, links not followed: as many watches as there must be."""
    total, waiting = 0, [root]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                waiting += [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
            total += 1
        except OSError:
            continue
    return total


def watch_limit() -> int | None:
    """Most watches of one user, None where the system does not tell."""
    try:
        return int(Path("/proc/sys/fs/inotify/max_user_watches").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
