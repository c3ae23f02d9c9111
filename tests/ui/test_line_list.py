"""A cursor that jumps to another asset, or a list that blocks the desk, would cost wrong decisions."""

import threading
from collections.abc import Callable, Sequence

from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.strip import Strip

from reviewtui.ui.text import clip_cells
from reviewtui.ui.theme import register_themes
from reviewtui.ui.widgets.line_list import LineList

Row = tuple[int, str]


class _ListApp(App[None]):
    CSS = "LineList { height: 10; }"

    def __init__(self) -> None:
        super().__init__()
        register_themes(self)
        self.drawn: list[int] = []
        self.highlighted: list[tuple[int, Row | None]] = []
        self.clicked: list[int] = []
        self.loaded = 0

    def compose(self) -> ComposeResult:
        yield LineList[Row](self._draw, lambda row: row[0], empty_text="press o to open a folder")

    def _draw(self, row: Row, width: int, focused: bool, selected: bool) -> list[Segment]:
        self.drawn.append(row[0])
        return [Segment(clip_cells(f"{'>' if focused else ' '}{'*' if selected else ' '}{row[1]}", width))]

    def on_line_list_highlighted(self, event: LineList.Highlighted) -> None:
        self.highlighted.append((event.index, event.row))

    def on_line_list_loaded(self) -> None:
        self.loaded += 1

    def on_line_list_clicked(self, event: LineList.Clicked) -> None:
        self.clicked.append(event.index)

    @property
    def lines(self) -> "LineList[Row]":
        return self.query_one(LineList)

    def line_text(self, y: int) -> str:
        return Strip.join([self.lines.render_line(y)]).text.rstrip()


def _rows(start: int, stop: int) -> list[Row]:
    return [(index, f"asset {index}") for index in range(start, stop)]


async def _until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    for _ in range(500):
        if condition():
            return
        await pilot.pause(0.01)
    raise AssertionError("the condition never held")


async def test_line_list__hundred_thousand_rows__fetches_only_what_is_seen_and_a_move_draws_two_lines() -> None:
    app, asked = _ListApp(), []

    def fetch(start: int, stop: int) -> Sequence[Row]:
        assert threading.current_thread() is not threading.main_thread()
        asked.append((start, stop))
        return _rows(start, stop)

    async with app.run_test(size=(40, 12)) as pilot:
        app.lines.set_source(100_000, fetch)
        await _until(pilot, lambda: app.line_text(0) == "> asset 0")
        assert asked == [(0, 200)]
        await pilot.pause()
        app.drawn.clear()
        app.lines.move(1)
        await pilot.pause()
        assert sorted(app.drawn) == [0, 1]
        app.lines.move_to(10**9)
        await _until(pilot, lambda: app.highlighted[-1] == (99_999, (99_999, "asset 99999")))
        assert asked == [(0, 200), (99_800, 100_000)]
        assert app.line_text(9) == "> asset 99999"


async def test_line_list__held_key__one_message_for_all_moves_of_a_turn() -> None:
    app = _ListApp()
    async with app.run_test(size=(40, 12)) as pilot:
        app.lines.set_rows(_rows(0, 50))
        await pilot.pause()
        app.highlighted.clear()
        for _ in range(20):
            app.lines.move(1)
        await pilot.pause()
        assert app.highlighted == [(20, (20, "asset 20"))]


async def test_line_list__rows_inserted_above__cursor_and_selection_stay_on_their_rows() -> None:
    app = _ListApp()
    async with app.run_test(size=(40, 12)) as pilot:
        app.lines.set_rows(_rows(0, 50))
        app.lines.move_to(7)
        app.lines.toggle_selected(5)
        await pilot.pause()
        app.highlighted.clear()
        app.lines.set_rows([(-1, "new"), *_rows(0, 50)])
        await pilot.pause()
        assert app.lines.cursor_row == (7, "asset 7")
        assert app.lines.cursor == 8
        assert app.lines.selected_keys == {5}
        assert app.line_text(6) == " *asset 5"


async def test_line_list__rows_that_are_there_at_once__are_told_to_whoever_draws_them_elsewhere() -> None:
    app = _ListApp()
    async with app.run_test(size=(40, 12)) as pilot:
        app.lines.set_rows(_rows(0, 5))
        await _until(pilot, lambda: app.loaded == 1)
        app.lines.set_source(5, _rows, known={0: [(0, "another name"), *_rows(1, 5)]})
        await _until(pilot, lambda: app.loaded == 2)


async def test_line_list__row_under_cursor_gone__cursor_keeps_its_line_and_says_so() -> None:
    app = _ListApp()
    async with app.run_test(size=(40, 12)) as pilot:
        app.lines.set_rows(_rows(0, 5))
        app.lines.move_to(4)
        await pilot.pause()
        app.lines.set_rows(_rows(0, 3))
        await pilot.pause()
        assert app.highlighted[-1] == (2, (2, "asset 2"))


async def test_line_list__no_rows__says_what_to_do_next() -> None:
    app = _ListApp()
    async with app.run_test(size=(40, 12)) as pilot:
        app.lines.set_rows([])
        app.lines.move(1)
        await pilot.pause()
        assert app.line_text(0) == "press o to open a folder"
        assert app.lines.cursor_row is None
        assert app.highlighted[-1] == (-1, None)


async def test_line_list__page_of_an_older_source_arrives_late__is_dropped() -> None:
    app, release = _ListApp(), threading.Event()

    def slow(start: int, stop: int) -> Sequence[Row]:
        release.wait(10)
        return [(index, "old") for index in range(start, stop)]

    async with app.run_test(size=(40, 12)) as pilot:
        app.lines.set_source(10, slow)
        await pilot.pause()
        app.lines.set_source(10, _rows)
        await _until(pilot, lambda: app.line_text(1) == "  asset 1")
        release.set()
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert app.line_text(1) == "  asset 1"


async def test_line_list__range_and_click__select_and_move() -> None:
    app = _ListApp()
    async with app.run_test(size=(40, 12)) as pilot:
        app.lines.set_rows(_rows(0, 50))
        app.lines.select_range(4, 2)
        assert app.lines.selected_keys == {2, 3, 4}
        await pilot.click(LineList, offset=(3, 6))
        assert app.clicked == [6]
        assert app.lines.cursor == 6
        app.lines.page(1)
        assert app.lines.cursor == 15
        app.lines.clear_selected()
        assert app.lines.selected_keys == frozenset()
