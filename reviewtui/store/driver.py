"""Which SQLite is used. The same choice as sqlite-utils makes, so that ``except`` clauses match everywhere.

pysqlite3 comes with a SQLite newer than 3.51.3; older ones can corrupt a WAL database when a write meets another
connection's checkpoint.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
else:
    try:
        import pysqlite3 as sqlite3
    except ImportError:
        import sqlite3

SAFE_VERSION = (3, 51, 3)

__all__ = ["SAFE_VERSION", "library_version", "sqlite3"]


def library_version() -> tuple[int, ...]:
    """Version of the SQLite library in use."""
    return tuple(int(part) for part in sqlite3.sqlite_version.split("."))
