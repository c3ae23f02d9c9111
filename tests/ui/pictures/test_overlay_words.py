"""Overlays where no picture is shown: what lies where, in words."""

import pytest

from reviewtui.model.geometry import CellSize, PixelRect, PixelSize
from reviewtui.ui.pictures.overlay_words import overlay_lines, place_words
from reviewtui.ui.pictures.overlays import Overlay, OverlayKind
from reviewtui.ui.pictures.words_painter import WordsPainter
from tests.support.canvases import ArraySource, FakeView, wanted
from tests.support.pictures import pixels, solid

SIZE = PixelSize(1200, 900)


@pytest.mark.parametrize(
    ("rect", "words"),
    [
        ((10, 10, 300, 200), "upper left"),
        ((500, 10, 200, 200), "top"),
        ((1000, 10, 200, 200), "upper right"),
        ((10, 400, 200, 100), "left"),
        ((500, 400, 200, 100), "middle"),
        ((1000, 400, 200, 100), "right"),
        ((10, 800, 200, 100), "lower left"),
        ((500, 800, 200, 100), "bottom"),
        ((1000, 800, 200, 100), "lower right"),
        ((0, 700, 1200, 200), "bottom, from left to right"),
        ((0, 400, 1100, 100), "middle, from left to right"),
        ((0, 0, 300, 900), "left, from top to bottom"),
        ((0, 0, 1200, 900), "everywhere"),
        ((0, 0, 1100, 880), "nearly everywhere"),
    ],
)
def test_place__region__is_one_of_nine_parts_or_a_band(rect: tuple[int, int, int, int], words: str) -> None:
    assert place_words(PixelRect(*rect), SIZE) == words


def test_lines__overlays__say_what_where_and_how_large() -> None:
    mask = PixelRect(500, 400, 200, 100)
    lines = overlay_lines(
        [
            Overlay(PixelRect(10, 10, 300, 200), OverlayKind.NOTE, "hand", 1),
            Overlay(mask, OverlayKind.MASK, str(mask.size), 2),
            Overlay(PixelRect(1000, 800, 100, 50), OverlayKind.LOCK, "lock"),
            Overlay(PixelRect(7, 8, 1, 1), OverlayKind.CORNER),
        ],
        SIZE,
    )
    assert lines == [
        "note 1 hand: upper left, 300×200 px at 10,10",
        "mask 2: middle, 200×100 px at 500,400",
        "locked: lower right, 100×50 px at 1000,800",
        "cursor at 7,8",
    ]


def test_words__overlay_moved__is_said_anew_without_another_look_at_the_picture() -> None:
    view = FakeView(WordsPainter)
    source = ArraySource("a", pixels(solid(300, 200)))
    view.show(wanted(source, view.painter.grain, CellSize(50, 20)))

    def text() -> str:
        painting = view.arrivals[-1]
        return "\n".join(painting.row(row, view.look(50)).text.rstrip() for row in range(painting.cells.height))

    def say(*overlays: Overlay) -> str:
        view.painter.overlay(overlays, {})
        view.settle()
        return text()

    for x, place in ((5, "upper left"), (280, "upper right")):
        said = say(Overlay(PixelRect(x, 5, 10, 10), OverlayKind.MASK_ACTIVE))
        assert f"being drawn: {place}, 10×10 px at {x},5" in said
    assert "being drawn" not in say()
    view.painter.close()
    assert len({id(one.wanted) for one in view.arrivals}) == 1
