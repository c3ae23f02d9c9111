"""The contact sheet: the queue's cursor in a grid, only what is in view is made."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.geometry import Region

from reviewtui.imaging.decoding import Decoder
from reviewtui.model.entities import Asset
from reviewtui.model.geometry import PixelSize
from reviewtui.model.lifecycle import AssetStatus
from reviewtui.services.workspace import Workspace
from reviewtui.ui.modes import Mode
from reviewtui.ui.theme import register_themes
from reviewtui.ui.widgets.contact_sheet import ContactSheet
from reviewtui.ui.widgets.line_list import LineList
from tests.support.robot import Robot, at_desk


async def drawn(desk: Robot) -> None:
    sheet = desk.desk.sheet
    await desk.wait_until(lambda: sheet.is_idle and any(map(sheet.painter.find, sheet.tiles_in_view())))
    await desk.settle()


async def test_sheet__arrows__walk_the_grid_and_enter_looks(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder, size=(80, 24)) as desk:
        await desk.keys("T")
        await drawn(desk)
        sheet, rows = desk.desk.sheet, desk.desk.queue.list
        assert (desk.mode, sheet.columns) == (Mode.SHEET, 3)
        seen = []
        for key in ("right", "l", "left", "j", "down", "k", "G", "g", "g"):
            await desk.keys(key)
            seen.append(rows.cursor)
        assert seen == [1, 2, 1, 4, 4, 1, 4, 4, 0]
        assert "▌" in desk.text
        await desk.keys("l", "Enter")
        assert (desk.mode, desk.asset) == (Mode.VIEW, "hero")
        await desk.ready(2)
        await desk.keys("Esc")
        assert desk.mode is Mode.SHEET
        assert not desk.desk.single.armed
        await desk.keys("T")
        assert " BROWSE " in desk.footer
        await desk.ready(2)


async def test_sheet__down_at_a_short_last_row__goes_to_its_end(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder, size=(80, 24)) as desk:
        await desk.keys("T", "l", "l", "j")
        assert desk.desk.queue.list.cursor == 4
        await drawn(desk)


async def test_sheet__decision_keys__do_nothing(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await desk.keys("T", "a", "A", "r", "x")
        assert desk.mode is Mode.SHEET
        assert desk.count("decision") == 0
        await drawn(desk)


async def test_sheet__key_held__loads_only_what_is_in_view(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        loaded: list[int] = []
        busy = most = 0
        sheet = desk.desk.sheet
        load = sheet._load

        def counted(version: int, room: PixelSize) -> NDArray[np.uint8]:
            nonlocal busy, most
            loaded.append(version)
            busy += 1
            most = max(most, busy)
            try:
                return load(version, room)
            finally:
                busy -= 1

        sheet._load = counted
        await desk.keys("T")
        await desk.burst(*["l", "h"] * 150)
        await drawn(desk)
        assert len(loaded) == len(set(loaded)) <= 5
        assert most <= 2


async def test_sheet__plus_and_minus__change_the_size_and_keep_the_cursor(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder, size=(80, 24)) as desk:
        sheet, rows = desk.desk.sheet, desk.desk.queue.list
        await desk.keys("T", "l", "l", "j")
        seen = []
        for key in ("+", "+", "+", "-", "-", "-", "-"):
            await desk.keys(key)
            seen.append((sheet.columns, rows.cursor))
        assert seen == [(2, 4), (1, 4), (1, 4), (2, 4), (3, 4), (4, 4), (4, 4)]
        assert "▁▁▁▁" in desk.text, "the cursor is in view"
        await drawn(desk)


async def test_sheet__moved__draws_only_the_two_places_anew(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await desk.keys("T")
        await drawn(desk)
        sheet = desk.desk.sheet
        regions: list[Region] = []
        refresh = sheet.refresh

        def noted(*some: Region, **options: bool) -> object:
            regions.extend(some)
            assert some, "never all of it"
            return refresh(*some, **options)

        sheet.refresh = noted  # type: ignore[method-assign, assignment]
        await desk.keys("l")
        assert len(regions) == 2
        assert all(region.size == (sheet.pitch.width, sheet.pitch.height) for region in regions)


async def test_sheet__filter_and_help__come_back_to_it(plain: Workspace, decoder: Decoder) -> None:
    async with at_desk(plain, decoder) as desk:
        await desk.keys("T", "/")
        await desk.type("lob")
        await desk.keys("Enter")
        assert desk.mode is Mode.SHEET
        assert "lobby" in desk.text
        assert "alley" not in desk.text
        await desk.keys("?", "Esc")
        assert desk.mode is Mode.SHEET
        await drawn(desk)


def asset(number: int) -> Asset:
    return Asset(number, f"a{number}", AssetStatus.WAITING, None, number, 1, 1, 0, 0, 0, "")


class Many(App[None]):
    """A sheet of 100 000 assets that counts what it asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[int] = []
        self.loaded: list[int] = []
        self.rows = LineList[Asset](lambda row, *_: [Segment(row.key)], lambda row: row.id)
        self.sheet = ContactSheet(self.rows, self.load, lambda row, _: row.key)
        register_themes(self)

    def compose(self) -> ComposeResult:
        yield self.rows
        yield self.sheet

    def on_mount(self) -> None:
        self.rows.display = False
        self.sheet.styles.display = "block"
        self.rows.set_source(100_000, self.fetch)

    def fetch(self, start: int, stop: int) -> list[Asset]:
        self.fetched.append(start)
        return [asset(number) for number in range(start, stop)]

    def load(self, version: int, room: PixelSize) -> NDArray[np.uint8]:
        self.loaded.append(version)
        return np.full((8, 12, 3), version % 256, dtype=np.uint8)

    def on_line_list_highlighted(self) -> None:
        self.sheet.follow()

    def on_line_list_loaded(self) -> None:
        self.sheet.follow()


async def test_sheet__100_000_assets__asks_only_for_what_was_in_view() -> None:
    app = Many()
    async with app.run_test(size=(110, 40)) as pilot:
        for _ in range(1000):
            app.rows.move(app.sheet.columns)
        for _ in range(2000):
            await pilot.pause()
            if app.sheet.is_idle and app.rows.cursor_row is not None and app.rows.cursor in app.loaded:
                break
        assert app.rows.cursor == 4000
        in_view = (40 // 11 + 2) * app.sheet.columns
        assert len(set(app.loaded)) == len(app.loaded) <= 2 * in_view + 4
        assert len(app.fetched) <= 4
        app.rows.move_to(99_999)
        for _ in range(2000):
            await pilot.pause()
            if app.sheet.is_idle and 99_999 in app.loaded:
                break
        assert 99_999 in app.loaded
        assert any("a99999" in strip.text for strip in map(app.sheet.render_line, range(40)))
