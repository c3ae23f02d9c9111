"""A fix as the sheet says it, of any verb: what is known before it is sent, and what becomes of the region."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from reviewtui.engines.registry import get_info
from reviewtui.model.errors import InputError, RefusedError, ReviewError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.lifecycle import NoteState, Verb
from reviewtui.model.masks import MaskSpec
from reviewtui.services import verbs
from reviewtui.services import wanted as service
from reviewtui.services.annotate import NoteRequest, write_note
from reviewtui.services.browse import show_asset
from reviewtui.services.wanted import Outlook, Wanted, look_ahead, send_wanted, send_wanted_with_note
from reviewtui.services.workspace import Workspace
from reviewtui.store.notes import get_mask
from tests.support.desk import open_desk, paint, region, register
from tests.support.edits import DECODER, version_of
from tests.support.reviewed import run_jobs

SIZE = PixelSize(80, 60)
MASK = MaskSpec(SIZE, (PixelRect(10, 10, 50, 30),))


@pytest.fixture
def desk(workspace: Path) -> Iterator[Workspace]:
    y, x = np.mgrid[0:60, 0:80]
    Image.fromarray(np.stack([3 * x, 4 * y, x + y], axis=2).astype(np.uint8)).save(workspace / "hero.png")
    opened = open_desk(workspace, fix_avoid_faces=False)
    register(opened)
    yield opened
    opened.close()


def wanted(verb: Verb, around_subject: bool = False, **words: object) -> Wanted:
    return Wanted({"verb": verb, "params": {}}, words, around_subject)


def outlook(desk: Workspace, one: Wanted, engine: str) -> Outlook:
    return look_ahead(desk, DECODER, version_of(desk, "hero"), MASK, one, get_info(engine))


def test_look_ahead__each_verb__says_what_it_will_do_with_this_picture(desk: Workspace) -> None:
    wide = outlook(desk, wanted(Verb.OUTPAINT, ratio="16:9"), "patch")
    assert wide.words == "outpaint to 16:9, 107×60"
    assert wide.estimate.megapixels_frame == pytest.approx(107 * 60 / 1e6)
    larger = outlook(desk, wanted(Verb.UPSCALE, factor=2), "lanczos")
    assert (larger.words, larger.estimate.megapixels_frame) == ("upscale 2 times, 160×120", 160 * 120 / 1e6)
    assert outlook(desk, wanted(Verb.RECOLOR, to="#3366aa"), "color").words == "recolor to #3366aa"
    letters = outlook(desk, wanted(Verb.OVERLAY, text="NEW", size="12"), "text")
    assert letters.words.startswith("the letters take ")
    assert letters.estimate.edge_px == 0
    assert letters.place is not None
    assert MASK.bounds.contains_rect(letters.place)
    assert outlook(desk, wanted(Verb.REMOVE), "patch").words == ""


def test_look_ahead__text_that_does_not_fit__says_so(desk: Workspace) -> None:
    with pytest.raises(InputError, match="does not fit"):
        outlook(desk, wanted(Verb.OVERLAY, text="A VERY LONG LINE", size="40"), "text")


@pytest.mark.parametrize(
    ("one", "size", "job_box"),
    [
        (wanted(Verb.OUTPAINT, ratio="16:9"), PixelSize(107, 60), None),
        (wanted(Verb.UPSCALE, factor=2), PixelSize(160, 120), PixelRect(0, 0, 160, 120)),
        (wanted(Verb.RECOLOR, to="#3366aa"), SIZE, PixelRect(10, 10, 50, 30)),
        (wanted(Verb.OVERLAY, text="NEW", size="12"), SIZE, None),
    ],
    ids=lambda one: str(one.verb) if isinstance(one, Wanted) else "",
)
@pytest.mark.parametrize("drawn", [True, False], ids=["drawn", "note"])
def test_send__each_verb__lands_and_the_note_keeps_what_was_marked(
    desk: Workspace, one: Wanted, size: PixelSize, job_box: PixelRect | None, drawn: bool
) -> None:
    if drawn:
        send_wanted_with_note(desk, DECODER, "hero", NoteRequest("here", mask=MASK), one)
    else:
        note_id = write_note(desk, "hero", NoteRequest("here", mask=MASK)).note_id
        send_wanted(desk, DECODER, [note_id], one)
    run_jobs(desk)
    view = show_asset(desk, "hero")
    assert [job.error for job in view.jobs] == [None]
    assert view.asset.head_number == 2
    assert view.versions[-1].version.size == size
    assert view.notes[0].note.state is NoteState.TO_VERIFY
    with desk.store.read() as db:
        job_mask = get_mask(db, view.jobs[0].mask_id).spec
        assert db.value("SELECT json_extract(spec, '$.regions') FROM mask JOIN note ON note.mask_id = mask.id") == (
            "[[10,10,50,30]]"
        )
    if job_box is not None:
        assert job_mask.regions == (job_box,)


def test_send__recolor_of_several_notes__goes_over_each_region(desk: Workspace) -> None:
    version = version_of(desk, "hero")
    ids = [
        write_note(desk, "hero", NoteRequest("x", mask=region(version, rect))).note_id
        for rect in ((4, 4, 10, 10), (40, 30, 12, 8))
    ]
    send_wanted(desk, DECODER, ids, wanted(Verb.RECOLOR, to="#ff0000"))
    run_jobs(desk)
    view = show_asset(desk, "hero")
    assert view.asset.head_number == 3
    assert [one.note.state for one in view.notes] == [NoteState.TO_VERIFY] * 2


def test_send__background__around_the_subject_or_around_what_is_marked(
    desk: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[MaskSpec | None] = []

    def note_mask(_desk: Workspace, **more: Any) -> tuple[()]:
        asked.append(more["mask"])
        return ()

    found = MaskSpec(SIZE, (PixelRect(30, 5, 20, 50),), preset="subject")
    monkeypatch.setattr(verbs, "find_preset_mask", lambda *_args, **_more: found)
    monkeypatch.setattr(service, "make_requests", note_mask)
    version = version_of(desk, "hero")
    for subject in (True, False):
        _, words = service.plan_requests(desk, DECODER, version, MASK, wanted(Verb.BACKGROUND, subject))
        assert words.startswith("kept: ")
    assert [(one.regions, one.invert) for one in asked if one is not None] == [
        (found.regions, True), (MASK.regions, True),
    ]  # fmt: skip


def test_send__note_without_a_region__is_refused_and_nothing_is_written(desk: Workspace) -> None:
    note_id = write_note(desk, "hero", NoteRequest("somewhere")).note_id
    with pytest.raises(RefusedError, match="no region"):
        send_wanted(desk, DECODER, [note_id], wanted(Verb.OVERLAY, text="X"))
    assert show_asset(desk, "hero").jobs == ()


def test_send__cannot_be_done__writes_no_note(desk: Workspace) -> None:
    for one in (wanted(Verb.OUTPAINT, ratio="4:3"), wanted(Verb.OVERLAY, text=""), wanted(Verb.RECOLOR, to="x")):
        with pytest.raises(ReviewError):
            send_wanted_with_note(desk, DECODER, "hero", NoteRequest("here", mask=MASK), one)
    assert show_asset(desk, "hero").notes == ()


def test_send__picture_of_one_pixel__grows_and_is_graded(workspace: Path) -> None:
    paint(workspace / "dot.png", size=(1, 1))
    desk = open_desk(workspace, fix_avoid_faces=False)
    try:
        register(desk)
        mask = MaskSpec(PixelSize(1, 1), (PixelRect(0, 0, 1, 1),))
        for one in (wanted(Verb.UPSCALE, factor=2), wanted(Verb.RECOLOR, to="#ff0000")):
            send_wanted_with_note(desk, DECODER, "dot@1", NoteRequest("x", mask=mask), one)
        run_jobs(desk)
        assert [job.error for job in show_asset(desk, "dot").jobs] == [None, None]
    finally:
        desk.close()
