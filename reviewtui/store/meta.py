"""Single facts about the workspace by name."""

from reviewtui.store.connection import Reader, Tx


def find_meta(db: Reader, key: str) -> str | None:
    """The value under a name, or None."""
    found = db.value("SELECT value FROM meta WHERE key = ?", (key,))
    return None if found is None else str(found)


def set_meta(tx: Tx, key: str, value: str) -> None:
    """Remember a value under a name, replacing an older one."""
    tx.run("INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value))
