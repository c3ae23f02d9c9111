"""The widget must never show, arm or mark another picture than the one that was asked for, and never block."""

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot
from textual.screen import ModalScreen

from reviewtui.model.errors import InputError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.ui.pictures import (
    DrawingCache,
    HalfCells,
    Overlay,
    OverlayKind,
    PictureHost,
    PictureView,
    Pixels,
    Surround,
)
from reviewtui.ui.pictures.cell_painter import CellPainter
from reviewtui.ui.pictures.painter import Painting, Spot, Wanted
from reviewtui.ui.pictures.words_painter import WordsPainter
from reviewtui.ui.theme import register_themes


class _Source:
    """A picture of one colour that can be held back."""

    def __init__(self, key: str, color: int, size: tuple[int, int] = (400, 300), *, held: bool = False) -> None:
        self.key = key
        self.size = PixelSize(*size)
        self.loads: list[tuple[PixelRect, PixelSize]] = []
        self._color = color
        self.gate = threading.Event()
        if not held:
            self.gate.set()

    def load(self, box: PixelRect, target: PixelSize) -> Pixels:
        assert threading.current_thread() is not threading.main_thread()
        self.loads.append((box, target))
        assert self.gate.wait(20)
        return np.full((target.height, target.width, 3), self._color, np.uint8)


class _BrokenSource(_Source):
    def load(self, box: PixelRect, target: PixelSize) -> Pixels:
        raise InputError("the picture [red]broke\x1b[2J", "look at it")


class _Script:
    """An acknowledger that answers when the test says so."""

    def __init__(self) -> None:
        self.asked: list[Callable[[], None]] = []

    def ask(self, answered: Callable[[], None]) -> None:
        self.asked.append(answered)

    def answer(self) -> None:
        self.asked.pop(0)()


class _PictureApp(PictureHost, App[None]):
    def __init__(self, *, ack_timeout_s: float = 60.0, cache: DrawingCache | None = None) -> None:
        super().__init__()
        register_themes(self)
        self.script = _Script()
        self.picture_acknowledger = self.script
        self.posted: list[Any] = []
        self.picture = PictureView(ack_timeout_s=ack_timeout_s, cache=cache, empty_words="no picture")

    def compose(self) -> ComposeResult:
        yield self.picture

    def on_picture_view_painted(self, event: PictureView.Painted) -> None:
        self.posted.append(event)

    def on_picture_view_unacknowledged(self, event: PictureView.Unacknowledged) -> None:
        self.posted.append(event)

    def on_picture_view_failed(self, event: PictureView.Failed) -> None:
        self.posted.append(event)

    def on_picture_view_rect_dragged(self, event: PictureView.RectDragged) -> None:
        self.posted.append(event)

    def on_picture_view_pixel_clicked(self, event: PictureView.PixelClicked) -> None:
        self.posted.append(event)

    def on_picture_view_zoom_requested(self, event: PictureView.ZoomRequested) -> None:
        self.posted.append(event)

    def colors_at(self, x: int, y: int) -> tuple[int, int]:
        """Red of both halves of a cell."""
        cell: Any = self.picture.render_line(y)
        return cell._cells[x].fg[0], cell._cells[x].bg[0]

    def text_at(self, y: int) -> str:
        return self.picture.render_line(y).text


async def _until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        await pilot.pause(0.005)
    raise AssertionError("the condition never held")


async def _paint(app: _PictureApp, pilot: Pilot[None]) -> None:
    await _until(pilot, lambda: bool(app.script.asked))
    app.script.answer()
    await _until(pilot, lambda: app.picture.armed)


async def test_view__show__is_armed_only_by_the_answer_of_the_terminal() -> None:
    app = _PictureApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.picture.show(_Source("a", 90))
        await _until(pilot, lambda: len(app.script.asked) == 1)
        assert app.colors_at(40, 12) == (90, 90)
        assert not app.picture.armed
        app.script.answer()
        await pilot.pause()
        evidence = app.picture.evidence()
        assert evidence is not None
        assert app.posted[-1].evidence is evidence
        truth = "true" if app.console.color_system == "truecolor" else "palette"
        assert (evidence.key, evidence.protocol, evidence.truth) == ("a", "half", truth)
        assert evidence.scale == pytest.approx(400 / 58, rel=0.1)


