"""Locks, going back, composing and doing again: each by a key or a typed command, each said, each taken back."""

from __future__ import annotations

import pytest

from reviewtui.imaging.decoding import Decoder
from reviewtui.model.geometry import PixelRect
from reviewtui.services.browse import show_asset
from reviewtui.services.pass_advice import PassAdvice
from reviewtui.services.workspace import Workspace
from reviewtui.ui.modes import Mode
from reviewtui.ui.pictures import OverlayKind
from tests.support.reviewed import add_fix, run_jobs
from tests.support.robot import Robot, at_desk


async def look_at_hero(desk: Robot, number: int) -> None:
    await desk.keys("j", "Enter")
    assert desk.asset == "hero"
    await desk.ready(number)


async def type_command(desk: Robot, words: str) -> None:
    await desk.keys(":")
    await desk.type(words)
    await desk.keys("Enter")


def locked(desk: Robot) -> list[object]:
    return [one for one in desk.desk.picture._overlays if one.kind is OverlayKind.LOCK]


async def test_mark__capital_l__locks_what_is_marked_with_its_reason_and_z_takes_it_back(
    plain: Workspace, decoder: Decoder
) -> None:
    async with at_desk(plain, decoder) as desk:
        await look_at_hero(desk, 2)
        await desk.keys("d", "Space", "Space", "L")
        await desk.type("brand")
        await desk.keys("Enter")
        assert desk.mode is Mode.VIEW
        assert desk.says("lock 1", "stays as it is in v2")
        assert desk.rows("SELECT why, version_id FROM lock JOIN version v ON v.id = version_id WHERE v.number = 2")
        assert desk.rows("SELECT scope FROM draft WHERE scope LIKE 'mask:%'") == []
        await desk.wait_until(lambda: len(locked(desk)) == 1)
        await desk.keys("z")
        await desk.wait_until(lambda: locked(desk) == [])
        assert desk.count("unlock") == 1


async def test_lock__on_the_screen__holds_for_descendants_and_not_for_parents(
    fixed: Workspace, decoder: Decoder
) -> None:
    async with at_desk(fixed, decoder) as desk:
        await look_at_hero(desk, 3)
        await desk.keys("K")
        await desk.ready(2)
        await desk.keys("d", "Space", "Space", "L", "Enter")
        await desk.wait_until(lambda: len(locked(desk)) == 1)
        await desk.keys("J")
        await desk.ready(3)
        await desk.wait_until(lambda: len(locked(desk)) == 1)
        await desk.keys("g", "r")
        await desk.wait_until(lambda: locked(desk) == [])


