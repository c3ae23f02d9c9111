"""The change feed: who has seen what, and whether anything is new."""

from reviewtui.model.entities import Change
from reviewtui.store.connection import Store, Tx

KEEP_ROWS = 20_000


class ChangeReader:
    """Position of one reader in the feed. One thread, with a connection of its own.

    ``PRAGMA data_version`` costs 4 µs and sees other connections' commits, so polling is cheap.
    """

    def __init__(self, store: Store) -> None:
        """Start behind everything that is committed now."""
        self._store = store
        self._version = -1
        with store.read() as db:
            self._position = int(db.value("SELECT coalesce(max(seq), 0) FROM change"))

    @property
    def position(self) -> int:
        """Sequence number of the last change that was read."""
        return self._position

    def poll(self) -> list[Change] | None:
        """Changes since the last call, oldest first; None when some were pruned, so that all must be read again."""
        with self._store.using() as connection:
            version = int(connection.execute("PRAGMA data_version").fetchone()[0])
        if version == self._version:
            return []
        self._version = version
        with self._store.read() as db:
            rows = db.all(
                "SELECT seq, entity, entity_id, kind FROM change WHERE seq > ? ORDER BY seq", (self._position,)
            )
            pruned = bool(rows) and rows[0][0] != self._position + 1
        if rows:
            self._position = rows[-1][0]
        return None if pruned else [Change(*row) for row in rows]


def prune_changes(tx: Tx) -> None:
    """Forget all but the newest rows; readers further behind will read everything again."""
    tx.run("DELETE FROM change WHERE seq <= (SELECT max(seq) FROM change) - ?", (KEEP_ROWS,))
