"""What every way to draw a picture must keep, whatever the terminal."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem

from reviewtui.ui.pictures import HalfCells, PictureProtocol

PROTOCOLS = [HalfCells()]


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda one: one.name)
class TestPictureProtocol:
    """One suite for all protocols."""

    @given(width=st.integers(1, 40), height=st.integers(1, 30), seed=st.integers(0, 99))
    def test_draw__any_size__covers_exactly_its_cells(
        self, protocol: PictureProtocol, width: int, height: int, seed: int
    ) -> None:
        pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
        drawing = protocol.draw(pixels, ColorSystem.TRUECOLOR)
        assert drawing.cells.width == -(-width // protocol.grain.width)
        assert drawing.cells.height == -(-height // protocol.grain.height)
        assert len(drawing.rows) == len(drawing.encoded) == drawing.cells.height
        assert all(len(row) == drawing.cells.width for row in drawing.rows)

    def test_draw__same_pixels__same_bytes(self, protocol: PictureProtocol) -> None:
        pixels = np.random.default_rng(1).integers(0, 256, (8, 9, 3), dtype=np.uint8)
        first, second = (protocol.draw(pixels, ColorSystem.TRUECOLOR) for _ in range(2))
        assert first.encoded == second.encoded

    def test_draw__pixels__are_not_changed(self, protocol: PictureProtocol) -> None:
        pixels = np.random.default_rng(1).integers(0, 256, (8, 9, 3), dtype=np.uint8)
        pixels.setflags(write=False)
        drawing = protocol.draw(pixels, ColorSystem.TRUECOLOR)
        assert (drawing.pixels == pixels).all()

    def test_draw__fewer_colours__says_palette(self, protocol: PictureProtocol) -> None:
        pixels = np.zeros((2, 2, 3), dtype=np.uint8)
        assert protocol.draw(pixels, ColorSystem.TRUECOLOR).truth == "true"
        assert protocol.draw(pixels, ColorSystem.EIGHT_BIT).truth == "palette"

    def test_draw__size__is_accounted_for(self, protocol: PictureProtocol) -> None:
        pixels = np.zeros((20, 20, 3), dtype=np.uint8)
        assert protocol.draw(pixels, ColorSystem.TRUECOLOR).size_bytes > pixels.nbytes


def test_half_cells__each_cell__is_exactly_its_two_pixels() -> None:
    pixels = np.random.default_rng(7).integers(0, 256, (10, 13, 3), dtype=np.uint8)
    drawing = HalfCells().draw(pixels, ColorSystem.TRUECOLOR)
    for y, row in enumerate(drawing.rows):
        for x, cell in enumerate(row):
            assert cell.glyph == "▀"
            assert cell.fg == tuple(pixels[2 * y, x])
            assert cell.bg == tuple(pixels[2 * y + 1, x])
