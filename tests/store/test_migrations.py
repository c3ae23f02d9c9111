"""A workspace of an older reviewtui opens with everything that it held, and a copy of it is kept."""

from pathlib import Path

import pytest

from reviewtui.model.history import find_broken_link
from reviewtui.model.lifecycle import Verb
from reviewtui.services.workspace import SYSTEM, Workspace
from reviewtui.settings.paths import WorkspacePaths, make_state_folders
from reviewtui.store.connection import Store
from reviewtui.store.driver import sqlite3
from reviewtui.store.history import iter_events
from reviewtui.store.migrations import REVISION, migrate, schema_revision
from tests.support.desk import open_desk

_OLD = Path(__file__).with_name("schema_1.sql")


@pytest.fixture
def old(workspace: Path) -> Workspace:
    """A workspace whose database revision 1 wrote: an asset, a version, a note and a queued fix."""
    make_old(workspace)
    return open_desk(workspace)


def make_old(folder: Path) -> WorkspacePaths:
    paths = WorkspacePaths(folder, folder / ".reviewtui")
    make_state_folders(paths)
    connection = sqlite3.connect(str(paths.database))
    connection.executescript(_OLD.read_text())
    connection.close()
    return paths


def test_migrate__old_database__keeps_every_row_and_a_backup(old: Workspace) -> None:
    with old.store.read() as db:
        assert db.value("SELECT text FROM note") == "flaw"
        assert db.value("SELECT state FROM job") == "queued"
        assert db.value("SELECT count(*) FROM event") == 6
        assert find_broken_link(iter_events(db)) is None
        assert db.value("PRAGMA integrity_check") == "ok"
        assert db.all("PRAGMA foreign_key_check") == []
    assert schema_revision(old.store.connection()) == REVISION
    [backup] = list(old.paths.backups.iterdir())
    assert schema_revision(sqlite3.connect(str(backup))) == 1
    old.close()


def test_migrate__old_database__has_the_schema_of_a_new_one(old: Workspace, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    new = open_desk(tmp_path / "new")
    assert _schema(old) == _schema(new)
    old.close()
    new.close()


def test_migrate__old_database__takes_composed_verbs_and_refuses_others(old: Workspace) -> None:
    insert = (
        "INSERT INTO job (asset_id, version_id, mask_id, verb, engine, tier, params, seed, candidates, requester,"
        " state, created_at) VALUES (1, 1, 1, ?, 'e', 'final', '{}', 1, 1, 'ana', 'queued', 'now')"
    )
    with old.store.write(SYSTEM) as tx:
        for verb in Verb:
            tx.run(insert, (verb,))
    with pytest.raises(Exception, match="CHECK"), old.store.write(SYSTEM) as tx:
        tx.run(insert, ("paint",))
    old.close()


def test_migrate__twice__changes_nothing(old: Workspace) -> None:
    before = _schema(old)
    old.close()
    store = Store(old.paths)
    migrate(store)
    store.close()
    again = open_desk(old.paths.root)
    assert _schema(again) == before
    assert len(list(old.paths.backups.iterdir())) == 1
    again.close()


def _schema(workspace: Workspace) -> dict[str, str]:
    with workspace.store.read() as db:
        rows = db.all("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE '%sqlite_%'")
    return {name: " ".join(sql.split()) for name, sql in rows}
