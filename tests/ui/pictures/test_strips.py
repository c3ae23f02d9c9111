"""What the terminal gets must be what was meant, in any piece that Textual cuts."""

import pyte
from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.console import Console

from reviewtui.ui.pictures.strips import HOLE, Cell, CellStrip, encode, glyphs

COLORS = st.tuples(*[st.sampled_from([0, 7, 128, 255])] * 3)
CELLS = st.lists(
    st.one_of(st.builds(Cell, st.sampled_from("▀ a┃"), COLORS, COLORS, st.booleans()), st.just(HOLE)),
    min_size=1,
    max_size=40,
)


def _screen(text: str, width: int) -> list[tuple[str, str, str, bool]]:
    screen = pyte.Screen(width, 1)
    pyte.Stream(screen).feed(text)
    return [(char.data, char.fg, char.bg, char.bold) for char in (screen.buffer[0][x] for x in range(width))]


def _expected(cells: list[Cell]) -> list[tuple[str, str, str, bool]]:
    def code(color: tuple[int, ...] | None) -> str:
        return "default" if color is None else "".join(f"{channel:02x}" for channel in color)

    return [(cell.glyph, "" if cell.glyph == " " else code(cell.fg), code(cell.bg), cell.bold) for cell in cells]


def _shown(cells: list[tuple[str, str, str, bool]]) -> list[tuple[str, str, str, bool]]:
    return [(glyph, "" if glyph == " " else fg, bg, bold) for glyph, fg, bg, bold in cells]


@given(CELLS)
def test_encode__cells__terminal_shows_them(cells: list[Cell]) -> None:
    assert _shown(_screen(encode(cells, ColorSystem.TRUECOLOR), len(cells))) == _expected(cells)


@given(CELLS, st.data())
def test_strip__divided_anywhere__pieces_show_the_same(cells: list[Cell], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(cells)), min_size=1)) | {len(cells)})
    strip, console = CellStrip(cells, ColorSystem.TRUECOLOR), Console()
    joined = "".join(piece.render(console) for piece in strip.divide(cuts))
    assert _shown(_screen(joined, len(cells))) == _expected(cells)
    assert strip.text == "".join(cell.glyph for cell in cells)
    assert strip.cell_length == len(cells)


def test_strip__wide_character_cut_in_half__becomes_spaces() -> None:
    cells = [Cell(glyph, (1, 1, 1), (2, 2, 2)) for glyph in glyphs("a日b")]
    strip = CellStrip(cells, ColorSystem.TRUECOLOR)
    assert [piece.text for piece in strip.divide([2, 4])] == ["a ", " b"]


def test_encode__even_area__says_its_colour_once() -> None:
    cells = [Cell(" ", (1, 1, 1), (22, 22, 22))] * 80
    assert len(encode(cells, ColorSystem.TRUECOLOR)) < 80 + 30
