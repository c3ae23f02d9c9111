"""The main job from end to end on a terminal: see, mark, fix, compare, approve, leave, come back, prove, hand on."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from reviewtui.model.clock import iso
from reviewtui.services.workspace import login_name
from tests.conftest import SAMPLE_DATA
from tests.support.desks import DeskTerminal, Stage, wait_true
from tests.support.pictures import pixels

HERO = "campaign/hero"
[FLAW] = [
    tuple(row["flaw"]["rect"])
    for row in json.loads((SAMPLE_DATA / "flaws.json").read_text())
    if row["path"] == "campaign/hero_v002.png"
]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The campaign of the sample workspace, not registered yet."""
    folder = tmp_path / "sample"
    shutil.copytree(SAMPLE_DATA / "campaign", folder / "campaign")
    with Stage(folder) as stage:
        yield stage


def look_at_hero(desk: DeskTerminal) -> None:
    desk.wait_mode("BROWSE", title="campaign/dawn")
    desk.press("j")
    desk.wait_mode("BROWSE", title=HERO)
    desk.press("enter")
    desk.wait_mode("VIEW", title=HERO)


def begin_marking(desk: DeskTerminal) -> None:
    desk.press("d")
    desk.wait_for("1 region · ")


def type_rect(desk: DeskTerminal, rect: tuple[int, int, int, int]) -> None:
    desk.press("=")
    desk.wait_for("X,Y,W,H")
    words = ",".join(map(str, rect))
    desk.type_text(words)
    desk.wait_for(words)
    desk.press("enter")
    desk.wait_for(f"{rect[2]}×{rect[3]}")


def send_and_compare(desk: DeskTerminal, stage: Stage) -> None:
    """Send the fix, watch it land, go to the newcomer, flip to what was there before and back."""
    desk.press("S")
    desk.wait_for("v3 landed")
    assert stage.rows("SELECT state FROM job") == [("succeeded",)]
    desk.press("J")
    desk.wait_mode("VIEW", title=f"{HERO}  v3 of 3")
    desk.press("C")
    desk.wait_mode("COMPARE", title=f"B {HERO}  v3 of 3")
    assert "A v2 ⇄ B v3" in desk.title
    desk.press("space")
    desk.wait_mode("COMPARE", title=f"A {HERO}  v2 of 3")
    desk.press("space")
    desk.wait_mode("COMPARE", title=f"B {HERO}  v3 of 3")


def fingerprint(folder: Path) -> dict[str, tuple[str, int]]:
    """SHA-256 and time of every file that reviewtui did not write."""
    return {
        str(path.relative_to(folder)): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".reviewtui" not in path.parts
    }


def test_story__mark_fix_compare_approve_leave_reopen__all_is_there_and_proved(tmp_path: Path) -> None:
    with Stage(tmp_path / "sample") as stage:
        stage.folder.rmdir()
        assert stage.ok("demo", stage.folder, "--no-open").strip() == str(stage.folder)
        tell_the_story(stage, tmp_path / "handover")


def tell_the_story(stage: Stage, handover: Path) -> None:
    before = fingerprint(stage.folder)
    desk = stage.desk()
    look_at_hero(desk)
    begin = desk.keys
    begin_marking(desk)
    # The frame stands in the middle: to the left and down in counted steps, then its other corner down.
    desk.press("2", "2", "h", "4", "j", "space", "2", "j")
    desk.press("t")
    desk.wait_for("what is wrong")
    desk.press("a")
    desk.wait_for("flaw artifact")
    send_and_compare(desk, stage)
    desk.press("a")
    desk.wait_for(f"{HERO} v3 saved")
    assert desk.keys - begin <= 20
    desk.press("q")
    desk.wait_mode("VIEW", title=HERO)
    desk.press("q")
    desk.wait_mode("BROWSE", title=HERO)
    desk.press("q")
    assert desk.wait_exit() == 0
    assert stage.verdicts(HERO) == [(login_name(), "approved", 3)]

    again = stage.desk()
    again.wait_until(lambda lines: any("hero" in line and "v3" in line for line in lines), "the queue knows v3")
    again.press("j")
    again.wait_mode("BROWSE", title=f"{HERO}  v3 of 3")
    again.wait_for("approved")
    again.wait_for("closed")
    again.wait_for("outside 0")
    again.press("q")
    assert again.wait_exit() == 0

    [(spec, flaw)] = stage.rows("SELECT m.spec, n.flaw FROM note n JOIN mask m ON m.id = n.mask_id")
    [(x, y, width, height)] = json.loads(spec)["regions"]
    assert x <= FLAW[0]
    assert y <= FLAW[1]
    assert x + width >= FLAW[0] + FLAW[2]
    assert y + height >= FLAW[1] + FLAW[3]
    assert flaw == "artifact"

    why = stage.ok("why", stage.folder, HERO)
    for word in ("approved", "artifact", "patch", "v3", "v2"):
        assert word in why
    stage.ok("verify", stage.folder)
    stage.ok("deliver", stage.folder, handover)
    check_handover(stage, handover)
    assert fingerprint(stage.folder) == before


