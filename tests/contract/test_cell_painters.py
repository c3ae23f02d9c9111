"""What a picture view may expect of every painter, whatever the terminal."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from reviewtui.model.geometry import CellSize, PixelSize
from reviewtui.ui.pictures.cell_painter import CellPainter
from reviewtui.ui.pictures.halfcells import HalfCells
from reviewtui.ui.pictures.painter import PALETTE, PREVIEW, TRUE, Painter
from reviewtui.ui.pictures.raster import ItermCode, SixelCode
from reviewtui.ui.pictures.raster_painter import RasterPainter
from reviewtui.ui.pictures.words_painter import WordsPainter
from tests.support.canvases import ArraySource, FakeLink, FakeView, wanted
from tests.support.textures import texture

GRAIN = PixelSize(6, 10)
ROOM = CellSize(40, 12)


def raster(code: SixelCode | ItermCode) -> Callable[[FakeView], Painter]:
    return lambda view: RasterPainter(view, code, FakeLink(), GRAIN, screen_rows=lambda: 30)


PAINTERS: dict[str, Callable[[FakeView], Painter]] = {
    "half": lambda view: CellPainter(view, HalfCells()),
    "sixel": raster(SixelCode()),
    "iterm2": raster(ItermCode()),
    "text": WordsPainter,
}


@pytest.fixture(params=PAINTERS)
def view(request: pytest.FixtureRequest) -> Iterator[FakeView]:
    made = FakeView(PAINTERS[request.param])
    assert made.painter.name == request.param
    yield made
    made.painter.close()


def photo(key: str, seed: int = 1, size: tuple[int, int] = (90, 150)) -> ArraySource:
    return ArraySource(key, texture(*size, seed=seed))


def test_painter__request__arrives_once_written_and_is_placed(view: FakeView) -> None:
    painting = view.show(wanted(photo("a"), view.painter.grain, ROOM))
    assert view.placements[-1] is painting
    assert painting.truth in (PREVIEW, PALETTE, TRUE)
    assert 1 <= painting.cells.width <= ROOM.width
    assert 1 <= painting.cells.height <= ROOM.height


def test_painter__rows__are_exactly_as_wide_as_asked(view: FakeView) -> None:
    painting = view.get(wanted(photo("a"), view.painter.grain, ROOM))
    for width in (painting.cells.width, painting.cells.width + 7, max(painting.cells.width - 5, 1)):
        view.write_rows(painting, width)


def test_painter__superseded_request__never_arrives(view: FakeView) -> None:
    first, second = (wanted(photo(key, seed), view.painter.grain, ROOM) for key, seed in (("a", 1), ("b", 2)))
    view.painter.request(first)
    painting = view.get(second)
    view.settle()
    assert painting.wanted is second
    assert all(one.wanted is second for one in view.arrivals)


def test_painter__cancelled__nothing_arrives(view: FakeView) -> None:
    view.painter.request(wanted(photo("a"), view.painter.grain, ROOM))
    view.painter.cancel()
    view.settle()
    assert view.arrivals == []
    assert not view.painter.is_busy


def test_painter__broken_picture__fails_in_words(view: FakeView) -> None:
    broken = photo("a")
    broken.broken = True
    view.painter.request(wanted(broken, view.painter.grain, ROOM))
    view.run_until(lambda: bool(view.failures))
    assert str(view.failures[0]) == "the picture broke"
    assert not view.painter.is_busy


def test_painter__seen_before__is_there_at_once(view: FakeView) -> None:
    view.show(wanted(photo("a"), view.painter.grain, ROOM))
    view.show(wanted(photo("b", 2), view.painter.grain, ROOM))
    view.settle()
    assert view.painter.request(wanted(photo("a"), view.painter.grain, ROOM)) is not None


def test_painter__prefetched__is_there_at_once(view: FakeView) -> None:
    view.show(wanted(photo("a"), view.painter.grain, ROOM))
    view.settle()
    view.painter.prefetch(wanted(photo("b", 2), view.painter.grain, ROOM))
    view.settle()
    assert view.painter.request(wanted(photo("b", 2), view.painter.grain, ROOM)) is not None


@pytest.mark.parametrize("size", [(1, 1), (3, 1500), (1500, 3)])
def test_painter__odd_shapes__are_shown(view: FakeView, size: tuple[int, int]) -> None:
    painting = view.show(wanted(ArraySource("odd", np.full((*size, 3), 90, np.uint8)), view.painter.grain, ROOM))
    view.settle()
    view.write_rows(painting, ROOM.width)


def test_painter__room_of_one_cell__is_used(view: FakeView) -> None:
    painting = view.show(wanted(photo("a"), view.painter.grain, CellSize(1, 1)))
    assert painting.cells == CellSize(1, 1)


def test_painter__repainted_and_withdrawn__stays_in_order(view: FakeView) -> None:
    painting = view.show(wanted(photo("a"), view.painter.grain, ROOM))
    spot = view.place(painting)
    view.write_rows(painting, painting.cells.width)
    view.painter.repainted(painting, spot, spot.seen)
    view.painter.withdraw()
    view.settle()
    again = view.show(wanted(photo("b", 2), view.painter.grain, ROOM))
    assert view.placements[-1] is again
