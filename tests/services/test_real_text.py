"""Real letters in place of drawn ones: a clean plate, then the text on it, and the text set anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reviewtui.imaging.encode import write_png
from reviewtui.imaging.facts import NativePicture
from reviewtui.imaging.lettering import Lettering, measure
from reviewtui.model.errors import InputError, RefusedError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.lifecycle import Flaw, JobState, NoteState, Verb, Verdict
from reviewtui.model.masks import MaskSpec
from reviewtui.services.annotate import NoteRequest, set_note_state, write_note
from reviewtui.services.browse import show_asset
from reviewtui.services.fitting import fit_text
from reviewtui.services.jobs import find_chain, find_jobs
from reviewtui.services.locks import draw_lock
from reviewtui.services.real_text import find_set_text, send_plate, send_plate_with_note, send_text_anew
from reviewtui.services.review import Ballot, decide
from reviewtui.services.sheet import load_sheet
from reviewtui.services.undo import undo_last
from reviewtui.services.workspace import Workspace
from tests.support.desk import open_desk, register
from tests.support.edits import DECODER, edit, pixels_of, version_of
from tests.support.pictures import texture
from tests.support.reviewed import run_jobs

SIZE = PixelSize(160, 120)
SIGN = MaskSpec(SIZE, (PixelRect(40, 40, 80, 36),))


@pytest.fixture
def desk(workspace: Path) -> Iterator[Workspace]:
    Image.fromarray(np.asarray(texture(160, 120))).save(workspace / "hero.png")
    opened = open_desk(workspace, fix_avoid_faces=False)
    register(opened)
    yield opened
    opened.close()


def note(desk: Workspace, mask: MaskSpec | None = SIGN) -> int:
    return write_note(desk, "hero", NoteRequest('a sign that says "OPEN"', mask=mask)).note_id


def test_fit_text__a_room__is_filled_and_not_overfilled() -> None:
    room = PixelSize(80, 36)
    size_px = fit_text(lambda px: measure(Lettering("OPEN", px), None), room)
    box, larger = (measure(Lettering("OPEN", size_px + more), None) for more in (0, 1))
    assert box.width <= 72
    assert box.height <= 33
    assert larger.width > 72 or larger.height > 32.4


def test_fit_text__room_that_is_too_small__says_what_to_do() -> None:
    with pytest.raises(InputError, match=r"does not fit into 6×3 px.*larger region"):
        fit_text(lambda px: measure(Lettering("OPEN", px), None), PixelSize(6, 3))


def test_plate__sent__is_removed_first_and_the_letters_stand_in_the_region(desk: Workspace) -> None:
    note_id = note(desk)
    first = send_plate(desk, DECODER, note_id, "OPEN")
    assert [job.verb for job in find_jobs(desk)] == [Verb.REMOVE]
    run_jobs(desk)
    view = show_asset(desk, "hero")
    assert [(one.version.op, one.version.parent_number) for one in view.versions[1:]] == [("remove", 1), ("overlay", 2)]
    assert [job.state for job in find_chain(desk, first)] == [JobState.SUCCEEDED] * 2
    assert view.asset.head_number == 3
    assert view.notes[0].note.state is NoteState.TO_VERIFY
    plate, made = pixels_of(desk, version_of(desk, "hero@2")), pixels_of(desk, version_of(desk, "hero@3"))
    changed = np.argwhere((plate != made).any(axis=2))
    (top, left), (bottom, right) = changed.min(axis=0), changed.max(axis=0)
    assert (left >= 40, top >= 40, right < 120, bottom < 76) == (True,) * 4
    assert right - left > 40, "as large as the place allows"


@pytest.mark.parametrize(("shade", "color"), [(20, "#ffffff"), (235, "#000000")])
def test_plate__letters__are_readable_on_what_is_there(workspace: Path, shade: int, color: str) -> None:
    pixels = np.random.default_rng(1).integers(shade - 10, shade + 10, (120, 160, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(workspace / "hero.png")
    desk = open_desk(workspace, fix_avoid_faces=False)
    try:
        register(desk)
        send_plate_with_note(desk, DECODER, "hero", NoteRequest("x", mask=SIGN), "OPEN")
        run_jobs(desk)
        assert show_asset(desk, "hero").jobs[0].params["color"] == color
    finally:
        desk.close()


def test_text__set_anew__stands_on_the_plate_in_place_of_the_old_and_is_the_head(desk: Workspace) -> None:
    note_id = note(desk)
    send_plate(desk, DECODER, note_id, "OPEN")
    run_jobs(desk)
    with desk.store.read() as db:
        found = find_set_text(db, note_id)
    assert found is not None
    assert (found.words["text"], found.plate, found.number) == ("OPEN", 2, 3)
    send_text_anew(desk, DECODER, note_id, {"text": "SHUT", "color": "#ff0000"})
    run_jobs(desk)
    view = show_asset(desk, "hero")
    made = view.versions[-1].version
    assert (made.number, made.op, made.parent_number, view.asset.head_number) == (4, "overlay", 2, 4)
    assert view.jobs[0].params["size_px"] == int(found.words["size"])
    assert view.notes[0].note.state is NoteState.TO_VERIFY


def test_text__set_anew_under_an_approval__waits(desk: Workspace) -> None:
    note_id = note(desk)
    send_plate(desk, DECODER, note_id, "OPEN")
    run_jobs(desk)
    decide(desk, "hero", Ballot(Verdict.APPROVED))
    set_note_state(desk, note_id, NoteState.REOPENED)
    send_text_anew(desk, DECODER, note_id, {"text": "SHUT"})
    run_jobs(desk)
    view = show_asset(desk, "hero")
    assert (view.asset.head_number, view.asset.versions) == (3, 4)


def test_text__other_edits_made_since__is_refused_with_the_way_on(desk: Workspace) -> None:
    note_id = note(desk)
    send_plate(desk, DECODER, note_id, "OPEN")
    run_jobs(desk)
    edit(desk, "hero", (4, 4, 10, 8))
    with pytest.raises(RefusedError, match=r"the head is v4, not v3 with the letters.*rebase --drop 3"):
        send_text_anew(desk, DECODER, note_id, {"text": "SHUT"})
    assert load_sheet(desk, Flaw.TEXT, note_id).set_text is None


def test_text__set_anew_where_none_was_set__is_refused(desk: Workspace) -> None:
    with pytest.raises(RefusedError, match="no text was set"):
        send_text_anew(desk, DECODER, note(desk), {"text": "SHUT"})


def test_plate__note_without_a_region_or_text_without_letters__is_refused(desk: Workspace) -> None:
    with pytest.raises(RefusedError, match="no region"):
        send_plate(desk, DECODER, note(desk, None), "OPEN")
    with pytest.raises(InputError, match="empty"):
        send_plate(desk, DECODER, note(desk), "\u202e ")
    assert find_jobs(desk) == []


def test_plate__note_closed_or_place_locked_meanwhile__lands_alone(desk: Workspace) -> None:
    note_id = note(desk)
    send_plate(desk, DECODER, note_id, "OPEN")
    set_note_state(desk, note_id, NoteState.CLOSED)
    run_jobs(desk)
    assert [job.verb for job in find_jobs(desk)] == [Verb.REMOVE]
    assert show_asset(desk, "hero").asset.head_number == 2


def test_plate__locked_before_it_is_sent__is_refused(desk: Workspace) -> None:
    draw_lock(desk, "hero", SIGN)
    with pytest.raises(RefusedError, match="locked"):
        send_plate(desk, DECODER, note(desk), "OPEN")


def test_plate__taken_back__sets_no_letters(desk: Workspace) -> None:
    send_plate(desk, DECODER, note(desk), "OPEN", act_key="k")
    undo_last(desk)
    run_jobs(desk)
    assert [job.state for job in find_jobs(desk)] == [JobState.CANCELLED]
    assert show_asset(desk, "hero").asset.versions == 1


def test_plate__deep_picture_with_transparency__keeps_its_samples_outside(workspace: Path) -> None:
    pixels = np.random.default_rng(3).integers(0, 65536, (120, 160, 4)).astype(np.uint16)
    write_png(NativePicture(pixels, "RGBA;16"), workspace / "hero.png")
    desk = open_desk(workspace, fix_avoid_faces=False)
    try:
        register(desk)
        send_plate_with_note(desk, DECODER, "hero", NoteRequest("x", mask=SIGN), "OPEN", feather_px=0)
        run_jobs(desk)
        view = show_asset(desk, "hero")
        assert [job.error for job in view.jobs] == [None, None]
        made = pixels_of(desk, version_of(desk, "hero@3"))
        changed = (made != pixels).any(axis=2)
        changed[40:76, 40:120] = False
        assert not changed.any()
    finally:
        desk.close()