async def test_view__another_picture__disarms_at_once_and_a_late_answer_does_not_arm() -> None:
    app = _PictureApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.picture.show(_Source("a", 90))
        await _until(pilot, lambda: len(app.script.asked) == 1)
        app.picture.show(_Source("b", 50, held=True))
        app.script.answer()
        await pilot.pause()
        assert not app.picture.armed
        assert app.picture.evidence() is None
        assert app.posted == []


async def test_view__slow_picture_superseded__is_never_painted_nor_armed() -> None:
    app, slow, quick = _PictureApp(), _Source("slow", 200, held=True), _Source("quick", 50)
    async with app.run_test(size=(80, 24)) as pilot:
        app.picture.show(slow)
        await _until(pilot, lambda: bool(slow.loads))
        app.picture.show(quick)
        await _paint(app, pilot)
        slow.gate.set()
        for _ in range(5):
            await pilot.pause()
        assert app.colors_at(40, 12) == (50, 50)
        assert [event.evidence.key for event in app.posted] == ["quick"]


class _Patched(_Source):
    """As another picture, but for a rectangle of the shown pixels."""

    def load(self, box: PixelRect, target: PixelSize) -> Pixels:
        pixels = super().load(box, target)
        pixels[10:20, 8:30] = 250
        return pixels


async def test_view__version_that_differs_in_a_part__only_that_part_is_written() -> None:
    app, a, b = _PictureApp(), _Source("a", 90), _Patched("b", 90)
    async with app.run_test(size=(80, 24)) as pilot:
        app.picture.show(a)
        await _paint(app, pilot)
        assert app.picture._spot is not None
        asked: list[Any] = []
        refresh = app.picture.refresh

        def note(*regions: Any, **options: Any) -> Any:
            asked.extend(regions or [None])
            return refresh(*regions, **options)

        app.picture.refresh = note  # type: ignore[method-assign]
        app.picture.show(b, placeholder=True)
        await _paint(app, pilot)
        left, top = app.picture._origin()
        assert asked == [Region(left + 8, top + row, 22, 1) for row in range(5, 10)]
        assert app.colors_at(left + 10, top + 7) == (250, 250)
        assert app.colors_at(left + 40, top + 7) == (90, 90)
        evidence = app.picture.evidence()
        assert evidence is not None
        assert evidence.key == "b"
        asked.clear()
        app.picture.show(_Source("same pixels", 90), placeholder=True)
        await _paint(app, pilot)
        asked.clear()
        app.picture.show(a, placeholder=True)
        await _paint(app, pilot)
        assert asked == []


async def test_view__another_painter__shows_the_same_place_and_arms_anew() -> None:
    app, a = _PictureApp(), _Source("a", 90, (900, 700))
    async with app.run_test(size=(80, 24)) as pilot:
        app.picture.show(a)
        await _paint(app, pilot)
        app.picture.look_at(PixelRect(600, 400, 80, 60))
        await _paint(app, pilot)
        place = app.picture.viewport
        former = app.picture.painter
        app.picture.painters = WordsPainter
        app.picture.change_painter()
        assert not app.picture.armed
        assert app.picture.evidence() is None
        await _paint(app, pilot)
        assert (app.picture.painter.name, app.picture.viewport.box) == ("text", place.box)
        await _until(pilot, lambda: app.posted[-1].evidence.protocol == "text")
        assert former.is_idle


async def test_view__painter_that_is_gone__shows_and_fails_nothing_any_more() -> None:
    app, a = _PictureApp(), _Source("a", 90)
    async with app.run_test(size=(80, 24)) as pilot:
        app.picture.show(a)
        await _paint(app, pilot)
        late = app.picture._painting
        assert late is not None
        app.picture.show(_Source("b", 50, held=True), placeholder=True)
        app.picture.arrived(late)
        app.picture.placed(late)
        app.picture.failed(late.wanted, InputError("too late"))
        await pilot.pause()
        assert not app.script.asked
        assert not app.picture.armed
        assert len(app.posted) == 1


