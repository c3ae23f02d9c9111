"""Versions put together from kept pixels: nothing is sampled again, nothing else changes, nothing is guessed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from reviewtui.imaging.encode import write_png
from reviewtui.imaging.facts import NativePicture
from reviewtui.model.errors import EngineError, InputError, NotFoundError, RefusedError, UsageError
from reviewtui.model.geometry import PixelRect
from reviewtui.model.lifecycle import AssertedBy, ErrorKind, JobState, NoteState
from reviewtui.model.masks import MaskSpec
from reviewtui.services.annotate import set_note_state
from reviewtui.services.browse import show_asset
from reviewtui.services.cherry_picking import ask_cherry_pick
from reviewtui.services.locks import draw_lock
from reviewtui.services.rebasing import ask_rebase
from reviewtui.services.undo import undo_last
from reviewtui.services.workspace import Workspace
from reviewtui.store.jobs import get_job
from reviewtui.store.notes import get_note
from reviewtui.store.versions import find_proof, lineage_params, list_sources
from tests.support.desk import head_of, open_desk, paint, register
from tests.support.edits import compose_next, edit, pixels_of, version_of

LEFT, MIDDLE, RIGHT = (4, 4, 10, 8), (18, 14, 10, 8), (34, 26, 10, 8)


@pytest.fixture
def desk(workspace: Path) -> Iterator[Workspace]:
    """Three edits apart from each other on one picture: v2, v3, v4."""
    paint(workspace / "hero.png")
    opened = open_desk(workspace)
    register(opened)
    for rect, shade in ((LEFT, 200), (MIDDLE, 60), (RIGHT, 120)):
        edit(opened, "hero", rect, shade)
    yield opened
    opened.close()


def lock(desk: Workspace, name: str, rect: tuple[int, int, int, int]) -> None:
    draw_lock(desk, name, MaskSpec(version_of(desk, name).size, (PixelRect(*rect),)))


def test_rebase__edit_in_the_middle_dropped__original_is_back_there_and_the_rest_is_as_it_was(desk: Workspace) -> None:
    ask_rebase(desk, "hero", [3])
    made = compose_next(desk)
    source, tip = pixels_of(desk, version_of(desk, "hero@1")), pixels_of(desk, version_of(desk, "hero@4"))
    expected = tip.copy()
    x, y, width, height = MIDDLE
    expected[y : y + height, x : x + width] = source[y : y + height, x : x + width]
    assert np.array_equal(pixels_of(desk, made), expected)
    assert (made.number, made.parent_number, made.op, made.asserted_by) == (5, 4, "rebase", AssertedBy.JOB)
    assert head_of(desk, "hero").id == made.id
    with desk.store.read() as db:
        assert [version_of(desk, "hero@2").id] == list_sources(db, made.id)
        assert lineage_params(db, made.id)[1]["drop"] == [3]


def test_rebase__proof__is_measured_against_the_declared_parent(desk: Workspace) -> None:
    ask_rebase(desk, "hero", [2, 4])
    made = compose_next(desk)
    with desk.store.read() as db:
        proof = find_proof(db, made.id)
    assert proof is not None
    assert (proof.metrics["outside_changed_px"], proof.metrics["passes"], proof.metrics["locks_ok"]) == (0, 0, None)
    assert proof.metrics["megapixels_sampled"] == 0
    assert proof.metrics["changed_px"] == 160
    assert proof.box == PixelRect(4, 4, 40, 30)


def test_rebase__dropping_everything__is_the_source_again_bit_for_bit(desk: Workspace) -> None:
    ask_rebase(desk, "hero", [2, 3, 4])
    assert np.array_equal(pixels_of(desk, compose_next(desk)), pixels_of(desk, version_of(desk, "hero@1")))


def test_rebase__note_of_the_dropped_edit__is_open_again_and_the_others_stay_as_they_are(desk: Workspace) -> None:
    set_note_state(desk, 2, NoteState.CLOSED)
    ask_rebase(desk, "hero", [3])
    compose_next(desk)
    with desk.store.read() as db:
        states = [get_note(db, number).state for number in (1, 2, 3)]
    assert states == [NoteState.TO_VERIFY, NoteState.REOPENED, NoteState.TO_VERIFY]


def test_rebase__edit_on_top_of_the_dropped_one__is_refused_with_the_pixels_that_they_share(desk: Workspace) -> None:
    edit(desk, "hero", (8, 6, 12, 10), 33)
    ask_rebase(desk, "hero", [2])
    with pytest.raises(RefusedError, match=r"v5 was laid on v2, 36 px of it.*drop v5 as well"):
        compose_next(desk)


def test_rebase__both_of_two_that_overlap__works(desk: Workspace) -> None:
    edit(desk, "hero", (8, 6, 12, 10), 33)
    ask_rebase(desk, "hero", [2, 5])
    made = pixels_of(desk, compose_next(desk))
    assert np.array_equal(made[4:12, 4:14], pixels_of(desk, version_of(desk, "hero@1"))[4:12, 4:14])


def test_rebase__of_a_rebase__keeps_what_that_one_took_back(desk: Workspace) -> None:
    ask_rebase(desk, "hero", [3])
    compose_next(desk)
    ask_rebase(desk, "hero", [4])
    made = pixels_of(desk, compose_next(desk))
    assert np.array_equal(made[12:], pixels_of(desk, version_of(desk, "hero@1"))[12:])
    assert (made[4:12, 4:14] == 200).all()


@pytest.mark.parametrize(
    ("drop", "error", "words"),
    [
        ([], UsageError, "which edit"),
        ([1], RefusedError, "v1 was not made by a job"),
        ([9], NotFoundError, "no version 9"),
    ],
)
def test_rebase__not_possible__says_why_and_queues_nothing(
    desk: Workspace, drop: list[int], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        ask_rebase(desk, "hero", drop)
    assert jobs_waiting(desk) == 0


def jobs_waiting(desk: Workspace) -> int:
    with desk.store.read() as db:
        return int(db.value("SELECT count(*) FROM job WHERE state = 'queued'"))


def test_rebase__version_beside_the_line__is_named_with_those_that_are_in_it(desk: Workspace) -> None:
    edit(desk, "hero@2", RIGHT, 10)
    with pytest.raises(UsageError, match=r"v5 was not made from v3 \(it has the edits v2, v5\)"):
        ask_rebase(desk, "hero@5", [3])


def test_rebase__locked_region_would_come_back__is_refused_and_names_it(desk: Workspace) -> None:
    lock(desk, "hero", (18, 14, 3, 2))
    ask_rebase(desk, "hero", [3])
    with pytest.raises(EngineError, match="6 locked pixels") as caught:
        compose_next(desk)
    assert caught.value.kind == ErrorKind.LOCK_BROKEN


def test_rebase__taken_back_while_it_waits__is_cancelled(desk: Workspace) -> None:
    job_id = ask_rebase(desk, "hero", [3])
    assert undo_last(desk).words == f"rebase of hero v4 without v3, job {job_id}"
    with desk.store.read() as db:
        assert get_job(db, job_id).state is JobState.CANCELLED


def test_rebase__sent_twice_under_one_key__is_one_job(desk: Workspace) -> None:
    assert ask_rebase(desk, "hero", [3], act_key="k") == ask_rebase(desk, "hero", [3], act_key="k")
    assert jobs_waiting(desk) == 1


def test_cherry_pick__edit_onto_an_older_version__has_two_parents_and_changes_nothing_else(desk: Workspace) -> None:
    ask_cherry_pick(desk, "hero@4", 2)
    made = compose_next(desk)
    onto = pixels_of(desk, version_of(desk, "hero@2"))
    expected = onto.copy()
    x, y, width, height = RIGHT
    expected[y : y + height, x : x + width] = 120
    assert np.array_equal(pixels_of(desk, made), expected)
    assert (made.parent_number, made.op) == (2, "cherry_pick")
    assert head_of(desk, "hero").number == 4, "v2 was not the head, so the head stays"
    with desk.store.read() as db:
        assert list_sources(db, made.id) == [version_of(desk, "hero@4").id]


def test_cherry_pick__locked_pixels__stay_and_the_rest_is_taken(desk: Workspace) -> None:
    lock(desk, "hero@2", (34, 26, 10, 3))
    ask_cherry_pick(desk, "hero@4", 2)
    made = compose_next(desk)
    onto, result = pixels_of(desk, version_of(desk, "hero@2")), pixels_of(desk, made)
    assert np.array_equal(result[26:29], onto[26:29])
    assert (result[29:34, 34:44] == 120).all()
    with desk.store.read() as db:
        proof = find_proof(db, made.id)
    assert proof is not None
    assert proof.metrics["locks_ok"] is True


def test_cherry_pick__all_of_it_locked__is_refused_before_it_waits(desk: Workspace) -> None:
    lock(desk, "hero@2", RIGHT)
    with pytest.raises(RefusedError, match="all of the region is locked"):
        ask_cherry_pick(desk, "hero@4", 2)
    assert jobs_waiting(desk) == 0


def test_cherry_pick__edit_that_is_there_already_or_never_was_one__is_refused(desk: Workspace) -> None:
    with pytest.raises(UsageError, match="has the edit of v2 already"):
        ask_cherry_pick(desk, "hero@2", 4)
    with pytest.raises(RefusedError, match="not made by a job"):
        ask_cherry_pick(desk, "hero@1", 4)
    with pytest.raises(NotFoundError, match="no version 77"):
        ask_cherry_pick(desk, "hero@4", 77)


@pytest.mark.parametrize("mode", ["I;16", "RGB;16", "RGBA;16", "RGBA", "L", "LA"])
def test_composed__deep_grey_and_transparent_pictures__keep_every_sample(workspace: Path, mode: str) -> None:
    channels = {"I;16": (), "L": (), "LA": (2,), "RGB;16": (3,)}.get(mode, (4,))
    deep = mode.endswith("16")
    pixels = np.random.default_rng(3).integers(0, 65536 if deep else 256, (40, 48, *channels))
    samples = pixels.astype(np.uint16) if deep else pixels.astype(np.uint8)
    write_png(NativePicture(samples, mode, icc=b"profile", dpi=(300, 300)), workspace / "hero.png")
    desk = open_desk(workspace)
    try:
        register(desk)
        for rect, shade in ((LEFT, 200), (RIGHT, 60)):
            edit(desk, "hero", rect, shade, feather_px=4)
        ask_rebase(desk, "hero", [2])
        rebased = compose_next(desk)
        source, first, tip = (pixels_of(desk, version_of(desk, f"hero@{n}")) for n in (1, 2, 3))
        changed = first != source
        expected = np.where(changed, source, tip)
        assert np.array_equal(pixels_of(desk, rebased), expected)
        assert pixels_of(desk, rebased).dtype == source.dtype
        ask_cherry_pick(desk, "hero@2", 4)
        assert np.array_equal(pixels_of(desk, compose_next(desk)), tip)
    finally:
        desk.close()


def test_cherry_pick__another_canvas__is_refused(desk: Workspace, workspace: Path) -> None:
    paint(workspace / "hero_v002.png", seed=9, size=(30, 20))
    register(desk)
    number = head_of(desk, "hero").number
    with pytest.raises(InputError, match="48×40"):
        ask_cherry_pick(desk, "hero@2", number)


def test_view__locks__are_told_for_each_version_that_descends(desk: Workspace) -> None:
    lock(desk, "hero@2", LEFT)
    view = show_asset(desk, "hero")
    told = {one.version.number: len(view.locked[one.version.id]) for one in view.versions}
    assert told == {1: 0, 2: 1, 3: 1, 4: 1}
