"""Sixel and iTerm2 on a screen: the right pixels in the right cells, and no more of them than needed."""

import base64
import io
import re
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from reviewtui.model.geometry import CellRect, CellSize, PixelSize
from reviewtui.ui.pictures.kitty.transport import Pace
from reviewtui.ui.pictures.overlays import Mark, OverlayKind
from reviewtui.ui.pictures.painter import Painting, Spot
from reviewtui.ui.pictures.raster import ItermCode, RasterCode, SixelCode
from reviewtui.ui.pictures.raster_painter import RasterPainter, RasterPainting
from tests.support import pictures
from tests.support.canvases import SURROUND, ArraySource, FakeLink, FakeView, wanted
from tests.support.sixel_decoder import decode_sixels
from tests.support.textures import texture

GRAIN = PixelSize(6, 10)
SCREEN = CellSize(40, 14)
_PIECE = re.compile(
    r"\x1b\[(\d+);(\d+)H(\x1bP[^\x1b]*\x1b\\|\x1b\]1337;File=[^\x07]*\x07|[^\x1b]*(?:\x1b\[[\d;]*m[^\x1b]*)*)"
)


class PaintedScreen:
    """What a terminal would show of the pictures written to it; -1 where there is none or text."""

    def __init__(self) -> None:
        self.pixels: NDArray[np.int16] = np.full(
            (SCREEN.height * GRAIN.height, SCREEN.width * GRAIN.width, 3), -1, dtype=np.int16
        )
        self.pictures = 0
        self.lowest_row = -1

    def feed(self, text: str) -> None:
        text = text.replace("\x1b[?2026h", "").replace("\x1b[?2026l", "")
        text = text.replace("\x1b7", "").replace("\x1b8", "")
        for row, column, body in _PIECE.findall(text):
            self._draw(int(row) - 1, int(column) - 1, body)

    def _draw(self, row: int, column: int, body: str) -> None:
        if body.startswith("\x1bP"):
            (picture,) = decode_sixels(body)
            pixels = np.round(picture.percent * 2.55).astype(np.int16)
        elif body.startswith("\x1b]"):
            pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(body.partition(":")[2][:-1]))).convert("RGB"))
            size = re.search(r"width=(\d+);height=(\d+)", body)
            assert size is not None
            cells = (int(size[1]) * GRAIN.width, int(size[2]) * GRAIN.height)
            pixels = np.asarray(Image.fromarray(pixels).resize(cells), dtype=np.int16)
        else:
            width = len(re.sub(r"\x1b\[[\d;]*m", "", body))
            pixels = np.full((GRAIN.height, width * GRAIN.width, 3), -1, dtype=np.int16)
        if body.startswith(("\x1bP", "\x1b]")):
            self.pictures += 1
            self.lowest_row = max(self.lowest_row, row - 1 + pixels.shape[0] // GRAIN.height)
        y, x = row * GRAIN.height, column * GRAIN.width
        self.pixels[y : y + pixels.shape[0], x : x + pixels.shape[1]] = pixels

    def cells(self, x: int, y: int, width: int, height: int) -> NDArray[np.int16]:
        return self.pixels[y * GRAIN.height : (y + height) * GRAIN.height, x * GRAIN.width : (x + width) * GRAIN.width]


def slow_line() -> Pace:
    """On which a first look is worth while even for small pictures."""
    pace = Pace()
    pace.bytes_per_s = 20_000.0
    return pace


class Stage:
    """A painter with all around it."""

    def __init__(self, code: RasterCode) -> None:
        self.link = FakeLink()
        self.view = FakeView(
            lambda canvas: RasterPainter(
                canvas, code, self.link, GRAIN, screen_rows=lambda: SCREEN.height, pace=slow_line()
            )
        )
        assert isinstance(self.view.painter, RasterPainter)
        self.painter = self.view.painter
        self.screen = PaintedScreen()
        self.best = len(code.truths) - 1

    def drawn(self) -> str:
        """What was written since the last call, which the screen shows from now on."""
        text = self.link.take()
        self.screen.feed(text)
        return text

    def climb(self, painting: Painting) -> Painting:
        """Go on to the best picture."""
        while isinstance(painting, RasterPainting) and painting.rung < self.best:
            seen = len(self.view.arrivals)
            self.view.settle()
            self.view.run_delayed()
            self.view.run_until(lambda seen=seen: len(self.view.arrivals) > seen)  # type: ignore[misc]
            painting = self.view.arrivals[-1]
            self.view.place(painting)
        self.view.settle()
        return painting


@pytest.fixture(params=[SixelCode(), ItermCode()], ids=["sixel", "iterm2"])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    made = Stage(request.param)
    yield made
    made.view.painter.close()


def photo(seed: int = 1, key: str = "photo") -> ArraySource:
    return ArraySource(key, texture(76, 118, seed))


def close_to(shown: NDArray[np.int16], meant: NDArray[np.uint8], tolerance: int = 24) -> bool:
    return bool(np.quantile(np.abs(shown.astype(int) - meant), 0.97) <= tolerance)


def test_raster__whole_ladder__ends_with_the_pixels_on_their_cells(stage: Stage) -> None:
    source = photo()
    painting = stage.climb(stage.view.show(wanted(source, GRAIN)))
    stage.drawn()
    assert painting.cells == CellSize(20, 8)
    assert painting.truth == ("palette" if stage.view.painter.name == "sixel" else "true")
    shown = stage.screen.cells(3, 2, 20, 8)
    assert close_to(shown[:76, :118], source.pixels)
    # What the picture leaves of its last cells is surround, not whatever was there.
    assert np.abs(shown[77:] - SURROUND).max() < 12
    assert (stage.screen.cells(0, 2, 3, 8) == -1).all()
    assert (stage.screen.cells(23, 2, 5, 8) == -1).all()


def test_raster__first_look__is_small_and_says_so(stage: Stage) -> None:
    big = ArraySource("big", pictures.pixels(pictures.texture(600, 800)))
    first = stage.view.show(wanted(big, GRAIN, CellSize(38, 12)), column=0, row=0)
    early = len(stage.drawn())
    assert first.truth == "preview"
    stage.climb(first)
    assert early * 2 < len(stage.drawn())


def test_raster__rows__leave_the_pictures_cells_alone(stage: Stage) -> None:
    painting = stage.view.show(wanted(photo(), GRAIN))
    for text in stage.view.write_rows(painting, painting.cells.width + 6):
        assert "\x1b[20C" in text
        assert len(re.sub(r"\x1b\[[\d;]*[mC]", "", text)) == 6


def test_raster__another_version__only_cells_that_differ_are_drawn(stage: Stage) -> None:
    before = photo()
    old = stage.climb(stage.view.show(wanted(before, GRAIN)))
    stage.drawn()
    changed = before.pixels.copy()
    changed[33:38, 50:53] = (250, 0, 0)
    painting = stage.view.get(wanted(ArraySource("fixed", changed), GRAIN))
    assert painting.has_rows_of(old)
    stage.view.place(painting)
    pictures_before = stage.screen.pictures
    text = stage.drawn()
    assert painting.truth == ("palette" if stage.view.painter.name == "sixel" else "true")
    assert stage.screen.pictures == pictures_before + 1
    assert len(text) < 1500
    assert close_to(stage.screen.cells(3, 2, 20, 8)[:76, :118], changed)


def test_raster__placed_again_where_it_stands__writes_nothing(stage: Stage) -> None:
    painting = stage.climb(stage.view.show(wanted(photo(), GRAIN)))
    stage.drawn()
    stage.view.placements.clear()
    stage.view.place(painting)
    assert stage.link.take() == ""


def test_raster__moved__is_drawn_at_its_new_place(stage: Stage) -> None:
    source = photo()
    painting = stage.climb(stage.view.show(wanted(source, GRAIN)))
    stage.drawn()
    stage.screen.pixels[:] = -1
    stage.view.placements.clear()
    stage.view.place(painting, column=9, row=1)
    stage.drawn()
    assert close_to(stage.screen.cells(9, 1, 20, 8)[:76, :118], source.pixels)


def marks_at(*cells: tuple[int, int]) -> dict[tuple[int, int], Mark]:
    return {cell: Mark("x", OverlayKind.NOTE) for cell in cells}


def test_raster__mark_appears__no_picture_is_written(stage: Stage) -> None:
    painting = stage.climb(stage.view.show(wanted(photo(), GRAIN)))
    stage.drawn()
    assert "x" in stage.view.write_row(painting, 4, 20, marks_at((4, 9)), upto=10)[3:]
    stage.view.painter.repainted(painting, Spot(3, 2, CellRect(0, 0, 20, 8)), CellRect(0, 0, 20, 8))
    stage.view.settle()
    assert stage.link.take() == ""


def test_raster__mark_goes__only_its_cell_is_drawn(stage: Stage) -> None:
    source = photo()
    painting = stage.climb(stage.view.show(wanted(source, GRAIN)))
    spot = Spot(3, 2, CellRect(0, 0, 20, 8))
    stage.view.write_row(painting, 4, 20, marks_at((4, 9)), upto=10)
    stage.view.painter.repainted(painting, spot, CellRect(0, 0, 20, 8))
    stage.view.settle()
    stage.drawn()
    stage.screen.pixels[:] = -1
    stage.view.write_row(painting, 4, 20, upto=10)
    stage.view.painter.repainted(painting, spot, CellRect(0, 0, 20, 8))
    stage.view.settle()
    stage.drawn()
    shown = stage.screen.cells(3, 2, 20, 8)
    assert close_to(stage.screen.cells(12, 6, 1, 1), source.pixels[40:50, 54:60])
    assert int((shown[..., 0] >= 0).sum()) == GRAIN.width * GRAIN.height


def test_raster__something_else_was_over_it__rows_that_were_written_are_drawn_again(stage: Stage) -> None:
    source = photo()
    painting = stage.climb(stage.view.show(wanted(source, GRAIN)))
    stage.drawn()
    stage.screen.pixels[:] = -1
    for row in (2, 3):
        stage.view.write_row(painting, row, 20)
    stage.view.painter.repainted(painting, Spot(3, 2, CellRect(0, 0, 20, 8)), CellRect(0, 2, 20, 2))
    stage.view.settle()
    stage.drawn()
    assert close_to(stage.screen.cells(3, 4, 20, 2)[:, :118], source.pixels[20:40])
    assert (stage.screen.cells(3, 6, 20, 4) == -1).all()


def test_raster__marks_on_a_new_picture__stand_over_it(stage: Stage) -> None:
    painting = stage.view.get(wanted(photo(), GRAIN))
    stage.view.write_rows(painting, 20, marks_at((4, 9), (4, 10)))
    stage.view.place(painting)
    stage.drawn()
    assert (stage.screen.cells(12, 6, 2, 1) == -1).all()
    assert (stage.screen.cells(14, 6, 1, 1) >= 0).all()


def test_raster__last_row_of_the_screen__never_gets_a_picture(stage: Stage) -> None:
    stage.view.show(wanted(photo(), GRAIN), row=SCREEN.height - 8)
    text = stage.drawn()
    assert stage.screen.lowest_row == SCREEN.height - 2
    assert f"\x1b[{SCREEN.height};4H" in text
    assert text.count("▀") == 20


def test_raster__superseded_while_sending__the_rest_is_not_sent_and_made_up_for(stage: Stage) -> None:
    stage.link.answers = False
    first = stage.view.get(wanted(photo(1, "a"), GRAIN))
    stage.view.write_rows(first, 20)
    stage.link.has_room = False
    stage.view.painter.place(first, Spot(3, 2, CellRect(0, 0, 20, 8)))
    stage.view.run_until(lambda: not stage.painter._sender.is_idle)
    stage.view.painter.cancel()
    assert stage.link.take() == ""
    stage.link.has_room = stage.link.answers = True
    second = photo(2, "b")
    stage.climb(stage.view.show(wanted(second, GRAIN)))
    stage.drawn()
    assert first not in stage.view.placements
    assert close_to(stage.screen.cells(3, 2, 20, 8)[:76, :118], second.pixels)


def test_raster__silent_terminal__is_not_waited_for_for_ever(stage: Stage) -> None:
    stage.link.answers = False
    big = ArraySource("big", pictures.pixels(pictures.noise(240, 130)))
    painting = stage.view.get(wanted(big, GRAIN, CellSize(38, 12)))
    stage.view.write_rows(painting, painting.cells.width)
    stage.view.painter.place(painting, Spot(0, 0, CellRect(0, 0, painting.cells.width, painting.cells.height)))
    for _ in range(20):
        stage.view.run_until(lambda: stage.painter._running is None)
        stage.view.run_delayed()
    assert painting in stage.view.placements


def test_raster__many_changes__a_terminal_that_forgets_gets_the_whole_picture_in_time() -> None:
    stage = Stage(SixelCode(limit_px=None, most_pieces=16))
    source = photo()
    painting = stage.climb(stage.view.show(wanted(source, GRAIN)))
    spot = Spot(3, 2, CellRect(0, 0, 20, 8))
    stage.drawn()
    alive: list[tuple[int, int, int, int]] = []
    for number in range(40):
        row, column = number % 8, number * 3 % 20
        stage.view.write_row(painting, row, 20, marks_at((row, column)), upto=column + 1)
        stage.view.painter.repainted(painting, spot, CellRect(0, 0, 20, 8))
        stage.view.write_row(painting, row, 20, upto=column + 1)
        stage.view.painter.repainted(painting, spot, CellRect(0, 0, 20, 8))
        stage.view.settle()
        for at_row, at_column, body in _PIECE.findall(stage.link.take()):
            (picture,) = decode_sixels(body)
            alive.append((int(at_row), int(at_column), *picture.size))
        covered = np.zeros((8 * GRAIN.height, 20 * GRAIN.width), dtype=bool)
        for at_row, at_column, width, height in alive[-16:]:
            y, x = (at_row - 3) * GRAIN.height, (at_column - 4) * GRAIN.width
            covered[y : y + height, x : x + width] = True
        if len(alive) > 12:
            assert covered.all()
    assert len(alive) > 30
    stage.view.painter.close()


@pytest.mark.parametrize("erases", [True, False])
def test_iterm2__terminal_that_erases_beyond_a_picture__gets_the_surround_again(erases: bool) -> None:
    made = Stage(ItermCode(erases_beyond=erases))
    painting = made.view.get(wanted(photo(), GRAIN))
    made.view.write_rows(painting, painting.cells.width + 4)
    made.view.place(painting)
    text = made.link.take()
    again = [f"\x1b[{2 + row + 1};{3 + painting.cells.width + 1}H\x1b[48;2;22;22;22m " in text for row in range(8)]
    assert again == [erases] * 8
    made.view.settle()
    made.view.painter.close()
