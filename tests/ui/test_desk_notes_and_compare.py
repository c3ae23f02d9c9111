"""The notes pane and the flip: every key does what it says, on the note and the version that are in focus."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reviewtui.imaging.decoding import Decoder
from reviewtui.model.geometry import PixelRect
from reviewtui.services.annotate import NoteRequest, write_note
from reviewtui.services.renditions import Renditions
from reviewtui.services.workspace import Workspace
from reviewtui.ui.modes import Mode
from tests.support.reviewed import BLEMISH
from tests.support.robot import Robot, at_desk

STATES = "SELECT state FROM note ORDER BY id"


async def open_notes(desk: Robot) -> None:
    await desk.keys("j", "Enter")
    await desk.ready(3)
    await desk.keys("B")
    assert desk.mode is Mode.NOTES


async def test_notes__walk__goes_round_and_the_picture_goes_along(fixed: Workspace, decoder: Decoder) -> None:
    write_note(fixed, "hero", NoteRequest("the whole sky"))
    async with at_desk(fixed, decoder) as desk:
        await open_notes(desk)
        assert desk.desk.state.note_id == 1
        await desk.keys("j")
        assert desk.desk.state.note_id == 2
        assert desk.desk.picture.viewport.is_fit
        await desk.keys("j")
        assert desk.desk.state.note_id == 1
        await desk.keys("k")
        assert desk.desk.state.note_id == 2
        await desk.keys("Esc", ".")
        assert desk.desk.state.note_id == 1
        await desk.keys(",")
        assert desk.desk.state.note_id == 2


async def test_notes__close_reopen_decline__move_the_state_and_say_so(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await open_notes(desk)
        await desk.keys("c")
        assert desk.rows(STATES) == [("closed",)]
        assert desk.says("note 1 is closed", "z takes it back")
        await desk.keys("o")
        assert desk.rows(STATES) == [("reopened",)]
        await desk.keys("w", "Enter")
        assert desk.rows(STATES) == [("reopened",)]
        assert desk.says("needs a reason")
        await desk.keys("w")
        await desk.type("client likes it")
        await desk.keys("Enter")
        assert desk.rows(STATES) == [("wont_fix",)]
        assert desk.rows("SELECT payload FROM event WHERE kind = 'note.moved' ORDER BY seq DESC LIMIT 1")[0][0].count(
            "client likes it"
        )
        await desk.keys("z")
        assert desk.rows(STATES) == [("reopened",)]


async def test_notes__severity_and_flaw__are_set(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await open_notes(desk)
        for severity in (1, 3, 2):
            await desk.keys(str(severity))
            assert desk.rows("SELECT severity FROM note") == [(severity,)]
        await desk.keys("t", "h")
        assert desk.rows("SELECT flaw FROM note") == [("hand",)]
        await desk.wait_until(lambda: "hand" in desk.text)


async def test_notes__reply__is_kept_as_a_draft_by_esc_and_stands_in_the_thread(
    fixed: Workspace, decoder: Decoder
) -> None:
    async with at_desk(fixed, decoder) as desk:
        await open_notes(desk)
        await desk.keys(";")
        await desk.type("looks good")
        await desk.keys("Esc", ";")
        assert desk.desk.entry.text == "looks good"
        await desk.keys("Enter")
        assert desk.rows("SELECT note_id, text FROM reply") == [(1, "looks good")]
        assert desk.count("draft") == 0
        await desk.wait_until(lambda: "looks good" in desk.text)


async def test_notes__before_and_after__compares_the_two_versions(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await open_notes(desk)
        await desk.keys("C")
        assert desk.mode is Mode.COMPARE
        await desk.wait_until(lambda: desk.shows_version(3))
        await desk.keys("Space")
        await desk.wait_until(lambda: desk.shows_version(2))


async def test_notes__fix_sent_again__runs_on_the_head(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await open_notes(desk)
        await desk.keys("S")
        await desk.keys("Enter")
        assert desk.mode is Mode.NOTES
        assert desk.rows("SELECT version.number FROM job JOIN version ON version.id = version_id ORDER BY job.id") == [
            (2,),
            (3,),
        ]
        assert desk.rows(STATES) == [("fixing",)]
        assert desk.says("fix sent, job 2")
        await desk.keys("S", "Enter")
        assert desk.count("job") == 2
        assert "✗" in desk.said


async def test_notes__none_yet__says_what_to_do(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        for key in "B":
            await desk.keys(key)
            assert desk.mode is Mode.BROWSE
            assert desk.says("no notes yet")
        await desk.keys("Enter")
        for key in "t,.S":
            await desk.keys(key)
            assert desk.mode is Mode.VIEW
            assert desk.says("no note")


async def test_note__of_several_lines__is_stored_as_typed(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await desk.keys("Enter", ";")
        await desk.type("first\\")
        await desk.keys("Enter")
        await desk.type("second #logo")
        await desk.wait_until(lambda: "[2 lines]" in desk.text)
        await desk.keys("Enter")
        assert desk.rows("SELECT text, flaw FROM note") == [("first\nsecond", "logo")]


# --- compare


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Numbers of the versions whose pixels were asked for."""
    numbers: list[int] = []
    load: Callable[..., Any] = Renditions.load

    def counted(self: Renditions, version: Any, box: Any, target: Any) -> Any:
        numbers.append(version.number)
        return load(self, version, box, target)

    monkeypatch.setattr(Renditions, "load", counted)
    return numbers


