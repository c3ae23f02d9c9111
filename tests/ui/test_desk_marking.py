"""Marking: what is stored is what was drawn, in one transaction, and nothing drawn is lost on the way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from reviewtui.detectors.boxes import Box
from reviewtui.detectors.catalog import Detector
from reviewtui.imaging.decoding import Decoder
from reviewtui.imaging.presets import preset_mask
from reviewtui.model.errors import StoreError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.masks import MaskSpec, mask_from_data
from reviewtui.services import annotate, detecting
from reviewtui.services.browse import show_asset
from reviewtui.services.detecting import region_of
from reviewtui.services.workspace import Workspace
from reviewtui.ui.modes import Mode
from reviewtui.ui.pictures import OverlayKind
from tests.support.reviewed import run_jobs
from tests.support.robot import Robot, at_desk

SIZE = PixelSize(96, 72)


async def mark_hero(desk: Robot) -> None:
    await desk.keys("j", "Enter")
    assert desk.asset == "hero"
    await desk.ready(2)
    await desk.keys("d")
    assert desk.mode is Mode.MARK


def regions(desk: Robot) -> tuple[PixelRect, ...]:
    marking = desk.desk.state.marking
    assert marking is not None
    return marking.regions


def saved_mask(desk: Robot) -> MaskSpec:
    notes = show_asset(desk.workspace, "hero").notes
    mask = notes[-1].note.mask
    assert mask is not None
    return mask


def draft(desk: Robot) -> dict[str, Any] | None:
    found = desk.rows("SELECT body FROM draft WHERE scope LIKE 'mask:%'")
    return json.loads(found[0][0]) if found else None


async def test_mark__flaw_to_sent_fix__takes_at_most_twelve_keys_and_one_transaction(
    plain: Workspace, decoder: Decoder
) -> None:
    async with at_desk(plain, decoder) as desk:
        await desk.keys("j", "Enter")
        await desk.ready(2)
        before = desk.pressed
        await desk.keys("d", "H", "K", "Space", "shift+right", "J", "Space")
        drawn = regions(desk)
        await desk.keys("t", "h", "S")
        assert desk.pressed - before <= 12
        assert desk.rows("SELECT flaw, state, text FROM note") == [("hand", "fixing", "hand")]
        assert desk.rows("SELECT state, note_id, mask_id FROM job") == [("queued", 1, 1)]
        assert saved_mask(desk).regions == drawn
        times = desk.rows("SELECT DISTINCT at FROM event WHERE kind IN ('note.written', 'note.moved', 'job.requested')")
        assert len(times) == 1
        assert desk.count("act") == 1
        assert desk.mode is Mode.VIEW
        assert desk.says("fix sent", "job 1", "only the marked region")


async def test_mark__sent_fix_fails__says_so_with_the_way_on_and_why(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await desk.keys("j", "Enter")
        await desk.ready(2)
        await desk.keys("d", "=", *"0,0,96,72", "Enter", "S")
        assert desk.says("fix sent", "job 1")
        await desk.pilot.app.run_worker(lambda: run_jobs(plain), thread=True).wait()
        await desk.wait_until(lambda: desk.says("✗ job 1 failed", ":retry 1 tries again, W shows why"))
        [(error,)] = desk.rows("SELECT error FROM job WHERE state = 'failed'")
        assert desk.says(error)
        assert desk.count("version") == desk.rows("SELECT count(*) FROM version WHERE source = 'file'")[0][0]


async def test_mark__sent_fix_landed__shows_the_proof_and_walks_to_the_box(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await mark_hero(desk)
        await desk.keys("Space", "Space", "S")
        await desk.pilot.app.run_worker(lambda: run_jobs(plain), thread=True).wait()
        await desk.wait_until(lambda: desk.says("v3 landed"))
        await desk.keys("J")
        await desk.ready(3)
        assert "outside 0 px" in desk.text
        await desk.keys("C")
        assert desk.mode is Mode.COMPARE
        await desk.keys("Space")
        await desk.wait_until(lambda: desk.shows_version(2))
        await desk.keys("Space")
        await desk.ready(3)
        await desk.keys("a")
        assert desk.rows("SELECT state FROM note") == [("closed",)]
        assert desk.says("approved hero v3", "1 note closed")


async def test_mark__moves__keep_the_region_inside_and_count(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await mark_hero(desk)
        begun = regions(desk)[0]
        await desk.keys("#", "#", "5", "l", "3", "j")
        assert regions(desk)[0] == PixelRect(begun.x + 5, begun.y + 3, begun.width, begun.height)
        await desk.keys("9", "9", "H")
        assert regions(desk)[0].x == 0
        assert regions(desk)[0].size == begun.size
        await desk.keys("Space", "9", "9", "shift+right", "9", "9", "J")
        assert regions(desk)[0] == PixelRect(0, begun.y + 3, SIZE.width, SIZE.height - begun.y - 3)
        await desk.keys("o", "9", "9", "K")
        assert regions(desk)[0] == PixelRect.of_size(SIZE)


async def test_mark__several_regions__delete_bring_back_and_walk(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await mark_hero(desk)
        await desk.keys("H", "Space", "Space", "n", "shift+right", "Space", "Space")
        first, second = regions(desk)
        await desk.keys("D")
        assert regions(desk) == (first,)
        await desk.keys("z")
        assert regions(desk) == (first, second)
        await desk.keys("Tab")
        assert desk.desk.state.marking is not None
        assert desk.desk.state.marking.active_rect == first
        assert set(regions(desk)) == {first, second}
        await desk.keys("#", "#", "+")
        assert first.grown(1) in regions(desk)
        await desk.keys("-", "-")
        assert first.grown(-1) in regions(desk)


@pytest.mark.parametrize(
    ("typed", "rect"),
    [("10,5,20,30", (10, 5, 20, 30)), ("25%,25%,50%,50%", (24, 18, 48, 36)), ("-5,60,50,50", (0, 60, 45, 12))],
)
async def test_mark__typed_rectangle__is_the_region(
    plain: Workspace, decoder: Decoder, typed: str, rect: tuple[int, int, int, int]
) -> None:
    async with at_desk(plain, decoder) as desk:
        await mark_hero(desk)
        await desk.keys("=")
        for _ in desk.desk.entry.text:
            await desk.burst("Backspace")
        await desk.type(typed)
        await desk.keys("Enter", "S")
        assert saved_mask(desk).regions == (PixelRect(*rect),)


@pytest.mark.parametrize("typed", ["", "1,2,3", "1,2,0,4", "500,500,5,5", "a,b,c,d", "1e9,1,1,1"])
async def test_mark__typed_nonsense__is_refused_in_words_and_changes_nothing(
    plain: Workspace, decoder: Decoder, typed: str
) -> None:
    async with at_desk(plain, decoder) as desk:
        await mark_hero(desk)
        before = regions(desk)
        await desk.keys("=")
        for _ in desk.desk.entry.text:
            await desk.burst("Backspace")
        await desk.type(typed)
        await desk.keys("Enter")
        assert "✗" in desk.said
        assert regions(desk) == before
        assert desk.mode is Mode.MARK


async def test_mark__preset__previews_as_it_moves_and_esc_restores(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await mark_hero(desk)
        before = regions(desk)
        await desk.keys("p", "down")
        assert regions(desk) == preset_mask("right-half", SIZE).regions
        await desk.keys("down")
        assert regions(desk) == preset_mask("top-half", SIZE).regions
        await desk.keys("Esc")
        assert regions(desk) == before
        await desk.keys("p", "l", "i", "S")
        mask = saved_mask(desk)
        assert (mask.regions, mask.preset, mask.invert) == (
            preset_mask("right-half", SIZE).regions,
            "right-half",
            True,
        )


async def test_mark__preset_of_a_detector__looks_only_when_taken_and_marks_what_was_found(
    plain: Workspace, decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []

    def look(detector: Detector, rgb: object, **_limits: float) -> list[Box]:
        looked.append(detector.name)
        return [Box(0.25, 0.5, 0.5, 0.75, 0.9)] if detector.name == "face" else []

    monkeypatch.setattr(detecting, "detect", look)
    monkeypatch.setattr(detecting, "_remembered", type(detecting._remembered)())
    async with at_desk(plain, decoder) as desk:
        await mark_hero(desk)
        before = regions(desk)
        await desk.keys("p", *["down"] * 40)
        assert looked == []
        await desk.keys("Esc", "p", "H")
        assert looked == ["hands"]
        assert "no hands were found" in desk.said
        assert regions(desk) == before
        await desk.keys("p", "F")
        assert regions(desk) == (region_of(Box(0.25, 0.5, 0.5, 0.75, 0.9), SIZE),)
        await desk.keys("S")
        assert saved_mask(desk).preset == "face"


async def test_mark__feather_severity_flaw_and_note__are_stored(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await mark_hero(desk)
        await desk.keys("Space", "Space", "f", "6", "Enter", "s", "t", "l", ";")
        await desk.type("letters melt")
        await desk.keys("Enter")
        assert desk.rows("SELECT text, flaw, severity, state FROM note") == [("letters melt", "logo", 3, "open")]
        assert saved_mask(desk).feather_px == 6
        assert desk.count("job") == 0
        assert desk.count("draft") == 0
        assert desk.says("note saved on v2")
        await desk.keys("d", ";")
        assert desk.desk.entry.text == ""


async def test_mark__flaw_in_the_text__is_taken_and_completed_by_tab(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await mark_hero(desk)
        await desk.keys(";")
        await desk.type("six #ha")
        await desk.keys("Tab")
        assert desk.desk.entry.text == "six #hand"
        await desk.keys("Enter")
        assert desk.rows("SELECT text, flaw FROM note") == [("six", "hand")]


async def test_mark__nothing_marked__sends_nothing_and_says_so(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await mark_hero(desk)
        await desk.keys("D", "S")
        assert desk.count("note") == 0
        assert desk.says("nothing is marked")


@pytest.mark.parametrize(
    "keys", [["l"], ["Space", "l"], ["Space", "Space"], ["n"], ["p", "l"], ["="], ["t", "h"], ["s"]]
)
async def test_mark__left_by_esc__brings_everything_back_in_another_desk(
    plain: Workspace, decoder: Decoder, keys: list[str]
) -> None:
    async with at_desk(plain, decoder) as desk:
        await mark_hero(desk)
        await desk.keys(*keys)
        if desk.mode is Mode.ENTRY:
            for _ in desk.desk.entry.text:
                await desk.burst("Backspace")
            await desk.type("1,2,3,4")
            await desk.keys("Enter")
        drawn = desk.desk.state.marking
        assert drawn is not None
        await desk.keys("Esc")
        assert desk.mode is Mode.VIEW
        assert desk.says("stay as a draft")
    async with at_desk(plain, decoder) as desk:
        await mark_hero(desk)
        again = desk.desk.state.marking
        assert again is not None
        assert again.regions == drawn.regions
        assert (again.flaw, again.severity, again.preset) == (drawn.flaw, drawn.severity, drawn.preset)
        await desk.keys("S")
        assert saved_mask(desk).regions == drawn.regions
        assert desk.count("draft") == 0


async def test_mark__begun_and_left_untouched__leaves_no_draft(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await mark_hero(desk)
        await desk.keys("Esc")
        assert desk.count("draft") == 0


async def test_mark__not_saved__keeps_the_regions_and_the_draft(
    plain: Workspace, decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("the disk is full: nothing was written", "free some space")

    async with at_desk(plain, decoder) as desk:
        await mark_hero(desk)
        await desk.keys("l", "Space", "Space")
        drawn = regions(desk)
        monkeypatch.setattr(annotate, "write_note", full)
        await desk.keys("S")
        assert desk.says("not saved", "disk is full")
        assert desk.mode is Mode.MARK
        assert regions(desk) == drawn
        await desk.wait_until(lambda: draft(desk) is not None)
        body = draft(desk)
        assert body is not None
        assert mask_from_data(body).regions == drawn


async def test_mark__mouse__draws_the_same_rectangle_and_is_a_draft(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await desk.keys("j", "Enter")
        await desk.ready(2)
        await desk.pilot.mouse_down("PictureView", offset=(20, 10))
        await desk.pilot.hover("PictureView", offset=(30, 15))
        await desk.pilot.mouse_up("PictureView", offset=(30, 15))
        await desk.settle()
        assert desk.mode is Mode.MARK
        [rect] = regions(desk)
        viewport, origin = desk.desk.picture.viewport, desk.desk.picture._origin()
        corners = [
            viewport.pixels_near(x - origin[0] + viewport.area.x, y - origin[1] + viewport.area.y)
            for x, y in ((20, 10), (30, 15))
        ]
        assert rect == corners[0].union(corners[1])
        await desk.keys("Esc")
        body = draft(desk)
        assert body is not None
        assert mask_from_data(body).regions == (rect,)


async def test_mark__mouse_over_an_earlier_draft__keeps_what_was_drawn(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await desk.keys("j", "Enter")
        await desk.ready(2)
        await desk.keys("d", "=")
        await desk.type("1,2,30,40")
        await desk.keys("Enter", "Esc")
        before = draft(desk)
        assert before is not None
        await desk.pilot.mouse_down("PictureView", offset=(20, 10))
        await desk.pilot.hover("PictureView", offset=(30, 15))
        await desk.pilot.mouse_up("PictureView", offset=(30, 15))
        await desk.settle()
        assert PixelRect(1, 2, 30, 40) in regions(desk)
        assert len(regions(desk)) == 2


async def test_mark__undo_of_the_sent_fix__cancels_its_job(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await mark_hero(desk)
        await desk.keys("S", "z")
        assert desk.rows("SELECT state FROM job") == [("cancelled",)]
        assert desk.rows("SELECT state FROM note") == [("wont_fix",)]
        assert desk.says("taken back", "note 1 on hero v2 and its fix")


async def test_mark__note_left_by_esc__goes_with_the_sent_fix(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await mark_hero(desk)
        await desk.keys(";")
        await desk.type("thumb #hand")
        await desk.keys("Esc", "S")
        assert desk.rows("SELECT text, flaw FROM note") == [("thumb", "hand")]
        assert desk.count("draft") == 0


async def test_mark__another_asset_clicked_while_the_note_is_typed__keeps_a_draft_and_writes_nothing(
    plain: Workspace, decoder: Decoder
) -> None:
    async with at_desk(plain, decoder) as desk:
        await mark_hero(desk)
        drawn = regions(desk)
        await desk.keys(";")
        await desk.type("thumb")
        await desk.pilot.click("Queue LineList", offset=(5, 2))
        await desk.settle()
        assert desk.asset == "lobby"
        assert desk.mode is Mode.VIEW
        await desk.keys("Enter")
        assert desk.count("note") == 0
        body = draft(desk)
        assert body is not None
        assert (mask_from_data(body).regions, body["text"]) == (drawn, "thumb")


async def test_mark__undo_of_moves__brings_the_region_back_where_it_was(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await mark_hero(desk)
        begun = regions(desk)
        await desk.keys("l", "l", "j")
        assert regions(desk) != begun
        await desk.keys("z")
        assert regions(desk) == begun


async def test_mark__widened__is_stored_with_the_mask_and_said(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await mark_hero(desk)
        await desk.keys("g")
        await desk.type("-3")
        await desk.keys("Enter")
        assert "grown -3 px" in desk.text
        await desk.keys("g")
        await desk.type("9999")
        await desk.keys("Enter")
        assert desk.says("is no growth")
        await desk.keys("S")
        assert saved_mask(desk).grow_px == -3


async def test_mark__mask_file__is_the_mask_and_is_not_drawn_on(
    plain: Workspace, decoder: Decoder, tmp_path: Path
) -> None:
    Image.new("L", (20, 10), 255).save(tmp_path / "small.png")
    plane = Image.new("L", (96, 72))
    plane.paste(255, (30, 20, 50, 40))
    plane.save(tmp_path / "m.png")
    async with at_desk(plain, decoder) as desk:
        await mark_hero(desk)
        await desk.keys("m")
        await desk.type(str(tmp_path / "small.png"))
        await desk.keys("Enter")
        assert desk.says("the mask is 20×10, the picture 96×72")
        await desk.keys("m")
        await desk.type(str(tmp_path / "m.png"))
        await desk.keys("Enter")
        assert regions(desk) == (PixelRect(30, 20, 20, 20),)
        assert "from a file" in desk.desk.marking.words()
        veil = desk.desk.single._patch
        assert veil is not None
        assert veil.rect == PixelRect(30, 20, 20, 20)
        await desk.keys("n")
        assert desk.says("not drawn on")
        assert regions(desk) == (PixelRect(30, 20, 20, 20),)
        await desk.keys("i", "S")
        mask = saved_mask(desk)
        assert mask.raster_sha256 is not None
        assert mask.invert
        assert desk.desk.single._patch is None, "the picture is as it is once the mask is sent"
        await desk.keys("d", "D", "n")
        assert len(regions(desk)) == 1


async def test_mark__kept_as_a_preset__is_offered_on_another_picture(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await mark_hero(desk)
        await desk.keys("=")
        await desk.type("50%,50%,25%,25%")
        await desk.keys("Enter", "w")
        await desk.type("logo")
        await desk.keys("Enter")
        assert desk.says("preset logo")
        await desk.keys("Esc", "j", "j", "d")
        assert desk.asset == "pier"
        await desk.burst("p", "A", "S")
        [mask] = [one.note.mask for one in show_asset(desk.workspace, "pier").notes]
        assert mask is not None
        assert (mask.preset, mask.regions) == ("logo", (PixelRect(32, 24, 16, 12),))


async def test_mark__region_drawn__its_ring_ends_where_the_fix_will_end(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await mark_hero(desk)
        await desk.keys("Space", "l", "Space")
        (region,) = regions(desk)

        def rings() -> list[PixelRect]:
            return [one.rect for one in desk.desk.marking.overlays() if one.kind is OverlayKind.RING]

        await desk.wait_until(lambda: desk.says("edge +8 px automatic"))
        assert rings() == [region.grown(8).clamped(SIZE)]
        await desk.keys("i")
        assert rings() == ([region.grown(-8)] if min(region.width, region.height) > 16 else [])
        await desk.keys("i", "f", "0", "Enter")
        assert rings() == []
        assert desk.says("edge +0 px ")


async def test_mark__list_of_presets__says_in_full_what_each_selects(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder, size=(80, 24)) as desk:
        await mark_hero(desk)
        await desk.keys("p", *["down"] * 24)
        await desk.wait_until(lambda: "at the bottom" in " ".join(desk.text.split()))


async def test_mark__eighty_columns__the_line_keeps_its_step_and_severity(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder, size=(80, 24)) as desk:
        await mark_hero(desk)
        said = desk.lines[-2]
        assert "step cell" in said
        assert str(desk.desk.state.marking.severity) in said  # type: ignore[union-attr]
        assert "…" not in said
        for room in (500, 100, 80, 60, 40):
            words = desk.desk.marking.words(room)
            assert len(words) <= max(room, len(desk.desk.marking.words(1)))
        assert desk.desk.marking.words(500) == desk.desk.marking.words()