async def test_view__flip_between_two__loads_each_once_and_keeps_the_place() -> None:
    app, a, b = _PictureApp(), _Source("a", 90), _Source("b", 50)
    async with app.run_test(size=(80, 24)) as pilot:
        app.picture.show(a)
        await _paint(app, pilot)
        app.picture.zoom_to(1, (100, 100))
        await _until(pilot, lambda: len(a.loads) == 2 and not app.picture.is_loading)
        place = app.picture.viewport
        app.picture.show(b)
        await _until(pilot, lambda: app.colors_at(40, 12) == (50, 50))
        assert b.loads == [(place.box, place.shown)]
        for source, color in [(a, 90), (b, 50), (a, 90)]:
            app.picture.show(source)
            assert app.colors_at(40, 12) == (color, color)
            assert not app.picture.armed
        assert (len(a.loads), len(b.loads)) == (2, 1)
        assert app.picture.viewport == place


async def test_view__prefetched_picture__comes_without_a_load() -> None:
    app, a, b = _PictureApp(), _Source("a", 90), _Source("b", 50)
    async with app.run_test(size=(80, 24)) as pilot:
        app.picture.show(a)
        app.picture.prefetch(b)
        await _until(pilot, lambda: len(b.loads) == 1)
        await _until(pilot, lambda: app.picture.painter.is_idle)
        app.picture.show(b)
        assert app.colors_at(40, 12) == (50, 50)
        assert len(b.loads) == 1


async def test_view__while_loading__old_picture_stays_only_as_a_placeholder() -> None:
    app, b, c = _PictureApp(), _Source("b", 50, held=True), _Source("c", 20, held=True)
    async with app.run_test(size=(80, 24)) as pilot:
        app.picture.show(_Source("a", 90))
        await _paint(app, pilot)
        app.picture.show(b, placeholder=True)
        assert app.colors_at(40, 12) == (90, 90)
        assert not app.picture.armed
        app.picture.show(c)
        assert app.colors_at(40, 12) == (22, 22)
        b.gate.set()
        c.gate.set()


async def test_view__silent_terminal__says_so_and_stays_unarmed() -> None:
    app = _PictureApp(ack_timeout_s=0.05)
    async with app.run_test(size=(80, 24)) as pilot:
        app.picture.show(_Source("a", 90))
        await _until(pilot, lambda: bool(app.posted))
        assert isinstance(app.posted[0], PictureView.Unacknowledged)
        assert not app.picture.armed
        app.script.answer()
        await _until(pilot, lambda: app.picture.armed)


async def test_view__dialog_over_the_picture__is_not_asked_for_before_it_is_gone() -> None:
    app, a = _PictureApp(), _Source("a", 90, held=True)
    async with app.run_test(size=(80, 24)) as pilot:
        app.picture.show(a)
        await app.push_screen(ModalScreen())
        a.gate.set()
        await _until(pilot, lambda: not app.picture.is_loading)
        for _ in range(5):
            await pilot.pause()
        assert app.script.asked == []
        app.pop_screen()
        await _paint(app, pilot)


async def test_view__picture_cannot_be_read__says_why_as_plain_text() -> None:
    app = _PictureApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.picture.show(_BrokenSource("a", 0))
        await _until(pilot, lambda: bool(app.posted))
        assert isinstance(app.posted[0], PictureView.Failed)
        assert "the picture [red]broke␛[2J (look at it)" in app.text_at(12)
        assert not app.picture.armed


