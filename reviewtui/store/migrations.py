"""Schema revisions, forward only, each with a copy of the database made first.

sqlite-utils keeps the record of applied steps; it is imported only when there is something to apply, because a desk
that opens an up-to-date workspace should not pay for it.
"""

import fcntl
import os
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

from reviewtui.model.clock import iso
from reviewtui.model.errors import StoreError
from reviewtui.store.driver import sqlite3
from reviewtui.store.schema import schema_sql
from reviewtui.store.schema_second import allow_composed_verbs, second_schema_sql

if TYPE_CHECKING:
    import sqlite3 as sqlite3_types

    from reviewtui.store.connection import Store

REVISION = 2


def schema_revision(connection: "sqlite3_types.Connection") -> int:
    """Revision of an open database; 0 for an empty one."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(store: "Store") -> None:
    """Bring a workspace's database to this program's revision. Safe when several processes start at once.

    Raises:
        StoreError: the database was written by a newer reviewtui, or a step failed (then nothing is changed).
    """
    connection = store.connection()
    try:
        revision = schema_revision(connection)
        if revision == REVISION:
            return
        if store.read_only and revision < REVISION:
            raise StoreError(f"this workspace's database is older (schema {revision})", "open it once for writing")
        if revision > REVISION:
            raise StoreError(
                f"this workspace was written by a newer reviewtui (schema {revision}, this one knows {REVISION})",
                "update reviewtui",
            )
        with store.paths.write_lock.open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _apply(store, connection)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"the workspace's database cannot be brought up to date: {error}") from error


def _apply(store: "Store", connection: "sqlite3_types.Connection") -> None:
    revision = schema_revision(connection)
    if revision >= REVISION:  # somebody else was faster
        return
    if revision > 0:
        _back_up(store, connection, revision)
    from sqlite_utils import Database, Migrations

    steps = Migrations("reviewtui")

    @steps()
    def first_schema(database: "Database") -> None:
        for statement in _statements(schema_sql()):
            database.conn.execute(statement)
        database.conn.execute(
            "INSERT INTO policy VALUES (1, 'final', 1, '[]', 1, NULL, 'reviewtui', ?)", (iso(store.clock.now()),)
        )

    @steps()
    def second_schema(database: "Database") -> None:
        for statement in _statements(second_schema_sql()):
            database.conn.execute(statement)
        allow_composed_verbs(database.conn)

    connection.execute("BEGIN IMMEDIATE")
    try:
        steps.apply(Database(connection))
        connection.execute(f"PRAGMA user_version={REVISION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _statements(script: str) -> list[str]:
    statements, current = [], ""
    for line in script.splitlines(keepends=True):
        current += line
        if sqlite3.complete_statement(current):
            statements.append(current)
            current = ""
    return [statement for statement in statements if statement.strip()]


def _back_up(store: "Store", connection: "sqlite3_types.Connection", revision: int) -> Path:
    stamp = store.clock.now().astimezone(UTC).strftime("%Y%m%dT%H%M%S")
    target = store.paths.backups / f"schema-{revision}-{stamp}.db"
    partial = target.with_suffix(".partial")
    copy = sqlite3.connect(os.fspath(partial))
    try:
        connection.backup(copy)
    finally:
        copy.close()
    partial.chmod(0o600)
    partial.rename(target)
    return target
