"""Two reviewers on one workspace, each at a desk of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.desks import DeskTerminal, Stage
from tests.support.small_workspaces import write_small_campaign


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(write_small_campaign(tmp_path / "team")) as stage:
        stage.ok("scan", stage.folder)
        yield stage


@pytest.fixture
def desks(stage: Stage) -> tuple[DeskTerminal, DeskTerminal]:
    """Ana's desk and Bo's, both looking at the head of hero."""
    both = stage.desk("--as", "ana"), stage.desk("--as", "bo")
    for desk in both:
        desk.wait_mode("BROWSE", title="hero  v2 of 2")
        desk.press("enter")
        desk.wait_mode("VIEW", title="hero  v2 of 2")
    return both


def test_story__decision_at_one_desk__shows_at_the_other_without_a_key(
    stage: Stage, desks: tuple[DeskTerminal, DeskTerminal]
) -> None:
    ana, bo = desks
    ana.press("a")
    ana.wait_for("hero v2 saved")
    bo.wait_until(lambda lines: any("ana" in line and "approve" in line for line in lines), "Bo sees Ana's approval")
    assert "approved" in bo.title
    bo.press("j")
    bo.wait_mode("VIEW", title="lake")
    ana.press("z")
    ana.wait_for("taken back")
    bo.press("k")
    bo.wait_mode("VIEW", title="hero")
    bo.wait_until(lambda lines: "waiting" in lines[1], "Bo sees that it is taken back")
    assert stage.verdicts("hero") == [("ana", "approved", 2), ("ana", None, 2)]


def test_story__both_decide_at_once__the_slower_is_told_and_chooses(
    stage: Stage, desks: tuple[DeskTerminal, DeskTerminal]
) -> None:
    for desk in desks:
        desk.press("a")
    for desk in desks:
        desk.wait_until(lambda lines: "hero v2 saved" in lines[-2] or "not taken" in lines[-2], "an answer")
    quick, slow = sorted(desks, key=lambda desk: "saved" not in desk.status)
    assert "hero v2 saved" in quick.status
    names = ("ana", "bo") if quick is desks[0] else ("bo", "ana")
    assert f"not taken: {names[0]} approved hero v2 " in slow.status
    assert " ago" in slow.status
    assert stage.verdicts("hero") == [(names[0], "approved", 2)]
    while "hero v2 saved" not in slow.status:  # the same key decides all the same, once the news can have been read
        slow.press("a")
        slow.pump(quiet=0.3)
    assert stage.verdicts("hero") == [(names[0], "approved", 2), (names[1], "approved", 2)]
    stage.ok("verify", stage.folder)


def test_story__refusal_written_while_the_other_approves__is_not_lost_and_not_taken_unread(
    stage: Stage, desks: tuple[DeskTerminal, DeskTerminal]
) -> None:
    ana, bo = desks
    bo.press("r")
    bo.wait_for("request changes on v2")
    bo.type_text("the blemish stays")
    bo.wait_for("the blemish stays")
    ana.press("a")
    bo.press("enter")
    ana.wait_until(lambda lines: "saved" in lines[-2] or "not taken" in lines[-2], "Ana's answer")
    bo.wait_until(lambda lines: "saved" in lines[-2] or "not taken" in lines[-2], "Bo's answer")
    slow = bo if "saved" in ana.status else ana
    assert "not taken: " in slow.status
    assert len(stage.verdicts("hero")) == 1
    if slow is bo:
        bo.press("r")
        bo.wait_for("the blemish stays")
