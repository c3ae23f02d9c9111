"""A view without pictures: what it says, and that marks have no picture to stand on."""

from reviewtui.model.geometry import CellSize
from reviewtui.ui.pictures.overlays import Mark, OverlayKind
from reviewtui.ui.pictures.words_painter import WordsPainter
from tests.support.canvases import ArraySource, FakeView, wanted
from tests.support.pictures import pixels, solid


def test_words__picture__is_described_with_the_callers_lines() -> None:
    view = FakeView(lambda canvas: WordsPainter(canvas, lambda key: [f"note on {key}"]))
    source = ArraySource("abcdef", pixels(solid(300, 200, (200, 20, 20))))
    painting = view.show(wanted(source, view.painter.grain, CellSize(40, 12)))
    text = "\n".join(painting.row(row, view.look(40)).text.rstrip() for row in range(painting.cells.height))
    assert text.splitlines()[:2] == ["300×200 px, 3:2", "hash abcdef"]
    assert "#c81414 100 %" in text
    assert text.endswith("note on abcdef")
    assert painting.truth == "preview"
    view.painter.close()


def test_words__marks__are_left_out() -> None:
    view = FakeView(WordsPainter)
    painting = view.get(wanted(ArraySource("a", pixels(solid(30, 20))), view.painter.grain, CellSize(40, 12)))
    mark = {(0, 3): Mark("x", OverlayKind.NOTE)}
    assert view.write_rows(painting, 40) == view.write_rows(painting, 40, mark)
    view.painter.close()


def test_words__little_room__the_surest_lines_come_first() -> None:
    view = FakeView(WordsPainter)
    painting = view.get(wanted(ArraySource("a", pixels(solid(30, 20))), view.painter.grain, CellSize(30, 2)))
    assert painting.cells == CellSize(30, 2)
    view.painter.close()