async def test_view__overlays__change_only_their_rows_and_load_nothing() -> None:
    app, a = _PictureApp(), _Source("a", 90)
    async with app.run_test(size=(80, 24)) as pilot:
        app.picture.show(a)
        await _paint(app, pilot)
        before = [app.picture.render_line(y) for y in range(24)]
        app.picture.set_overlays([Overlay(PixelRect(100, 100, 60, 40), OverlayKind.NOTE, "hand", 3)])
        after = [app.picture.render_line(y) for y in range(24)]
        changed = [y for y in range(24) if before[y] is not after[y]]
        cells = app.picture.viewport.cells_of(PixelRect(100, 100, 60, 40))
        assert cells is not None
        top = app.picture._origin()[1] - app.picture.viewport.area.y + cells.y
        assert changed == list(range(top - 1, top + cells.height + 1))
        assert " 3  hand " in app.text_at(top - 1)
        assert "┌" in app.text_at(top - 1)
        assert len(a.loads) == 1
        assert app.picture.armed
        app.picture.overlays_visible = False
        assert "hand" not in app.text_at(top - 1)


async def test_view__inside_of_a_frame__stays_as_it_is() -> None:
    app = _PictureApp()
    rect = PixelRect(100, 100, 100, 80)
    async with app.run_test(size=(80, 24)) as pilot:
        app.picture.show(_Source("a", 90))
        await _paint(app, pilot)
        view = app.picture.viewport
        cells = view.cells_of(rect)
        assert cells is not None
        left, top = app.picture._origin()
        inner = (OverlayKind.CORNER, OverlayKind.LOCK)
        app.picture.set_overlays([Overlay(rect, kind) for kind in OverlayKind if kind not in inner])
        for y in range(cells.y, cells.y + cells.height):
            for x in range(cells.x, cells.x + cells.width):
                assert app.colors_at(x - view.area.x + left, y - view.area.y + top) == (90, 90)


async def test_view__painter_that_draws_lines__gets_them_and_writes_labels_only() -> None:
    told: list[list[OverlayKind]] = []

    class _Lines(CellPainter):
        draws_lines = True

        def overlay(self, overlays: Any, colors: Any) -> None:
            told.append([one.kind for one in overlays])

    app = _PictureApp()
    app.picture.painters = lambda canvas: _Lines(canvas, HalfCells())
    app.picture._painter = app.picture.painters(app.picture)
    async with app.run_test(size=(80, 24)) as pilot:
        app.picture.show(_Source("a", 90))
        await _paint(app, pilot)
        rect = PixelRect(100, 100, 60, 40)
        app.picture.set_overlays([Overlay(rect, OverlayKind.NOTE, "hand", 3), Overlay(rect, OverlayKind.RING)])
        text = "".join(app.text_at(y) for y in range(24))
        assert " 3  hand " in text
        assert not set(text) & set("┌─┐│·")
        app.picture.overlays_visible = False
        app.picture.overlays_visible = True
        # First the colours alone, so that it can prepare.
        assert told == [[], [OverlayKind.NOTE, OverlayKind.RING], [], [OverlayKind.NOTE, OverlayKind.RING]]


async def test_view__lock__is_hatched_in_the_pictures_own_colours() -> None:
    app = _PictureApp()
    rect = PixelRect(100, 100, 100, 80)
    async with app.run_test(size=(80, 24)) as pilot:
        app.picture.show(_Source("a", 90))
        await _paint(app, pilot)
        view = app.picture.viewport
        cells = view.cells_of(rect)
        assert cells is not None
        left, top = app.picture._origin()
        app.picture.set_overlays([Overlay(rect, OverlayKind.LOCK)])
        shown: list[Any] = [
            app.picture.render_line(y - view.area.y + top)._cells[x - view.area.x + left]  # type: ignore[attr-defined]
            for y in range(cells.y, cells.y + cells.height)
            for x in range(cells.x, cells.x + cells.width)
        ]
        hatched = [cell for cell in shown if cell.glyph == "╱"]
        assert 0.1 < len(hatched) / len(shown) < 0.25
        assert {cell.bg for cell in shown} == {(90, 90, 90)}