async def test_compare__flip__shows_the_other_in_place_without_another_load(
    fixed: Workspace, decoder: Decoder, loads: list[int]
) -> None:
    async with at_desk(fixed, decoder) as desk:
        await desk.keys("j", "Enter")
        await desk.ready(3)
        await desk.keys("C")
        await desk.wait_until(lambda: 2 in loads)
        await desk.keys("Space")
        await desk.ready(2)
        seen = loads.count(2), loads.count(3)
        place = desk.desk.picture.viewport
        for number in (3, 2, 3, 2):
            await desk.keys("Space")
            await desk.ready(number)
            assert desk.desk.picture.viewport == place
        assert (loads.count(2), loads.count(3)) == seen
        assert "A v2 ⇄ B v3" in desk.text


async def test_compare__version_whose_fix_landed__is_compared_with_the_head(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await desk.keys("j", "Enter")
        await desk.ready(3)
        await desk.keys("K")
        await desk.ready(2)
        await desk.keys("C")
        pair = desk.desk.state.comparison
        assert pair is not None
        assert (pair.champion, pair.challenger) == (2, 3)


async def test_compare__challengers_digits_and_champion__change_the_pair(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await desk.keys("j", "Enter")
        await desk.ready(3)
        await desk.keys("C")
        pair = desk.desk.state.comparison
        assert pair is not None
        assert (pair.champion, pair.challenger, pair.framed) == (2, 3, 3)
        await desk.keys("j")
        assert (pair.champion, pair.challenger) == (2, 1)
        await desk.keys("k")
        assert (pair.champion, pair.challenger) == (2, 3)
        await desk.keys("1")
        assert (pair.champion, pair.challenger, pair.shows_b) == (2, 1, True)
        await desk.keys("9")
        assert desk.says("there is no v9")
        await desk.keys("p")
        assert (pair.champion, pair.challenger, pair.framed) == (1, 2, 1)
        await desk.keys("Esc", "K", "K", "J", "J", "C")
        pair = desk.desk.state.comparison
        assert pair is not None
        assert (pair.champion, pair.challenger) == (1, 3)


async def test_compare__pick__makes_b_the_head_and_undo_takes_it_back(fixed: Workspace, decoder: Decoder) -> None:
    head = "SELECT version.number FROM asset JOIN version ON version.id = head_id WHERE key = 'hero'"
    async with at_desk(fixed, decoder) as desk:
        await desk.keys("j", "Enter")
        await desk.ready(3)
        await desk.keys("C", "1", "y")
        assert desk.rows(head) == [(1,)]
        assert desk.says("v1 is the head", "z takes it back")
        await desk.keys("z")
        assert desk.rows(head) == [(3,)]


async def test_compare__decision__is_on_the_framed_version_only(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await desk.keys("j", "Enter")
        await desk.ready(3)
        await desk.keys("C", "Space")
        await desk.ready(2)
        await desk.keys("a")
        assert desk.count("decision") == 0
        assert desk.says("not taken", "v2 is on the screen")
        await desk.keys("Space")
        await desk.ready(3)
        await desk.keys("a")
        assert desk.rows("SELECT number FROM decision JOIN version ON version.id = version_id") == [(3,)]


async def test_compare__changed_areas__of_a_fix__lie_within_its_box(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await desk.keys("j", "Enter")
        await desk.ready(3)
        await desk.keys("C", ".")
        [box] = desk.rows("SELECT x, y, width, height FROM proof")
        [overlay] = desk.desk.comparing.overlays()
        assert PixelRect(*box).contains_rect(overlay.rect)
        assert overlay.rect.contains_rect(BLEMISH)
        await desk.keys("1", ".")
        assert desk.says("changed area 1 of")


async def test_compare__only_one_version__says_so(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await desk.keys("Enter", "C")
        assert desk.mode is Mode.VIEW
        assert desk.says("only version")


async def test_compare__first_version_is_the_head_again__is_seen_against_the_newest(
    plain: Workspace, decoder: Decoder
) -> None:
    async with at_desk(plain, decoder) as desk:
        await desk.keys("j", "Enter", "K", "y")
        assert desk.rows("SELECT number FROM version JOIN asset ON head_id = version.id WHERE key = 'hero'") == [(1,)]
        await desk.keys("C")
        pair = desk.desk.state.comparison
        assert pair is not None
        assert (pair.champion, pair.challenger) == (1, 2)