def check_handover(stage: Stage, handover: Path) -> None:
    """Measured here with numpy alone: nothing outside the printed edge differs; the bytes are the approved ones."""
    [(sha256,)] = stage.rows("SELECT sha256 FROM decision WHERE verdict = 'approved'")
    [delivered] = [path for path in handover.rglob("*.png") if path.is_file()]
    assert hashlib.sha256(delivered.read_bytes()).hexdigest() == sha256
    [(x, y, width, height, edge)] = stage.rows("SELECT x, y, width, height, edge_px FROM proof")
    [(regions,)] = stage.rows("SELECT spec FROM mask")
    [(rx, ry, rw, rh)] = json.loads(regions)["regions"]
    parent, child = pixels(stage.folder / "campaign" / "hero_v002.png"), pixels(delivered)
    assert parent.shape == child.shape
    differs = (parent.astype(np.int16) != child).any(axis=2)
    inside = np.zeros_like(differs)
    inside[max(ry - edge, 0) : ry + rh + edge, max(rx - edge, 0) : rx + rw + edge] = True
    assert not differs[~inside].any()
    box = np.zeros_like(differs)
    box[y : y + height, x : x + width] = True
    assert not differs[~box].any()
    flaw = differs[FLAW[1] : FLAW[1] + FLAW[3], FLAW[0] : FLAW[0] + FLAW[2]]
    assert flaw.mean() > 0.5


def test_story__preset_instead_of_drawing__twelve_keys_are_enough(stage: Stage) -> None:
    desk = stage.desk()
    look_at_hero(desk)
    begin = desk.keys
    desk.press("d")
    desk.wait_for("1 region · ")
    desk.press("p")
    desk.wait_for("bottom-left-corner")
    desk.press("3")
    desk.wait_for("flaw yet")
    send_and_compare(desk, stage)
    desk.press("a")
    desk.wait_for(f"{HERO} v3 saved")
    assert desk.keys - begin <= 12
    [(spec,)] = stage.rows("SELECT spec FROM mask")
    assert json.loads(spec)["preset"] == "bottom-left-corner"
    assert [verdict for _, verdict, _ in stage.verdicts(HERO)] == ["approved"]


def send_big_fix(desk: DeskTerminal) -> None:
    """A region that takes a second or more, so that something can happen meanwhile."""
    look_at_hero(desk)
    begin_marking(desk)
    type_rect(desk, (60, 300, 420, 500))
    desk.press("S")
    desk.wait_for("fix sent")


def test_story__terminal_closed_in_the_middle_of_a_fix__it_lands_and_is_there_later(stage: Stage) -> None:
    desk = stage.desk()
    send_big_fix(desk)
    hung_up_at = iso(datetime.now(UTC))
    assert desk.close() == 128 + signal.SIGHUP
    wait_true(lambda: stage.rows("SELECT state FROM job") == [("succeeded",)], "the fix lands without a desk")
    [(landed_at,)] = stage.rows("SELECT created_at FROM version WHERE source = 'job'")
    assert landed_at > hung_up_at
    stage.wait_quiet()
    again = stage.desk()
    again.wait_until(lambda lines: any("hero" in line and "v3" in line for line in lines), "the queue knows v3")
    again.press("j")
    again.wait_mode("BROWSE", title=f"{HERO}  v3 of 3")
    again.wait_for("to verify")
    assert stage.rows("SELECT count(*) FROM note") == [(1,)]
    assert stage.rows("SELECT attempt FROM job") == [(1,)]


@pytest.mark.parametrize("ending", ["hang-up", "SIGTERM"])
def test_story__terminal_gone_in_the_middle_of_a_note__the_words_come_back(stage: Stage, ending: str) -> None:
    words = "the second half fig lies on"
    desk = stage.desk()
    look_at_hero(desk)
    desk.press(";")
    desk.wait_for("note on v2")
    desk.type_text(words)
    desk.wait_for(words)
    if ending == "hang-up":
        assert desk.close() == 128 + signal.SIGHUP
    else:
        os.kill(desk.pid, signal.SIGTERM)
        assert desk.wait_exit() == 128 + signal.SIGTERM
    [(body,)] = stage.rows("SELECT body FROM draft")
    assert json.loads(body)["text"] == words
    assert stage.rows("SELECT count(*) FROM note") == [(0,)]
    again = stage.desk()
    look_at_hero(again)
    again.press(";")
    again.wait_for(words)
    again.type_text(" the concrete")
    again.press("enter")
    again.wait_for("note saved")
    assert stage.rows("SELECT text FROM note") == [(words + " the concrete",)]
    wait_true(lambda: stage.rows("SELECT count(*) FROM draft") == [(0,)], "the draft has become a note")


def test_story__terminal_gone_right_after_saved__one_decision_and_no_other(stage: Stage) -> None:
    desk = stage.desk()
    look_at_hero(desk)
    desk.press("a")
    desk.wait_for(f"{HERO} v2 saved")
    assert desk.close() == 128 + signal.SIGHUP
    assert [row[1:] for row in stage.verdicts(HERO)] == [("approved", 2)]
    again = stage.desk()
    look_at_hero(again)
    again.wait_for("approved")
    again.press("a", "z")
    again.wait_for("taken back")
    assert stage.verdicts(HERO)[0][1:] == ("approved", 2)
    stage.ok("verify", stage.folder)
