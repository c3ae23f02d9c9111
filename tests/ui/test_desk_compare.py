"""COMPARE: what is framed is what is decided on, and no composed picture is ever taken for a version."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reviewtui.imaging.decoding import Decoder
from reviewtui.services.ingest import scan
from reviewtui.services.workspace import Workspace
from reviewtui.ui.modes import Mode
from reviewtui.ui.state import Comparison, Look
from tests.support.pictures import texture, write_png
from tests.support.reviewed import BLEMISH, reopen
from tests.support.robot import Robot, ScriptedTerminal, at_desk
from tests.support.workspaces import make_workspace


async def compare_hero(desk: Robot) -> Comparison:
    """Open v2 (A) against its fix v3 (B)."""
    await desk.keys("j", "Enter", "C")
    assert desk.asset == "hero"
    pair = desk.desk.state.comparison
    assert pair is not None
    assert (pair.champion, pair.challenger) == (2, 3)
    return pair


def pixels(desk: Robot, number: int) -> np.ndarray:
    view = desk.desk.state.view
    assert view is not None
    found = view.find_number(number)
    assert found is not None
    return desk.desk.renditions.load_full(found.version)


async def close_panes(desk: Robot) -> None:
    """Leave, and wait until the panes have nothing under way."""
    await desk.keys("q")
    painters = [pane.view.painter for pane in desk.desk.panes._panes]
    await desk.wait_until(lambda: all(painter.is_idle for painter in painters))


@pytest.mark.parametrize(("key", "words"), [("w", "wipe"), ("d", "difference"), ("o", "overlay")])
async def test_decision_keys__on_a_composed_picture__write_nothing_and_say_why(
    fixed: Workspace, decoder: Decoder, key: str, words: str
) -> None:
    async with at_desk(fixed, decoder) as desk:
        pair = await compare_hero(desk)
        await desk.keys(key)
        await desk.ready()
        assert words in desk.lines[1]
        for decision in "aArx":
            await desk.keys(decision)
            assert desk.says("not taken", words, "Space shows B alone"), decision
        assert desk.count("decision") == 0
        await desk.keys("Space")
        await desk.ready(3)
        assert (pair.look, pair.framed) == (Look.FLIP, 3)
        await desk.keys("a")
        assert desk.rows("SELECT verdict FROM decision") == [("approved",)]


async def test_composed_picture__silent_terminal__cannot_be_decided_on_by_a_typed_yes(
    fixed: Workspace, decoder: Decoder
) -> None:
    async with at_desk(fixed, decoder, terminal=ScriptedTerminal(answers=False), ack_timeout_s=0.01) as desk:
        await compare_hero(desk)
        await desk.keys("w")
        await desk.wait_until(lambda: desk.desk.terminal_is_silent)
        await desk.keys("a")
        assert desk.mode is Mode.COMPARE
        assert desk.says("not taken", "wipe")


async def test_wipe__edge_moved__stays_in_view_and_shows_both(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        pair = await compare_hero(desk)
        await desk.keys("w")
        assert pair.edge_px == 48
        await desk.keys("[", "[")
        assert pair.edge_px == 40
        await desk.burst(*["]"] * 60)
        assert pair.edge_px == 96
        source = desk.desk.picture.source
        assert source is not None
        whole = desk.desk.picture.viewport.box
        assert np.array_equal(source.load(whole, whole.size), pixels(desk, 2))
        await desk.keys("w")
        assert pair.look is Look.FLIP


async def test_difference__of_a_fix__counts_exactly_inside_and_outside(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        pair = await compare_hero(desk)
        await desk.keys("d")
        measured = desk.desk.comparing.find_measured()
        assert measured is not None
        assert measured.inside is not None
        apart = np.abs(pixels(desk, 2).astype(int) - pixels(desk, 3)).max(axis=2)
        assert (measured.outside.changed, measured.outside.largest) == (0, 0)
        assert measured.inside.changed == np.count_nonzero(apart) > 0
        assert measured.inside.largest == apart.max()
        assert measured.inside.pixels + measured.outside.pixels == apart.size
        assert desk.says("changed inside the fix", "outside 0 px")
        await desk.burst(">", ">", ">", ">", ">", ">")
        assert pair.gain == 16
        assert "×16" in desk.lines[1]
        await desk.keys("<")
        assert pair.gain == 8


async def test_difference__of_two_versions_without_a_fix_between__counts_the_whole_picture(
    plain: Workspace, decoder: Decoder
) -> None:
    async with at_desk(plain, decoder) as desk:
        await desk.keys("j", "Enter", "C", "d")
        measured = desk.desk.comparing.find_measured()
        assert measured is not None
        assert measured.inside is None
        assert measured.outside.changed == np.count_nonzero((pixels(desk, 1) != pixels(desk, 2)).any(axis=2))


async def test_changed_areas__of_any_two_versions__are_walked_round(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await desk.keys("j", "Enter", "C", ".")
        assert desk.says("changed area 1 of 1", f"at {BLEMISH.x},{BLEMISH.y}")
        pair = desk.desk.state.comparison
        assert pair is not None
        assert pair.areas is not None
        assert [box.as_tuple() for box in pair.areas.boxes] == [BLEMISH.as_tuple()]
        await desk.keys(",")
        assert pair.area == 0


async def test_overlay__pressed_again__walks_through_the_shares(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        pair = await compare_hero(desk)
        seen = []
        for _ in range(6):
            await desk.keys("o")
            seen.append(pair.percent)
        assert seen == [50, 75, 100, 0, 25, 50]
        assert pair.look is Look.OVERLAY


async def test_escape__from_a_look__goes_out_level_by_level(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        pair = await compare_hero(desk)
        await desk.keys("w", "d", "Esc")
        assert (desk.mode, pair.look) == (Mode.COMPARE, Look.FLIP)
        await desk.keys("Esc")
        assert desk.mode is Mode.VIEW
        assert desk.desk.state.comparison is None


# Side by side


async def test_side_by_side__frame_moved__decision_names_and_takes_the_framed_one(
    fixed: Workspace, decoder: Decoder
) -> None:
    async with at_desk(fixed, decoder) as desk:
        await compare_hero(desk)
        await desk.keys("s")
        await desk.ready()
        assert desk.lines[1].count("v2") == 1
        assert "━ B v3" in desk.lines[1]
        await desk.keys("Tab")
        assert "━ A v2" in desk.lines[1]
        await desk.wait_until(lambda: desk.desk.picture.armed)
        await desk.keys("a")
        assert desk.count("decision") == 0
        assert desk.says("not taken", "the head is v3")
        await desk.keys("Tab")
        await desk.wait_until(lambda: desk.desk.picture.armed)
        await desk.keys("r")
        assert any("request changes on B v3" in line for line in desk.lines)
        await desk.type("hands")
        await desk.keys("Enter")
        assert desk.rows("SELECT verdict, version_id FROM decision") == [
            ("changes_requested", desk.rows("SELECT id FROM version WHERE number = 3")[0][0])
        ]
        await close_panes(desk)


async def test_side_by_side__only_the_other_pane_acknowledged__is_not_armed(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder, terminal=ScriptedTerminal(answers=False)) as desk:
        await compare_hero(desk)
        await desk.keys("s")
        panes = desk.desk.panes.views
        await desk.wait_until(lambda: all(view._arming._asked is not None for view in panes))
        panes[0]._acknowledged(panes[0]._arming._serial)
        await desk.settle()
        assert panes[0].armed
        assert not desk.desk.picture.armed
        assert "PAINTING" in desk.footer
        await desk.keys("a")
        assert desk.count("decision") == 0
        panes[1]._acknowledged(panes[1]._arming._serial)
        await desk.settle()
        await desk.keys("a")
        assert desk.rows("SELECT verdict FROM decision") == [("approved",)]
        await close_panes(desk)


async def test_side_by_side__left__the_single_picture_must_be_painted_again(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await compare_hero(desk)
        await desk.ready(3)
        await desk.keys("s")
        assert not desk.desk.single.armed
        await desk.wait_until(lambda: all(view.armed for view in desk.desk.panes.views))
        views = desk.desk.panes.views
        await desk.keys("s")
        assert not any(view.armed for view in views)
        await desk.ready(3)


async def test_zoom__locked__moves_all_panes__unlocked__only_the_framed_one(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await compare_hero(desk)
        await desk.keys("s")
        await desk.ready()
        first, second = desk.desk.panes.views
        await desk.keys("+", "+", "l", "l")
        assert not second.viewport.is_fit
        assert first.viewport.zoom == second.viewport.zoom
        assert abs(first.viewport.box.x - second.viewport.box.x) <= 1
        nearer = first.viewport.zoom
        await desk.keys("Y", "f")
        assert (first.viewport.zoom, second.viewport.zoom) == (nearer, None)
        assert desk.says("each pane moves alone")
        await desk.keys("Y")
        assert first.viewport.zoom is None
        await close_panes(desk)


async def test_zoom__before_and_after_side_by_side__is_kept(fixed: Workspace, decoder: Decoder) -> None:
    async with at_desk(fixed, decoder) as desk:
        await compare_hero(desk)
        await desk.ready(3)
        await desk.keys("+", "+")
        zoom = desk.desk.picture.viewport.zoom
        assert zoom is not None
        await desk.keys("s")
        assert {view.viewport.zoom for view in desk.desk.panes.views} == {zoom}
        await desk.keys("+")
        nearer = desk.desk.picture.viewport.zoom
        await desk.keys("s")
        assert desk.desk.picture is desk.desk.single
        assert desk.desk.picture.viewport.zoom == nearer


async def test_side_by_side__smallest_screen__works_and_a_grid_says_what_it_needs(
    fixed: Workspace, decoder: Decoder
) -> None:
    async with at_desk(fixed, decoder, size=(80, 24)) as desk:
        pair = await compare_hero(desk)
        await desk.keys("s")
        await desk.ready()
        assert [view.size.width >= 39 and view.size.height >= 18 for view in desk.desk.panes.views] == [True, True]
        await desk.keys("g")
        assert desk.says("a grid needs 110×30 cells", "80×24")
        assert pair.look is Look.PAIR
        await close_panes(desk)


# Grid


@pytest.fixture
def many(tmp_path: Path, decoder: Decoder) -> Workspace:
    """One asset with eleven versions, the last of another size."""
    pictures: dict[str, Image.Image] = {f"cat_v{n:03d}.png": texture(64, 48, seed=n) for n in range(1, 11)}
    pictures["cat_v011.png"] = texture(128, 96, seed=11)
    (tmp_path / "many").mkdir()
    workspace = make_workspace(tmp_path / "many", pictures)
    scan(workspace, decoder)
    return workspace


@pytest.mark.parametrize("size", [(124, 40), (200, 60)])
async def test_grid__eleven_versions__shows_the_newest_nine_and_the_champion(
    many: Workspace, decoder: Decoder, size: tuple[int, int]
) -> None:
    async with at_desk(many, decoder, size=size) as desk:
        await desk.keys("Enter")
        desk.desk.comparing.open_pair(1, 11)
        await desk.settle()
        await desk.keys("g")
        pair = desk.desk.state.comparison
        assert pair is not None
        assert pair.grid == (11, 10, 9, 8, 7, 6, 5, 4, 1)
        assert pair.framed == 11
        await desk.wait_until(lambda: all(view.armed for view in desk.desk.panes.views))
        await desk.keys("Tab", "Tab")
        assert pair.framed == 9
        assert sum("━" in line for line in desk.lines[1:-1]) == 1
        await desk.keys("+", "+", "+")
        boxes = [view.viewport.box for view in desk.desk.panes.views]
        assert all(abs(box.x - boxes[1].x) <= 2 and abs(box.y - boxes[1].y) <= 2 for box in boxes[1:])
        assert len({view.viewport.zoom for view in desk.desk.panes.views[1:]}) == 1
        assert abs(boxes[0].x - 2 * boxes[1].x) <= 4
        assert abs(boxes[0].width - 2 * boxes[1].width) <= 4
        await desk.keys("4")
        assert pair.framed == 4
        await desk.keys("q")
        assert desk.desk.state.number == 4
        await close_panes(desk)
    many.close()


@pytest.mark.parametrize(("key", "size"), [("s", (124, 40)), ("s", (125, 40)), ("g", (125, 41)), ("g", (126, 42))])
async def test_panes__room_that_cannot_be_shared_out__are_all_alike(
    many: Workspace, decoder: Decoder, key: str, size: tuple[int, int]
) -> None:
    async with at_desk(many, decoder, size=size) as desk:
        await desk.keys("Enter")
        desk.desk.comparing.open_pair(10, 11)
        await desk.settle()
        await desk.keys(key)
        views = desk.desk.panes.views
        await desk.wait_until(lambda: all(view.armed for view in views))
        await desk.wait_until(lambda: len({view.size for view in views}) == 1, str([view.size for view in views]))
        await close_panes(desk)
    many.close()


async def test_grid__terminal_made_small__becomes_a_pair_with_the_framed_one(many: Workspace, decoder: Decoder) -> None:
    async with at_desk(many, decoder) as desk:
        await desk.keys("Enter")
        desk.desk.comparing.open_pair(1, 11)
        await desk.settle()
        await desk.keys("g", "Tab")
        await desk.resize(90, 28)
        pair = desk.desk.state.comparison
        assert pair is not None
        assert (pair.look, pair.champion, pair.challenger, pair.framed) == (Look.PAIR, 1, 10, 10)
        assert len(desk.desk.panes.views) == 2
        await close_panes(desk)
    many.close()


# Other sizes


async def test_other_sizes__same_shape__are_told_and_wiped_but_not_subtracted(
    many: Workspace, decoder: Decoder
) -> None:
    async with at_desk(many, decoder) as desk:
        await desk.keys("Enter")
        desk.desk.comparing.open_pair(10, 11)
        await desk.settle()
        assert desk.says("other sizes", "v10 is 64×48", "v11 is 128×96")
        await desk.keys("d")
        assert desk.says("no difference")
        await desk.keys(".")
        assert desk.says("no changed areas")
        await desk.keys("w")
        await desk.ready()
        pair = desk.desk.state.comparison
        assert pair is not None
        assert pair.look is Look.WIPE
    many.close()


async def test_other_shapes__wipe_and_overlay__are_refused_in_words(plain: Workspace, decoder: Decoder) -> None:
    write_png(plain.paths.root / "hero_v003.png", texture(60, 60, seed=9))
    scan(plain, decoder)
    async with at_desk(plain, decoder) as desk:
        await desk.keys("j", "Enter", "C")
        for key in "wo":
            await desk.keys(key)
            assert desk.says("another shape", "s shows them side by side")
        pair = desk.desk.state.comparison
        assert pair is not None
        assert pair.look == "flip"
        await desk.keys("2", "p", "1", "w")
        assert pair.look == "wipe"
        await desk.keys("3")
        assert pair.look == "flip"
        assert desk.says("another shape")


async def test_version_without_bytes__difference__says_so_and_the_desk_goes_on(
    plain: Workspace, decoder: Decoder
) -> None:
    (plain.paths.root / "hero_v001.png").unlink()
    async with at_desk(reopen(plain.paths.root), decoder) as desk:
        await desk.keys("j", "Enter", "C", "d")
        await desk.settle()
        assert "no longer on disk" in desk.text
        await desk.keys("Esc", "Esc")
        assert desk.mode is Mode.VIEW
        desk.workspace.close()


async def test_flip__keys_that_need_the_head__leave_their_room_so_that_no_other_moves(
    fixed: Workspace, decoder: Decoder
) -> None:
    async with at_desk(fixed, decoder) as desk:
        await compare_hero(desk)
        with_head, title = desk.footer, desk.lines[1]
        assert "a approve" in with_head
        await desk.keys("Space")
        without, flipped = desk.footer, desk.lines[1]
        assert "approve" not in without
        assert without.index("side by side") == with_head.index("side by side")
        assert title.index("A v2 ⇄ B v3") == flipped.index("A v2 ⇄ B v3")
