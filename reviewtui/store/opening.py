"""Opening a workspace's database: the folders, the connection, the schema of today."""

from reviewtui.model.clock import Clock
from reviewtui.settings.paths import WorkspacePaths
from reviewtui.store.connection import Store
from reviewtui.store.migrations import migrate


def open_store(paths: WorkspacePaths, *, clock: Clock | None = None, read_only: bool = False) -> Store:
    """The store of a workspace, made when there is none and brought up to date. Blocking.

    Args:
        paths: of the workspace.
        clock: for times in records.
        read_only: never writes, and expects a database that is there and up to date.

    Raises:
        StoreError: it cannot be opened, is on a network file system, or was made by a newer reviewtui.
    """
    store = Store(paths, clock=clock, read_only=read_only)
    try:
        migrate(store)
    except BaseException:
        store.close()
        raise
    return store
