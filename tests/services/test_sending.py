"""Sending fixes: wordings beside each other, notes one after the other, finals of drafts, and what is known before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from reviewtui.engines.catalog import PATCH
from reviewtui.engines.registry import EngineListing, get_info
from reviewtui.model.errors import EngineError, RefusedError, UsageError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.lifecycle import Flaw, JobState, NoteState, Tier, Verb
from reviewtui.model.masks import MaskSpec
from reviewtui.services import asking, finishing, suggesting
from reviewtui.services.annotate import NoteRequest, set_note_state, write_note
from reviewtui.services.asking import make_request, make_requests
from reviewtui.services.browse import AssetView, show_asset
from reviewtui.services.chaining import fix_notes
from reviewtui.services.estimating import estimate
from reviewtui.services.finishing import finish
from reviewtui.services.jobs import find_jobs, find_sent_with
from reviewtui.services.sheet import load_sheet
from reviewtui.services.suggesting import suggest
from reviewtui.services.undo import undo_last
from reviewtui.services.wanted import Wanted, send_wanted, send_wanted_with_note
from reviewtui.services.workspace import Workspace
from reviewtui.store.jobs import JobRequest
from tests.support.edits import DECODER
from tests.support.reviewed import copy_of, make_scanned, reopen, run_jobs

SIZE = PixelSize(96, 72)
MASK = MaskSpec(SIZE, (PixelRect(20, 16, 24, 18),))
OTHER = MaskSpec(SIZE, (PixelRect(60, 40, 12, 10),))


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_scanned(tmp_path_factory.mktemp("scanned"))


@pytest.fixture
def desk(scanned: Path, tmp_path: Path) -> Iterator[Workspace]:
    workspace = reopen(copy_of(scanned, tmp_path))
    yield workspace
    workspace.close()


def hero(desk: Workspace) -> AssetView:
    return show_asset(desk, "hero")


def note(desk: Workspace, mask: MaskSpec | None = MASK, text: str = "a spot", flaw: Flaw = Flaw.ARTIFACT) -> int:
    return write_note(desk, "hero", NoteRequest(text, flaw, mask=mask)).note_id


def wanted(**asked: object) -> Wanted:
    return Wanted({"verb": Verb.REMOVE, **asked})


# Wordings


def test_wordings__of_one_prompt__are_jobs_with_one_seed_and_the_head_stays(desk: Workspace) -> None:
    written = send_wanted_with_note(
        desk, DECODER, "hero", NoteRequest("x", mask=MASK), wanted(params={"prompt": "a|b|c"})
    )
    jobs = find_jobs(desk)
    assert sorted(job.params["prompt"] for job in jobs) == ["a", "b", "c"]
    assert len({job.seed for job in jobs}) == 1
    assert [written.job_id, *written.more_job_ids] == sorted(job.id for job in jobs)
    assert find_sent_with(desk, jobs[-1].id) == sorted(job.id for job in jobs)
    run_jobs(desk)
    view = hero(desk)
    assert view.asset.head_number == 2, "which wording is best is for a person to say"
    assert view.notes[0].note.state is NoteState.TO_VERIFY


def test_wordings__too_many_results__are_refused_and_nothing_is_written(desk: Workspace) -> None:
    with pytest.raises(UsageError, match="96 results"):
        send_wanted_with_note(
            desk, DECODER, "hero", NoteRequest("x", mask=MASK), wanted(candidates=48, params={"prompt": "a|b"})
        )
    assert not hero(desk).notes


def test_wordings__taken_back__are_all_cancelled(desk: Workspace) -> None:
    send_wanted(desk, DECODER, [note(desk)], wanted(params={"prompt": "a|b"}))
    undo_last(desk)
    assert {job.state for job in find_jobs(desk)} == {JobState.CANCELLED}
    assert hero(desk).notes[0].note.state is NoteState.OPEN


def test_make_requests__no_bar__is_one_request_with_the_bar_that_was_meant(desk: Workspace) -> None:
    (one,) = make_requests(desk, params={"prompt": r"a\|b"}, seed=5)
    assert (one.params, one.seed) == ({"prompt": "a|b"}, 5)


def test_make_request__prompt_of_ten_thousand_characters__is_taken_and_one_more_is_not(desk: Workspace) -> None:
    make_request(desk, params={"prompt": "x" * 10_000})
    with pytest.raises(UsageError, match="10001 characters"):
        make_request(desk, params={"prompt": "x" * 10_001})


def test_make_request__sixty_four_candidates__is_the_most(desk: Workspace) -> None:
    assert make_request(desk, candidates=64).candidates == 64
    with pytest.raises(UsageError):
        make_request(desk, candidates=65)


# Several notes


def test_fix_notes__two__the_second_is_made_on_the_result_of_the_first(desk: Workspace) -> None:
    first, second = note(desk), note(desk, OTHER, "another")
    fix_notes(desk, [first, second, first], make_request(desk))
    assert [job.note_id for job in find_jobs(desk)] == [first]
    run_jobs(desk)
    view = hero(desk)
    made = [(one.version.number, one.version.parent_number) for one in view.versions]
    assert made[-2:] == [(3, 2), (4, 3)]
    assert view.asset.head_number == 4
    assert [one.note.state for one in view.notes] == [NoteState.TO_VERIFY] * 2
    assert [job.note_id for job in view.jobs] == [second, first]
    assert view.jobs[0].params["prompt"] == "another"


def test_fix_notes__one_closed_meanwhile__is_passed_over(desk: Workspace) -> None:
    ids = [note(desk), note(desk, OTHER), note(desk, OTHER, "third")]
    fix_notes(desk, ids, make_request(desk))
    set_note_state(desk, ids[1], NoteState.CLOSED)
    run_jobs(desk)
    assert [job.note_id for job in hero(desk).jobs] == [ids[2], ids[0]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"candidates": 2}, "one candidate"),
        ({"params": {"prompt": "x"}}, "prompt"),
    ],
)
def test_fix_notes__what_cannot_be_chained__is_refused(desk: Workspace, change: dict[str, object], words: str) -> None:
    ids = [note(desk), note(desk, OTHER)]
    with pytest.raises(UsageError, match=words):
        fix_notes(desk, ids, replace(make_request(desk), **change))  # type: ignore[arg-type]
    assert not find_jobs(desk)


def test_fix_notes__without_a_region_done_or_of_another_asset__is_refused(desk: Workspace) -> None:
    first, bare, done = note(desk), note(desk, None), note(desk, OTHER)
    set_note_state(desk, done, NoteState.CLOSED)
    cat = write_note(
        desk, "sub/cat", NoteRequest("x", mask=MaskSpec(PixelSize(64, 48), (PixelRect(0, 0, 4, 4),)))
    ).note_id
    for other, words in ((bare, "no region"), (done, "closed"), (cat, "several assets")):
        with pytest.raises(RefusedError, match=words):
            fix_notes(desk, [first, other], make_request(desk))


# What is known before


def test_estimate__nothing_ran_yet__says_pixels_and_no_time(desk: Workspace) -> None:
    found = estimate(desk, MASK, make_request(desk), get_info("patch"))
    assert (found.seconds, found.cost, found.measured, found.steps) == (None, None, 0, None)
    assert found.edge_px == 8
    assert found.megapixels_frame == pytest.approx(0.006912)
    assert 0 < found.mask_share < 1


def test_estimate__strips_at_both_ends__count_as_they_are_and_not_what_lies_between(desk: Workspace) -> None:
    size = PixelSize(400, 1000)
    strips = MaskSpec(size, (PixelRect(0, 0, 400, 100), PixelRect(0, 900, 400, 100)), feather_px=0)
    assert estimate(desk, strips, make_request(desk), get_info("patch")).mask_share == pytest.approx(0.2)


def test_estimate__after_jobs_ran__learns_time_and_price_from_them(desk: Workspace) -> None:
    send_wanted(desk, DECODER, [note(desk)], wanted(candidates=3))
    run_jobs(desk)
    desk.settings = replace(desk.settings, cost_per_hour=3600.0)
    one = estimate(desk, MASK, make_request(desk), get_info("patch"))
    assert one.measured == 3
    assert one.seconds is not None
    assert one.cost == pytest.approx(one.seconds)
    measured = [shown.proof.metrics["seconds"] for shown in hero(desk).versions if shown.proof is not None]
    assert one.seconds == pytest.approx(sorted(measured)[1], rel=0.1)
    several = estimate(desk, MASK, make_request(desk, candidates=4), get_info("patch"))
    assert several.seconds == pytest.approx(4 * one.seconds)


def test_suggest__nothing_learned__is_the_usual_that_can_be_done_here(desk: Workspace) -> None:
    assert suggest(desk, Flaw.ARTIFACT).verb is Verb.REMOVE
    hand = suggest(desk, Flaw.HAND)
    assert hand.verb is Verb.REMOVE
    assert "no engine here can fix" in hand.words


def test_suggest__accepted_here__is_what_was_accepted_most(desk: Workspace) -> None:
    for _ in range(2):
        one = note(desk, flaw=Flaw.HAND)
        send_wanted(desk, DECODER, [one], wanted())
        run_jobs(desk)
        assert suggest(desk, Flaw.HAND).times < 2
        set_note_state(desk, one, NoteState.CLOSED)
    found = suggest(desk, Flaw.HAND)
    assert (found.verb, found.engine, found.times) == (Verb.REMOVE, "patch", 2)
    assert "accepted 2 times here for hand" in found.words
    assert suggest(desk, Flaw.FACE).times == 0


def test_load_sheet__here__lists_usable_engines(desk: Workspace) -> None:
    facts = load_sheet(desk, Flaw.OTHER)
    assert "patch" in facts.engines
    assert facts.preferred == "patch"


# Finals


def with_better(monkeypatch: pytest.MonkeyPatch) -> None:
    better = replace(PATCH, name="better", needs_model=True)
    both = [
        EngineListing("patch", True, "", "", PATCH),
        EngineListing("better", True, "", "", better),
    ]
    for module in (asking, finishing, suggesting):
        monkeypatch.setattr(module, "list_engines", lambda: both)


def draft(desk: Workspace) -> int:
    one = note(desk, text="calm")
    send_wanted(desk, DECODER, [one], wanted(tier=Tier.DRAFT, candidates=2, seed=7, params={"feather_px": 6}))
    run_jobs(desk)
    return one


def test_finish__with_a_better_engine__same_base_mask_prompt_and_seed(
    desk: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft(desk)
    with_better(monkeypatch)
    made = finish(desk, "hero@4", act_key="k")
    assert (made.engine, made.draft_number) == ("better", 4)
    assert finish(desk, "hero@4", act_key="k") == made, "one key press, one job"
    job, before = find_jobs(desk)[0], find_jobs(desk)[1]
    assert (job.tier, job.seed, job.candidates) == (Tier.FINAL, 8, 1)
    assert (job.version_id, job.mask_id, job.note_id) == (before.version_id, before.mask_id, before.note_id)
    assert (job.params["prompt"], job.params["feather_px"]) == ("calm", 6)
    assert hero(desk).notes[0].note.state is NoteState.FIXING


def test_finish__note_closed__is_made_without_it(desk: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    set_note_state(desk, draft(desk), NoteState.CLOSED)
    with_better(monkeypatch)
    finish(desk, "hero@3")
    assert find_jobs(desk)[0].note_id is None
    assert hero(desk).notes[0].note.state is NoteState.CLOSED


def test_finish__nothing_better__says_what_there_is(desk: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    draft(desk)
    with pytest.raises(RefusedError, match="better than patch"):
        finish(desk, "hero@3")
    with pytest.raises(RefusedError, match="no fix made v1"):
        finish(desk, "hero@1")
    with pytest.raises(EngineError, match="cannot remove"):
        finish(desk, "hero@3", engine="nobody")
    with_better(monkeypatch)
    desk.settings = replace(desk.settings, fix_final_engine="patch")
    assert finish(desk, "hero@3").engine == "patch"


def test_job_request__of_an_unknown_parameter__is_still_refused(desk: Workspace) -> None:
    with pytest.raises(Exception, match="no parameter"):
        make_request(desk, params={"variant": 2})
    assert JobRequest(Verb.REMOVE, "patch").candidates == 1
