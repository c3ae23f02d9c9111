"""Only cells that look different are written, and the terminal shows the same as if all were."""

from __future__ import annotations

import unicodedata

import pyte
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region, Size
from textual.strip import Strip

from reviewtui.ui.changed_cells import ChangedCells
from reviewtui.ui.pictures.strips import HOLE, Cell, CellStrip
from reviewtui.ui.pictures.tile_strip import TiledStrip

WIDTH, HEIGHT = 24, 3
CONSOLE = Console(color_system="truecolor", force_terminal=True, width=WIDTH)
STYLES = [
    None,
    Style.parse("bold red"),
    Style.parse("white on rgb(22,22,22)"),
    Style.parse("underline green"),
    Style.parse("reverse blue"),
]
TEXTS = ["a", "queue", "·", "日本", "é", "e\u0301", "👍", "──", "  "]

words = st.lists(st.tuples(st.sampled_from(TEXTS), st.sampled_from(STYLES)), max_size=8)


def plain(parts: list[tuple[str, Style | None]]) -> Strip:
    return Strip([Segment(text, style) for text, style in parts]).adjust_cell_length(WIDTH)


def picture(colors: list[int]) -> CellStrip:
    cells = [HOLE if color == 0 else Cell("▀", (color, 0, 0), (0, color, 0)) for color in colors]
    return CellStrip(cells, ColorSystem.TRUECOLOR)


def tiled(parts: tuple[list[tuple[str, Style | None]], list[int], list[int]]) -> Strip:
    text, *pictures = parts
    left, middle = plain(text), WIDTH // 2 - 2
    return TiledStrip([left.crop(0, 4), picture(pictures[0]), left.crop(4, middle), picture(pictures[1])]).crop(
        0, WIDTH
    )


colors = st.lists(st.integers(0, 3), min_size=8, max_size=8)
rows = st.one_of(
    words.map(plain),
    st.lists(st.integers(0, 3), min_size=WIDTH, max_size=WIDTH).map(picture),
    st.tuples(words, colors, colors).map(tiled),
)
frames = st.lists(st.lists(rows, min_size=HEIGHT, max_size=HEIGHT), min_size=1, max_size=5)


def layout(strips: list[Strip]) -> LayoutUpdate:
    return LayoutUpdate([[strip] for strip in strips], Region(0, 0, WIDTH, HEIGHT))


def feed(screen: pyte.Screen, text: str) -> None:
    # In the last column pyte takes a combining mark to the next row; terminals lay it on its letter.
    pyte.Stream(screen).feed(unicodedata.normalize("NFC", text))


def seen(screen: pyte.Screen) -> list[list[object]]:
    """What an eye sees: a space has no ink, unless a line is drawn through it."""
    return [
        [
            cell.bg if cell.data == " " and not (cell.underscore or cell.reverse or cell.strikethrough) else cell
            for cell in (screen.buffer[y][x] for x in range(WIDTH))
        ]
        for y in range(HEIGHT)
    ]


@settings(max_examples=150, deadline=None)
@given(frames)
@example([[plain([]), plain([("a" * (WIDTH - 1), None), ("e\u0301", None)]), plain([])]])
def test_reduce__any_frames__leaves_the_terminal_as_whole_frames_do(pictures: list[list[Strip]]) -> None:
    whole, reduced = pyte.Screen(WIDTH, HEIGHT), pyte.Screen(WIDTH, HEIGHT)
    cells = ChangedCells()
    for strips in pictures:
        feed(whole, layout(strips).render_segments(CONSOLE))
        update = cells.reduce(layout(strips), CONSOLE, Size(WIDTH, HEIGHT))
        feed(reduced, "" if update is None else update.render_segments(CONSOLE))
        assert seen(reduced) == seen(whole)


def update_of(cells: ChangedCells, strip: Strip, x: int = 0) -> str:
    chops = ChopsUpdate([{x: strip}], [(0, x, x + strip.cell_length)], [[x + strip.cell_length]])
    update = cells.reduce(chops, CONSOLE, Size(WIDTH, HEIGHT))
    return "" if update is None else update.render_segments(CONSOLE)


def test_reduce__one_character_changed__writes_that_one() -> None:
    cells = ChangedCells()
    update_of(cells, Strip([Segment("queue 3/31")]))

    assert update_of(cells, Strip([Segment("queue 4/31")])) == "\x1b[1;7H4"


def test_reduce__nothing_changed__writes_nothing() -> None:
    cells = ChangedCells()
    update_of(cells, Strip([Segment("queue", STYLES[1])]))

    assert update_of(cells, Strip([Segment("queue", STYLES[1])])) == ""


def test_reduce__forgotten__writes_all_again() -> None:
    cells = ChangedCells()
    written = update_of(cells, Strip([Segment("queue", STYLES[1])]))
    cells.forget()

    assert update_of(cells, Strip([Segment("queue", STYLES[1])])) == written


def test_reduce__characters_wider_than_one_cell__are_written_with_their_run() -> None:
    cells = ChangedCells()
    update_of(cells, Strip([Segment("ab"), Segment("日本x")]))

    assert update_of(cells, Strip([Segment("ab"), Segment("日本y")])) == "\x1b[1;3H日本y"


class Pixels(Strip):
    """Says nothing of what its cells become."""


def test_reduce__a_row_that_draws_pixels__is_always_written() -> None:
    cells = ChangedCells()
    first = update_of(cells, Pixels([Segment("x")]))

    assert first
    assert update_of(cells, Pixels([Segment("x")])) == first
    assert update_of(cells, Strip([Segment("x")])) == "\x1b[1;1Hx"


def test_reduce__text_beside_pictures__is_compared_cell_by_cell() -> None:
    cells = ChangedCells()
    update_of(cells, TiledStrip([Strip([Segment("ab 3")]), picture([1, 2]), Strip([Segment("cd")])]))

    assert update_of(cells, TiledStrip([Strip([Segment("ab 4")]), picture([1, 2]), Strip([Segment("cd")])])) == (
        "\x1b[1;4H4"
    )


def test_reduce__space_in_another_ink__is_not_written() -> None:
    cells = ChangedCells()
    update_of(cells, Strip([Segment("   ", Style.parse("red on rgb(9,9,9)"))]))

    assert update_of(cells, Strip([Segment("   ", Style.parse("bold blue on rgb(9,9,9)"))])) == ""