async def test_lock__typed__lists_and_lifts(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await look_at_hero(desk, 2)
        await desk.keys("d", "Space", "Space", "L", "Enter")
        await desk.wait_until(lambda: len(locked(desk)) == 1)
        await type_command(desk, "lock")
        assert "lock 1" in desk.text
        await desk.keys("Esc")
        await type_command(desk, "lock remove 1")
        await desk.wait_until(lambda: desk.says("lock 1 is lifted"))
        assert show_asset(plain, "hero").locks == ()


async def test_revert__head_on_the_screen__its_parent_is_the_head_and_back(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await look_at_hero(desk, 3)
        await desk.keys("U")
        assert desk.says("v2 is the head")
        await desk.wait_until(lambda: desk.shows_version(2))
        await desk.keys("J")
        await desk.ready(3)
        await desk.keys("U")
        assert desk.says("v3 is the head")
        assert show_asset(fixed, "hero").asset.head_number == 3


async def test_rebase__typed__drops_the_edit_and_shows_what_came_out(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await look_at_hero(desk, 3)
        await type_command(desk, "rebase 3")
        assert desk.says("put together from kept pixels")
        await desk.pilot.app.run_worker(lambda: run_jobs(fixed), thread=True).wait()
        await desk.wait_until(lambda: desk.says("v4 landed"))
        assert show_asset(fixed, "hero").asset.head_number == 4


async def overlapped(desk: Robot, workspace: Workspace) -> None:
    """v4 lies on v3."""
    await desk.pilot.app.run_worker(lambda: add_fix(workspace, rect=PixelRect(34, 20, 20, 12)), thread=True).wait()
    await desk.knows("hero", 4)


async def test_rebase__something_lies_on_it__asks_with_counts_and_runs_it_again(
    fixed: Workspace, decoder: Decoder
) -> None:
    async with at_desk(fixed, decoder) as desk:
        await look_at_hero(desk, 3)
        await overlapped(desk, fixed)
        await desk.keys("g", "l")
        await desk.ready(4)
        await type_command(desk, "rebase 3")
        assert desk.mode is Mode.CHOICE
        for words in ("on v3 lies v4 (", "run v4 again: a job", "drop v3 and v4"):
            assert words in " ".join(desk.text.split()), words
        await desk.keys("Esc")
        assert desk.says("nothing was dropped")
        assert desk.count("job") == 2
        await type_command(desk, "rebase 3")
        await desk.keys("r")
        assert desk.says("job 3", "the head moves when all of it is done")
        await desk.pilot.app.run_worker(lambda: run_jobs(fixed), thread=True).wait()
        await desk.wait_until(lambda: show_asset(fixed, "hero").asset.head_number == 5)
        assert show_asset(fixed, "hero").versions[-1].version.parent_number == 2


async def test_rebase__dropped_with_what_lies_on_it__is_the_version_before(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await look_at_hero(desk, 3)
        await overlapped(desk, fixed)
        await desk.keys("g", "l")
        await desk.ready(4)
        await type_command(desk, "rebase 3")
        await desk.keys("d")
        assert desk.rows("SELECT json_extract(params, '$.drop') FROM job WHERE verb = 'rebase'") == [("[3,4]",)]


async def test_rebase__cancelled_in_the_middle__says_what_is_missing(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await look_at_hero(desk, 3)
        await overlapped(desk, fixed)
        await desk.keys("g", "l")
        await desk.ready(4)
        await type_command(desk, "rebase 3 again")
        assert desk.says("the head moves")
        await type_command(desk, "cancel 3")
        await desk.wait_until(lambda: desk.says("v2 is without v4", ":retry 3"))
        await desk.keys("W")
        assert "v2 is without v4" in " ".join(desk.text.split())


async def test_cherry_pick__typed__lays_an_edit_on_the_version_on_the_screen(
    fixed: Workspace, decoder: Decoder
) -> None:
    async with at_desk(fixed, decoder) as desk:
        await look_at_hero(desk, 3)
        await desk.keys("K", "K")
        await desk.wait_until(lambda: desk.shows_version(1))
        await type_command(desk, "cherry-pick 3")
        await desk.pilot.app.run_worker(lambda: run_jobs(fixed), thread=True).wait()
        await desk.wait_until(lambda: show_asset(fixed, "hero").asset.versions == 4)
        made = show_asset(fixed, "hero").versions[-1].version
        assert (made.op, made.parent_number) == ("cherry_pick", 1)


async def test_again__typed__says_that_the_bytes_are_the_same(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await look_at_hero(desk, 3)
        await type_command(desk, "again")
        await desk.wait_until(lambda: "the same bytes" in desk.text)
        assert desk.mode is Mode.PANEL
        assert "as recorded" in desk.text


async def test_typed__without_sense__is_refused_in_words(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await look_at_hero(desk, 2)
        for words, said in (
            ("rebase", "which edit"),
            ("cherry-pick x", "no version number"),
            ("lock what 1", "not un"),
        ):
            await type_command(desk, words)
            assert desk.says(said), desk.said
        await type_command(desk, "again")
        await desk.wait_until(lambda: desk.says("came from a file"))


async def test_inspector__fixed_version__tells_its_chain_its_locks_and_what_the_pass_bought(
    fixed: Workspace, decoder: Decoder
) -> None:
    async with at_desk(fixed, decoder) as desk:
        await look_at_hero(desk, 3)
        await desk.keys("K")
        await desk.ready(2)
        await desk.keys("d", "Space", "Space", "L", "Enter")
        await desk.wait_until(lambda: len(locked(desk)) == 1)
        await desk.keys("J")
        await desk.ready(3)
        await desk.keys("i")
        await desk.wait_until(lambda: desk.mode is Mode.PANEL)
        told = ("lock 1", "edit 1", "remove with patch, seed")
        await desk.wait_until(lambda: all(words in desk.text for words in told))


async def test_send__fifth_model_pass__asks_for_a_typed_y_and_names_where_to_start_again(
    plain: Workspace, decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    advice = PassAdvice(5, 6, 1, 0)
    monkeypatch.setattr("reviewtui.ui.passguard.worst_advice", lambda *_, **__: advice)
    async with at_desk(plain, decoder) as desk:
        await look_at_hero(desk, 2)
        await desk.keys("d", "Space", "Space", "S")
        assert desk.mode is Mode.ENTRY
        await desk.keys("n", "Enter")
        assert desk.says("not sent", "start again from v1")
        assert desk.count("job") == 0
        await desk.keys("S", "y", "Enter")
        assert desk.count("job") == 1
        assert desk.count("note") == 1


async def test_send__third_model_pass__is_sent_and_said(
    plain: Workspace, decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reviewtui.ui.passguard.worst_advice", lambda *_, **__: PassAdvice(3, 4, 1, 0))
    async with at_desk(plain, decoder) as desk:
        await look_at_hero(desk, 2)
        await desk.keys("d", "Space", "Space", "S")
        assert desk.count("job") == 1