async def test_view__patch__shows_disarms_and_goes() -> None:
    app, a = _PictureApp(), _Source("a", 90)
    async with app.run_test(size=(80, 24)) as pilot:
        app.picture.show(a)
        await _paint(app, pilot)
        rect = PixelRect(180, 130, 40, 40)
        app.picture.set_patch(rect, np.full((40, 40, 3), 250, np.uint8))
        assert not app.picture.armed
        await _until(pilot, lambda: app.colors_at(40, 12) == (250, 250))
        assert app.colors_at(20, 5) == (90, 90)
        await pilot.pause()
        assert app.script.asked == []
        app.picture.clear_patch()
        await _until(pilot, lambda: app.colors_at(40, 12) == (90, 90))
        await _paint(app, pilot)
        assert len(a.loads) == 1


async def test_view__patched_again_before_the_bare_picture_was_placed__does_not_arm_below_the_patch() -> None:
    app = _PictureApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.picture.show(_Source("a", 90))
        await _paint(app, pilot)
        rect = PixelRect(180, 130, 40, 40)
        late: list[Painting] = []
        app.picture.set_patch(rect, np.full((40, 40, 3), 250, np.uint8))
        await _until(pilot, lambda: app.colors_at(40, 12) == (250, 250))
        placed = app.picture.placed
        app.picture.placed = late.append  # type: ignore[method-assign,assignment]
        app.picture.clear_patch()
        await _until(pilot, lambda: bool(late))
        app.picture.set_patch(rect, np.full((40, 40, 3), 200, np.uint8))
        app.picture.placed = placed  # type: ignore[method-assign]
        placed(late.pop())
        for answered in app.script.asked:
            answered()
        app.script.asked.clear()
        assert not app.picture.armed
        app.picture.clear_patch()
        await _paint(app, pilot)


async def test_view__moved_while_the_loop_has_much_to_do__is_placed_right_behind_its_frame() -> None:
    app = _PictureApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.picture.show(_Source("a", 90))
        await _paint(app, pilot)
        order: list[str] = []
        place, display = app.picture.painter.place, app._display

        def note_place(painting: Painting, spot: Spot) -> None:
            order.append("place")
            place(painting, spot)

        def note_frame(*arguments: Any) -> None:
            order.append("frame begins")
            display(*arguments)
            order.append("anything else")

        app.picture.painter.place = note_place  # type: ignore[method-assign]
        app._display = note_frame  # type: ignore[method-assign,assignment]
        app.picture.styles.width = 40
        await _until(pilot, lambda: app.picture.size.width == 40 and "place" in order)
        at = order.index("place")
        assert (order[at - 1], order[at + 1]) == ("frame begins", "anything else")


async def test_view__patches_faster_than_the_line__none_is_broken_off_and_the_newest_comes_last() -> None:
    app, a = _PictureApp(), _Source("a", 90)
    async with app.run_test(size=(80, 24)) as pilot:
        app.picture.show(a)
        await _paint(app, pilot)
        rect, begun = PixelRect(180, 130, 40, 40), []
        request = app.picture.painter.request

        def note(wanted: Wanted) -> Any:
            begun.append(None if wanted.patch is None else int(wanted.patch.rgb[0, 0, 0]))
            return request(wanted)

        app.picture.painter.request = note  # type: ignore[method-assign]
        for shade in (200, 210, 220, 250):
            app.picture.set_patch(rect, np.full((40, 40, 3), shade, np.uint8))
        await _until(pilot, lambda: app.colors_at(40, 12) == (250, 250))
        assert begun == [200, 250]
        app.picture.clear_patch()
        await _until(pilot, lambda: app.colors_at(40, 12) == (90, 90))


async def test_view__patch_of_another_shape__is_refused() -> None:
    app = _PictureApp()
    async with app.run_test(size=(80, 24)):
        with pytest.raises(ValueError, match="does not fit"):
            app.picture.set_patch(PixelRect(0, 0, 4, 4), np.zeros((4, 5, 3), np.uint8))


