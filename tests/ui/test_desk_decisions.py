"""Decisions: only on bytes that were painted, never lost, never doubled, never on something else than is framed."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from reviewtui.imaging.decoding import Decoder
from reviewtui.model.lifecycle import Verdict
from reviewtui.services.ingest import scan
from reviewtui.services.review import Ballot, decide
from reviewtui.services.workspace import Workspace
from reviewtui.ui.actions import deciding
from reviewtui.ui.modes import Mode
from tests.support.pictures import texture, write_png
from tests.support.reviewed import add_fix, reopen
from tests.support.robot import Robot, ScriptedTerminal, at_desk

DECISIONS = "SELECT verdict, reason, reviewer FROM decision ORDER BY id"


async def look_at_hero(desk: Robot) -> None:
    await desk.keys("j", "Enter")
    assert desk.asset == "hero"


async def test_approve__before_the_terminal_acknowledged__writes_nothing_and_says_so(
    fixed: Workspace, decoder: Decoder
) -> None:
    async with at_desk(fixed, decoder, terminal=ScriptedTerminal(answers=False)) as desk:
        await look_at_hero(desk)
        await desk.asked(3)
        await desk.keys("a")
        assert desk.count("decision") == 0
        assert desk.says("not taken", "still being painted")
        assert "PAINTING" in desk.footer
        await desk.arm(3)
        await desk.keys("a")
        [(verdict, evidence, sha256)] = desk.rows("SELECT verdict, evidence, sha256 FROM decision")
        facts: dict[str, Any] = json.loads(evidence)
        version = desk.desk.state.shown_version
        assert version is not None
        assert (verdict, sha256) == ("approved", version.sha256)
        assert facts["shown"] == "acknowledged by the terminal"
        assert facts["protocol"] == "half"
        assert facts["acknowledged_ms"] >= 0
        assert facts["scale"] > 0
        assert facts["never_at_1_to_1"] is (facts["largest_scale"] > 1)
        assert facts["truth"] in ("palette", "true")
        assert "seen_at_1_to_1" not in facts
        assert desk.says("approved", "hero v3 saved", "chain", "z takes it back")
        assert "PAINTED" in desk.footer


async def test_approve__pressed_twice__second_replaces_the_first_of_the_same_reviewer(
    fixed: Workspace, decoder: Decoder
) -> None:
    async with at_desk(fixed, decoder) as desk:
        await look_at_hero(desk)
        await desk.ready(3)
        await desk.keys("a", "a")
        standing = desk.rows(
            "SELECT id FROM decision d WHERE verdict IS NOT NULL AND NOT EXISTS"
            " (SELECT 1 FROM decision r WHERE r.revokes_id = d.id)"
        )
        assert len(standing) == 1
        assert desk.rows("SELECT status FROM asset WHERE key = 'hero'") == [("approved",)]


async def test_approve__older_version_on_the_screen__is_refused_in_words(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await look_at_hero(desk)
        await desk.keys("K")
        await desk.ready(2)
        await desk.keys("a")
        assert desk.count("decision") == 0
        assert desk.says("not taken", "v2 is on the screen", "the head is v3")


async def test_approve__nothing_read_yet__is_refused_in_words(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await desk.keys("Enter")
        await desk.burst("j", "a")
        assert desk.count("decision") == 0
        assert desk.says("not taken")


async def test_approve__silent_terminal__asks_for_a_typed_y_and_says_unacknowledged(
    fixed: Workspace, decoder: Decoder
) -> None:
    async with at_desk(fixed, decoder, terminal=ScriptedTerminal(answers=False), ack_timeout_s=0.01) as desk:
        await look_at_hero(desk)
        await desk.wait_until(lambda: desk.desk.terminal_is_silent and desk.shows_version(3))
        await desk.keys("a")
        assert desk.mode is Mode.ENTRY
        assert desk.count("decision") == 0
        await desk.keys("n", "Enter")
        assert desk.count("decision") == 0
        assert desk.says("not taken")
        await desk.keys("a", "y", "Enter")
        [(evidence,)] = desk.rows("SELECT evidence FROM decision")
        facts = json.loads(evidence)
        assert (facts["shown"], facts["protocol"]) == ("unacknowledged", "half")
        assert facts["scale"] > 0
        assert facts["truth"] in ("palette", "true")
        assert facts["never_at_1_to_1"] is (facts["scale"] > 1)


async def test_silent_terminal__another_picture__is_in_doubt_again(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder, terminal=ScriptedTerminal(answers=False), ack_timeout_s=0.01) as desk:
        await look_at_hero(desk)
        await desk.wait_until(lambda: desk.desk.terminal_is_silent and desk.shows_version(3))
        await desk.burst("j", "a", "y", "Enter")
        assert desk.count("decision") == 0


async def test_decide__input_is_guarded__every_key_is_refused(
    fixed: Workspace, decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deciding, "is_guarded", lambda app: True)
    async with at_desk(fixed, decoder) as desk:
        await look_at_hero(desk)
        await desk.ready(3)
        for key in "aArx":
            await desk.keys(key)
            assert desk.mode is Mode.VIEW
            assert desk.says("not taken", "torn from the line")
        assert desk.count("decision") == 0


@pytest.mark.parametrize(
    ("key", "verdict"), [("A", "approved_with_changes"), ("r", "changes_requested"), ("x", "rejected")]
)
async def test_decide__with_a_reason__esc_keeps_it_and_enter_commits_it(
    fixed: Workspace, decoder: Decoder, key: str, verdict: str
) -> None:
    async with at_desk(fixed, decoder) as desk:
        await look_at_hero(desk)
        await desk.ready(3)
        await desk.keys(key)
        assert "v3" in desk.text
        await desk.type("six fingers")
        await desk.keys("Esc")
        assert desk.count("decision") == 0
        [(scope, body)] = desk.rows("SELECT scope, body FROM draft")
        assert scope.startswith("reason:")
        assert json.loads(body) == {"text": "six fingers"}
        await desk.keys(key)
        assert desk.desk.entry.text == "six fingers"
        await desk.keys("!", "Enter")
        assert desk.rows(DECISIONS) == [(verdict, "six fingers!", fixed.actor.name)]
        assert desk.count("draft") == 0
        await desk.keys(key)
        assert desk.desk.entry.text == ""


@pytest.mark.parametrize("key", ["A", "r", "x"])
async def test_decide__without_a_reason__is_not_taken(fixed: Workspace, decoder: Decoder, key: str) -> None:
    async with at_desk(fixed, decoder) as desk:
        await look_at_hero(desk)
        await desk.ready(3)
        await desk.keys(key, "Space", "Enter")
        assert desk.count("decision") == 0
        assert desk.says("not taken", "reason")


async def test_take_back__backspace_with_a_reason__revokes_by_a_row(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await look_at_hero(desk)
        await desk.ready(3)
        await desk.keys("Backspace")
        assert desk.says("no decision on the head")
        await desk.keys("a", "Backspace")
        await desk.type("too soon")
        await desk.keys("Enter")
        assert desk.rows("SELECT verdict, revokes_id, reason FROM decision") == [
            ("approved", None, ""),
            (None, 1, "too soon"),
        ]
        assert desk.rows("SELECT status FROM asset WHERE key = 'hero'") == [("to_verify",)]
        assert desk.says("taken back", "hero v3")


async def test_undo__after_a_decision__says_what_it_took_back(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await look_at_hero(desk)
        await desk.ready(3)
        await desk.keys("a", "z")
        assert desk.rows("SELECT status FROM asset WHERE key = 'hero'") == [("to_verify",)]
        assert desk.rows("SELECT state FROM note") == [("to_verify",)]
        assert desk.says("taken back", "approved hero v3")


async def test_decide__somebody_decided_just_before__is_told_and_may_decide_all_the_same(
    fixed: Workspace, decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    bo = reopen(fixed.paths.root, claimed="bo")
    try:
        async with at_desk(fixed, decoder) as desk:
            await look_at_hero(desk)
            await desk.ready(3)
            decide(bo, "hero", Ballot(Verdict.CHANGES_REQUESTED, "the thumb"))
            await desk.keys("a")
            assert desk.rows(DECISIONS) == [("changes_requested", "the thumb", "bo")]
            assert desk.says("not taken", "bo asked for changes on hero v3", "ago", "the thumb", "same key again")
            await desk.wait_until(lambda: any(seen[-1][1] for seen in desk.desk.decisions_seen.values()))
            await desk.keys("a")
            assert len(desk.rows(DECISIONS)) == 1, "it was not on the screen long enough to be read"
            monkeypatch.setattr(deciding, "SEEN_AFTER_S", 0.0)
            await desk.keys("a")
            assert desk.rows(DECISIONS)[1:] == [("approved", "", fixed.actor.name)]
    finally:
        bo.close()


async def test_decide__conflict_on_a_typed_reason__keeps_the_reason(fixed: Workspace, decoder: Decoder) -> None:
    bo = reopen(fixed.paths.root, claimed="bo")
    try:
        async with at_desk(fixed, decoder) as desk:
            await look_at_hero(desk)
            await desk.ready(3)
            await desk.keys("x")
            await desk.type("melted")
            decide(bo, "hero", Ballot(Verdict.APPROVED))
            await desk.keys("Enter")
            assert desk.rows(DECISIONS) == [("approved", "", "bo")]
            await desk.keys("x")
            assert desk.desk.entry.text == "melted"
    finally:
        bo.close()


async def test_decide__another_asset_clicked_while_the_reason_is_typed__decides_nothing_and_keeps_the_reason(
    fixed: Workspace, decoder: Decoder
) -> None:
    async with at_desk(fixed, decoder) as desk:
        await look_at_hero(desk)
        await desk.ready(3)
        await desk.keys("x")
        await desk.type("melted")
        await desk.pilot.click("Queue LineList", offset=(5, 3))
        await desk.settle()
        assert desk.asset == "pier"
        assert desk.mode is Mode.VIEW
        await desk.keys("Enter")
        assert desk.count("decision") == 0
        assert desk.rows("SELECT body FROM draft") == [('{"text": "melted"}',)]


async def test_view__new_head_lands_under_the_eyes__stays_and_is_announced_and_not_decided(
    fixed: Workspace, decoder: Decoder
) -> None:
    other = reopen(fixed.paths.root)
    try:
        async with at_desk(fixed, decoder) as desk:
            await look_at_hero(desk)
            await desk.ready(3)
            add_fix(other)
            await desk.wait_until(lambda: desk.says("v4 landed", "J looks at it"))
            assert desk.shows_version(3)
            await desk.keys("a")
            assert desk.count("decision") == 0
            assert desk.says("not taken", "v3 is on the screen", "the head is v4")
            await desk.keys("J")
            await desk.ready(4)
            assert not desk.says("J looks at it")
            await desk.keys("a")
            assert desk.rows("SELECT number FROM decision JOIN version ON version.id = version_id") == [(4,)]
    finally:
        other.close()


async def test_approve__bytes_changed_on_disk__is_refused_and_nothing_is_written(
    plain: Workspace, decoder: Decoder
) -> None:
    async with at_desk(plain, decoder) as desk:
        await desk.keys("Enter")
        await desk.ready(1)
        write_png(plain.paths.root / "alley.png", texture(80, 60, seed=99))
        await desk.keys("a")
        assert desk.count("decision") == 0
        assert "✗" in desk.said


async def test_file__vanishes_while_it_is_shown__is_not_decided_on_until_it_is_back(
    plain: Workspace, decoder: Decoder
) -> None:
    path = plain.paths.root / "alley.png"
    async with at_desk(plain, decoder) as desk:
        await desk.keys("Enter")
        await desk.ready(1)
        elsewhere = path.rename(plain.paths.root.parent / "kept.png")
        await asyncio.to_thread(scan, plain, decoder)
        await desk.wait_until(lambda: not desk.desk.picture.armed)
        await desk.settle()
        assert "STALE" in desk.lines[-1]
        await desk.keys("+")
        await desk.settle()
        assert not desk.desk.picture.armed
        await desk.keys("a")
        assert desk.says("not taken", "no longer on disk")
        assert desk.count("decision") == 0
        elsewhere.rename(path)
        await asyncio.to_thread(scan, plain, decoder)
        await desk.ready(1)
        await desk.keys("a")
        assert desk.count("decision") == 1


async def test_file__changes_while_it_is_shown__only_the_new_bytes_can_be_armed(
    plain: Workspace, decoder: Decoder
) -> None:
    terminal = ScriptedTerminal(answers=False)
    async with at_desk(plain, decoder, terminal=terminal) as desk:
        await desk.keys("Enter")
        await desk.arm(1)
        write_png(plain.paths.root / "alley.png", texture(80, 60, seed=99))
        await asyncio.to_thread(scan, plain, decoder)
        await desk.knows("alley", 2)
        assert not desk.desk.picture.armed
        await desk.keys("a")
        assert desk.count("decision") == 0
        await desk.keys("J")
        await desk.asked(2)
        assert not desk.desk.picture.armed
        await desk.keys("a")
        assert desk.says("not taken", "still being painted")
        assert desk.count("decision") == 0
        await desk.arm(2)
        await desk.keys("a")
        [(sha256,)] = desk.rows("SELECT sha256 FROM decision")
        assert desk.desk.picture.source is not None
        assert sha256 == desk.desk.picture.source.key
