"""The iTerm2 protocol and Sixel in a real xterm.js, as VS Code has it. Screenshots are kept in pytest's folder."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reviewtui.model.geometry import CellRect, CellSize, PixelSize
from reviewtui.ui.pictures.painter import Painter
from reviewtui.ui.pictures.raster import ItermCode, SixelCode
from reviewtui.ui.pictures.raster_painter import RasterPainter
from tests.support import pictures
from tests.support.canvases import ArraySource, FakeLink, FakeView, wanted
from tests.support.textures import psnr_db, texture
from tests.support.xtermjs import Screen, fetch_xtermjs, show

pytestmark = pytest.mark.terminals

GRAIN = PixelSize(8, 19)
ROOM = CellSize(60, 20)
COLUMN, ROW = 8, 3
COLUMNS, ROWS = 100, 30


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fetch_xtermjs(tmp_path_factory.mktemp("xtermjs"))


def photo() -> ArraySource:
    return ArraySource("photo", texture(ROOM.height * GRAIN.height, ROOM.width * GRAIN.width, contrast=30))


def painted(code: ItermCode | SixelCode, sources: list[ArraySource], *, rungs: int) -> str:
    """Everything that a painter writes for pictures that follow each other in one place."""
    link = FakeLink()

    def make(canvas: FakeView) -> Painter:
        return RasterPainter(canvas, code, link, GRAIN, screen_rows=lambda: ROWS, synchronized=True)

    view = FakeView(make)
    link.write("\x1b[2J" + "".join(f"\x1b[{row + 1};1Hrow {row}" for row in range(ROWS)) + "\x1b[2;2H")
    painting = view.show(wanted(sources[0], GRAIN, ROOM), column=COLUMN, row=ROW)
    for rung in range(1, rungs):
        view.settle()
        view.run_delayed()
        view.run_until(lambda rung=rung: len(view.arrivals) > rung)  # type: ignore[misc]
        painting = view.arrivals[-1]
        view.place(painting, column=COLUMN, row=ROW)
    for source in sources[1:]:
        view.place(view.get(wanted(source, GRAIN, ROOM)), column=COLUMN, row=ROW)
    view.settle()
    view.painter.close()
    return link.take()


def assert_undisturbed(screen: Screen) -> None:
    assert screen.scrolled == 0
    assert screen.cursor == (1, 1)
    assert [line.split("  ")[0].strip() for line in screen.lines] == [f"row {row}" for row in range(ROWS)]


def fidelity_db(screen: Screen, meant: pictures.Pixels, cells: CellRect) -> float:
    """How close some cells of the screen are to the picture, which the browser scales a little."""
    shown = screen.cells(COLUMN + cells.x, ROW + cells.y, cells.width, cells.height)
    part = meant[
        cells.y * GRAIN.height : (cells.y + cells.height) * GRAIN.height,
        cells.x * GRAIN.width : (cells.x + cells.width) * GRAIN.width,
    ]
    size = (40, 30)
    first, second = (np.asarray(Image.fromarray(one).resize(size, Image.Resampling.BOX)) for one in (shown, part))
    return psnr_db(first, second)


@pytest.mark.parametrize("rungs", [1, 2, 3])
def test_iterm2__each_rung__is_shown_in_its_cells(packages: Path, tmp_path: Path, rungs: int) -> None:
    source = photo()
    screen = show(painted(ItermCode(), [source], rungs=rungs), packages, tmp_path / "iterm2.png")
    assert_undisturbed(screen)
    assert fidelity_db(screen, source.pixels, CellRect(0, 0, ROOM.width, ROOM.height)) > (24 if rungs == 1 else 28)
    assert screen.cells(COLUMN + ROOM.width, ROW, 5, ROOM.height).max() == 0
    assert screen.cells(COLUMN, ROW + ROOM.height, ROOM.width, 1).max() == 0


def test_iterm2__another_version__only_its_cells_change(packages: Path, tmp_path: Path) -> None:
    before = photo()
    changed = before.pixels.copy()
    changed[100:160, 200:280] = (240, 10, 10)
    text = painted(ItermCode(), [before, ArraySource("fixed", changed)], rungs=3)
    screen = show(text, packages, tmp_path / "patched.png")
    assert_undisturbed(screen)
    assert fidelity_db(screen, changed, CellRect(0, 0, ROOM.width, ROOM.height)) > 28
    assert np.abs(screen.cells(COLUMN + 26, ROW + 6, 8, 2).astype(int) - (240, 10, 10)).max() <= 2


def test_iterm2__text_over_it__erases_its_cells_only(packages: Path, tmp_path: Path) -> None:
    source = photo()
    text = painted(ItermCode(), [source], rungs=2) + f"\x1b7\x1b[{ROW + 6};{COLUMN + 11}H\x1b[40m    \x1b[m\x1b8"
    screen = show(text, packages, tmp_path / "text.png")
    assert screen.cells(COLUMN + 11, ROW + 5, 2, 1).max() < 60
    assert screen.cells(COLUMN + 15, ROW + 5, 4, 1).mean() > 80


def test_sixel__picture__is_shown_and_nothing_scrolls(packages: Path, tmp_path: Path) -> None:
    source = photo()
    screen = show(painted(SixelCode(), [source], rungs=2), packages, tmp_path / "sixel.png")
    assert_undisturbed(screen)
    # xterm.js draws Sixel pixels one to one, so a cell of another width than was said leaves a gap on the right.
    assert fidelity_db(screen, source.pixels, CellRect(0, 0, 40, ROOM.height)) > 10
    assert screen.cells(COLUMN, ROW, 50, ROOM.height).mean() > 40


def test_iterm2__a_page_of_pictures__is_kept(packages: Path, tmp_path: Path) -> None:
    sources = [ArraySource(f"{seed}", pictures.pixels(pictures.texture(480, 380, seed))) for seed in range(6)]
    screen = show(painted(ItermCode(), sources, rungs=1), packages, tmp_path / "many.png")
    assert_undisturbed(screen)
    assert fidelity_db(screen, sources[-1].pixels, CellRect(0, 0, ROOM.width, ROOM.height)) > 20
