"""Choosing among candidates: two at a time, the winner stays, until one is left; losers stay in the tree."""

from __future__ import annotations

from reviewtui.imaging.decoding import Decoder
from reviewtui.model.lifecycle import Verb
from reviewtui.services import annotate
from reviewtui.services.browse import show_asset
from reviewtui.services.workspace import Workspace
from reviewtui.store.jobs import JobRequest
from reviewtui.ui.modes import Mode
from tests.support.desk import head_of, region
from tests.support.reviewed import run_jobs
from tests.support.robot import Robot, at_desk


def offer(workspace: Workspace, candidates: int = 4) -> None:
    fix = JobRequest(Verb.REMOVE, "patch", candidates=candidates, seed=3)
    mask = region(head_of(workspace, "hero"), (20, 16, 24, 18))
    annotate.write_note(workspace, "hero", annotate.NoteRequest("a spot", mask=mask, fix=fix))


def pair(desk: Robot) -> tuple[int, int]:
    comparison = desk.desk.state.comparison
    assert comparison is not None
    return comparison.champion, comparison.challenger


async def test_tournament__winner_stays__until_one_is_left_and_y_makes_it_head(
    plain: Workspace, decoder: Decoder
) -> None:
    offer(plain)
    run_jobs(plain)
    numbers = [one.version.number for one in show_asset(plain, "hero").versions]
    assert numbers == [1, 2, 3, 4, 5, 6]
    async with at_desk(plain, decoder) as desk:
        await desk.keys("j", "Enter")
        await desk.ready(2)
        await desk.keys("C")
        assert pair(desk) == (3, 4)
        assert "4 of 4 left" in desk.text
        await desk.keys("j")
        assert pair(desk) == (3, 5)
        await desk.keys("k", "p")
        assert pair(desk) == (4, 5)
        assert "3 of 4 left" in desk.text
        await desk.keys("n")
        assert pair(desk) == (4, 6)
        assert "2 of 4 left" in desk.text
        await desk.keys("p")
        assert desk.says("v6 is the last of 4", "y makes it head")
        assert pair(desk) == (2, 6)
        await desk.keys("y")
        await desk.wait_until(lambda: head_number(desk) == 6)
        assert desk.says("v6 is the head", "z takes it back"), "what one picked oneself did not land"
        assert desk.rows("SELECT number FROM version JOIN asset ON head_id = version.id WHERE key = 'hero'") == [(6,)]
        assert len(show_asset(plain, "hero").versions) == 6


async def test_tournament__b_is_picked_while_a_is_seen__is_not_said_to_have_landed(
    plain: Workspace, decoder: Decoder
) -> None:
    offer(plain)
    run_jobs(plain)
    async with at_desk(plain, decoder) as desk:
        await desk.keys("j", "Enter")
        await desk.ready(2)
        await desk.keys("C", "Space", "y")
        await desk.wait_until(lambda: head_number(desk) == 4)
        await desk.settle()
        assert desk.says("v4 is the head", "z takes it back")
        assert desk.desk.looking.picked_id is None, "the same pick by somebody else is news again"


def head_number(desk: Robot) -> int | None:
    """As far as the desk knows."""
    view = desk.desk.state.view
    return None if view is None or view.head is None else view.head.version.number


async def test_tournament__candidates_land_while_looking__are_announced(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await desk.keys("j", "Enter")
        await desk.ready(2)
        offer(plain, 2)
        desk.desk.read_asset()
        await desk.settle()
        await desk.pilot.app.run_worker(lambda: run_jobs(plain), thread=True).wait()
        await desk.wait_until(lambda: desk.says("2 candidates landed"))
        await desk.keys("C")
        assert pair(desk) == (3, 4)


async def test_tournament__single_fix__is_an_ordinary_comparison(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await desk.keys("j", "Enter")
        await desk.ready(3)
        await desk.keys("C")
        assert pair(desk) == (2, 3)
        assert "left" not in desk.lines[-2]
        before = pair(desk)
        await desk.keys("n")
        assert pair(desk) == before
        assert desk.mode is Mode.COMPARE
