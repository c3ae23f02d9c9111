"""What the desk says of a version's line: after another pass over a place what it bought and the ways on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reviewtui.model.geometry import PixelRect
from reviewtui.model.masks import MaskSpec
from reviewtui.services.browse import load_facts, show_asset
from reviewtui.services.locks import draw_lock
from reviewtui.services.rerunning import ask_rebase_again
from reviewtui.services.roundtrip import HandChange
from reviewtui.services.why import explain, tell
from reviewtui.services.workspace import Workspace
from reviewtui.ui.actions.living import locked_rects
from reviewtui.ui.living_words import inspector_rows, landed_words, proof_extras
from tests.support.desk import open_desk, paint, register
from tests.support.edits import DECODER, compose_next, edit, version_of

PLACE = (10, 10, 24, 20)
LOOK = " form, light, letters: look"
"""What no figure judges is said wherever figures stand."""


@pytest.fixture
def desk(workspace: Path) -> Iterator[Workspace]:
    paint(workspace / "hero.png", size=(96, 72))
    opened = open_desk(workspace)
    register(opened)
    yield opened
    opened.close()


def test_landed__first_fix_of_a_place__points_at_it(desk: Workspace) -> None:
    edit(desk, "hero", PLACE, 40)
    view = show_asset(desk, "hero")
    assert landed_words(view, view.versions[1]).plain == "✓ v2 landed and is the head: J looks at it"


def test_landed__second_pass_over_a_place__says_what_it_bought_and_offers_three_ways_on(desk: Workspace) -> None:
    edit(desk, "hero", PLACE, 40, samples=True)
    edit(desk, "hero", PLACE, 160, samples=True)
    view = show_asset(desk, "hero")
    words = landed_words(view, view.versions[2]).plain
    for part in ("v3 landed", "since v2", "passes 1 → 2", "a approve", "U revert", "retoucher"):
        assert part in words


def test_proof__locks_and_passes__are_told_where_there_are_any(desk: Workspace) -> None:
    draw_lock(desk, "hero", MaskSpec(version_of(desk, "hero").size, (PixelRect(80, 60, 5, 5),)))
    edit(desk, "hero", PLACE, 40, samples=True)
    edit(desk, "hero", (60, 40, 10, 10), 40)
    view = show_asset(desk, "hero")
    assert proof_extras(view, view.versions[0]) == []
    assert [row.plain for row in proof_extras(view, view.versions[1])] == [" locks ok · passes 1", LOOK]
    assert [row.plain for row in proof_extras(view, view.versions[2])] == [" locks ok", LOOK]


def test_proof__version_in_the_middle_of_a_rebase__says_what_is_missing_in_rows_that_fit(desk: Workspace) -> None:
    for rect in (PLACE, (20, 16, 24, 20), (70, 50, 10, 8)):
        edit(desk, "hero", rect, rect[0])
    ask_rebase_again(desk, DECODER, "hero", [2])
    compose_next(desk)
    view = show_asset(desk, "hero")
    rows = [row.plain for row in proof_extras(view, view.versions[4])]
    assert " ".join(" ".join(rows).split()).startswith("unfinished: the edit of v3 not run again yet")
    assert all(len(row) <= 28 for row in rows[:2])


def test_remark__of_an_engine__is_told_wherever_the_proof_is(desk: Workspace) -> None:
    remark = "memory was short: sampled at 8×8\x1b[31m and enlarged, so it is softer"
    edit(desk, "hero", PLACE, 40, remark=remark)
    view = show_asset(desk, "hero")
    [row] = [row.plain for row in proof_extras(view, view.versions[1]) if "memory" in row.plain]
    assert "so it is softer" in row
    assert "\x1b" not in row
    assert any("the engine says: memory was short" in line for line in tell(desk, explain(desk, "hero")))
    assert view.versions[0].remark == ""


def test_inspector__change_by_hand_lock_and_chain__each_have_a_row(desk: Workspace) -> None:
    draw_lock(desk, "hero", MaskSpec(version_of(desk, "hero").size, (PixelRect(80, 60, 5, 5),)), "bad\x1b[31m")
    fixed = edit(desk, "hero", PLACE, 40)
    view = show_asset(desk, "hero")
    facts = load_facts(desk, fixed.sha256)
    rows = "\n".join(
        row.plain for row in inspector_rows(view, view.versions[1], facts, HandChange(PixelRect(1, 2, 3, 4), 5))
    )
    for part in ("lock 1  80,60,5,5", "1,2,3,4, 5 px since v1", "remove with patch, seed 7"):
        assert part in rows
    assert "\x1b" not in rows


def test_locked_rects__inverted_lock__are_what_lies_around_it(desk: Workspace) -> None:
    spec = MaskSpec(version_of(desk, "hero").size, (PixelRect(10, 10, 20, 20),), invert=True)
    rects = locked_rects(spec)
    assert sum(rect.size.area_px for rect in rects) == 96 * 72 - 400
    assert all(rect.intersection(PixelRect(10, 10, 20, 20)) is None for rect in rects)
