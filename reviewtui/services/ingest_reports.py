"""What a scan tells: a report for each file that changed state, and how far it is. No disk, no database."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from reviewtui.model.lifecycle import FileState
from reviewtui.model.text import display_path

if TYPE_CHECKING:
    from reviewtui.imaging.facts import PictureFacts


@dataclass(frozen=True, slots=True)
class FileReport:
    """One path that changed state, or a folder that could not be looked into.

    Attributes:
        path: relative to the workspace; empty for the workspace itself.
        asset: key, None when it belongs to none.
        version: number, once it is decoded.
        reason: why it cannot be used, in words.
    """

    path: bytes
    state: FileState
    asset: str | None = None
    version: int | None = None
    sha256: str | None = None
    reason: str | None = None

    @property
    def display(self) -> str:
        """The path as text that is safe for a terminal."""
        return display_path(self.path) or "."

    def to_data(self, root: Path) -> dict[str, Any]:
        """JSON-ready, with the keys of the command line's contract; ``path`` is absolute."""
        absolute = os.path.join(os.fsencode(root), self.path) if self.path else os.fsencode(root)  # noqa: PTH118 - bytes
        return {
            "path": display_path(absolute),
            "state": self.state.value,
            "asset": self.asset,
            "version": self.version,
            "sha256": self.sha256,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class ScanProgress:
    """How far a scan is.

    Attributes:
        stage: ``looking`` (walking the folder), ``listing`` (writing what is new) or ``reading`` (decoding).
        done: files.
        total: files, None while unknown.
    """

    stage: str
    done: int
    total: int | None


Progress = Callable[[ScanProgress], None]


class Inspector(Protocol):
    """What ingest needs of the decoder."""

    def inspect(self, path: bytes) -> "PictureFacts":
        """Hash and decode a file whole, in a limited process.

        Raises:
            InputError: it cannot be used; says why.
            BusyError: no process can be had.
        """
        ...