@pytest.mark.parametrize(("surround", "grey"), [(Surround.DARK, 22), (Surround.MID, 119), (Surround.LIGHT, 204)])
async def test_view__surround__is_neutral_and_switchable(surround: Surround, grey: int) -> None:
    app = _PictureApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.picture.show(_Source("a", 90))
        await _paint(app, pilot)
        app.picture.surround = surround
        strip: Any = app.picture.render_line(12)
        assert [cell.bg for cell in strip._cells[:2]] == [(grey, grey, grey)] * 2
        assert app.picture.armed


async def test_view__mouse__draws_rectangles_clicks_and_asks_for_zoom() -> None:
    app = _PictureApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.picture.show(_Source("a", 90))
        await _paint(app, pilot)
        await pilot.mouse_down(PictureView, offset=(30, 8))
        await pilot.hover(PictureView, offset=(35, 10))
        await pilot.mouse_up(PictureView, offset=(35, 10))
        drags = [event for event in app.posted if isinstance(event, PictureView.RectDragged)]
        assert [drag.final for drag in drags] == [False, True]
        assert drags[0].rect == drags[1].rect
        assert PixelRect.of_size(PixelSize(400, 300)).contains_rect(drags[1].rect)
        await pilot.click(PictureView, offset=(40, 12))
        click = app.posted[-1]
        assert isinstance(click, PictureView.PixelClicked)
        assert abs(click.x - 200) < 10
        assert abs(click.y - 150) < 14


@pytest.mark.parametrize("size", [(1, 1), (20000, 300), (300, 20000), (7, 5)])
@pytest.mark.parametrize("room", [(1, 1), (3, 2), (80, 24), (300, 60)])
async def test_view__extreme_sizes__paint_and_arm(size: tuple[int, int], room: tuple[int, int]) -> None:
    app = _PictureApp()
    async with app.run_test(size=room) as pilot:
        app.picture.set_overlays([Overlay(PixelRect(0, 0, 1, 1), OverlayKind.MASK_ACTIVE, "a long label 日本", 12)])
        app.picture.show(_Source("a", 90, size))
        await _paint(app, pilot)
        assert all(app.picture.render_line(y).cell_length == room[0] for y in range(room[1]))


async def test_view__no_columns__waits_for_room_without_falling_over() -> None:
    app, a = _PictureApp(), _Source("a", 90)
    async with app.run_test(size=(80, 24)) as pilot:
        app.picture.styles.width = 0
        await _until(pilot, lambda: app.picture.size.width == 0)
        app.picture.show(a)
        await pilot.pause()
        assert a.loads == []
        app.picture.styles.width = 60
        await _paint(app, pilot)


async def test_view__resized__fits_again_and_stays_armed() -> None:
    app, a = _PictureApp(), _Source("a", 90)
    async with app.run_test(size=(80, 24)) as pilot:
        app.picture.show(a)
        await _paint(app, pilot)
        await pilot.resize_terminal(120, 40)
        await _until(pilot, lambda: len(app.script.asked) == 1)
        assert app.picture.armed
        assert a.loads[-1][1].height > a.loads[0][1].height


async def test_view__no_picture__says_the_quiet_line() -> None:
    app = _PictureApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert app.text_at(12).strip() == "no picture"


def test_cache__beyond_its_bytes__forgets_the_oldest() -> None:
    from rich.color import ColorSystem

    from reviewtui.ui.pictures import HalfCells
    from reviewtui.ui.pictures.cache import DrawingKey

    drawing = HalfCells().draw(np.zeros((4, 4, 3), np.uint8), ColorSystem.TRUECOLOR)
    cache = DrawingCache(drawing.size_bytes * 2)
    keys = [DrawingKey(name, PixelRect(0, 0, 4, 4), PixelSize(4, 4), "half", 3) for name in "abc"]
    cache.keep(keys[0], drawing)
    cache.keep(keys[1], drawing)
    assert cache.find(keys[0]) is drawing
    cache.keep(keys[2], drawing)
    assert keys[1] not in cache
    assert keys[0] in cache
    assert cache.held_bytes == 2 * drawing.size_bytes
    cache.forget("a")
    assert cache.held_bytes == drawing.size_bytes
