"""Status is computed twice, by SQL and from the events alone: on random histories both agree, and the chain holds."""

from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from reviewtui.model.history import find_broken_link, fold_assets
from reviewtui.model.lifecycle import NOTE_DONE, NoteState
from reviewtui.store.history import iter_events
from reviewtui.store.jobs import get_job
from reviewtui.store.notes import list_notes
from tests.support.history import HistoryMachine


class FoldMachine(HistoryMachine):
    """After each act: view, cached columns and fold say the same."""

    @invariant()
    def folds_agree(self) -> None:
        if not hasattr(self, "desk"):
            return
        with self.desk.store.read() as db:
            rows = db.all(
                "SELECT a.key, a.status, a.retakes, a.notes_open, a.versions, a.head_id,"
                " s.status, s.retakes, s.notes_open, s.versions FROM asset a JOIN asset_status s ON s.asset_id = a.id"
            )
            folds = fold_assets(iter_events(db))
            assert find_broken_link(iter_events(db)) is None
        for key, *values in rows:
            cached, head, computed = values[:4], values[4], values[5:]
            assert cached == computed, key
            fold = folds[key]
            open_notes = sum(note.state not in NOTE_DONE for note in fold.notes.values())
            folded = [fold.status.value, fold.retakes, open_notes, len(fold.version_job)]
            assert folded == computed, key
            assert fold.head == head, key

    @invariant()
    def no_note_is_stuck(self) -> None:
        """A note that says it is being fixed has a job that is queued or running."""
        if not hasattr(self, "desk"):
            return
        with self.desk.store.read() as db:
            for note in list_notes(db):
                if note.state is NoteState.FIXING:
                    assert note.job_id is not None
                    assert get_job(db, note.job_id).finished_at is None, note


def test_status__random_histories__both_computations_agree() -> None:
    run_state_machine_as_test(
        FoldMachine,
        settings=settings(
            max_examples=max(settings.default.max_examples // 4, 5) if settings.default else 25,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
