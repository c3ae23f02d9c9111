"""Immutable bytes in files named by their SHA-256: temp, fsync, rename, fsync of the folder.

Must not interpret what it stores.
"""

import fcntl
import hashlib
import os
import tempfile
from pathlib import Path
from typing import BinaryIO

from reviewtui.model.errors import DriftError, InputError, StoreError

_FICLONE = 0x40049409
_CHUNK_BYTES = 1 << 20


class BlobStore:
    """The blobs of one workspace. Any thread, any process; writing the same bytes twice is harmless.

    Args:
        folder: where blobs live.
        temporary: folder on the same file system for half-written files.
    """

    def __init__(self, folder: Path, temporary: Path) -> None:
        self._folder = folder
        self._temporary = temporary

    def path_of(self, sha256: str) -> Path:
        """Where the blob lives or would live.

        Raises:
            InputError: not a SHA-256 in lower-case hex.
        """
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise InputError(f"'{sha256[:80]}' is no SHA-256")
        return self._folder / sha256[:2] / sha256

    def has(self, sha256: str) -> bool:
        """Whether the blob's file is there; its bytes are checked by ``verify``."""
        return self.path_of(sha256).is_file()

    def temporary_file(self, suffix: str = "") -> Path:
        """Name of a new empty file beside the blobs, to be handed to ``adopt``."""
        self._temporary.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=self._temporary, suffix=suffix)
        os.close(descriptor)
        return Path(name)

    def put(self, data: bytes) -> str:
        """Store bytes; their SHA-256.

        Raises:
            StoreError: they cannot be written; nothing half-written is left.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        if self.has(sha256):
            return sha256
        partial = self.temporary_file()
        try:
            partial.write_bytes(data)
            self._settle(partial, sha256)
        except OSError as error:
            raise _disk_words(error) from error
        finally:
            partial.unlink(missing_ok=True)
        return sha256

    def adopt(self, partial: Path) -> str:
        """Take over a finished temporary file; its SHA-256. The file is gone afterwards.

        Raises:
            StoreError: it cannot be read or renamed.
        """
        try:
            with partial.open("rb") as stream:
                sha256 = hash_stream(stream)
            if not self.has(sha256):
                self._settle(partial, sha256)
        except OSError as error:
            raise _disk_words(error) from error
        finally:
            partial.unlink(missing_ok=True)
        return sha256

    def keep(self, source: Path, sha256: str) -> None:
        """Keep a copy of a file that holds the bytes ``sha256``, by a copy-on-write clone where that works.

        Raises:
            DriftError: the file holds other bytes now.
            StoreError: it cannot be read or written.
        """
        if self.has(sha256):
            return
        partial = self.temporary_file()
        try:
            descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as reading, partial.open("r+b") as writing:
                _clone_or_copy(reading, writing)
                writing.seek(0)
                found = hash_stream(writing)
            if found != sha256:
                raise DriftError(f"{source.name} changed on disk", "look at it again: it is a new version now")
            self._settle(partial, sha256)
        except FileNotFoundError as error:
            raise DriftError(f"{source.name} is gone from disk", "bring it back, then do it again") from error
        except OSError as error:
            raise _disk_words(error) from error
        finally:
            partial.unlink(missing_ok=True)

    def verify(self, sha256: str) -> bool:
        """Whether the blob is there and its bytes are what its name says."""
        try:
            with self.path_of(sha256).open("rb") as stream:
                return hash_stream(stream) == sha256
        except OSError:
            return False

    def _settle(self, partial: Path, sha256: str) -> None:
        target = self.path_of(sha256)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        with partial.open("rb") as stream:
            os.fsync(stream.fileno())
        partial.chmod(0o400)
        partial.rename(target)
        folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def hash_stream(stream: BinaryIO) -> str:
    """SHA-256 of the rest of a stream."""
    digest = hashlib.sha256()
    while chunk := stream.read(_CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


def _clone_or_copy(reading: BinaryIO, writing: BinaryIO) -> None:
    try:
        fcntl.ioctl(writing.fileno(), _FICLONE, reading.fileno())
    except OSError:
        while chunk := reading.read(_CHUNK_BYTES):
            writing.write(chunk)
        writing.flush()


def _disk_words(error: OSError) -> StoreError:
    if error.errno == 28:
        return StoreError("the disk is full: nothing was written", "free some space, then do it again")
    return StoreError(f"the blob store failed: {error.strerror}")
