"""A slow line delivers several keys at once: none may mean what it meant before the key in front of it."""

from __future__ import annotations

import pytest

from reviewtui.imaging.decoding import Decoder
from reviewtui.services.workspace import Workspace
from reviewtui.ui.modes import Mode
from tests.support.robot import Robot, at_desk


async def _look_at_hero(desk: Robot) -> None:
    await desk.keys("j", "Enter")
    await desk.ready(3)


@pytest.mark.parametrize(
    ("keys", "mode"),
    [
        (["x", "b", "a", "d"], Mode.ENTRY),
        (["r", "a"], Mode.ENTRY),
        ([";", "a", "b", "a"], Mode.ENTRY),
        ([".", "t", "a"], Mode.VIEW),
        (["j", "a"], Mode.VIEW),
        (["k", "a"], Mode.VIEW),
        (["]", "a"], Mode.VIEW),
        (["J", "K", "K", "a"], Mode.VIEW),
        (["W", "a"], Mode.PANEL),
        (["d", "a"], Mode.MARK),
    ],
)
async def test_burst__letters_behind_an_opening_key__never_approve(
    fixed: Workspace, decoder: Decoder, keys: list[str], mode: Mode
) -> None:
    async with at_desk(fixed, decoder) as desk:
        await _look_at_hero(desk)
        await desk.burst(*keys)
        assert desk.count("decision") == 0
        assert desk.mode is mode


async def test_burst__reason_and_enter__is_one_refusal_with_the_whole_reason(
    fixed: Workspace, decoder: Decoder
) -> None:
    async with at_desk(fixed, decoder) as desk:
        await _look_at_hero(desk)
        await desk.burst("x", "a", "Space", "b", "a", "d", "Enter", "a")
        assert desk.rows("SELECT verdict, reason FROM decision") == [("rejected", "a bad")]


async def test_burst__mark_and_send__draws_tags_and_sends_once(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await _look_at_hero(desk)
        await desk.burst("d", "j", "l", "Space", "j", "Space", "t", "h", "S", "S", "S")
        assert desk.rows("SELECT flaw FROM note WHERE id > 1") == [("hand",)]
        assert desk.rows("SELECT count(*) FROM job WHERE id > 1") == [(1,)]
        assert desk.mode is Mode.VIEW
        assert desk.asset == "hero"


async def test_burst__decision_and_undo__takes_back_that_decision(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await _look_at_hero(desk)
        await desk.burst("a", "z")
        assert desk.rows("SELECT verdict, revokes_id FROM decision") == [("approved", None), (None, 1)]
        assert desk.says("taken back", "approved hero v3")


async def test_burst__command_typed_before_its_line_has_the_keys__is_done(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await _look_at_hero(desk)
        for grey in ("mid", "light", "dark"):
            await desk.burst(":", *"surround", "Space", *grey, "Enter")
            assert desk.app.desk.picture.surround.value == grey
            assert desk.mode is Mode.VIEW
        await desk.burst("?")
        assert desk.mode is Mode.PANEL
