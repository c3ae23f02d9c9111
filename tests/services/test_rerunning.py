"""Rebase with what lay on a dropped edit run again: a chain whose head moves once, at its end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from reviewtui.imaging.encode import write_png
from reviewtui.imaging.facts import NativePicture
from reviewtui.model.chains import lacking_words, unfinished_words
from reviewtui.model.errors import EngineError, RefusedError, StoreError
from reviewtui.model.lifecycle import JobState, NoteState, Verdict
from reviewtui.model.runs import Succeeded
from reviewtui.services import landing, rerunning
from reviewtui.services.annotate import set_note_state
from reviewtui.services.asking import make_request
from reviewtui.services.browse import show_asset
from reviewtui.services.chaining import fix_notes
from reviewtui.services.fixing import prepare_job
from reviewtui.services.jobs import cancel, find_chain, find_jobs, retry
from reviewtui.services.landing import land_job
from reviewtui.services.rebasing import ask_rebase, survey_rebase
from reviewtui.services.repasting import ask_repaste
from reviewtui.services.rerunning import ask_rebase_again
from reviewtui.services.review import Ballot, decide
from reviewtui.services.undo import undo_last
from reviewtui.services.verify_fixes import check_fix
from reviewtui.services.why import explain, tell
from reviewtui.services.workspace import Workspace
from reviewtui.store.jobs import list_active_jobs
from reviewtui.store.versions import find_proof, lineage_params
from tests.support.desk import head_of, open_desk, paint, register
from tests.support.edits import DECODER, claim, compose_next, edit, pixels_of, version_of
from tests.support.reviewed import run_jobs

BELOW, UPON, APART, UPON_BOTH = (10, 10, 12, 10), (18, 12, 12, 10), (36, 30, 8, 6), (26, 16, 8, 8)


@pytest.fixture
def desk(workspace: Path) -> Iterator[Workspace]:
    """v2 below, v3 on it, v4 apart from both."""
    paint(workspace / "hero.png", size=(64, 48))
    opened = open_desk(workspace)
    register(opened)
    for rect, shade in ((BELOW, 200), (UPON, 60), (APART, 120)):
        edit(opened, "hero", rect, shade)
    yield opened
    opened.close()


def inside(rect: tuple[int, int, int, int]) -> tuple[slice, slice]:
    x, y, width, height = rect
    return np.s_[y : y + height, x : x + width]


def test_survey__edit_on_a_dropped_one__is_told_with_the_pixels_that_they_share(desk: Workspace) -> None:
    edit(desk, "hero", UPON_BOTH, 90)
    survey = survey_rebase(desk, DECODER, "hero", [2])
    assert [(version.number, shared) for version, shared in survey.lying] == [(3, 32), (5, 24)]
    assert [version.number for version in survey.apart] == [4]


def test_rebase__without_again__is_refused_and_names_the_way_on(desk: Workspace) -> None:
    ask_rebase(desk, "hero", [2])
    with pytest.raises(RefusedError, match=r"v3 was laid on v2, 32 px.*rebase --again"):
        compose_next(desk)


def test_again__one_lies_on_the_dropped_one__others_are_exact_and_it_is_made_anew(desk: Workspace) -> None:
    ask_rebase_again(desk, DECODER, "hero", [2])
    run_jobs(desk)
    view = show_asset(desk, "hero")
    assert [(one.version.number, one.version.op, one.version.parent_number) for one in view.versions[4:]] == [
        (5, "rebase", 4), (6, "remove", 5),
    ]  # fmt: skip
    source, tip, made = (pixels_of(desk, version_of(desk, name)) for name in ("hero@1", "hero@4", "hero@6"))
    assert np.array_equal(made[inside(APART)], tip[inside(APART)]), "what lies apart is exact"
    only_below = np.s_[10:12, 10:18]
    assert np.array_equal(made[only_below], source[only_below]), "the dropped edit is gone"
    assert not np.array_equal(made[inside(UPON)], tip[inside(UPON)]), "mended on what is there now"
    assert (view.asset.head_number, view.jobs[0].seed) == (6, 7)
    assert view.jobs[0].params["prompt"] == "a flaw"


def test_again__nothing_apart__begins_at_the_version_before(desk: Workspace) -> None:
    ask_rebase_again(desk, DECODER, "hero@3", [2])
    run_jobs(desk)
    made = show_asset(desk, "hero").versions[-1].version
    assert (made.number, made.op, made.parent_number) == (5, "remove", 1)
    assert head_of(desk, "hero").number == 4, "v3 was not the head"


def test_again__nothing_lies_on_it__is_an_ordinary_rebase(desk: Workspace) -> None:
    ask_rebase_again(desk, DECODER, "hero", [4])
    run_jobs(desk)
    assert next(job.verb for job in find_jobs(desk)) == "rebase"
    assert head_of(desk, "hero").number == 5


def test_again__notes__dropped_is_open_and_the_other_waits_for_somebody_to_look(desk: Workspace) -> None:
    notes = [one.note.id for one in show_asset(desk, "hero").notes]
    set_note_state(desk, notes[1], NoteState.CLOSED)
    ask_rebase_again(desk, DECODER, "hero", [2])
    run_jobs(desk)
    view = show_asset(desk, "hero")
    assert [one.note.state for one in view.notes] == [NoteState.REOPENED, NoteState.TO_VERIFY, NoteState.TO_VERIFY]
    assert view.notes[1].note.job_id == view.jobs[0].id
    assert view.asset.status == "to_verify"


def test_again__in_the_middle__head_is_as_it_was_and_it_says_what_is_missing(desk: Workspace) -> None:
    edit(desk, "hero", UPON_BOTH, 90)
    first = ask_rebase_again(desk, DECODER, "hero", [2])
    middle = compose_next(desk)
    assert head_of(desk, "hero").number == 5
    with desk.store.read() as db:
        [waiting] = list_active_jobs(db)
    made_by, *_ = find_chain(desk, first)
    assert lacking_words(made_by.params) == "unfinished: the edits of v3 and v5 not run again yet"
    cancelled = cancel(desk, waiting.id)
    words = unfinished_words(cancelled.params, cancelled.version_number)
    assert words == f"v{middle.number} is without v3 and v5 and is not the head; retrying this job goes on from there"
    assert head_of(desk, "hero").number == 5
    retry(desk, waiting.id)
    run_jobs(desk)
    view = show_asset(desk, "hero")
    assert (view.asset.head_number, [job.state for job in find_chain(desk, first)]) == (8, [JobState.SUCCEEDED] * 3)
    assert lacking_words(view.jobs[0].params) == ""


def test_why__tells_what_each_job_of_the_chain_does(desk: Workspace) -> None:
    ask_rebase_again(desk, DECODER, "hero", [2])
    run_jobs(desk)
    told = "\n".join(tell(desk, explain(desk, "hero")))
    assert "rebase of v4 without v2: lays on what lies apart; then v3 again" in told
    assert "rebase of v4 without v2: runs the edit of v3 again" in told


def test_again__taken_back_in_the_middle__stops_what_waits(desk: Workspace) -> None:
    first = ask_rebase_again(desk, DECODER, "hero", [2])
    compose_next(desk)
    undo_last(desk)
    assert [job.state for job in find_chain(desk, first)] == [JobState.SUCCEEDED, JobState.CANCELLED]
    assert head_of(desk, "hero").number == 4


def test_again__killed_before_the_next_job_is_written__lands_once_and_goes_on(
    desk: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_rebase_again(desk, DECODER, "hero", [2])

    def die(*_: object) -> None:
        raise StoreError("killed here")

    with monkeypatch.context() as dying:
        dying.setattr(landing, "send_next", die)
        with pytest.raises(StoreError):
            compose_next(desk)
    assert show_asset(desk, "hero").asset.versions == 4, "version and next job are one transaction"
    run_jobs(desk)  # takes over what the dead worker held
    view = show_asset(desk, "hero")
    assert [one.version.op for one in view.versions[4:]] == ["rebase", "remove"]
    assert view.asset.head_number == 6


def test_again__approved_tip__is_not_replaced_under_its_approval(desk: Workspace) -> None:
    decide(desk, "hero", Ballot(Verdict.APPROVED))
    ask_rebase_again(desk, DECODER, "hero", [2])
    run_jobs(desk)
    view = show_asset(desk, "hero")
    assert (view.asset.head_number, view.asset.status, view.asset.versions) == (4, "approved", 6)


def test_again__edit_that_was_pasted_anew__is_run_with_the_edge_that_it_has(desk: Workspace) -> None:
    ask_repaste(desk, "hero@3", 3)
    repasted = compose_next(desk)
    ask_rebase_again(desk, DECODER, f"hero@{repasted.number}", [2])
    run_jobs(desk)
    with desk.store.read() as db:
        made = show_asset(desk, "hero").versions[-1].version
        proof = find_proof(db, made.id)
    assert (made.op, made.parent_number) == ("remove", 1)
    assert proof is not None
    assert proof.edge_px == 3


def test_again__edit_that_was_a_rebase__is_refused_and_queues_nothing(desk: Workspace) -> None:
    ask_rebase(desk, "hero", [3])
    compose_next(desk)
    with pytest.raises(RefusedError, match=r"v5 was put together by a rebase.*drop v5 as well"):
        ask_rebase_again(desk, DECODER, "hero", [3])
    with desk.store.read() as db:
        assert list_active_jobs(db) == []


def test_again__engine_is_gone__is_refused_with_the_way_on(desk: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rerunning, "list_engines", list)
    with pytest.raises(EngineError, match=r"v3 was made by patch, which is not here.*drop v3 as well"):
        ask_rebase_again(desk, DECODER, "hero", [2])


def test_again__sent_twice_under_one_key__is_one_chain(desk: Workspace) -> None:
    for name in ("hero", "hero@3"):
        first = ask_rebase_again(desk, DECODER, name, [2], act_key=name)
        assert ask_rebase_again(desk, DECODER, name, [2], act_key=name) == first


def test_again__proofs_of_the_chain__are_recomputed_the_same(desk: Workspace) -> None:
    ask_rebase_again(desk, DECODER, "hero", [2])
    run_jobs(desk)
    for number in (5, 6):
        version = version_of(desk, f"hero@{number}")
        with desk.store.read() as db:
            proof = find_proof(db, version.id)
        assert proof is not None
        assert check_fix(desk, DECODER, proof).difference is None
    with desk.store.read() as db:
        assert lineage_params(db, version_of(desk, "hero@5").id)[1]["again"] == [3]


@pytest.mark.parametrize("mode", ["RGBA", "RGB;16", "I;16", "LA"])
def test_again__deep_and_transparent_pictures__keep_what_lies_apart(workspace: Path, mode: str) -> None:
    channels = {"I;16": (), "LA": (2,), "RGB;16": (3,)}.get(mode, (4,))
    deep = mode.endswith("16")
    pixels = np.random.default_rng(3).integers(0, 65536 if deep else 256, (48, 64, *channels))
    samples = pixels.astype(np.uint16) if deep else pixels.astype(np.uint8)
    write_png(NativePicture(samples, mode), workspace / "hero.png")
    desk = open_desk(workspace)
    try:
        register(desk)
        for rect, shade in ((BELOW, 200), (UPON, 60), (APART, 120)):
            edit(desk, "hero", rect, shade)
        ask_rebase_again(desk, DECODER, "hero", [2])
        run_jobs(desk)
        tip, made = pixels_of(desk, version_of(desk, "hero@4")), pixels_of(desk, head_of(desk, "hero"))
        assert np.array_equal(made[inside(APART)], tip[inside(APART)])
        assert head_of(desk, "hero").number == 6
    finally:
        desk.close()


def test_chain_of_notes__taken_back_in_the_middle__stops_what_waits(desk: Workspace) -> None:
    ids = [one.note.id for one in show_asset(desk, "hero").notes][:2]
    first = fix_notes(desk, ids, make_request(desk))
    job = claim(desk)
    prepared = prepare_job(desk, DECODER, job)
    raw = bytes(value ^ 255 for value in prepared.run.image_rgb)
    land_job(desk, DECODER, job, prepared, Succeeded(job.id, job.attempt, (raw,), 0.1, {"passes": 0}))
    undo_last(desk)
    assert [one.state for one in find_chain(desk, first)] == [JobState.SUCCEEDED, JobState.CANCELLED]
