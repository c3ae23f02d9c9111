"""The one door for SQL: connections, snapshots, and ``Store.write``, the only way to change a fact.

A write takes the workspace's write lock (``flock``), then BEGIN IMMEDIATE: SQLite's own busy handler is not fair and
starves a writer for seconds, the lock is fair and a kill releases it.
"""

import fcntl
import json
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reviewtui.model.clock import Clock, SystemClock, iso
from reviewtui.model.entities import Actor
from reviewtui.model.errors import BusyError, RefusedError, StoreError
from reviewtui.model.history import FIRST_HASH, canonical, chain_hash
from reviewtui.settings.paths import WorkspacePaths, make_state_folders
from reviewtui.store.driver import sqlite3

if TYPE_CHECKING:
    import sqlite3 as sqlite3_types

Row = tuple[Any, ...]

_CLOSE_S = 10.0
"""After this a thread that still uses its connection keeps it."""

_PRAGMAS = (
    "PRAGMA foreign_keys=ON",
    "PRAGMA recursive_triggers=ON",
    "PRAGMA busy_timeout=5000",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA cell_size_check=ON",
    "PRAGMA synchronous=FULL",
)


def error_words(error: Exception) -> StoreError | BusyError:
    """A failure of SQLite or of the disk in the user's words."""
    text = str(error)
    if "locked" in text or "busy" in text:
        return BusyError("the workspace is busy", "try again in a moment")
    if "disk is full" in text or getattr(error, "errno", None) == 28:
        return StoreError("the disk is full: nothing was written", "free some space, then do it again")
    if "readonly" in text or "unable to open" in text:
        return StoreError(f"the workspace's database cannot be written ({text})", "check the rights of its folder")
    if "malformed" in text or "not a database" in text:
        return StoreError(f"the workspace's database is damaged ({text})", "restore a copy from its backups folder")
    return StoreError(f"the workspace's database failed: {text}")


