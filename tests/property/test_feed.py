"""The feed names everything that changed: what a desk knew, plus what the feed names read again, is what is there."""

from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from reviewtui.model.entities import Change
from reviewtui.services.workspace import Workspace
from reviewtui.store.assets import Filter, get_asset, list_assets
from reviewtui.store.connection import Reader
from reviewtui.store.decisions import current_policy, list_decisions
from reviewtui.store.feed import ChangeReader, prune_changes
from reviewtui.store.files import get_file
from reviewtui.store.jobs import get_job
from reviewtui.store.notes import list_notes, list_replies
from reviewtui.store.versions import list_proofs, list_versions
from tests.support.desk import open_desk
from tests.support.history import HistoryMachine

Known = dict[tuple[str, int], Any]


def read_entity(db: Reader, entity: str, entity_id: int) -> Any:
    """Everything that a desk shows of one entity."""
    if entity == "asset":
        parts = (list_versions, list_notes, list_decisions, list_proofs)
        return [get_asset(db, entity_id), *(part(db, entity_id) for part in parts)]
    if entity == "job":
        return get_job(db, entity_id)
    if entity == "note":
        return list_replies(db, entity_id)
    if entity == "file":
        return get_file(db, entity_id)
    if entity == "delivery":
        return db.one("SELECT * FROM delivery WHERE id = ?", (entity_id,))
    assert entity == "policy", entity
    return current_policy(db)


def read_all(db: Reader) -> Known:
    """Everything that a desk shows."""
    entities = [("asset", asset.id) for asset in list_assets(db, Filter())]
    for entity, table, column in (
        ("job", "job", "id"),
        ("file", "file", "id"),
        ("delivery", "delivery", "id"),
        ("note", "reply", "note_id"),
    ):
        entities += [(entity, row[0]) for row in db.all(f"SELECT DISTINCT {column} FROM {table}")]
    entities.append(("policy", db.value("SELECT max(rev) FROM policy")))
    return {key: read_entity(db, *key) for key in entities}


@dataclass
class Other:
    """Another desk with a connection of its own."""

    desk: Workspace
    reader: ChangeReader
    known: Known

    def catch_up(self) -> None:
        changes: list[Change] | None = self.reader.poll()
        with self.desk.store.read() as db:
            now = read_all(db)
            if changes is None:
                self.known = now
                return
            for key in {(change.entity, change.entity_id) for change in changes}:
                self.known[key] = read_entity(db, *key)
        current = {key: value for key, value in self.known.items() if key[0] != "policy"}
        assert current == {key: value for key, value in now.items() if key[0] != "policy"}
        newest = max(key[1] for key in now if key[0] == "policy")
        assert self.known["policy", newest] == now["policy", newest]


class FeedMachine(HistoryMachine):
    """Now and then another desk catches up."""

    @initialize()
    def look(self) -> None:
        """Opened with the first catching up, because the order of initializers is not promised."""
        self.other: Other | None = None

    @rule()
    def other_desk_catches_up(self) -> None:
        if self.other is None:
            desk = open_desk(self.folder)
            reader = ChangeReader(desk.store)
            with desk.store.read() as db:
                self.other = Other(desk, reader, read_all(db))
        self.other.catch_up()

    @rule(really=st.booleans())
    def feed_is_pruned(self, really: bool) -> None:
        with self.desk.store.write(self.desk.actor, durable=False) as tx:
            if really:
                tx.run("DELETE FROM change WHERE seq < (SELECT max(seq) FROM change)")
            else:
                prune_changes(tx)

    def teardown(self) -> None:
        other = getattr(self, "other", None)
        if other is not None:
            other.catch_up()
            other.desk.close()
        super().teardown()


def test_feed__random_histories__names_everything_that_changed() -> None:
    run_state_machine_as_test(
        FeedMachine,
        settings=settings(
            max_examples=max(settings.default.max_examples // 4, 5) if settings.default else 25,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
