"""Schema revision 2: locks, presets that people saved, what composing needs, and the verbs that compose.

Applied on top of revision 1, on new and on old databases alike.
"""

from typing import TYPE_CHECKING

from reviewtui.model.lifecycle import COMPOSED_VERBS, Verb
from reviewtui.store.schema import append_only, feed, tokens

if TYPE_CHECKING:
    import sqlite3 as sqlite3_types

TABLES = """
CREATE TABLE lock (
  id INTEGER PRIMARY KEY,
  asset_id INTEGER NOT NULL REFERENCES asset (id),
  version_id INTEGER NOT NULL REFERENCES version (id),
  spec TEXT NOT NULL,
  why TEXT NOT NULL,
  author TEXT NOT NULL,
  event_seq INTEGER NOT NULL REFERENCES event (seq),
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX lock_asset ON lock (asset_id, id);

CREATE TABLE unlock (
  lock_id INTEGER PRIMARY KEY REFERENCES lock (id),
  author TEXT NOT NULL,
  event_seq INTEGER NOT NULL REFERENCES event (seq),
  created_at TEXT NOT NULL
) STRICT;

CREATE TABLE preset (
  name TEXT PRIMARY KEY CHECK (length(name) > 0),
  data TEXT NOT NULL,
  author TEXT NOT NULL, created_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE proof ADD COLUMN raw_sha256 TEXT;
ALTER TABLE proof ADD COLUMN passes_sha256 TEXT;
"""

APPEND_ONLY = ("lock", "unlock")

_FEED_OF_UNLOCK = """
CREATE TRIGGER feed_unlock_insert AFTER INSERT ON unlock BEGIN
  INSERT INTO change (entity, entity_id, kind)
  SELECT 'asset', asset_id, 'update' FROM lock WHERE id = NEW.lock_id; END;
"""


def second_schema_sql() -> str:
    """Statements of schema revision 2, without ``allow_composed_verbs``."""
    guards = "".join(append_only(table) for table in APPEND_ONLY)
    return TABLES + guards + feed("lock", "asset", "asset_id") + _FEED_OF_UNLOCK


def allow_composed_verbs(connection: "sqlite3_types.Connection") -> None:
    """Widen the CHECK of ``job.verb`` in a database of revision 1; nothing to do in a new one.

    SQLite has no statement for it. Source: "Making Other Kinds Of Table Schema Changes" in its ALTER TABLE manual,
    the procedure for changes that do not touch what is stored.
    """
    old = tokens(verb for verb in Verb if verb not in COMPOSED_VERBS)
    (version,) = connection.execute("PRAGMA schema_version").fetchone()
    connection.execute("PRAGMA writable_schema=ON")
    try:
        changed = connection.execute(
            "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'job' AND instr(sql, ?)",
            (f"verb IN {old}", f"verb IN {tokens(Verb)}", f"verb IN {old}"),
        ).rowcount
        if changed:
            connection.execute(f"PRAGMA schema_version={version + 1}")
    finally:
        connection.execute("PRAGMA writable_schema=OFF")