class Reader:
    """Questions to one consistent snapshot."""

    def __init__(self, connection: "sqlite3_types.Connection") -> None:
        """Wrap a connection that is inside a transaction."""
        self._connection = connection

    def all(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Every row of a query, never a half-read cursor."""
        return self._connection.execute(sql, parameters).fetchall()

    def one(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """The first row, or None."""
        row: Row | None = self._connection.execute(sql, parameters).fetchone()
        return row

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """The first column of the first row, or None."""
        row = self.one(sql, parameters)
        return None if row is None else row[0]


class Tx(Reader):
    """A write transaction: facts, their events and the derived columns, committed together.

    Attributes:
        actor: who acts.
        now: UTC ISO time of the transaction.
    """

    def __init__(self, connection: "sqlite3_types.Connection", actor: Actor, now: str) -> None:
        """Wrap a connection inside BEGIN IMMEDIATE."""
        super().__init__(connection)
        self.actor = actor
        self.now = now
        self._touched: dict[int, int] = {}
        self._last: tuple[int, str] | None = None

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Execute one statement; the number of rows that it changed."""
        return self._connection.execute(sql, parameters).rowcount

    def insert(self, table: str, **values: Any) -> int:
        """Insert one row; its rowid."""
        columns = ", ".join(values)
        marks = ", ".join("?" * len(values))
        sql = f"INSERT INTO {table} ({columns}) VALUES ({marks})"
        return self._connection.execute(sql, tuple(values.values())).lastrowid or 0

    def event(self, kind: str, subject: str, payload: dict[str, Any], *, asset_id: int | None = None) -> int:
        """Append one event to the hash chain.

        Args:
            kind: ``area.past_tense``.
            subject: key of the asset, or ``workspace``.
            payload: JSON-ready facts.
            asset_id: asset whose derived columns are to be computed again at commit.

        Returns:
            Its sequence number.
        """
        if self._last is None:
            row = self.one("SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1")
            self._last = (0, FIRST_HASH) if row is None else (row[0], row[1])
        seq, prev_hash = self._last[0] + 1, self._last[1]
        text = canonical(seq, self.now, self.actor.name, kind, subject, payload)
        digest = chain_hash(prev_hash, text)
        data = json.dumps(payload, sort_keys=True, separators=(",", ":"))
        self._connection.execute(
            "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (seq, self.now, self.actor.name, kind, subject, data, prev_hash, digest),
        )
        self._last = (seq, digest)
        if asset_id is not None:
            self._touched[asset_id] = seq
        return seq

    def refresh_touched(self) -> None:
        """Compute the derived columns of every touched asset again; called once, before COMMIT."""
        for asset_id, seq in self._touched.items():
            self._connection.execute(
                "UPDATE asset SET (status, retakes, notes_open, versions) ="
                " (SELECT status, retakes, notes_open, versions FROM asset_status WHERE asset_id = ?1),"
                " touched_seq = ?2 WHERE id = ?1",
                (asset_id, seq),
            )


class Store:
    """One workspace's database. Any thread; each thread gets a connection of its own.

    Args:
        paths: of the workspace.
        clock: for times in records.
        read_only: never writes; works on a mount that cannot be written.

    Raises:
        StoreError: the database cannot be opened, is on a network file system, or was made by a newer reviewtui.
    """

    def __init__(self, paths: WorkspacePaths, *, clock: Clock | None = None, read_only: bool = False) -> None:
        self.paths = paths
        self.clock = clock or SystemClock()
        self.read_only = read_only
        self._local = threading.local()
        self._open: list[sqlite3_types.Connection] = []
        self._lock_files: list[int] = []
        self._guard = threading.Lock()
        self._idle = threading.Condition(self._guard)
        self._uses = 0
        self._closed = False
        if not read_only:
            make_state_folders(paths)
        elif not paths.database.exists():
            raise StoreError("nothing was ever recorded here", "open the folder once without --read-only")
        self._identity: tuple[int, int] | None = None

    def close(self) -> None:
        """Close every connection; the store cannot be used afterwards. Waits for what other threads are at.

        A connection that is closed under a thread crashes the process; one that is never done stays open instead.
        """
        with self._idle:
            self._closed = True
            if not self._idle.wait_for(lambda: self._uses == 0, _CLOSE_S):
                return
            for connection in self._open:
                connection.close()
            for descriptor in self._lock_files:
                os.close(descriptor)
            self._open.clear()
            self._lock_files.clear()

    def connection(self) -> "sqlite3_types.Connection":
        """This thread's connection, opened when needed.

        Raises:
            StoreError: it cannot be opened.
        """
        connection: sqlite3_types.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = connect(self.paths.database, read_only=self.read_only)
            with self._guard:
                self._open.append(connection)
                self._identity = self._identity or self._file_identity()
        return connection

    @contextmanager
    def using(self) -> Iterator["sqlite3_types.Connection"]:
        """This thread's connection, which stays open meanwhile.

        Raises:
            StoreError: it cannot be opened, or the store is closed.
        """
        depth: int = getattr(self._local, "depth", 0)
        with self._guard:
            if self._closed and not depth:
                raise StoreError("the workspace is closed")
            self._uses += 1
        self._local.depth = depth + 1
        try:
            yield self.connection()
        finally:
            self._local.depth = depth
            with self._idle:
                self._uses -= 1
                self._idle.notify_all()

    @contextmanager
    def read(self) -> Iterator[Reader]:
        """A consistent snapshot for several questions. Blocking; call from a thread.

        Raises:
            StoreError: the database failed.
        """
        with self.using() as connection:
            try:
                if connection.in_transaction:
                    yield Reader(connection)
                    return
                connection.execute("BEGIN")
                try:
                    yield Reader(connection)
                finally:
                    connection.execute("ROLLBACK")
            except sqlite3.Error as error:
                raise error_words(error) from error

    @contextmanager
    def write(self, actor: Actor, *, durable: bool = True) -> Iterator[Tx]:
        """The one write transaction: lock, BEGIN IMMEDIATE, your statements, COMMIT. Blocking; call from a thread.

        Args:
            actor: who acts.
            durable: whether COMMIT waits for the disk (people's acts); False for progress and the like.

        Raises:
            RefusedError: the workspace is open read-only, or a guard of the schema refused.
            BusyError: another process held the database for too long.
            StoreError: disk full, database gone or damaged; nothing was written.
        """
        if self.read_only:
            raise RefusedError("this workspace is open read-only")
        with self.using() as connection:
            yield from self._write(connection, actor, durable=durable)

    def _write(self, connection: "sqlite3_types.Connection", actor: Actor, *, durable: bool) -> Iterator[Tx]:
        lock = self._thread_lock_file()
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            self._check_still_there()
            connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            connection.execute("BEGIN IMMEDIATE")
            tx = Tx(connection, actor, iso(self.clock.now()))
            try:
                yield tx
                tx.refresh_touched()
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        except sqlite3.IntegrityError as error:
            raise RefusedError(f"refused by the database: {error}") from error
        except sqlite3.Error as error:
            raise error_words(error) from error
        finally:
            fcntl.flock(lock, fcntl.LOCK_UN)

    def _thread_lock_file(self) -> int:
        descriptor: int | None = getattr(self._local, "lock_file", None)
        if descriptor is None:
            descriptor = os.open(self.paths.write_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._local.lock_file = descriptor
            with self._guard:
                self._lock_files.append(descriptor)
        return descriptor

    def _file_identity(self) -> tuple[int, int]:
        try:
            status = self.paths.database.stat()
        except OSError as error:
            raise StoreError(f"the workspace's database is gone: {error.strerror}") from error
        return status.st_dev, status.st_ino

    def _check_still_there(self) -> None:
        # Writes to a deleted database keep "succeeding" into a file that nobody will find again.
        if self._file_identity() != self._identity:
            raise StoreError(
                "the workspace's database was replaced while open: nothing was written",
                "close every desk, then open the folder again",
            )


def connect(path: Path, *, read_only: bool = False) -> "sqlite3_types.Connection":
    """A connection with every pragma set; autocommit, so that transactions are explicit.

    Raises:
        StoreError: it cannot be opened.
    """
    try:
        if read_only:
            # A WAL database on a read-only mount cannot even be read, except as immutable.
            mode = "mode=ro" if os.access(path.parent, os.W_OK) else "immutable=1"
            uri = f"{path.absolute().as_uri()}?{mode}"
            connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        else:
            previous = os.umask(0o077)
            try:
                connection = sqlite3.connect(os.fspath(path), isolation_level=None, check_same_thread=False)
                connection.execute("PRAGMA journal_mode=WAL")
            finally:
                os.umask(previous)
        for pragma in _PRAGMAS:
            connection.execute(pragma)
    except sqlite3.Error as error:
        raise error_words(error) from error
    return connection
