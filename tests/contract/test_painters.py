"""What every painter must keep, whatever the terminal: the right picture, once, and nothing left behind."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.color import ColorSystem
from rich.console import Console

from reviewtui.model.geometry import PixelRect
from reviewtui.ui.pictures.overlays import Mark, Overlay, OverlayKind, marks_for
from reviewtui.ui.pictures.painter import PALETTE, PREVIEW, TRUE, Painter, Painting, RowLook
from reviewtui.ui.pictures.raster import ItermCode, SixelCode
from tests.support.painting import Scene, SmoothSource, half_cells, kitty, raster, slow_half_cells, words

PAINTERS: dict[str, Callable[[Scene], Painter]] = {
    "half": half_cells,
    "half slow": slow_half_cells,
    "kitty": kitty,
    "kitty slow": lambda scene: kitty(scene, bytes_per_s=20_000),
    "kitty fast": lambda scene: kitty(scene, bytes_per_s=50_000_000),
    "kitty in tmux": lambda scene: kitty(scene, in_tmux=True),
    "sixel": lambda scene: raster(scene, SixelCode()),
    "iterm2": lambda scene: raster(scene, ItermCode()),
}


@pytest.fixture(params=PAINTERS, ids=lambda name: name.replace(" ", "-"))
def scene(request: pytest.FixtureRequest) -> Scene:
    return Scene(PAINTERS[request.param])


def test_painter__asked__hands_over_what_was_wanted(scene: Scene) -> None:
    wanted = scene.wanted(SmoothSource("a"))
    assert scene.painter.request(wanted) is None
    assert scene.painter.is_busy
    scene.until(lambda: bool(scene.arrivals))
    painting = scene.arrivals[0]
    assert painting.wanted is wanted
    assert (painting.cells.width, painting.cells.height) == (wanted.viewport.area.width, wanted.viewport.area.height)
    assert painting.truth in (PREVIEW, PALETTE, TRUE)
    assert not scene.painter.is_busy


def test_painter__rows__fill_the_widget_exactly(scene: Scene) -> None:
    painting = scene.show(scene.wanted(SmoothSource("a")))
    console = Console()
    for left, width in ((2, 60), (0, painting.cells.width), (-3, 20)):
        look = RowLook(left, width, (22, 22, 22), ColorSystem.TRUECOLOR, {}, {})
        for row in range(painting.cells.height):
            strip = painting.row(row, look)
            assert strip.cell_length == width
            assert [piece.cell_length for piece in strip.divide([width // 2, width])] == [
                width // 2,
                width - width // 2,
            ]
            assert strip.render(console)


@pytest.fixture(params=[name for name in PAINTERS if name != "half slow"], ids=lambda name: name.replace(" ", "-"))
def whole_scene(request: pytest.FixtureRequest) -> Scene:
    """Painters whose first painting may be decided on; half cells begin with a few runs of colour, which may not."""
    return Scene(PAINTERS[request.param])


def test_painter__all_placed__says_so(scene: Scene) -> None:
    scene.show(scene.wanted(SmoothSource("a")))
    last = scene.place_all()
    scene.until(lambda: bool(scene.placings) and scene.placings[-1] is last)


def test_painter__placed__says_so(whole_scene: Scene) -> None:
    scene = whole_scene
    painting = scene.show(scene.wanted(SmoothSource("a")))
    scene.until(lambda: bool(scene.placings))
    assert scene.placings == [painting]


def test_painter__superseded__hands_over_only_the_newest(scene: Scene) -> None:
    wishes = [scene.wanted(SmoothSource(name)) for name in "abcdefgh"]
    for wanted in wishes:
        scene.painter.request(wanted)
    scene.settle()
    assert scene.arrivals
    assert all(one.wanted is wishes[-1] for one in scene.arrivals)


def test_painter__cancelled__hands_over_nothing(scene: Scene) -> None:
    scene.painter.request(scene.wanted(SmoothSource("a")))
    scene.painter.cancel()
    scene.settle()
    assert scene.arrivals == []
    assert not scene.painter.is_busy


def test_painter__broken_picture__fails_once_and_goes_on(scene: Scene) -> None:
    wanted = scene.wanted(SmoothSource("a", broken=True))
    scene.painter.request(wanted)
    scene.until(lambda: bool(scene.failures))
    assert [one for one, _ in scene.failures] == [wanted]
    scene.show(scene.wanted(SmoothSource("b")))
    assert scene.arrivals[-1].wanted.source.key == "b"


def test_painter__broken_neighbour__is_not_told(scene: Scene) -> None:
    scene.painter.prefetch(scene.wanted(SmoothSource("a", broken=True)))
    scene.settle()
    assert scene.failures == []


# Sixel has only palettes; pictures that live in cells are gone with them and begin with a first look again.
BEST = {"sixel": PALETTE}
AGAIN = {"sixel": PREVIEW, "iterm2": PREVIEW}


def test_painter__looked_at__becomes_true_and_comes_back_at_once(scene: Scene) -> None:
    source = SmoothSource("a")
    scene.show(scene.wanted(source))
    scene.settle()
    last = scene.arrivals[-1]
    while last.truth != BEST.get(scene.painter.name, TRUE):
        count = len(scene.arrivals)
        scene.place(last)
        scene.until(lambda count=count: len(scene.arrivals) > count)  # type: ignore[misc]
        last = scene.arrivals[-1]
    scene.place(last)
    scene.show(scene.wanted(SmoothSource("b")))
    again = scene.painter.request(scene.wanted(source))
    assert again is not None
    # A slow line turns out to be fast here: nothing else answers at once.
    assert again.truth == AGAIN.get(scene.painter.name, TRUE)
    assert source.loads == 1


def test_painter__prefetched__is_there_at_once(scene: Scene) -> None:
    source = SmoothSource("b")
    scene.show(scene.wanted(SmoothSource("a")))
    scene.settle()
    scene.painter.prefetch(scene.wanted(source))
    scene.settle()
    assert scene.painter.request(scene.wanted(source)) is not None


@pytest.mark.parametrize("size", [(1, 1), (20_000, 300), (300, 20_000), (7, 5)])
def test_painter__extreme_sizes__are_shown(scene: Scene, size: tuple[int, int]) -> None:
    painting = scene.show(scene.wanted(SmoothSource("a", size)))
    scene.settle()
    assert painting.cells.width >= 1
    assert scene.failures == []


def test_painter__same_wish_again__has_the_same_rows(scene: Scene) -> None:
    source = SmoothSource("a")
    scene.show(scene.wanted(source))
    scene.settle()
    first, second = (scene.painter.request(scene.wanted(source)) for _ in range(2))
    assert first is not None
    assert second is not None
    assert second.has_rows_of(first)


def test_painter__zoomed_and_moved__shows_each_step(scene: Scene) -> None:
    wanted = scene.wanted(SmoothSource("a", (3000, 2000)))
    scene.show(wanted)
    fit = wanted.viewport
    for view in (fit.zoomed_by(1), fit.zoomed_to(1), fit.zoomed_to(1).panned(3, 1), fit.zoomed_to(4), fit):
        painting = scene.show(replace(wanted, viewport=view))
        assert painting.wanted.viewport == view
    scene.settle()


def test_painter__closed_in_the_middle__says_no_more(scene: Scene) -> None:
    scene.show(scene.wanted(SmoothSource("a")))
    scene.painter.request(scene.wanted(SmoothSource("b", (3000, 2000))))
    scene.painter.close()
    count = len(scene.arrivals)
    for _ in range(30):
        scene.turn()
    assert len(scene.arrivals) == count


def test_painter__withdrawn_and_shown_again__is_placed_again(whole_scene: Scene) -> None:
    scene = whole_scene
    painting = scene.show(scene.wanted(SmoothSource("a")))
    scene.until(lambda: bool(scene.placings))
    scene.painter.withdraw()
    scene.place(painting)
    scene.until(lambda: len(scene.placings) > 1)
    assert scene.placings == [painting, painting]


# Overlays; words too, which have no picture to keep.

COLORS = dict.fromkeys(OverlayKind, (220, 220, 220))
KINDS = sorted(OverlayKind)


@pytest.fixture(params=[*PAINTERS, "text"], ids=lambda name: name.replace(" ", "-"))
def any_scene(request: pytest.FixtureRequest) -> Scene:
    return Scene({**PAINTERS, "text": words}[request.param])


def overlays(step: int = 0) -> list[Overlay]:
    """One of each kind, some steps to the right."""
    return [
        Overlay(
            PixelRect(20 + 40 * n + 7 * step, 60 + 5 * n, 1 if kind == OverlayKind.CORNER else 50, 40), kind, "hand", n
        )
        for n, kind in enumerate(KINDS)
    ]


def look_of(scene: Scene, marks: dict[int, Mark]) -> RowLook:
    return RowLook(0, scene.cells.width, (22, 22, 22), ColorSystem.TRUECOLOR, marks, COLORS)


def written(scene: Scene, painting: Painting, some: list[Overlay]) -> list[str]:
    """The rows that a view writes with these overlays, as a terminal gets them."""
    viewport, console = painting.wanted.viewport, Console()
    marks = marks_for(some, viewport, lines=not scene.painter.draws_lines)
    rows = []
    for row in range(painting.cells.height):
        found = {x - viewport.area.x: mark for (x, y), mark in marks.items() if y - viewport.area.y == row}
        rows.append(painting.row(row, look_of(scene, found)).render(console))
    return rows


def test_overlay__every_kind__is_seen_or_said_and_goes_again(any_scene: Scene) -> None:
    scene = any_scene
    scene.show(scene.wanted(SmoothSource("a")))
    painting = scene.place_all()
    plain = written(scene, painting, [])
    for overlay in overlays():
        before = len(scene.line.text)
        scene.painter.overlay([overlay], COLORS)
        scene.settle()
        rows = written(scene, scene.arrivals[-1], [overlay])
        assert rows != plain or len(scene.line.text) > before
        scene.painter.overlay((), {})
        scene.settle()
        assert written(scene, scene.arrivals[-1], []) == plain


def test_overlay__steps__load_and_send_no_picture(any_scene: Scene) -> None:
    scene, source = any_scene, SmoothSource("a")
    scene.show(scene.wanted(source))
    scene.settle()
    scene.place(scene.arrivals[-1])
    for step in range(5):
        scene.painter.overlay(overlays(step), COLORS)
        scene.settle()
    loads, sent = source.loads, scene.line.step.kitty_sent
    for step in range(5, 10):
        scene.painter.overlay(overlays(step), COLORS)
        scene.settle()
    assert source.loads == loads == 1
    assert scene.line.step.kitty_sent == sent
    assert scene.line.step.kitty_broken == 0


def test_overlay__before_any_picture__comes_with_it(any_scene: Scene) -> None:
    scene = any_scene
    scene.painter.overlay(overlays(), COLORS)
    assert scene.line.text == ""
    assert scene.arrivals == []
    scene.show(scene.wanted(SmoothSource("a")))
    scene.settle()
    with_overlays = len(scene.line.text), written(scene, scene.arrivals[-1], overlays())
    bare = Scene(words) if scene.painter.name == "text" else None
    if bare is not None:
        bare.show(bare.wanted(SmoothSource("a")))
        assert written(bare, bare.arrivals[-1], []) != with_overlays[1]
    elif scene.painter.draws_lines:
        scene.until(lambda: ",i=" in scene.line.text and scene.line.step.kitty_placed > len(KINDS))
    else:
        assert with_overlays[1] != written(scene, scene.arrivals[-1], [])


def test_overlay__dialog_over_it__is_survived(any_scene: Scene) -> None:
    scene = any_scene
    scene.painter.cover(covered=True)
    scene.show(scene.wanted(SmoothSource("a")))
    scene.painter.overlay(overlays(), COLORS)
    scene.painter.cover(covered=False)
    scene.settle()
    scene.painter.cover(covered=True)
    scene.painter.overlay((), {})
    scene.painter.cover(covered=False)
    scene.painter.close()
    assert scene.line.step.kitty_broken == 0
