"""The change feed for readers outside the store."""

from reviewtui.model.entities import Change
from reviewtui.services.workspace import Workspace
from reviewtui.store.feed import ChangeReader


class Feed:
    """One reader's place in the feed of a workspace. Use it from one thread."""

    def __init__(self, workspace: Workspace) -> None:
        """Nothing is read before ``begin``."""
        self._store = workspace.store
        self._reader: ChangeReader | None = None

    def begin(self) -> None:
        """Start behind everything that is committed now.

        Raises:
            StoreError: the database cannot be read.
        """
        self._reader = ChangeReader(self._store)

    def poll(self) -> list[Change] | None:
        """Changes since the last call; None when everything must be read again.

        Raises:
            StoreError: the database cannot be read.
        """
        if self._reader is None:
            self.begin()
        assert self._reader is not None
        return self._reader.poll()
